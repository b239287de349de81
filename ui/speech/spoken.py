"""How what is written is said: « 1 cp 3/j » is « 1 comprimé 3 fois par jour ».

A voice spells what it does not know (« c p », « m g »). Decision: only what has one meaning in a French
health document is put into words, and only next to the number that gives it that meaning. No number is
ever touched: the digits that go in come out, in their order (a property test holds this). Two exceptions,
each of one meaning: the month of a date is said by its name, « 1/j » is « une fois par jour ».

A number in groups (« 100 000 UI ») is said as one. Its spaces may be plain, and those of a laboratory's line
too (« 140 135 145 mmol/L »: a result, then what is usual): so plain spaces are closed only before a unit
that is counted in thousands, and where no other number stands before.
"""

from __future__ import annotations

import datetime as dt
import re

__all__ = ["spoken"]

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

# Written as here, after a number or a stroke: capitals count (« M » is no minute).
_UNITS = {
    "mg": "milligrammes", "g": "grammes", "kg": "kilogrammes",
    "µg": "microgrammes", "μg": "microgrammes", "mcg": "microgrammes", "ng": "nanogrammes",
    "ml": "millilitres", "mL": "millilitres", "cl": "centilitres", "cL": "centilitres",
    "dl": "décilitres", "dL": "décilitres", "l": "litres", "L": "litres",
    "mm": "millimètres", "cm": "centimètres",
    "mmol": "millimoles", "µmol": "micromoles", "μmol": "micromoles", "nmol": "nanomoles",
    "pmol": "picomoles",
    "mmHg": "millimètres de mercure", "UI": "unités internationales", "kcal": "kilocalories",
    "h": "heures", "min": "minutes", "j": "jours", "°C": "degrés", "%": "pour cent",
}  # fmt: skip
_PER = {
    "j": "jour", "jr": "jour", "jour": "jour", "h": "heure", "min": "minute", "sem": "semaine",
    "semaine": "semaine", "mois": "mois", "l": "litre", "L": "litre", "dl": "décilitre", "dL": "décilitre",
    "ml": "millilitre", "mL": "millilitre", "kg": "kilogramme", "g": "gramme", "mg": "milligramme",
    "mm3": "mm3", "mm³": "millimètre cube", "24h": "24 heures", "24 h": "24 heures",
}  # fmt: skip
_FORMS = {
    "cp": "comprimé", "cps": "comprimés", "cpr": "comprimé", "comp": "comprimé",
    "gél": "gélule", "gel": "gélule", "amp": "ampoule", "sach": "sachet", "inj": "injection",
    "supp": "suppositoire", "gtte": "goutte", "gttes": "gouttes",
    "càc": "cuillère à café", "càs": "cuillère à soupe",
}  # fmt: skip


