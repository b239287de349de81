"""What the made-up people are allergic to, were vaccinated against, and who is close to them.

Two sorts, as in life: what the person said, and what a doctor or the pharmacist recorded and the
person cannot change. Chosen for the screens: one has six allergies and forty vaccinations, one
nothing at all; several have no trusted person yet; the minor has none and may not name one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from app.codes.allergens import ALLERGENS, CATEGORIES
from app.codes.reactions import REACTIONS
from app.codes.relationships import ROLE_CODE, RelativeRole
from app.codes.terms import concept
from app.codes.vaccines import VACCINES
from app.fhir import allergy_intolerance, codeable, immunization, reference, related_person
from sync.service.demo.people import PHARMACIST, Contact, made_up_id
from sync.service.demo.practices import GENERAL_PRACTITIONER, HOSPITAL_DOCTOR

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.demo.people import Person

__all__ = ["health_of"]

_CONFIRMED = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
_SINCE = date(2024, 3, 12)


@dataclass(frozen=True, slots=True)
class _Allergy:
    """``key`` of the allergens' list; ``is_recorded`` by a doctor, who also judged how critical it is."""

    key: str
    reactions: tuple[str, ...] = ()
    severity: str = ""
    onset: str = ""
    is_recorded: bool = False


@dataclass(frozen=True, slots=True)
class _Vaccination:
    """``key`` of the vaccines' list, a partial date; with a lot it was recorded at the pharmacy."""

    key: str
    day: str
    lot: str = ""
    dose: int = 0


@dataclass(frozen=True, slots=True)
class _Health:
    allergies: tuple[_Allergy, ...] = ()
    vaccinations: tuple[_Vaccination, ...] = ()
    trusted: Contact | None = None
    others: tuple[Contact, ...] = ()


_PENICILLIN = _Allergy("penicillin", ("rash", "breath"), "severe", "1978", is_recorded=True)
_FLU = tuple(
    _Vaccination("flu", f"{year}-10-1{year % 8}", f"G{year}F{year % 7}") for year in range(2019, 2026)
)
_OLD = (
    *(_Vaccination("flu", f"{year}-11-0{year % 9 + 1}", f"G{year}F{year % 7}") for year in range(2000, 2026)),
    *(
        _Vaccination("covid", day, f"C{number}42", number)
        for number, day in enumerate(
            (
                "2021-02-09",
                "2021-03-09",
                "2021-11-30",
                "2022-10-18",
                "2023-10-17",
                "2024-10-22",
                "2025-10-16",
            ),
            1,
        )
    ),
    _Vaccination("dtp", "1985"),
    _Vaccination("dtp", "1996-05"),
    _Vaccination("dtp", "2006-06-14"),
    _Vaccination("dtp", "2016-06-20", "D1620"),
    _Vaccination("pneumococcus", "2019-01-15", "P77A"),
    _Vaccination("zoster", "2024-09-10", "Z1A", 1),
    _Vaccination("zoster", "2024-11-12", "Z1B", 2),
)

