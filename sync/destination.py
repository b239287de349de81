"""Where acts and their files go: our own service, or another maker's server (``sync.peers``).

Decision: the engine knows an act's life, not how a server takes it. A destination says which acts it has,
makes the bytes that are kept before they leave, and sends them; what it raises is the error table's
(``verdicts``). Which one it is, the first pull finds out (``pulling``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import orjson

from app.fhir.bundle import transaction
from sync.fhir_client import FhirClient
from sync.grouping import MOST_ENTRIES, bundled
from sync.uploads import upload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.records import Operation
    from app.vault.sealed import SealedReader
    from sync.transport import Transport
    from sync.uploads import Upload

__all__ = ["Destination", "ToService"]


class Destination(Protocol):
    """A server that takes acts."""

    @property
    def most_acts(self) -> int:
        """How many acts may go together."""
        ...

    def there(self, operations: Sequence[Operation]) -> frozenset[str]:
        """Return the ids of those of these acts that the server has."""
        ...

    def body(self, operation: Operation) -> bytes:
        """Make the bytes of an act, as they are kept before they leave."""
        ...

    def deliver(self, operations: Sequence[Operation]) -> None:
        """Send acts whose bytes are kept; comes back only if all were answered well."""
        ...

    def bring(
        self,
        wanted: Upload,
        reader: SealedReader,
        *,
        moved: Callable[[int], None],
        stopping: Callable[[], bool],
    ) -> bool:
        """Bring a document's bytes; False if ``stopping`` ended it. Raises ``UploadDamaged``."""
        ...


class ToService:
    """Our own service: several acts in a transaction, each known again by its Provenance; files by tus."""

    most_acts = MOST_ENTRIES

    def __init__(self, transport: Transport, cursor: Callable[[], str | None] = lambda: None) -> None:
        self._transport = transport
        self._client = FhirClient(transport)
        self._cursor = cursor

    def there(self, operations: Sequence[Operation]) -> frozenset[str]:
        """Ask for the acts' Provenances."""
        return self._client.those("Provenance", [each.op_id for each in operations])

    def body(self, operation: Operation) -> bytes:
        """Make the act's transaction."""
        return orjson.dumps(transaction(operation.resources, operation.base_versions))

    def deliver(self, operations: Sequence[Operation]) -> None:
        """Send them as one transaction."""
        self._client.transaction(bundled([each.send_bytes or b"" for each in operations]), self._cursor())

    def bring(
        self,
        wanted: Upload,
        reader: SealedReader,
        *,
        moved: Callable[[int], None],
        stopping: Callable[[], bool],
    ) -> bool:
        """Upload it, from where the service has got to."""
        return upload(self._transport, wanted, reader, moved=moved, stopping=stopping)
