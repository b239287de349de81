"""Those close to the person: the one trusted person, and those to call in an emergency.

Decisions:

- One trusted person at a time (CSP L1111-6): naming another ends the former in the same act. Two
  that were named on two devices, neither knowing of the other, are a conflict like a refused act:
  the person chooses, and the other one is ended.
- Only an adult names one; an adult under *tutelle* does it with the judge's leave, on paper: the
  program says so and keeps nothing.
- A contact needs a telephone: one who cannot be called is nobody's emergency contact.
- Contacts that another program wrote into the Patient are shown (``is_elsewhere``), not changed; one
  who is in both is shown once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from app import conflicts
from app.acts import audit, record
from app.codes.relationships import RELATIONS, RelativeRole
from app.codes.terms import concept
from app.conflicts import Keep, Witness
from app.edits import Edit, EntryUnknown, cleaned, found, keep, put_back, retold, today
from app.errors import PersonCanAct
from app.fhir import extension, related_person, string
from app.fhir import patient as patients
from app.fhir.audit_event import AuditAction
from app.ids import mint
from app.mandates import Action, Scope, require
from app.search import fold
from app.space import DoneCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.fhir import Resource
    from app.fhir.related_person import RelativeBody
    from app.space import Space

__all__ = [
    "NAME_LIMIT",
    "Clash",
    "Keep",
    "PhoneMissing",
    "PhoneUnreadable",
    "RelativeDetails",
    "RelativeNameMissing",
    "Relatives",
    "TrustedPersonNeedsJudge",
    "TrustedPersonNotForMinor",
    "Version",
    "add_contact",
    "change",
    "clash",
    "end",
    "may_name_trusted",
    "name_trusted",
    "phone_written",
    "relative",
    "relatives",
    "settle",
    "undo",
]

NAME_LIMIT = 50
_DIGITS = range(6, 16)
_FRENCH = re.compile(r"0\d{9}")


class RelativeNameMissing(PersonCanAct):
    """Someone close needs a name."""

    code: ClassVar[str] = "relative-name-missing"


class PhoneMissing(PersonCanAct):
    """Someone to call needs a telephone number."""

    code: ClassVar[str] = "relative-phone-missing"


class PhoneUnreadable(PersonCanAct):
    """What was typed is no telephone number."""

    code: ClassVar[str] = "relative-phone-unreadable"


class TrustedPersonNotForMinor(PersonCanAct):
    """Only an adult names a trusted person (``adult``: from which age)."""

    code: ClassVar[str] = "trusted-person-not-for-minor"


class TrustedPersonNeedsJudge(PersonCanAct):
    """Under *tutelle* a trusted person is named with the judge's leave, on paper."""

    code: ClassVar[str] = "trusted-person-needs-judge"


@dataclass(frozen=True, slots=True)
class RelativeDetails:
    """What the person says of someone close; ``relation`` is a key of the closed list."""

    given: str
    family: str
    phone: str
    relation: str


