"""The parts of a service's folder, and how each is opened.

``service.key`` (0600) opens everything else; ``service.db`` and ``objects/`` are noise without it;
``scratch/`` holds sealed bytes on their way, ``service.lock`` says that a service works here.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from filelock import FileLock, Timeout

from app.vault.disk import world
from app.vault.sqlcipher import StoreBusy
from app.vault.store import Store
from sync.service.schema import embedded_schema
from sync.service.sealing import Sealing
from sync.service.secrets import load_key
from sync.service.storage.embedded import Embedded

if TYPE_CHECKING:
    from pathlib import Path

    from app.vault.keys import Key
    from sync.service.storage import Database

__all__ = [
    "KEY", "LOCK", "OBJECTS", "OBJECTS_PURPOSE", "SCRATCH", "STORE", "STORE_PURPOSE",
    "alone", "bring_forward", "embedded", "is_fresh", "root", "shared",
]  # fmt: skip

KEY: Final = "service.key"
STORE: Final = "service.db"
OBJECTS: Final = "objects"
SCRATCH: Final = "scratch"
LOCK: Final = "service.lock"
STORE_PURPOSE: Final = b"tandem service store"
OBJECTS_PURPOSE: Final = b"tandem service objects"


def root(folder: Path, *, is_fresh: bool, is_shared: bool) -> Key:
    """Read the key file, or make it at the first start; two who start together make one."""
    if not is_shared:
        return load_key(folder / KEY, may_create=is_fresh)
    with FileLock(folder / LOCK, timeout=10):
        return load_key(folder / KEY, may_create=is_fresh)


def embedded(path: Path, root: Key, sealing: Sealing) -> Database:
    """Open the embedded store, or make it; brings it forward."""
    with root.derive(STORE_PURPOSE) as key:
        schema = embedded_schema(sealing)
        return Embedded((Store.open if path.exists() else Store.create)(path, key, schema))


def bring_forward(folder: Path) -> int:
    """Bring the embedded store forward, while no service works on it; returns how many steps were taken.

    Raises ``StoreMissing``, ``KeyFileMissing`` and what `Store.open` raises.
    """
    lock = alone(folder)
    try:
        with (
            root(folder, is_fresh=False, is_shared=False) as opens,
            opens.derive(STORE_PURPOSE) as key,
            closing(Store.open(folder / STORE, key, embedded_schema(Sealing(opens)))) as store,
        ):
            return store.steps
    finally:
        lock.release()


def shared(address: str) -> Database:
    """Open PostgreSQL."""
    from sync.service.storage.postgres_open import open_postgres

    return open_postgres(address)


def is_fresh(store: Database) -> bool:
    """Say whether no service ever kept its records there."""
    with store.read() as sql:
        return sql.execute("SELECT 1 FROM secret LIMIT 1").fetchone() is None


def alone(folder: Path) -> FileLock:
    """Hold the folder: two services on one folder would each keep the other's counts."""
    lock = FileLock(folder / LOCK, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreBusy from None
    except OSError as error:
        raise world(error) from error
    return lock
