"""The INS DataMatrix: a person's qualified identity as a code on paper (ANS, "Datamatrix INS").

The message is a header of 26 characters (``IS``, the version, 22 zeros kept for later), then fields in any
order, each two letters and a value: S1 matricule, S2 its system (OID), S3 the birth given names, S4 the
birth name, S5 sex, S6 birth date (``31-12-1950``), S7 the COG code of the place. A field that is shorter
than its longest form is ended by GS (ASCII 29). What breaks these rules is no identity and gives None: a
half-read identity is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.codes.ins import has_valid_key
from app.reader.values import PatientSeen

__all__ = ["Identity", "parse", "person_of", "write"]

HEADER = "IS01" + "0" * 22
_START = re.compile(r"IS\d{2}[0-9A-Z]{22}")
GS = "\x1d"
# Field → (shortest, longest, what it may hold).
_FIELDS: dict[str, tuple[int, int, re.Pattern[str]]] = {
    "S1": (15, 15, re.compile(r"[0-9AB]{15}")),
    "S2": (5, 20, re.compile(r"[0-9]+(?:\.[0-9]+)*")),
    "S3": (0, 100, re.compile(r"[A-Z' \-]{0,100}")),
    "S4": (0, 100, re.compile(r"[A-Z' \-]{0,100}")),
    "S5": (1, 1, re.compile(r"[MFI]")),
    "S6": (10, 10, re.compile(r"\d\d-\d\d-\d{4}")),
    "S7": (5, 5, re.compile(r"[0-9AB]{5}")),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """The traits of an INS DataMatrix; ``birth_date`` is ISO, and partial as the INS may be."""

    matricule: str
    system: str
    given_names: tuple[str, ...]
    birth_name: str
    sex: str
    birth_date: str
    birth_place: str


def parse(text: str) -> Identity | None:
    """Read the message of a DataMatrix, None where it is no whole INS identity."""
    if not _START.match(text):
        return None
    fields = _fields(text[len(HEADER) :])
    if fields is None or not {"S1", "S2", "S3", "S4", "S6"} <= fields.keys():
        return None
    if not has_valid_key(fields["S1"]):
        return None
    day, month, year = fields["S6"].split("-")
    return Identity(
        fields["S1"],
        fields["S2"],
        tuple(fields["S3"].split()),
        fields["S4"].strip(),
        fields.get("S5", ""),
        f"{year}-{month}-{day}",
        fields.get("S7", ""),
    )


def _fields(rest: str) -> dict[str, str] | None:
    """Cut the message zone into its fields; a name may hold ``S3``, so each is taken at its own length."""
    found: dict[str, str] = {}
    while rest:
        tag, rest = rest[:2], rest[2:]
        rule = _FIELDS.get(tag)
        if rule is None or tag in found:
            return None
        shortest, longest, shape = rule
        value, ended, after = rest[:longest].partition(GS)
        if ended:
            rest = after + rest[longest:]
        else:  # the longest form, or the last field of all
            after = rest[longest:]
            rest = after.removeprefix(GS)
        if len(value) < shortest or not shape.fullmatch(value):
            return None
        found[tag] = value
    return found


def person_of(identity: Identity) -> PatientSeen:
    """Say whom it names, as a document's header would."""
    name = " ".join((*identity.given_names, identity.birth_name))
    return PatientSeen(name, identity.birth_date, identity.matricule)


def write(identity: Identity) -> str:
    """Write the message, fields in their order (for what we print, and for tests of what we read)."""
    year, month, day = identity.birth_date.split("-")
    system = identity.system if len(identity.system) == _FIELDS["S2"][1] else identity.system + GS
    return (
        f"{HEADER}S1{identity.matricule}S2{system}S3{' '.join(identity.given_names)}{GS}"
        f"S4{identity.birth_name}{GS}S5{identity.sex}S6{day}-{month}-{year}S7{identity.birth_place}"
    )
