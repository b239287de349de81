"""A slip whose mandate opens the prescriptions and no other document: which documents those are.

Decision: a prescription is a document that is filed as one (``ORD_SOIN``), as the program shows it. Such a
token sees those documents and their files, each for itself: in a search, in the feed, by their address.
Every other document is unknown to it, and so are the lists of all their versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.codes.categories import Category, category_of
from app.fhir.document_reference import binary_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.fhir import Resource
    from sync.service.unit import Unit

__all__ = ["TYPES", "is_one", "of_record"]

TYPES = frozenset({"DocumentReference", "Binary"})


def is_one(document: Resource) -> bool:
    """Say whether a document is filed as a prescription."""
    return category_of(document) == Category.ORD_SOIN


def of_record(unit: Unit) -> frozenset[str]:
    """Return the keys (``Type/id``) of a record's prescriptions and of their files."""
    documents = unit.records.of_type(unit.patient_key(), "DocumentReference", close=unit.caller.is_close)
    return frozenset(key for each in documents if is_one(each.resource()) for key in _keys(each.resource()))


def _keys(document: Resource) -> Iterable[str]:
    yield f"DocumentReference/{document['id']}"
    binary = binary_id(document)
    if binary:
        yield f"Binary/{binary}"
