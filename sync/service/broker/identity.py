"""Whom an upstream names: a citizen by their verified traits, a professional by their RPPS number.

Decision: traits are those of the INS (RNIV): birth family name, all birth given names, sex, birth date, and
the COG code of the place: the commune for who was born in France (country 99100), the country else. They are
compared with a Patient whose identity is qualified (``VALI``) only: traits that someone typed prove nothing.
All must be there on both sides and be equal, names apart from capitals, accents, hyphens and apostrophes.
Candidates are read by their birth date (the service's index): some 2,000 in a country of 70 million.

An RPPS number is read as the claims write it: 11 digits, or 12 with the national register's « 8 » before.
Claims that contradict each other name nobody.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import orjson

from app.fhir import Resource, nodes, string
from app.fhir.patient import Identity, identity
from sync.service.dates import period_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync.service.broker.configuration import Upstream
    from sync.service.storage import Connection

__all__ = ["patients_of", "practitioners_of", "rpps_of", "traits_of"]

_FRANCE = "99100"
_RPPS_SYSTEM, _NATIONAL_SYSTEM = "https://rpps.esante.gouv.fr", "urn:oid:1.2.250.1.71.4.2.1"
_RPPS = re.compile(r"8?(\d{11})")
_COG = re.compile(r"\d[\dAB]\d{3}")
_BIRTH = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_GENDERS = frozenset({"male", "female"})


def plain(name: str) -> str:
    """Write a name so that only its letters count: ``Élodie-Anne`` and ``ELODIE ANNE`` are one."""
    text = name.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    letters = (each if each.isalpha() else " " for each in unicodedata.normalize("NFKD", text)
               if not unicodedata.combining(each))  # fmt: skip
    return " ".join("".join(letters).upper().split())


def traits_of(upstream: Upstream, claims: Mapping[str, Any]) -> Identity | None:
    """Read the traits that the upstream gave; ``None`` unless they are whole."""
    told = {each: _text(upstream, claims, each) for each in
            ("given_name", "family_name", "birthdate", "gender", "birthplace", "birthcountry")}  # fmt: skip
    country, place = told["birthcountry"], told["birthplace"]
    code = place if country == _FRANCE else country
    return _whole(Identity(told["family_name"], told["given_name"], told["birthdate"], told["gender"], code))


def patients_of(sql: Connection, traits: Identity) -> list[str]:
    """Return the ids of the Patients with these traits; each has an identity that was verified.

    ``sql`` reads everyone's records.
    """
    period = period_of(traits.born)
    if period is None:
        return []
    rows = sql.execute(
        "SELECT resource.id, resource.body FROM search_index JOIN resource"
        " ON resource.patient_key = search_index.patient_key AND resource.place = search_index.place"
        " WHERE search_index.type = 'Patient'"
        " AND search_index.param = 'birthdate' AND search_index.low = ? AND search_index.high = ?"
        " AND resource.body IS NOT NULL",
        period,
    ).fetchall()
    return [row[0] for row in rows if _of_record(orjson.loads(row[1])) == traits]


def _of_record(patient: Resource) -> Identity | None:
    found = identity(patient)
    return _whole(found) if found is not None and patient.get("active", True) is True else None


def _whole(found: Identity) -> Identity | None:
    """Write traits as they are compared; ``None`` where one is missing or is none."""
    # A lunar date's missing parts are written 00 by some and left out by others.
    born = re.sub(r"(-00)+$", "", found.born.strip())
    written = Identity(
        plain(found.family),
        plain(found.given),
        born,
        found.gender.strip().lower(),
        found.place.strip().upper(),
    )
    whole = (
        written.family
        and written.given
        and _BIRTH.fullmatch(written.born)
        and written.gender in _GENDERS
        and _COG.fullmatch(written.place)
    )
    return written if whole else None


def rpps_of(upstream: Upstream, claims: Mapping[str, Any]) -> str | None:
    """Return the RPPS number that the claims give; ``None`` for none, and where they name two."""
    told = [claims.get(name) for name in upstream.called("rpps")]
    told += [
        each.get("identifiant") for each in nodes(dict(claims), "otherIds") if each.get("origine") == "RPPS"
    ]
    found = [_RPPS.fullmatch(str(each).strip()) for each in told if each]
    numbers = {each[1] for each in found if each}
    # What is no RPPS number at all (an ADELI, a mail address) beside one that is says nothing against it.
    return numbers.pop() if len(numbers) == 1 else None


def practitioners_of(sql: Connection, rpps: str) -> list[str]:
    """Return the ids of the Practitioners with that number, whichever of its two systems they have it in."""
    rows = sql.execute(
        "SELECT DISTINCT resource.id, resource.body FROM search_index JOIN resource"
        " ON resource.patient_key = search_index.patient_key AND resource.place = search_index.place"
        " WHERE search_index.type = 'Practitioner'"
        " AND search_index.param = 'identifier' AND search_index.value IN (?, ?)"
        " AND resource.body IS NOT NULL",
        (rpps, f"8{rpps}"),
    ).fetchall()
    wanted = {(_RPPS_SYSTEM, rpps), (_NATIONAL_SYSTEM, f"8{rpps}")}
    return [row[0] for row in rows if wanted & _identifiers(orjson.loads(row[1]))]


def _identifiers(practitioner: Resource) -> set[tuple[str | None, str | None]]:
    return {
        (string(each, "system"), string(each, "value"))
        for each in nodes(practitioner, "identifier")
        if each.get("use") != "old"
    }


def _text(upstream: Upstream, claims: Mapping[str, Any], trait: str) -> str:
    for name in upstream.called(trait):
        value = claims.get(name)
        if isinstance(value, str) and value:
            return value
    return ""