@dataclass(frozen=True, slots=True)
class Relatives:
    """The trusted person, those to call, and those that only stand in the Patient."""

    trusted: RelativeBody | None
    contacts: tuple[RelativeBody, ...]
    elsewhere: tuple[RelativeBody, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One side of a conflict: who it says (``None``: nobody any more), who said it and when."""

    relative: RelativeBody | None
    witness: Witness


@dataclass(frozen=True, slots=True)
class Clash:
    """Two versions of who someone close is; ``conflict`` is ``None`` for two named without knowing."""

    role: RelativeRole
    ours: Version
    theirs: Version
    conflict: conflicts.Conflict | None = None


def relatives(space: Space, *, journaled: bool = True) -> Relatives:
    """Read them; ``journaled`` notes the reading, once per look and not at each refresh.

    Of two trusted persons (a conflict) the one named last is given here; ``clash`` tells both.
    """
    require(space, Action.VIEW, Scope.WISHES)
    living = _active(space)
    trusted = _trusted(living)
    contacts = sorted(_of(living, RelativeRole.EMERGENCY), key=lambda each: fold(each.name))
    named = {(fold(each.name), _digits(each.phone)) for each in living}
    elsewhere = [
        each
        for each in related_person.of_patient(space.patient)
        if (fold(each.name), _digits(each.phone)) not in named
    ]
    if journaled:
        entities = [_key(each) for each in living]
        record(space, audit(space, AuditAction.READ, entities))
    return Relatives(trusted[-1] if trusted else None, tuple(contacts), tuple(elsewhere))


def relative(space: Space, relative_id: str) -> RelativeBody:
    """Return one; raises ``EntryUnknown`` where they are no longer in the list."""
    require(space, Action.VIEW, Scope.WISHES)
    return _read(space, _living(space, relative_id))


def _active(space: Space) -> list[RelativeBody]:
    day = today(space)
    read = (related_person.read(each, day) for each in space.records.all(related_person.TYPE))
    return [each for each in read if each.is_active and each.role]


def _of(living: list[RelativeBody], role: RelativeRole) -> list[RelativeBody]:
    return [each for each in living if each.role is role]


def _trusted(living: list[RelativeBody]) -> list[RelativeBody]:
    """Return the trusted persons, the one named last at the end (ids are made in the order of time)."""
    return sorted(_of(living, RelativeRole.TRUSTED), key=lambda each: (each.start, each.id))


def _read(space: Space, resource: Resource) -> RelativeBody:
    return related_person.read(resource, today(space))


def _living(space: Space, relative_id: str) -> Resource:
    resource = found(space, related_person.TYPE, relative_id)
    if not _read(space, resource).is_active:
        raise EntryUnknown
    return resource


# Acts


def may_name_trusted(space: Space) -> None:
    """Raise why this person cannot name a trusted person here, if they cannot."""
    if patients.is_minor(space.patient, today(space)):
        raise TrustedPersonNotForMinor(adult=patients.ADULT)
    if string(extension(space.patient, patients.PROTECTION_URL), "valueCode") == "tutelle":
        raise TrustedPersonNeedsJudge


def name_trusted(space: Space, details: RelativeDetails) -> Edit:
    """Name the trusted person; whoever was one before no longer is, in the same act.

    Raises what ``mandates.require`` raises, ``TrustedPersonNotForMinor``, ``TrustedPersonNeedsJudge``,
    ``RelativeNameMissing``, ``WordsTooLong``, ``PhoneMissing``, ``PhoneUnreadable``, ``DiskFull``.
    """
    require(space, Action.ADD, Scope.WISHES)
    may_name_trusted(space)
    former = [_living(space, each.id) for each in _trusted(_active(space))]
    if former:
        require(space, Action.EDIT, Scope.WISHES)
    made = _made(space, mint(), RelativeRole.TRUSTED, details)
    over = [related_person.ended(each, today(space)) for each in former]
    name = _read(space, made).name
    return keep(space, [made, *over], [None, *former], DoneCode.TRUSTED_PERSON_NAMED, name=name)


def add_contact(space: Space, details: RelativeDetails) -> Edit:
    """Add someone to call; raises as ``name_trusted``, whatever the person's age."""
    require(space, Action.ADD, Scope.WISHES)
    made = _made(space, mint(), RelativeRole.EMERGENCY, details)
    return keep(space, [made], [None], DoneCode.CONTACT_ADDED, name=_read(space, made).name)


def change(space: Space, relative_id: str, details: RelativeDetails) -> Edit:
    """Say anew who someone is; raises as ``add_contact``, ``EntryUnknown``."""
    require(space, Action.EDIT, Scope.WISHES)
    before = _living(space, relative_id)
    role = _read(space, before).role or RelativeRole.EMERGENCY
    changed = retold(before, _made(space, relative_id, role, details), related_person.TOLD)
    code = _code(role, DoneCode.TRUSTED_PERSON_CHANGED, DoneCode.CONTACT_CHANGED)
    return keep(space, [changed], [before], code, name=_read(space, changed).name)


def end(space: Space, relative_id: str) -> Edit:
    """Say that someone is the trusted person, or to be called, no longer; raises ``EntryUnknown``."""
    require(space, Action.EDIT, Scope.WISHES)
    before = _living(space, relative_id)
    body = _read(space, before)
    over = related_person.ended(before, today(space))
    code = _code(body.role, DoneCode.TRUSTED_PERSON_ENDED, DoneCode.CONTACT_ENDED)
    return keep(space, [over], [before], code, name=body.name)


def undo(space: Space, edit: Edit) -> None:
    """Put back what stood before an edit; raises what ``mandates.require`` raises, ``EntryUnknown``."""
    require(space, Action.EDIT, Scope.WISHES)
    put_back(space, edit)


def _code(role: RelativeRole | None, trusted: DoneCode, contact: DoneCode) -> DoneCode:
    return trusted if role is RelativeRole.TRUSTED else contact


def _made(space: Space, related_id: str, role: RelativeRole, details: RelativeDetails) -> Resource:
    given, family = cleaned(details.given, NAME_LIMIT), cleaned(details.family, NAME_LIMIT)
    if not given and not family:
        raise RelativeNameMissing
    return related_person.make(
        related_id,
        patient=(space.patient_id, patients.display_name(space.patient)),
        role=role,
        relation=concept(RELATIONS.get(details.relation, RELATIONS["other"])),
        given=given,
        family=family,
        phone=phone_written(details.phone),
        day=today(space),
    )


def phone_written(text: str) -> str:
    """Return a telephone number as it is read out: ``06 12 34 56 78``, ``+41 …`` as it was typed.

    Raises ``PhoneMissing``, ``PhoneUnreadable``.
    """
    typed = " ".join(text.split())
    if not typed:
        raise PhoneMissing
    digits = _digits(typed)
    if len(digits) not in _DIGITS or not re.fullmatch(r"\+?[\d .()/-]+", typed):
        raise PhoneUnreadable
    if _FRENCH.fullmatch(digits) and not typed.startswith("+"):
        return " ".join(digits[at : at + 2] for at in range(0, 10, 2))
    return typed


def _digits(text: str) -> str:
    return "".join(each for each in text if each in "0123456789")


# Two people at once


def clash(space: Space) -> Clash | None:
    """Return what two people changed at once about someone close, the oldest first; ``None`` if nothing."""
    require(space, Action.VIEW, Scope.WISHES)
    for conflict in conflicts.conflicts(space, {related_person.TYPE}):
        return _of_conflict(space, conflict)
    return _two_named(space)


def _of_conflict(space: Space, conflict: conflicts.Conflict) -> Clash:
    ours = [_read(space, each) for each in conflict.ours.values() if each]
    theirs = [_read(space, each) for each in conflict.theirs.values() if each]
    is_trusted = any(each.role is RelativeRole.TRUSTED for each in ours)
    if is_trusted:
        mine = {each.id for each in ours}
        theirs += [each for each in _trusted(_active(space)) if each.id not in mine]
    return Clash(
        role=RelativeRole.TRUSTED if is_trusted else RelativeRole.EMERGENCY,
        ours=Version(_last_active(ours), conflict.our_witness),
        theirs=Version(_last_active(theirs), conflict.their_witness),
        conflict=conflict,
    )


def _last_active(bodies: list[RelativeBody]) -> RelativeBody | None:
    living = sorted((each for each in bodies if each.is_active), key=lambda each: (each.start, each.id))
    return living[-1] if living else None


def _two_named(space: Space) -> Clash | None:
    """Find two trusted persons; the one named last counts as ours.

    Not while an act about one of them is on its way: the service may yet refuse it.
    """
    trusted = _trusted(_active(space))
    if len(trusted) < 2 or conflicts.on_the_way(space, {_key(each) for each in trusted}):  # noqa: PLR2004 (two)
        return None
    first, last = trusted[-2:]
    return Clash(
        role=RelativeRole.TRUSTED,
        ours=Version(last, _witness(space, last)),
        theirs=Version(first, _witness(space, first)),
    )


def _witness(space: Space, body: RelativeBody) -> Witness:
    return conflicts.last_witness(space, {_key(body)})


def _key(body: RelativeBody) -> str:
    return f"{related_person.TYPE}/{body.id}"


def settle(space: Space, settled: Clash, keeping: Keep) -> None:
    """Keep one of the two; where it is the trusted person, every other one is ended.

    Raises what ``mandates.require`` raises, ``OperationUnknown`` where it was settled meanwhile.
    """
    require(space, Action.EDIT, Scope.WISHES)
    chosen = settled.ours if keeping is Keep.OURS else settled.theirs
    if settled.conflict is not None:
        adjusted = _alone(space, chosen.relative) if settled.role is RelativeRole.TRUSTED else list
        conflicts.settle(space, settled.conflict, keeping, adjusted=adjusted)
    else:
        over = _others_ended(space, chosen.relative)
        keep(space, over, [_living(space, str(each["id"])) for each in over], DoneCode.CONFLICT_SETTLED)


def _alone(space: Space, chosen: RelativeBody | None) -> Callable[[list[Resource]], list[Resource]]:
    """Return what makes the chosen one the only trusted person, beside the bodies of ours."""

    def ours_and_endings(ours: list[Resource]) -> list[Resource]:
        mine = {each["id"] for each in ours}
        return [*ours, *(each for each in _others_ended(space, chosen) if each["id"] not in mine)]

    return ours_and_endings


def _others_ended(space: Space, chosen: RelativeBody | None) -> list[Resource]:
    others = [each for each in _trusted(_active(space)) if chosen is None or each.id != chosen.id]
    return [related_person.ended(_living(space, each.id), today(space)) for each in others]
