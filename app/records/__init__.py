"""SQL over one person's store: their resources, the list of documents, operations, the feed."""

from app.records.records import ActMalformed, OperationUnknown, Records
from app.records.values import (
    Act,
    Cursor,
    DocumentQuery,
    DocumentRow,
    DocumentState,
    FeedEntry,
    Operation,
    OperationState,
    Resource,
    Waiting,
)

__all__ = [
    "Act",
    "ActMalformed",
    "Cursor",
    "DocumentQuery",
    "DocumentRow",
    "DocumentState",
    "FeedEntry",
    "Operation",
    "OperationState",
    "OperationUnknown",
    "Records",
    "Resource",
    "Waiting",
]