def _either(names: dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_NOT_IN_A_WORD = r"(?![\w’'])"
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?:[\u00a0\u202f\u2009]\d{3})+(?![\d])")
# With plain spaces: milligrammes are counted to the tens of thousands, these others to the millions.
_PLAIN_THOUSANDS = re.compile(
    r"(?<![\d,.])(?<!\d[ \u00a0\u202f])(?:"
    r"[1-9]\d?[ ]\d{3}(?=\s?(?:mg|g|µg|μg|mcg|ml|mL)\b(?!\s?/))"
    r"|[1-9]\d{0,2}(?:[ ]\d{3}){1,2}(?:,\d+)?"
    r"(?=\s?(?:UI\b|kcal\b|€|euros?\b|pas\b|(?:leucocytes|hématies|plaquettes)?\s?/\s?mm(?:3|³))))"
)
_PHONE = re.compile(
    r"(?<![\d,./\-])(?:(\+33|0033)[ \u00a0\u202f.]?(?:\(0\)[ \u00a0\u202f]?)?([1-9])|(0[1-9]))"
    r"([ \u00a0\u202f.\-]?)(\d\d)\4(\d\d)\4(\d\d)\4(\d\d)(?![\d,/]|[.\-]\d)"
)
_DATE = re.compile(r"(?<![\d/.])(\d{1,2})/(\d{1,2})/(\d{4})(?![\d/])")
# A day without its year, or with a short one, is a date only where the sentence says so: « le 03/03 ».
_SHORT_DATE = re.compile(
    r"(?<=\b[lLdDaA][eu] )(0\d|[12]\d|3[01])/(0\d|1[0-2])(?:/(\d\d))?(?![\d/]|[.,]\d|\s?(?:cp|gél|mm))"
)
_HOUR = re.compile(r"(?<![\d/.,])(\d{1,2})\s?[hH]\s?([0-5]\d)(?!\w)")
_ONCE = re.compile(rf"(?<![\d/.,\-–])1\s?(?:[x×]\s?)?/\s?(j|jr|jour|sem|semaine|mois){_NOT_IN_A_WORD}")
_TIMES = re.compile(
    rf"(?<![\d/.,])(\d{{1,2}})\s?(?:[x×]\s?)?/\s?(j|jr|jour|sem|semaine|mois){_NOT_IN_A_WORD}"
)
_TIMES_WORDS = re.compile(rf"(?<=fois)\s?/\s?(j|jr|jour|sem|semaine|mois){_NOT_IN_A_WORD}")
_FORM = re.compile(
    rf"(?<=\d)(\s?)({_either(_FORMS)})(\.(?=\s?/|\s+[a-z\d(])|{_NOT_IN_A_WORD})(?:\s?/\s?({_either(_PER)}){_NOT_IN_A_WORD})?"
)
_UNIT = re.compile(
    rf"(?<=\d)(\s?)({_either(_UNITS)})((?:\s?/\s?(?:{_either(_PER)}))*)(?:\.(?=\s+[a-z])|(?![\w’'²³^/]))"
)
# Between two numbers: the voice would say the one after the other.
_BODY_SURFACE = re.compile(r"/\s?(1,73)\s?m²")
_OUT_OF = re.compile(r"(?<![\d/.,])(\d{1,3})\s?/\s?(\d{1,3})(?![\d/.,])")
_RANGE = re.compile(r"(?<![\d\-–.,/])(\d{1,4}(?:[.,]\d+)?)\s?[-–]\s?(\d{1,4}(?:[.,]\d+)?)(?![\d\-–/]|[.,]\d)")
_ISO_DATE = re.compile(r"(?<![\d\-])(\d{4})-(\d{2})-(\d{2})(?![\d\-T])")
_BEFORE_A_NAME = (
    (re.compile(r"\bDr\.?(?=\s+[A-ZÀ-Ý])"), "docteur"),
    (re.compile(r"\bDrs\.?(?=\s+[A-ZÀ-Ý])"), "docteurs"),
    (re.compile(r"\bPr\.?(?=\s+[A-ZÀ-Ý])"), "professeur"),
    (re.compile(r"\bM\.(?=\s+[A-ZÀ-Ý])"), "monsieur"),
    (re.compile(r"\bMme\.?(?=\s+[A-ZÀ-Ý])"), "madame"),
    (re.compile(r"\bMlle\.?(?=\s+[A-ZÀ-Ý])"), "mademoiselle"),
    (re.compile(r"\b[Nn]°\s?(?=[\dA-Z])"), "numéro "),
    (re.compile(r"\b[Tt]él\s?\.?\s?:"), "téléphone :"),
    (re.compile(r"\b[Tt]él\.(?=\s)"), "téléphone"),
    (re.compile(r"(?<=\d)\s?G/[Ll]\b"), " giga par litre"),
    (re.compile(r"(?<=\d)\s?T/[Ll]\b"), " téra par litre"),
    (re.compile(r"\bRDV\b"), "rendez-vous"),
    (re.compile(r"\b(?:QSP|qsp|q\.s\.p\.)(?=\s)"), "quantité suffisante pour"),
    (re.compile(r"\bc\.?\s?à\s?c\.(?=\s|$)"), "cuillère à café"),
    (re.compile(r"\bc\.?\s?à\s?s\.(?=\s|$)"), "cuillère à soupe"),
    (re.compile(r"§\s?"), "paragraphe "),
    (re.compile(r"\s?≥\s?(?=\d)"), " supérieur ou égal à "),
    (re.compile(r"\s?≤\s?(?=\d)"), " inférieur ou égal à "),
    (re.compile(r"\s?>\s?(?=\d)"), " supérieur à "),
    (re.compile(r"\s?<\s?(?=\d)"), " inférieur à "),
    (re.compile(r"\s?±\s?(?=\d)"), " plus ou moins "),
    (re.compile(r"(?<=\d)\s?[×]\s?(?=\d)"), " fois "),
    (re.compile(r"\s&\s"), " et "),
)
_BULLETS = re.compile(r"^[\s•·▪◦‣*–—-]+(?=\S)|[•▪◦‣→➔]")