_ALL: dict[str, _Health] = {
    "jeanne": _Health(
        (
            _PENICILLIN,
            _Allergy("pollen", ("rhinitis",), "mild", "1990"),
            _Allergy("plaster", ("itching",), "mild"),
        ),
        (
            *_FLU[-3:],
            _Vaccination("covid", "2025-10-14", "C8842", 6),
            _Vaccination("dtp", "2021-05-03", "D2105"),
            _Vaccination("pneumococcus", "2022-11"),
        ),
        Contact("Anne", "Petit", "06 99 00 18 03", "", "DAUC", "Ma fille"),
        (Contact("Monique", "Durand", "02 99 00 18 04", "", "NBOR", "Une voisine"),),
    ),
    "simone": _Health(
        (_Allergy("aspirin", ("swelling",), "moderate", "2004", is_recorded=True),),
        (*_FLU, _Vaccination("zoster", "2025-03-04", "Z25A", 1)),
    ),
    "ahmed": _Health(
        (_Allergy("contrast", ("rash", "itching"), "moderate", "2017", is_recorded=True),),
        (
            _Vaccination("hepatitis-b", "2016-02-10", "H16A", 1),
            _Vaccination("hepatitis-b", "2016-03-15", "H16B", 2),
        ),
        Contact("Samira", "Benyahia", "06 99 00 18 22", "", "DAUC", "Ma fille"),
    ),
    "odette": _Health((_Allergy("latex", ("itching",), "mild"),), _FLU[-2:]),
    "lucas": _Health(
        (
            _Allergy("peanut", ("swelling", "breath"), "severe", "2013", is_recorded=True),
            _Allergy("mites", ("rhinitis", "breath"), "moderate", "2015"),
            _Allergy("animals", ("rhinitis",)),
        ),
        (
            _Vaccination("mmr", "2011-04-20", "R11A", 1),
            _Vaccination("mmr", "2011-09-28", "R11B", 2),
            _Vaccination("dtcap", "2021-06-02", "D21L"),
            _Vaccination("hpv", "2023-10-05", "V23L", 1),
        ),
    ),
    "thierry": _Health((), (_Vaccination("covid", "2022-01", "", 3),)),
    "marie-therese": _Health((_Allergy("codeine", ("vomiting",), "moderate"),), _FLU[-4:]),
    "anne-charlotte": _Health(
        (_Allergy("nsaid", ("rash",), "moderate", "2019"),),
        _FLU[-1:],
        Contact("Édouard", "Vandenbroucke", "06 99 00 18 72", "", "FTH", "Mon père"),
    ),
    "germaine": _Health(
        (
            _PENICILLIN,
            _Allergy("contrast", ("shock",), "severe", "2011", is_recorded=True),
            _Allergy("sulfonamide", ("rash",), "moderate", "1986"),
            _Allergy("wasp", ("swelling",), "moderate", "1961"),
            _Allergy("shellfish", ("vomiting", "diarrhea"), "mild"),
            _Allergy("nickel", ("itching",), "mild"),
        ),
        _OLD,
        Contact("Michel", "Perrin", "06 99 00 18 82", "", "SONC", "Mon fils"),
        (
            Contact("Françoise", "Perrin-Lacombe", "06 99 00 18 83", "", "DAUC", "Ma fille"),
            Contact("Lucienne", "Barbier", "02 99 00 18 84", "", "NBOR", "Une voisine"),
            Contact("Thomas", "Perrin", "06 99 00 18 85", "", "FAMMEMB", "Une autre personne de la famille"),
            Contact("Accueil", "Résidence Les Tilleuls", "02 99 00 18 86", "", "", "Une autre personne"),
        ),
    ),
    "ines": _Health(
        (), (_Vaccination("meningococcus", "2024-09-02", "M24I"), _Vaccination("mmr", "2008-10"))
    ),
    "fernando": _Health((_Allergy("penicillin", ("rash",)),), _FLU[-2:]),
}


def health_of(person: Person) -> list[Resource]:
    """Make all of it for one person; nothing for who has no story."""
    told = _ALL.get(person.login, _Health())
    emergency = [each for each in person.contacts if each.role == RelativeRole.EMERGENCY]
    return [
        *(_allergy(person, each) for each in told.allergies),
        *(_vaccination(person, each) for each in told.vaccinations),
        *([_relative(person, RelativeRole.TRUSTED, told.trusted)] if told.trusted else []),
        *(_relative(person, RelativeRole.EMERGENCY, each) for each in (*emergency, *told.others)),
    ]


def _moment(day: date = _SINCE) -> datetime:
    return datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)


def _allergy(person: Person, told: _Allergy) -> Resource:
    term = ALLERGENS[told.key]
    made = allergy_intolerance.make(
        made_up_id("allergy", person.login, told.key),
        patient=(person.id, person.name),
        code=concept(term),
        category=CATEGORIES[term.group],
        reactions=[concept(REACTIONS[key]) for key in told.reactions],
        severity=told.severity,
        onset=told.onset,
        note="",
        moment=_moment(),
    )
    if told.is_recorded:
        doctor = reference("Practitioner", HOSPITAL_DOCTOR.id, HOSPITAL_DOCTOR.name)
        made |= {"verificationStatus": codeable(_CONFIRMED, "confirmed"), "asserter": doctor}
        made |= {"criticality": "high"} if told.severity == "severe" else {}
    return made


def _vaccination(person: Person, told: _Vaccination) -> Resource:
    made = immunization.make(
        made_up_id("vaccination", person.login, told.key, told.day),
        patient=(person.id, person.name),
        code=concept(VACCINES[told.key]),
        day=told.day,
        lot=told.lot,
        performer="",
        dose=told.dose,
        note="",
        moment=_moment(),
    )
    if told.lot:
        who = PHARMACIST if told.key in {"flu", "covid"} else GENERAL_PRACTITIONER
        del made["reportOrigin"]
        made |= {"primarySource": True, "performer": [{"actor": reference("Practitioner", who.id, who.name)}]}
    return made


def _relative(person: Person, role: RelativeRole, contact: Contact) -> Resource:
    relation = codeable(ROLE_CODE, contact.relation) if contact.relation else {}
    return related_person.make(
        made_up_id("relative", person.login, role, contact.name),
        patient=(person.id, person.name),
        role=role,
        relation=relation | {"text": contact.relation_display},
        given=contact.given,
        family=contact.family,
        phone=contact.phone,
        day=_SINCE,
    )
