"""How a CDA's values are said in French: moments, numbers with their unit, yes and no, coded things."""

from __future__ import annotations

import re

from app.reader.cda_xml import Element, children, find, local

__all__ = ["coded", "day", "flat", "iso_day", "period", "quantity", "value_words"]

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_STAMP = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(\d\d))?)?)?")

# UCUM as prescriptions and laboratories write it; what is not here is shown as it is.
_UNITS: dict[str, str] = {
    "1": "",
    "Cel": "°C",
    "mm[Hg]": "mmHg",
    "cm[H2O]": "cmH₂O",
    "kg/m2": "kg/m²",
    "m2": "m²",
    "ug": "µg",
    "ug/L": "µg/L",
    "ug/l": "µg/l",
    "umol/L": "µmol/L",
    "umol/l": "µmol/l",
    "uL": "µL",
    "10*9/L": "G/L",
    "10*12/L": "T/L",
    "10*3/uL": "10³/µL",
    "10*6/uL": "10⁶/µL",
    "10*3/mm3": "10³/mm³",
    "10*6/mm3": "10⁶/mm³",
    "/min": "par minute",
    "/mm3": "/mm³",
    "1/(24.h)": "par jour",
    "/d": "par jour",
    "m[IU]/L": "mUI/L",
    "m[IU]/mL": "mUI/mL",
    "[IU]": "UI",
    "[IU]/L": "UI/L",
    "[iU]": "UI",
    "[iU]/L": "UI/L",
    "U/L": "U/L",
    "[pH]": "",
    "{score}": "",
    "{tablet}": "comprimé(s)",
    "{tbl}": "comprimé(s)",
    "{capsule}": "gélule(s)",
    "{dose}": "dose(s)",
    "{drop}": "goutte(s)",
    "[drp]": "goutte(s)",
    "{puff}": "bouffée(s)",
    "{pack}": "paquet(s)",
    "{pack}/a": "paquets-années",
    "{unit}": "unité(s)",
}
_TIMES: dict[str, tuple[str, str]] = {
    "s": ("seconde", "secondes"),
    "min": ("minute", "minutes"),
    "h": ("heure", "heures"),
    "d": ("jour", "jours"),
    "wk": ("semaine", "semaines"),
    "mo": ("mois", "mois"),
    "a": ("an", "ans"),
}


def flat(text: str | None) -> str:
    """Words with single blanks."""
    return " ".join((text or "").split())


def iso_day(stamp: str | None) -> str | None:
    """``20200312111700+0100`` → ``2020-03-12``; a year or a month alone stays one; else None."""
    found = _STAMP.match((stamp or "").strip())
    if not found:
        return None
    year, month, date = found.group(1), found.group(2), found.group(3)
    if not month or not 1 <= int(month) <= 12:  # noqa: PLR2004  # months of a year
        return year
    return f"{year}-{month}-{date}" if date and 1 <= int(date) <= 31 else f"{year}-{month}"  # noqa: PLR2004


def day(stamp: str | None) -> str:
    """``20200312`` → ``12/03/2020``."""
    return "/".join(reversed((iso_day(stamp) or "").split("-")))


def period(time: Element | None) -> str:
    """Say one or two dates of a TS or IVL_TS."""
    if time is None or time.get("nullFlavor"):
        return ""
    if time.get("value"):
        return day(time.get("value"))
    low, high = (_moment(find(time, end)) for end in ("low", "high"))
    if low and high and low != high:
        return f"du {low} au {high}"
    center = _moment(find(time, "center"))
    return low or (f"jusqu’au {high}" if high else "") or center


def _moment(time: Element | None) -> str:
    return day(time.get("value")) if time is not None else ""


def quantity(value: Element | None) -> str:
    """``13.2`` ``g/dL`` → ``13,2 g/dL``."""
    if value is None or value.get("nullFlavor") or not value.get("value"):
        return ""
    number = flat(value.get("value"))
    said = number.replace(".", ",") if re.fullmatch(r"[+-]?\d*\.\d+", number) else number
    return f"{said} {_unit(value.get('unit'), number)}".rstrip()


def _unit(ucum: str | None, number: str) -> str:
    unit = flat(ucum)
    if unit in _TIMES:
        return _TIMES[unit][number.lstrip("+-") not in {"0", "1"}]
    known = _UNITS.get(unit)
    return known if known is not None else re.sub(r"\{([^}]*)\}", r"\1", unit)


def coded(code: Element | None) -> str:
    """Say a coded thing by its display, its translation's, or its own words; never by its code."""
    if code is None:
        return ""
    if code.get("displayName"):
        return flat(code.get("displayName"))
    for other in children(code, "translation"):
        if other.get("displayName"):
            return flat(other.get("displayName"))
    original = find(code, "originalText")
    return flat("".join(original.itertext("*"))) if original is not None else ""


def value_words(value: Element) -> str:
    """Say an observation's value, whatever its type."""
    if value.get("nullFlavor"):
        return coded(value)
    kind = (value.get(_XSI_TYPE) or "").rpartition(":")[2]
    if kind == "BL":
        return {"true": "Oui", "false": "Non"}.get(value.get("value") or "", "")
    if kind.startswith(("TS", "IVL_TS", "PIVL")):
        return period(value)
    if kind.startswith(("IVL", "RTO")):
        return _between(value)
    if kind == "ED" and value.get("representation"):
        return ""
    return coded(value) or quantity(value) or flat("".join(value.itertext("*")))


def _between(value: Element) -> str:
    ends = {local(end): quantity(end) for end in value if quantity(end)}
    low, high = ends.get("low") or ends.get("numerator"), ends.get("high") or ends.get("denominator")
    if "numerator" in ends:
        return " / ".join(part for part in (low, high) if part)
    if low and high:
        return f"{low.split(' ')[0] if low.split(' ')[1:] == high.split(' ')[1:] else low} à {high}"
    return (low and f"{low} ou plus") or (high and f"{high} ou moins") or quantity(value)
