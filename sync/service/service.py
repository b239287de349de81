"""The assembled service: its store, objects and secrets, opened from one folder."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from app.clock import now
from app.vault.store import StoreMissing
from sync.service import opening
from sync.service.objects import open_objects
from sync.service.sealing import Sealing
from sync.service.secrets import Secrets
from sync.service.signing import CHAIN, load_chain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from filelock import FileLock

    from app.clock import Clock
    from sync.service.broker.flow import Broker
    from sync.service.mail import MailServer
    from sync.service.objects import Objects
    from sync.service.storage import Database

__all__ = ["Limits", "Service"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may bring, in bytes, and how long an upload may rest or stall, in seconds.

    ``slowest``: how many bytes a second a body brings at the least, where it is worth nothing in part.
    """

    body: int = 32 * 1024 * 1024
    upload: int = 1024 * 1024 * 1024
    upload_rest: int = 24 * 3600
    picture: int = 20_000_000
    pictures: int = 10
    drop: int = 60_000_000
    token_seconds: int = 900
    refresh_seconds: int = 12 * 3600
    stall: float = 60
    slowest: int = 1024
    head: float = 30
    device_code_seconds: int = 600
    device_code_pause: int = 5


@dataclass(slots=True)
class Service:
    """Everything a request needs. ``origin`` is known once the port is."""

    store: Database
    objects: Objects
    secrets: Secrets
    sealing: Sealing
    demo: bool = False
    origin: str = "http://127.0.0.1"
    clock: Clock = now
    alone: FileLock | None = None
    limits: Limits = field(default_factory=Limits)
    mail: MailServer | None = None
    broker: Broker | None = None
    draining: bool = False
    """It was told to end, and goes on answering while whoever sends it requests takes notice."""
    proven: dict[bytes, Mapping[str, Any]] = field(default_factory=dict)
    """Claims of tokens whose signature was checked, by the token's hash: of its own signing key alone."""
    chain: tuple[bytes, ...] = ()
    """The operator's certificates of the signing key, the service's own first; empty for its self-signed."""

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        demo: bool = False,
        clock: Clock = now,
        records: str | None = None,
        objects: str | None = None,
    ) -> Service:
        """Open the folder, making what is missing at the first start.

        ``records``: the address of PostgreSQL, instead of the embedded store; several may share a folder
        then. ``objects``: where documents lie (``s3://…``, ``file://…``), if not in the folder.
        Raises the vault's errors (damaged, of a later version, wrong key, disk full), those of
        ``storage.postgres_open``, and ``KeyFileMissing``, ``KeyFileBad``, ``CertificateBad``,
        ``ObjectsUnusable``, ``ObjectsAway``.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        alone = None if records else opening.alone(folder)
        try:
            service = cls._open(folder, _Wish(demo, clock, records, objects or ""))
        except BaseException:
            if alone:
                alone.release()
            raise
        service.alone = alone
        return service

    @classmethod
    def _open(cls, folder: Path, wish: _Wish) -> Service:
        with ExitStack() as undo:
            store = opening.shared(wish.records) if wish.records else None
            if store is not None:
                undo.callback(store.close)
            is_fresh = opening.is_fresh(store) if store is not None else not (folder / opening.STORE).exists()
            with opening.root(folder, is_fresh=is_fresh, is_shared=store is not None) as root:
                sealing = Sealing(root)
                with root.derive(opening.OBJECTS_PURPOSE) as key:
                    places = folder / opening.OBJECTS, folder / opening.SCRATCH
                    objects = open_objects(wish.objects, places[0], key, places[1])
                undo.callback(objects.close)
                if is_fresh and objects.holds_any():
                    # The store was lost: never start empty beside documents, a sweep would finish the loss.
                    raise StoreMissing
                if store is None:
                    store = opening.embedded(folder / opening.STORE, root, sealing)
                    undo.callback(store.close)
            secrets = Secrets.load(store, sealing)
            chain = load_chain(folder / CHAIN, secrets.signing)
            service = cls(store, objects, secrets, sealing, wish.demo, clock=wish.clock, chain=chain)
            service._sweep()
            undo.pop_all()
        return service

    def drains(self) -> None:
        """Note that the end has come: it is not ready for more."""
        self.draining = True

    @property
    def is_shared(self) -> bool:
        """Whether others may work on the same records or objects."""
        return self.store.is_shared or self.objects.is_shared

    @property
    def fhir(self) -> str:
        """The FHIR base address."""
        return f"{self.origin}/fhir"

    def _sweep(self) -> None:
        """Remove objects that a crash left without a row, and phone drops that ended meanwhile.

        Where others may be working too, an object may be on its way to its row: orphans are the upkeep's
        then, after their grace.
        """
        from sync.service import drops, uploads
        from sync.service.upkeep import collect_orphans

        drops.sweep(self)
        uploads.sweep(self)
        if not self.is_shared:
            collect_orphans(self, older_than=timedelta())

    def close(self) -> None:
        """Close everything; what runs is waited for."""
        if self.broker:
            self.broker.close()
        self.store.close()
        self.objects.close()
        if self.alone:
            self.alone.release()


class _Wish(NamedTuple):
    """How a service is to be opened."""

    demo: bool
    clock: Clock
    records: str | None
    objects: str
