"""Spaces in which something waits: a little of everything, very much, deletions, a service put back."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

from app import mandates, medical_profile, relatives
from app.acts import commit
from app.codes.allergens import AllergenGroup
from app.fhir import document_reference, reference
from app.ids import mint
from app.mandates import Action, Duration, Scope
from app.medical_profile import AllergyDetails, VaccinationDetails
from app.records import Cursor, FeedEntry
from app.relatives import RelativeDetails
from app.space import Actor, ActorRole
from tests.gallery.spaces import FAMILY, FULL_TITLE, GIVEN, JEANNE, LONG_NAME, NOON, PLACE, Opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.changes import Changes
    from app.records import Operation
    from app.space import Space

__all__ = ["WAITING_SPACES"]

FEED = "changes"
ANNE = RelativeDetails("Anne", "Petit", "06 99 00 18 12", "daughter")
KIWI = AllergyDetails(AllergenGroup.FOOD, words="Kiwi")
MUCH = 40


def file(space: Space, title: str, size: int = 2_400_000) -> Operation:
    """File a paper of that name."""
    data = b"%PDF-1.7" + bytes(size)
    document = document_reference.make(
        mint(),
        binary=mint(),
        patient=space.patient,
        custodian=reference("Organization", space.actor.organization_id, space.actor.organization_name),
        category="ORD_SOIN",
        day=NOON.date(),
        title=title,
        media_type="application/pdf",
        content=document_reference.digests(data),
        moment=NOON,
    )
    space.files.write(document["id"], io.BytesIO(data))
    return commit(space, [document], document_id=document["id"])


def _something(folder: Path, changes: Changes) -> Opened:
    """A paper on its way, one refused, one to try again, an allergy behind another, a mandate, a choice."""
    opened = Opened.jeanne(folder, changes)
    space, records = opened.space, opened.space.records
    file(space, "Ordonnance du docteur Roux")
    refused = file(space, "Résultats d’analyses de mars")
    records.park(refused.seq, "service-refused", {"reason": "element-value"})
    later = file(space, "Lettre de la caisse")
    records.retry_later(later.seq, NOON + timedelta(minutes=20), "service-broken")
    kiwi = medical_profile.add_allergy(space, KIWI)
    medical_profile.end_allergy(space, kiwi.resource_id)
    records.park(records.operations()[-2].seq, "forbidden", {"reason": "mandate-over"})
    proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW}, Duration.SESSION)
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    medical_profile.add_vaccination(space, VaccinationDetails("2025-10-14", vaccine="flu"))
    edit = relatives.add_contact(space, ANNE)
    opened.other_side.confirm(next(each for each in records.operations() if each.op_id == edit.op_id))
    relatives.change(space, edit.resource_id, RelativeDetails("Anne", "Petit", "06 11 11 11 11", "daughter"))
    theirs = records.there("RelatedPerson", edit.resource_id)
    assert theirs is not None
    opened.other_side.does(
        theirs | {"telecom": [{"system": "phone", "value": "06 22 22 22 22"}]}, helper="Léa Moreau"
    )
    return opened


def _much(folder: Path, changes: Changes) -> Opened:
    """Very much of it, with names as long as they get."""
    person = JEANNE | {
        "id": "0192f0aa-0000-7000-8000-0000000000fe",
        "name": [{"use": "official", "family": FAMILY, "given": [GIVEN]}],
    }
    opened = Opened(folder, changes, person, Actor("helper", LONG_NAME, ActorRole.ADVISER, "far-away", PLACE))
    space = opened.space
    for number in range(MUCH):
        operation = file(space, f"{FULL_TITLE} {number + 1}", size=number)
        if not number % 3:
            space.records.park(operation.seq, "service-refused", {"reason": "element-value"})
    entry = medical_profile.add_allergy(space, KIWI)
    medical_profile.end_allergy(space, entry.resource_id)
    space.records.park(space.records.operations()[-2].seq, "service-refused")
    return opened


def _deleted(folder: Path, changes: Changes) -> Opened:
    """The service has deleted all the papers but one."""
    opened = Opened.jeanne(folder, changes)
    ids = list(opened.documents.values())[1:]
    told = [FeedEntry("DocumentReference", each, "9", NOON.isoformat(), None) for each in ids]
    opened.space.records.apply_page(FEED, told, Cursor("9", "epoch"))
    return opened


def _restored(folder: Path, changes: Changes) -> Opened:
    """The service was put back from a copy that has none of what was done here."""
    opened = Opened.jeanne(folder, changes)
    file(opened.space, "Ordonnance du docteur Roux")
    medical_profile.add_allergy(opened.space, KIWI)
    opened.other_side.confirm()
    opened.space.records.lay_again(FEED)
    opened.space.records.apply_page(FEED, [], Cursor("1", "another"))
    return opened


def _told(folder: Path, changes: Changes) -> Opened:
    """The same, of what others did: nothing can be sent again from here."""
    opened = Opened.jeanne(folder, changes)
    opened.space.records.lay_again(FEED)
    opened.space.records.apply_page(FEED, [], Cursor("1", "another"))
    return opened


def _deleted_much(folder: Path, changes: Changes) -> Opened:
    """The same with names as long as they get."""
    opened = Opened.full(folder, changes)
    found = [row.id for row in opened.space.records.documents(limit=300)]
    told = [FeedEntry("DocumentReference", each, "9", NOON.isoformat(), None) for each in found]
    opened.space.records.apply_page(FEED, told, Cursor("9", "epoch"))
    return opened


WAITING_SPACES: dict[str, Callable[[Path, Changes], Opened]] = {
    "waiting": _something,
    "waiting_full": _much,
    "deleted": _deleted,
    "deleted_full": _deleted_much,
    "restored": _restored,
    "told": _told,
}
