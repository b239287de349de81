"""What the person says of their health: allergies and vaccinations, read, added, changed, ended.

Decisions:

- A professional's entry is shown and never changed here: who takes away an allergy that a doctor
  recorded may harm themselves. The person is told whom to ask.
- The same allergy noted twice is refused with its own sentence, so that a list stays a list.
- An allergy that is over is *resolved*; one noted by mistake, or a vaccination noted by mistake, is
  *entered in error*. Both leave the list, neither is deleted.
- Limits are those of Mon espace santé: 50 characters for a name, 100 for a lot, 3,000 for a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from app import conflicts, counter
from app.acts import audit, record
from app.codes.allergens import ALLERGENS, CATEGORIES, AllergenGroup
from app.codes.reactions import REACTIONS, SEVERITIES
from app.codes.terms import Term, concept, found_in
from app.codes.vaccines import VACCINES
from app.edits import Edit, EntryUnknown, cleaned, found, keep, put_back, retold, today
from app.errors import PersonCanAct
from app.fhir import allergy_intolerance, coding, display_of, immunization, nodes, reference, string
from app.fhir import patient as patients
from app.fhir.audit_event import AuditAction
from app.fhir.partial_date import earliest
from app.ids import mint
from app.mandates import Action, Scope, require
from app.search import fold
from app.space import DoneCode

if TYPE_CHECKING:
    from app.conflicts import Conflict, Keep
    from app.fhir import Resource
    from app.fhir.allergy_intolerance import AllergyBody
    from app.fhir.immunization import ImmunizationBody
    from app.space import Space

__all__ = [
    "LOT_LIMIT",
    "NAME_LIMIT",
    "NOTE_LIMIT",
    "PERFORMER_LIMIT",
    "AllergyDetails",
    "AlreadyNoted",
    "DayBeforeBirth",
    "DayInFuture",
    "DayMissing",
    "NameMissing",
    "Profile",
    "VaccinationDetails",
    "WrittenByProfessional",
    "add_allergy",
    "add_vaccination",
    "allergy",
    "change_allergy",
    "change_vaccination",
    "check_allergen",
    "check_day",
    "clashes",
    "end_allergy",
    "gtin_of",
    "profile",
    "remove_allergy",
    "remove_vaccination",
    "settle",
    "undo",
    "vaccination",
]

NAME_LIMIT = 50
LOT_LIMIT = 100
NOTE_LIMIT = 3000
PERFORMER_LIMIT = 100
GTIN = "https://www.gs1.org/gtin"
_MOST_DOSES = 20


class NameMissing(PersonCanAct):
    """An allergy or a vaccination needs a name."""

    code: ClassVar[str] = "profile-name-missing"


class DayMissing(PersonCanAct):
    """A vaccination needs a date, if only its year; what was given is none."""

    code: ClassVar[str] = "profile-day-missing"


class DayInFuture(PersonCanAct):
    """It cannot be of a day to come."""

    code: ClassVar[str] = "profile-day-in-future"


class DayBeforeBirth(PersonCanAct):
    """It cannot be of a time before the person was born."""

    code: ClassVar[str] = "profile-day-before-birth"


class AlreadyNoted(PersonCanAct):
    """The same allergy stands in the list."""

    code: ClassVar[str] = "profile-already-noted"


class WrittenByProfessional(PersonCanAct):
    """A professional recorded it: only they can change it."""

    code: ClassVar[str] = "profile-written-by-professional"


@dataclass(frozen=True, slots=True)
class AllergyDetails:
    """What the person says of an allergy.

    ``allergen`` and ``reactions`` are keys of the closed lists; ``words`` are the person's own where
    no entry fits (``allergen`` empty). ``onset`` is a partial date, ``severity`` mild … severe.
    """

    group: AllergenGroup
    allergen: str = ""
    words: str = ""
    reactions: tuple[str, ...] = ()
    severity: str = ""
    onset: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class VaccinationDetails:
    """What the person tells of a vaccination; ``day`` is a partial date, ``dose`` 0 where unknown.

    ``gtin``, ``expiry`` (ISO) and ``lot`` stand in the code of its box. ``is_given_here``: the pharmacist who
    helps gives it now, and records it as the one who did.
    """

    day: str
    vaccine: str = ""
    words: str = ""
    lot: str = ""
    performer: str = ""
    dose: int = 0
    note: str = ""
    expiry: str = ""
    gtin: str = ""
    is_given_here: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """The two lists: allergies the gravest first, vaccinations the newest first."""

    allergies: tuple[AllergyBody, ...]
    vaccinations: tuple[ImmunizationBody, ...]


def profile(space: Space, *, journaled: bool = True) -> Profile:
    """Read the two lists; ``journaled`` notes the reading, once per look and not at each refresh."""
    require(space, Action.VIEW, Scope.PROFILE)
    allergies = map(allergy_intolerance.read, space.records.all(allergy_intolerance.TYPE))
    vaccinations = map(immunization.read, space.records.all(immunization.TYPE))
    made = Profile(
        tuple(sorted(filter(allergy_intolerance.is_listed, allergies), key=_gravest_first)),
        tuple(sorted(filter(immunization.is_listed, vaccinations), key=_newest_first)),
    )
    if journaled:
        entities = [f"{allergy_intolerance.TYPE}/{each.id}" for each in made.allergies]
        entities += [f"{immunization.TYPE}/{each.id}" for each in made.vaccinations]
        record(space, audit(space, AuditAction.READ, entities))
    return made


def _gravest_first(body: AllergyBody) -> tuple[bool, str]:
    return not (body.severity == "severe" or body.criticality == "high"), fold(body.name)


def _newest_first(body: ImmunizationBody) -> tuple[int, str]:
    day = earliest(body.day)
    return -day.toordinal() if day else 0, fold(body.name)


def allergy(space: Space, allergy_id: str) -> AllergyBody:
    """Return one allergy; raises ``EntryUnknown``."""
    require(space, Action.VIEW, Scope.PROFILE)
    return allergy_intolerance.read(found(space, allergy_intolerance.TYPE, allergy_id))


def vaccination(space: Space, vaccination_id: str) -> ImmunizationBody:
    """Return one vaccination; raises ``EntryUnknown``."""
    require(space, Action.VIEW, Scope.PROFILE)
    return immunization.read(found(space, immunization.TYPE, vaccination_id))


# Allergies


def add_allergy(space: Space, details: AllergyDetails) -> Edit:
    """Note an allergy.

    Raises what ``mandates.require`` raises, ``NameMissing``, ``WordsTooLong``, ``DayMissing``,
    ``DayInFuture``, ``DayBeforeBirth``, ``AlreadyNoted``, ``DiskFull``; then nothing has changed.
    """
    require(space, Action.ADD, Scope.PROFILE)
    made = _allergy(space, mint(), details)
    _not_twice(space, made["code"], str(made["id"]))
    return keep(space, [made], [None], DoneCode.ALLERGY_ADDED, name=_name_of(made))


def change_allergy(space: Space, allergy_id: str, details: AllergyDetails) -> Edit:
    """Say an allergy anew; raises as ``add_allergy``, ``EntryUnknown``, ``WrittenByProfessional``."""
    require(space, Action.EDIT, Scope.PROFILE)
    before = _own_allergy(space, allergy_id)
    changed = retold(before, _allergy(space, allergy_id, details), allergy_intolerance.TOLD)
    _not_twice(space, changed["code"], allergy_id)
    return keep(space, [changed], [before], DoneCode.ALLERGY_CHANGED, name=_name_of(changed))


def end_allergy(space: Space, allergy_id: str) -> Edit:
    """Say that an allergy is over; raises ``EntryUnknown``, ``WrittenByProfessional``."""
    require(space, Action.EDIT, Scope.PROFILE)
    before = _own_allergy(space, allergy_id)
    over = allergy_intolerance.resolved(before)
    return keep(space, [over], [before], DoneCode.ALLERGY_ENDED, name=_name_of(before))


def remove_allergy(space: Space, allergy_id: str) -> Edit:
    """Say that an allergy was noted by mistake; raises as ``end_allergy``."""
    require(space, Action.EDIT, Scope.PROFILE)
    before = _own_allergy(space, allergy_id)
    wrong = allergy_intolerance.entered_in_error(before)
    return keep(space, [wrong], [before], DoneCode.ALLERGY_REMOVED, name=_name_of(before))


def _allergy(space: Space, allergy_id: str, details: AllergyDetails) -> Resource:
    term = ALLERGENS.get(details.allergen)
    code = _coded(term, cleaned(details.words, NAME_LIMIT))
    if details.onset:
        check_day(space, details.onset)
    return allergy_intolerance.make(
        allergy_id,
        patient=(space.patient_id, patients.display_name(space.patient)),
        code=code,
        category=CATEGORIES[term.group if term else details.group],
        reactions=[concept(REACTIONS[key]) for key in details.reactions if key in REACTIONS],
        severity=details.severity if details.severity in SEVERITIES else "",
        onset=details.onset,
        note=cleaned(details.note, NOTE_LIMIT),
        moment=space.clock(),
    )


def _own_allergy(space: Space, allergy_id: str) -> Resource:
    resource = found(space, allergy_intolerance.TYPE, allergy_id)
    body = allergy_intolerance.read(resource)
    if not allergy_intolerance.is_listed(body):
        raise EntryUnknown
    if not body.is_by_patient:
        raise WrittenByProfessional
    return resource


def check_allergen(space: Space, details: AllergyDetails, *, besides: str = "") -> None:
    """Raise what is wrong with the allergen alone, before the other questions are asked.

    ``besides`` is the id of the allergy that is being changed.
    """
    code = _coded(ALLERGENS.get(details.allergen), cleaned(details.words, NAME_LIMIT))
    _not_twice(space, code, besides)


def _not_twice(space: Space, code: Resource, besides: str) -> None:
    """Refuse an allergy that is in the list under another id: same entry, or same words."""
    wanted = _same(code)
    for resource in space.records.all(allergy_intolerance.TYPE):
        body = allergy_intolerance.read(resource)
        if body.id != besides and allergy_intolerance.is_listed(body) and _same(body.code) == wanted:
            raise AlreadyNoted


def _same(code: Resource) -> str:
    term = found_in(ALLERGENS.values(), code)
    return term.key if term else fold(display_of(code) or "")


# Vaccinations


def add_vaccination(space: Space, details: VaccinationDetails) -> Edit:
    """Note a vaccination; raises as ``add_allergy``, without ``AlreadyNoted``: boosters are repeated."""
    require(space, Action.ADD, Scope.PROFILE)
    made = _vaccination(space, mint(), details)
    return keep(space, [made], [None], DoneCode.VACCINATION_ADDED, name=_name_of(made))


def change_vaccination(space: Space, vaccination_id: str, details: VaccinationDetails) -> Edit:
    """Tell a vaccination anew; raises as ``add_vaccination``, ``EntryUnknown``, ``WrittenByProfessional``."""
    require(space, Action.EDIT, Scope.PROFILE)
    before = _own_vaccination(space, vaccination_id)
    changed = retold(before, _vaccination(space, vaccination_id, details), immunization.TOLD)
    return keep(space, [changed], [before], DoneCode.VACCINATION_CHANGED, name=_name_of(changed))


def remove_vaccination(space: Space, vaccination_id: str) -> Edit:
    """Say that a vaccination was noted by mistake; raises ``EntryUnknown``, ``WrittenByProfessional``."""
    require(space, Action.EDIT, Scope.PROFILE)
    before = _own_vaccination(space, vaccination_id)
    wrong = immunization.entered_in_error(before)
    return keep(space, [wrong], [before], DoneCode.VACCINATION_REMOVED, name=_name_of(before))


def _vaccination(space: Space, vaccination_id: str, details: VaccinationDetails) -> Resource:
    if not details.day:
        raise DayMissing
    check_day(space, details.day)
    if details.expiry:
        counter.check_expiry(date.fromisoformat(details.expiry), earliest(details.day) or today(space))
    code = _coded(VACCINES.get(details.vaccine), cleaned(details.words, NAME_LIMIT))
    if details.gtin:
        code = code | {"coding": [*code.get("coding", ()), coding(GTIN, details.gtin)]}
    return immunization.make(
        vaccination_id,
        patient=(space.patient_id, patients.display_name(space.patient)),
        code=code,
        day=details.day,
        lot=cleaned(details.lot, LOT_LIMIT),
        performer=cleaned(details.performer, PERFORMER_LIMIT),
        dose=details.dose if 0 < details.dose <= _MOST_DOSES else 0,
        note=cleaned(details.note, NOTE_LIMIT),
        moment=space.clock(),
        expiry=details.expiry,
        given_by=_given_by(space) if details.is_given_here else None,
    )


def _given_by(space: Space) -> Resource | None:
    """Return the pharmacist who gives it; what another helper is told is never a primary source."""
    actor = space.actor
    return reference("Practitioner", actor.id, actor.display) if counter.is_pharmacist(space) else None


def gtin_of(code: Resource) -> str:
    """Return the product number in a vaccine's code, "" where there is none."""
    found = (string(each, "code") for each in nodes(code, "coding") if each.get("system") == GTIN)
    return next((each for each in found if each), "")