def spoken(text: str, language: str = "fr") -> str:
    """Return ``text`` as it is to be said in ``language``."""
    said = _without_bullets(text)
    if language.split("_", maxsplit=1)[0] == "fr":
        said = _in_french(said)
    return re.sub(r"\s+", " ", said).strip()


def _without_bullets(text: str) -> str:
    """Drop the marks of lists; a minus before a number stays."""
    return _BULLETS.sub(
        lambda mark: mark.group() if "-" in mark.group() and _digit_follows(mark) else " ", text
    )


def _digit_follows(mark: re.Match[str]) -> bool:
    return mark.string[mark.end() : mark.end() + 1].isdecimal()


def _in_french(text: str) -> str:
    said = _PHONE.sub(_phone, text)
    said = _THOUSANDS.sub(lambda number: re.sub(r"\s", "", number.group()), said)
    said = _PLAIN_THOUSANDS.sub(lambda number: number.group().replace(" ", ""), said)
    said = _DATE.sub(lambda date: _date(date, *date.groups()), said)
    said = _ISO_DATE.sub(lambda date: _date(date, date[3], date[2], date[1]), said)
    said = _SHORT_DATE.sub(lambda date: _short_date(date, *date.groups()), said)
    said = _HOUR.sub(r"\1 heures \2", said)
    said = _FORM.sub(_form, said)
    said = _ONCE.sub(lambda often: f"une fois par {_PER[often[1]]}", said)
    said = _TIMES.sub(lambda often: f"{often[1]} fois par {_PER[often[2]]}", said)
    said = _TIMES_WORDS.sub(lambda often: f" par {_PER[often[1]]}", said)
    said = _BODY_SURFACE.sub(r" pour \1 mètre carré", said)
    said = _OUT_OF.sub(r"\1 sur \2", said)
    said = _RANGE.sub(_range, said)
    said = _UNIT.sub(_unit, said)
    for written, words in _BEFORE_A_NAME:
        said = written.sub(words, said)
    return said


def _date(found: re.Match[str], day: str, month: str, year: str) -> str:
    try:
        dt.date(int(year), int(month), int(day))
    except ValueError:
        return found.group()
    first = "1er" if int(day) == 1 else str(int(day))
    return f"{first} {_MONTHS[int(month) - 1]} {year}"


def _short_date(found: re.Match[str], day: str, month: str, year: str | None) -> str:
    try:
        dt.date(2000 + int(year or 0), int(month), int(day))
    except ValueError:
        return found.group()
    first = "1er" if int(day) == 1 else str(int(day))
    return " ".join(filter(None, (first, _MONTHS[int(month) - 1], year)))


def _phone(found: re.Match[str]) -> str:
    """Say a telephone number by its pairs, with a breath after each."""
    abroad, alone, first, _between, *pairs = found.groups()
    return ", ".join([f"{abroad} {alone}" if abroad else first, *pairs])


def _range(found: re.Match[str]) -> str:
    """Say « 45–84 » as from one to the other; what does not grow is no range, but a code or a phone."""
    low, high = (float(number.replace(",", ".")) for number in found.groups())
    return f"{found[1]} à {found[2]}" if low < high else found.group()


def _form(found: re.Match[str]) -> str:
    _space, form, _point, per = found.groups()
    return f" {_FORMS[form]}" + (f" par {_PER[per]}" if per else "")


def _unit(found: re.Match[str]) -> str:
    _space, unit, divided = found.groups()
    per = [part.strip() for part in divided.split("/")[1:]]
    return f" {_UNITS[unit]}" + "".join(f" par {_PER[part]}" for part in per)
