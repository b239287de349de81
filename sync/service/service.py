"""The assembled service: its store, objects and secrets, opened from one folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout

from app.clock import now
from app.vault.disk import world
from app.vault.files import DocumentFiles
from app.vault.sqlcipher import StoreBusy
from app.vault.store import Store, StoreMissing
from sync.service.schema import embedded_schema
from sync.service.sealing import Sealing
from sync.service.secrets import Secrets, load_key
from sync.service.signing import CHAIN, load_chain
from sync.service.storage import EVERYONE
from sync.service.storage.embedded import Embedded

if TYPE_CHECKING:
    from pathlib import Path

    from app.clock import Clock
    from app.vault.keys import Key
    from sync.service.mail import MailServer
    from sync.service.storage import Database

__all__ = ["Limits", "Service"]

_KEY, _STORE, _OBJECTS, _LOCK = "service.key", "service.db", "objects", "service.lock"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may bring, in bytes, and how long an upload may rest, in seconds."""

    body: int = 32 * 1024 * 1024
    upload: int = 1024 * 1024 * 1024
    upload_rest: int = 24 * 3600
    picture: int = 20_000_000
    pictures: int = 10
    drop: int = 60_000_000
    token_seconds: int = 900
    refresh_seconds: int = 12 * 3600


@dataclass(slots=True)
class Service:
    """Everything a request needs. ``origin`` is known once the port is."""

    store: Database
    objects: DocumentFiles
    secrets: Secrets
    sealing: Sealing
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
        cls, folder: Path, *, demo: bool = False, clock: Clock = now, records: str | None = None
    ) -> Service:
        """Open the folder, making what is missing at the first start.

        ``records``: the address of PostgreSQL, instead of the embedded store; several may share a folder
        then. Raises the vault's errors (damaged, of a later version, wrong key, disk full), those of
        ``storage.postgres_open``, and ``KeyFileMissing``, ``KeyFileBad``, ``CertificateBad``.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        alone = None if records else _alone(folder)
        try:
            service = cls._open(folder, _Wish(demo, clock, records))
        except BaseException:
            if alone:
                alone.release()
            raise
        service.alone = alone
        return service

    @classmethod
    def _open(cls, folder: Path, wish: _Wish) -> Service:
        if wish.records:
            store, root = _shared(folder, wish.records)
        else:
            store, root = _embedded(folder)
        try:
            with root:
                sealing = Sealing(root)
                with root.derive(b"tandem service objects") as key:
                    objects = DocumentFiles(folder / _OBJECTS, key)
            secrets = Secrets.load(store, sealing)
            chain = load_chain(folder / CHAIN, secrets.signing)
            service = cls(store, objects, secrets, sealing, wish.demo, clock=wish.clock, chain=chain)
            service._sweep()
        except BaseException:
            store.close()
            raise
        return service

    @property
    def fhir(self) -> str:
        """The FHIR base address."""
        return f"{self.origin}/fhir"

    def _sweep(self) -> None:
        """Remove objects that a crash left without a row, and phone drops that ended meanwhile.

        Where others work on the same records, an object may be on its way to its row: none is removed.
        """
        from sync.service import drops, uploads

        drops.sweep(self)
        uploads.sweep(self)
        if self.store.is_shared:
            return
        with self.store.read(of=EVERYONE) as sql:
            rows = sql.execute(
                'SELECT object_id FROM "binary" UNION SELECT object_id FROM upload_piece'
                " UNION SELECT object_id FROM drop_picture"
            )
            known = {row[0] for row in rows}
        self.objects.collect_orphans(known)

    def close(self) -> None:
        """Close everything; what runs is waited for."""
        self.store.close()
        self.objects.close()
        if self.alone:
            self.alone.release()


class _Wish(NamedTuple):
    """How a service is to be opened."""

    demo: bool
    clock: Clock
    records: str | None


def _embedded(folder: Path) -> tuple[Database, Key]:
    path = folder / _STORE
    _refuse_half_a_copy(folder, is_fresh=not path.exists())
    root = load_key(folder / _KEY, may_create=not path.exists())
    try:
        with root.derive(b"tandem service store") as key:
            schema = embedded_schema(Sealing(root))
            return Embedded((Store.open if path.exists() else Store.create)(path, key, schema)), root
    except BaseException:
        root.wipe()
        raise


def _shared(folder: Path, address: str) -> tuple[Database, Key]:
    from sync.service.storage.postgres_open import open_postgres

    store = open_postgres(address)
    try:
        with store.read() as sql:
            is_fresh = sql.execute("SELECT 1 FROM secret LIMIT 1").fetchone() is None
        _refuse_half_a_copy(folder, is_fresh=is_fresh)
        with FileLock(folder / _LOCK, timeout=10):  # two who start together make one key
            return store, load_key(folder / _KEY, may_create=is_fresh)
    except BaseException:
        store.close()
        raise


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


def _refuse_half_a_copy(folder: Path, *, is_fresh: bool) -> None:
    """Never start empty beside documents: the store was lost, and a sweep would finish the loss."""
    objects = folder / _OBJECTS
    if is_fresh and objects.is_dir() and any(objects.iterdir()):
        raise StoreMissing