def _own_vaccination(space: Space, vaccination_id: str) -> Resource:
    resource = found(space, immunization.TYPE, vaccination_id)
    body = immunization.read(resource)
    if not immunization.is_listed(body):
        raise EntryUnknown
    if not body.is_by_patient:
        raise WrittenByProfessional
    return resource


# Both


def undo(space: Space, edit: Edit) -> None:
    """Put back what stood before an edit; raises what ``mandates.require`` raises, ``EntryUnknown``."""
    require(space, Action.EDIT, Scope.PROFILE)
    put_back(space, edit)


def clashes(space: Space) -> list[Conflict]:
    """List the acts of ours that met another's change to the same entry, oldest first."""
    require(space, Action.VIEW, Scope.PROFILE)
    return conflicts.conflicts(space, {allergy_intolerance.TYPE, immunization.TYPE})


def settle(space: Space, conflict: Conflict, keeping: Keep) -> None:
    """Keep one of the two versions; raises what ``mandates.require`` raises, ``OperationUnknown``."""
    require(space, Action.EDIT, Scope.PROFILE)
    conflicts.settle(space, conflict, keeping)


def _coded(term: Term | None, words: str) -> Resource:
    if term is None and not words:
        raise NameMissing
    return concept(term, words) if term else {"text": words}


def check_day(space: Space, text: str) -> None:
    """Raise ``DayMissing``, ``DayInFuture``, ``DayBeforeBirth`` where a partial date cannot be."""
    day = earliest(text)
    if day is None:
        raise DayMissing
    if day > today(space):
        raise DayInFuture
    born = patients.birth_date_text(space.patient) or ""
    if born and text < born[: len(text)]:
        raise DayBeforeBirth


def _name_of(resource: Resource) -> str:
    return display_of(resource.get("code") or resource.get("vaccineCode")) or ""
