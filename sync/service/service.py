"""The assembled service: its store, objects and secrets, opened from one folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from app.clock import now
from app.vault.disk import world
from app.vault.sqlcipher import StoreBusy
from app.vault.store import Store, StoreMissing
from sync.service.objects import open_objects
from sync.service.schema import SERVICE
from sync.service.secrets import Secrets, load_key
from sync.service.signing import CHAIN, load_chain

if TYPE_CHECKING:
    from pathlib import Path

    from app.clock import Clock
    from sync.service.mail import MailServer
    from sync.service.objects import Objects

__all__ = ["Limits", "Service"]

_KEY, _STORE, _OBJECTS, _SCRATCH, _LOCK = "service.key", "service.db", "objects", "scratch", "service.lock"


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


@dataclass(slots=True)
class Service:
    """Everything a request needs. ``origin`` is known once the port is."""

    store: Store
    objects: Objects
    secrets: Secrets
    demo: bool = False
    origin: str = "http://127.0.0.1"
    clock: Clock = now
    alone: FileLock | None = None
    limits: Limits = field(default_factory=Limits)
    mail: MailServer | None = None
    chain: tuple[bytes, ...] = ()
    """The operator's certificates of the signing key, the service's own first; empty for its self-signed."""

    @classmethod
    def open(
        cls, folder: Path, *, demo: bool = False, clock: Clock = now, objects: str | None = None
    ) -> Service:
        """Open the folder, making what is missing at the first start.

        ``objects``: where documents lie (``s3://…``, ``file://…``), if not in the folder.
        Raises the vault's errors (damaged, of a later version, wrong key, disk full) and
        ``KeyFileMissing``, ``KeyFileBad``, ``CertificateBad``, ``ObjectsUnusable``, ``ObjectsAway``.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        alone = _alone(folder)
        try:
            service = cls._open(folder, demo=demo, clock=clock, address=objects or "")
        except BaseException:
            alone.release()
            raise
        service.alone = alone
        return service

    @classmethod
    def _open(cls, folder: Path, *, demo: bool, clock: Clock, address: str) -> Service:
        path = folder / _STORE
        _refuse_half_a_copy(folder)
        with load_key(folder / _KEY, may_create=not path.exists()) as root:
            with root.derive(b"tandem service objects") as key:
                objects = open_objects(address, folder / _OBJECTS, key, folder / _SCRATCH)
            try:
                if not path.exists() and objects.holds_any():
                    raise StoreMissing
                with root.derive(b"tandem service store") as key:
                    store = (Store.open if path.exists() else Store.create)(path, key, SERVICE)
            except BaseException:
                objects.close()
                raise
        try:
            secrets = Secrets.load(store)
            chain = load_chain(folder / CHAIN, secrets.signing)
            service = cls(store, objects, secrets, demo, clock=clock, chain=chain)
            service._sweep()
        except BaseException:
            store.close()
            objects.close()
            raise
        return service

    @property
    def fhir(self) -> str:
        """The FHIR base address."""
        return f"{self.origin}/fhir"

    def _sweep(self) -> None:
        """Remove objects that a crash left without a row, and phone drops that ended meanwhile.

        Where others may be writing to the same store, its orphans are the upkeep's, after their grace.
        """
        from sync.service import drops
        from sync.service.upkeep import collect_orphans

        drops.sweep(self)
        if not self.objects.is_shared:
            collect_orphans(self, older_than=timedelta())

    def close(self) -> None:
        """Close everything; what runs is waited for."""
        self.store.close()
        self.objects.close()
        if self.alone:
            self.alone.release()


def _alone(folder: Path) -> FileLock:
    """Hold the folder: two services on one folder would each keep the other's counts."""
    lock = FileLock(folder / _LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreBusy from None
    except OSError as error:
        raise world(error) from error
    return lock


def _refuse_half_a_copy(folder: Path) -> None:
    """Never start empty beside documents: the store was lost, and a sweep would finish the loss."""
    objects = folder / _OBJECTS
    if not (folder / _STORE).exists() and objects.is_dir() and any(objects.iterdir()):
        raise StoreMissing
