"""What a paper says about itself in its words: what it is, its date, who wrote it, whom it is about.

Only what is clearly labelled is taken for the person's traits: a wrong name beside a right document is
worse than none. Pure text work, so both sides of the pipe may use it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.reader.dates import FoundDate, dates_in, exif_date, fold, iso, pdf_date
from app.reader.values import PatientSeen

__all__ = ["Seen", "exif_date", "honest_author", "honest_title", "of_text", "pdf_date", "proper_name"]

LOOKED_AT = 20_000
TITLE_ZONE = 2500


@dataclass(frozen=True, slots=True)
class Seen:
    """What was recognised; None where the text is not clear."""

    title: str | None = None
    date: str | None = None
    author: str | None = None
    patient: PatientSeen | None = None


# Folded pattern → the words shown. The first to appear in the text wins, the longer one at the same place.
_TYPES: tuple[tuple[str, str], ...] = (
    (r"ordonnance|prescriptions? (?:relatives?|medicales?)", "Ordonnance"),
    (r"compte[- ]rendu d.hospitalisation", "Compte rendu d’hospitalisation"),
    (r"compte[- ]rendu operatoire", "Compte rendu opératoire"),
    (r"compte[- ]rendu (?:de )?consultation", "Compte rendu de consultation"),
    (r"compte[- ]rendu d.examens? de biologie|compte[- ]rendu d.analyses", "Résultats d’analyses"),
    (r"compte[- ]rendu d.imagerie", "Compte rendu d’imagerie"),
    (r"compte[- ]rendu", "Compte rendu"),
    (r"lettre de liaison", "Lettre de liaison"),
    (r"lettre de sortie", "Lettre de sortie"),
    (r"resultats? (?:de |d.)?(?:vos )?(?:analyses?|examens?|biologi\w+|laboratoire)", "Résultats d’analyses"),
    (
        r"analyses? (?:medicales?|de biologie)|biologie medicale|bilan (?:sanguin|biologique)",
        "Résultats d’analyses",
    ),
    (r"certificat medical", "Certificat médical"),
    (r"certificat de vaccination|carnet de vaccination|vaccination", "Vaccination"),
    (r"arret de travail", "Arrêt de travail"),
    (r"mammographie", "Mammographie"),
    (r"radiographie", "Radiographie"),
    (r"scanner|tomodensitometrie", "Scanner"),
    (r"\birm\b|imagerie par resonance", "IRM"),
    (r"echographie", "Échographie"),
    (r"electrocardiogramme", "Électrocardiogramme"),
    (r"directives anticipees", "Directives anticipées"),
    (r"attestation", "Attestation"),
    (r"feuille de soins", "Feuille de soins"),
    (r"chere? (?:confrere|cons(?:œ|oe)ur|ami)e?|je vous adresse", "Courrier"),
    (r"facture", "Facture"),
)

_WORD = r"[A-ZÀ-ÖØ-Þ][\w’'\-]*\.?"
_NAME = rf"{_WORD}(?:[ \u00a0]{{1,2}}(?:de |du |d['’]|le |la )?{_WORD}){{0,3}}"
_DOCTOR = re.compile(
    rf"\b(?:Dr|DR|Dre|[Dd]octeure?|DOCTEURE?|Pr|PR|Professeure?)\b\.?[ \u00a0]{{1,3}}({_NAME})"
)
_CALLED = re.compile(rf"\b(?:M\.|Mr|Mme|Mlle|Monsieur|Madame|MONSIEUR|MADAME)[ \u00a0]{{1,3}}({_NAME})")
_PATIENT = re.compile(
    rf"\b(?:Patiente?|PATIENTE?|Assurée?|Bénéficiaire)\s*:\s*(?:M\.|Mme|Monsieur|Madame)?\s*({_NAME})"
)
_LABELS: dict[str, re.Pattern[str]] = {
    "birth": re.compile(rf"(?:Nom de naissance|NOM DE NAISSANCE)\s*:\s*({_NAME})"),
    "family": re.compile(rf"(?:^|\n|\s)(?:Nom|NOM)\s*:\s*({_NAME})"),
    "given": re.compile(
        rf"(?:1er )?(?:Pr[ée]nom\(?s?\)?|PR[ÉE]NOM\(?S?\)?)(?: de naissance)?\s*:\s*({_NAME})"
    ),
}
_INS = re.compile(
    r"(?:matricule\s+ins|num[eé]ro\s+ins|\bins(?:-nir|-nia)?|\bnir|s[eé]curit[eé]\s+sociale)\b\D{0,20}?"
    r"([1-478](?:[ .\u00a0]?\d){4}(?:[ .\u00a0]?(?:\d|[AB]))(?:[ .\u00a0]?\d){7,9})",
    re.IGNORECASE,
)
_BIRTH = re.compile(r"(?:\bnee?\b(?:\s*\(e\))?\s*(?:le)?|naissance|\bddn\b)\s*:?\s*$")
_NOT_ITS_DATE = re.compile(
    r"naissance|\bnee?\b|\bddn\b|valable|jusqu|expir|prochain|rendez|renouvel|a partir|depuis|preleve"
)
_ITS_DATE = re.compile(
    r"(?:\bfaite? (?:a [\w' -]{2,25},? )?le|,\s*le|\ble|\bdate(?: d\w+)?(?: [\w']+)?\s*:?"
    r"|\bdu|\bedite le|\bordonnance(?: du)?)\s*(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)?\s*$"
)


def of_text(text: str) -> Seen:
    """Recognise what the beginning of a text says of the document."""
    text = text[:LOOKED_AT]
    author = _doctor(text)
    found = list(dates_in(text))
    return Seen(_title(text, author), _date(found), author and _titled(author, text), _patient(text, found))


def _title(text: str, doctor: str | None) -> str | None:
    folded = fold(text[:TITLE_ZONE])
    hits = [
        (m.start(), -len(m.group()), name)
        for rule, name in _TYPES
        if (m := re.search(rf"\b(?:{rule})s?\b", folded))
    ]
    if not hits:
        return None
    name = min(hits)[2]
    return f"{name} du docteur {_family(doctor)}" if doctor else name


def _whole(rule: str, folded: str) -> re.Match[str] | None:
    return re.search(rf"\b(?:{rule})s?\b", folded)


def _doctor(text: str) -> str | None:
    match = _DOCTOR.search(text)
    return match.group(1).strip() if match else None


def _titled(name: str, text: str) -> str:
    match = _DOCTOR.search(text)
    word = "Pr" if match and match.group().lower().startswith("pr") else "Dr"
    return f"{word} {proper_name(name)}"


def _family(name: str) -> str:
    """The family name: the words in capitals, else the last one."""
    words = [word for word in name.split() if not word.endswith(".")] or name.split()
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    family = capitals if capitals and len(capitals) < len(words) else words[-1:]
    return proper_name(" ".join(family))


def proper_name(name: str) -> str:
    """``LEFÈVRE-DUPONT`` → ``Lefèvre-Dupont``; what is not all capitals stays."""
    return re.sub(
        r"[^\W\d_]{2,}", lambda m: m.group().capitalize() if m.group().isupper() else m.group(), name
    )


def _date(found: list[FoundDate]) -> str | None:
    own = [one for one in found if not _NOT_ITS_DATE.search(one.before[-28:]) and iso(one.day)]
    labelled = [one for one in own if _ITS_DATE.search(one.before)]
    if labelled:
        return iso(labelled[0].day)
    return iso(own[0].day) if len({one.day for one in own}) == 1 else None


def _patient(text: str, found: list[FoundDate]) -> PatientSeen | None:
    births = [one for one in found if _BIRTH.search(one.before)]
    name = _labelled_name(text) or _name_before(text, births)
    ins = _ins(text)
    if not name and not ins:
        return None
    return PatientSeen(name or "", births[0].day.isoformat() if births else None, ins)


def _labelled_name(text: str) -> str | None:
    parts = {key: m.group(1).strip() for key, rule in _LABELS.items() if (m := rule.search(text))}
    family = parts.get("birth") or parts.get("family")
    if family and "given" in parts:
        return f"{parts['given']} {family}"
    whole = _PATIENT.search(text)
    return whole.group(1).strip() if whole else None


def _name_before(text: str, births: list[FoundDate]) -> str | None:
    """``Madame Odette MARTIN, née le …``: the name that a birth date follows at once."""
    for birth in births:
        called = list(_CALLED.finditer(text[max(0, birth.start - 120) : birth.start]))
        if called:
            return called[-1].group(1).strip()
    return None


def _ins(text: str) -> str | None:
    match = _INS.search(text)
    digits = re.sub(r"[ .\u00a0]", "", match.group(1)).upper() if match else ""
    return digits if len(digits) == 13 or (len(digits) == 15 and _key_holds(digits)) else None  # noqa: PLR2004


def _key_holds(ins: str) -> bool:
    """Check key = 97 - (number mod 97), Corsica's 2A and 2B counted as 19 and 18."""
    number = ins[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and ins[13:].isdigit() and 97 - int(number) % 97 == int(ins[13:])


_JUNK_TITLE = re.compile(
    r"(?:untitled|sans[ -]titre|doc|docs?can\w*|scan|scann[eé]d?|num[eé]risation|num[eé]ris[eé]e?|photos?"
    r"|img|pxl|dscn?|dcim|mvimg|image|whatsapp image|capture(?: d.[eé]cran)?|screenshot|camscanner"
    r"|(?:genius|adobe) ?scan|print|impression|(?:nouveau |new )?(?:document)?|fichier|file|sortie|te?mp"
    r"|powered by crystal|e?-?ticket|pdf|job|full ?page|model|etat\w*)"
    r"(?:[\W_\d]|wa|at|à|le|copie|copy|page)*",
    re.IGNORECASE,
)
_JUNK_AUTHOR = re.compile(
    r"\(?(?:anonymous|unspecified|unknown|user|utilisateur|admin\w*|root|windows|default|author)\)?\d*",
    re.IGNORECASE,
)


def honest_title(title: str | None) -> str | None:
    """A title someone wrote; None for what programs leave there."""
    clean = re.sub(r"^Microsoft (?:Office )?(?:Word|Excel|PowerPoint) - ", "", (title or "").strip())
    clean = re.sub(r"\.(?:docx?|odt|pdf|rtf|txt|xlsx?|tiff?|jpe?g|png)$", "", clean, flags=re.IGNORECASE)
    clean = re.sub(r"[_\s]+", " ", clean).strip()
    if len(clean) < 4 or not re.search(r"[^\W\d_]{3}", clean) or _JUNK_TITLE.fullmatch(clean):  # noqa: PLR2004
        return None
    return clean


def honest_author(author: str | None) -> str | None:
    """An author of two words or more; None for account names."""
    clean = re.sub(r"\s+", " ", (author or "")).strip()
    return clean if " " in clean and not _JUNK_AUTHOR.fullmatch(clean) else None
