"""The wipe: after a visit, nothing of the person is on this PC, and the desk has looked.

Decision:

- All that a session writes lies in **one folder** of its own (store, sealed documents, private
  temporary folder, browser profile), so that one removal takes all of it and one look proves it.
- In this order: the process that holds the key is ended (with all that it started), then the
  store, the documents, the temporary folder, the browser profiles, then what this process holds
  (clipboard, tokens), last the session's own folder with its mark. A wipe that is cut off finds
  its way again by the mark, so a second one finishes it: it may run any number of times.
- Files are unlinked, **not overwritten**: the store and the documents are ciphertext whose only key
  was in the memory of the process that was ended first; overwriting noise with noise would cost a
  minute for a gigabyte, and on an SSD would not reach the old cells. The temporary folder and the
  browser's profile hold plain bytes of other programs: they lie in memory where the system has room
  for them there (``app.volatile``).
- The session writes down the number of each sheet that it hands to the printing system, so that what
  is stuck is taken back, and what was printed leaves the spool, even after a crash.
- What the system noted by itself since the visit began (recent files, thumbnails, core dumps) goes too
  (``app.footprints``), on a PC that belongs to nobody.
- Links are removed, never followed; a folder that is not plainly a session's is refused.
- The outbox is never touched: what lies there is sealed to the service. It is only looked at.
- Each item is verified by looking again, and the last one looks for anything left by name.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import orjson

from app import footprints, volatile
from app.errors import OurBug
from app.processes import ProcessMark, end, end_carriers, is_alive, mark_of
from app.vault.disk import replace_bytes, sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "CheckCode",
    "CheckItem",
    "Checklist",
    "SessionFolders",
    "Traces",
    "WipeRefused",
    "leftovers",
    "wipe",
]

_SESSIONS = "sessions"
_MARK, _BEGAN, _PRINTED = "session.json", "began", "printed"
_TRIES, _PAUSE = 20, 0.05
_LOCK = ".delivering"
_SEALED = {".envelope": b"TNDMENV", ".prepared": b"TNDMENV", ".document": b"TANDEMSF", ".reading": b"TNDMENV"}


class WipeRefused(OurBug):
    """A folder to wipe is not a session's own: it holds the outbox, or too much."""

    code: ClassVar[str] = "wipe-refused"


class CheckCode(StrEnum):
    """The lines of the checklist, in the order they are done and shown."""

    PROCESS_ENDED = "process-ended"
    STORE_REMOVED = "store-removed"
    DOCUMENTS_REMOVED = "documents-removed"
    TEMPORARY_REMOVED = "temporary-removed"
    BROWSER_REMOVED = "browser-removed"
    PRINTS_GONE = "prints-gone"
    RECENT_FORGOTTEN = "recent-forgotten"
    CORES_GONE = "cores-gone"
    CLIPBOARD_EMPTIED = "clipboard-emptied"
    TOKENS_DROPPED = "tokens-dropped"
    OUTBOX_SEALED = "outbox-sealed"
    NOTHING_LEFT = "nothing-left"


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One line: whether it holds, and how many things are still there where it does not."""

    code: CheckCode
    ok: bool
    detail: int = 0


@dataclass(frozen=True, slots=True)
class Checklist:
    """What the wipe did and found. The next person can start only when all of it holds."""

    items: tuple[CheckItem, ...]

    @property
    def ok(self) -> bool:
        """Whether every line holds."""
        return all(item.ok for item in self.items)

    @property
    def failed(self) -> tuple[CheckItem, ...]:
        """The lines that do not hold."""
        return tuple(item for item in self.items if not item.ok)


@dataclass(frozen=True, slots=True)
class SessionFolders:
    """Where one session writes: ``<root>/sessions/<128 random bits>/`` and nowhere else."""

    folder: Path

    @classmethod
    def create(cls, root: Path) -> SessionFolders:
        """Make the folders of a new session, for this user only."""
        made = cls(root / _SESSIONS / os.urandom(16).hex())
        made.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made.folder.mkdir(mode=0o700)
        (made.folder / _BEGAN).touch(mode=0o600)
        volatile.made_for(made.folder.name)
        for folder in (made.vault, made.temporary, made.browser):
            folder.mkdir(mode=0o700)
        # Before anything of a person: a power cut must not leave what no name leads to.
        sync_folder(made.folder)
        sync_folder(made.folder.parent)
        return made

    @property
    def in_memory(self) -> list[Path]:
        """The session's folder in memory, or whatever took its place; none where there is none."""
        return volatile.folders_of(self.folder.name)

    @property
    def _plain(self) -> Path:
        return next((path for path in self.in_memory if _is_plain_folder(path)), self.folder)

    @property
    def vault(self) -> Path:
        """Root given to ``PatientVault``: it makes ``c/`` there."""
        return self.folder / "vault"

    @property
    def prepared(self) -> Path:
        """Where a session builds a visit that it prepares; the desk takes it over once it is whole."""
        return self.folder / "prepared"

    @property
    def temporary(self) -> Path:
        """TMPDIR of the session's process and of what it starts."""
        return self._plain / "tmp"

    @property
    def browser(self) -> Path:
        """Where throw-away browser profiles go."""
        return self._plain / "browser"

    @property
    def began(self) -> float:
        """When the visit began, by the clock of its disk."""
        for path in (self.folder / _BEGAN, self.folder):
            with contextlib.suppress(OSError):
                return path.lstat().st_mtime
        return time.time()

    def note_print(self, printer: str, number: str) -> None:
        """Write down a sheet that was handed over, so that it can be taken back whatever happens."""
        with (self.folder / _PRINTED).open("ab") as file:
            file.write(orjson.dumps([printer, number]) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    @property
    def printed(self) -> list[tuple[str, str]]:
        """Printer and number of each sheet that was handed over; a line cut off by a crash is left out."""
        found = []
        with contextlib.suppress(OSError):
            for line in (self.folder / _PRINTED).read_bytes().splitlines():
                with contextlib.suppress(ValueError, TypeError):
                    printer, number = orjson.loads(line)
                    found.append((str(printer), str(number)))
        return found

    def mark(self, pid: int) -> ProcessMark:
        """Write down which process serves the session, for a wipe after a crash; nothing of a person."""
        made = mark_of(pid)
        replace_bytes(self.folder / _MARK, orjson.dumps({"pid": made.pid, "started": made.started}))
        return made

    def marked(self) -> ProcessMark | None:
        """Read the mark back; ``None`` where there is none to be read."""
        try:
            read = orjson.loads((self.folder / _MARK).read_bytes())
            return ProcessMark(int(read["pid"]), str(read["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _nothing_held() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Traces:
    """All that one session may have left.

    ``reap`` waits for the child process where the desk is its parent; ``elsewhere`` are browser
    profiles outside the session's folder; ``empty_clipboard`` and ``drop_tokens`` say whether they
    succeeded, having looked; ``take_back`` clears these jobs out of the printing system and returns how
    many are still in it (``None``: nobody can tell); ``is_shared``: the PC belongs to nobody, so what it
    noted meanwhile goes too.
    """

    folders: SessionFolders
    outbox: Path
    process: ProcessMark | None = None
    reap: Callable[[], object] | None = None
    elsewhere: tuple[Path, ...] = ()
    empty_clipboard: Callable[[], bool] = _nothing_held
    drop_tokens: Callable[[], bool] = _nothing_held
    take_back: Callable[[list[tuple[str, str]]], int] | None = None
    is_shared: bool = False


def leftovers(root: Path, outbox: Path) -> list[Traces]:
    """Find the sessions that were not wiped: after a crash, a power cut, a failed wipe."""
    parent = root / _SESSIONS
    if not parent.is_dir() or parent.is_symlink():
        return []
    found = [SessionFolders(path) for path in sorted(parent.iterdir())]
    return [Traces(folders, outbox, process=folders.marked()) for folders in found]


def wipe(traces: Traces) -> Checklist:
    """Remove everything, look again, tell. Raises ``WipeRefused`` before anything is touched."""
    folders = traces.folders
    for folder in (folders.folder, *folders.in_memory, *traces.elsewhere):
        _require_own(folder, traces.outbox)
    mark = traces.process or folders.marked()
    ended = _end_process(traces, mark)
    # Before their folder goes: as long as one of these fails it stays, for the next wipe to read.
    noted = tuple(_noted(traces, mark))
    vault = folders.vault
    items = (
        CheckItem(CheckCode.PROCESS_ENDED, ended),
        _removed(CheckCode.STORE_REMOVED, *_stores(vault)),
        _removed(CheckCode.DOCUMENTS_REMOVED, vault),
        _removed(CheckCode.TEMPORARY_REMOVED, folders.temporary),
        _removed(CheckCode.BROWSER_REMOVED, folders.browser, *traces.elsewhere, *folders.in_memory),
        *noted,
        CheckItem(CheckCode.CLIPBOARD_EMPTIED, _tried(traces.empty_clipboard)),
        CheckItem(CheckCode.TOKENS_DROPPED, _tried(traces.drop_tokens)),
        _outbox_sealed(traces.outbox),
    )
    return Checklist((*items, _nothing_left(traces, ready=ended and all(item.ok for item in noted))))


def _noted(traces: Traces, mark: ProcessMark | None) -> Iterator[CheckItem]:
    """Clear out what the system noted of the visit; what nobody looks at is not spoken of."""
    folders, take_back = traces.folders, traces.take_back
    printed, began, name = folders.printed, folders.began, folders.folder.name
    if take_back is not None:
        yield _left(CheckCode.PRINTS_GONE, lambda: take_back(printed) if printed else 0)
    if traces.is_shared:
        yield _left(
            CheckCode.RECENT_FORGOTTEN,
            lambda: footprints.forget_recent(began, name) + footprints.forget_thumbnails(began),
        )
    yield _left(CheckCode.CORES_GONE, lambda: footprints.forget_cores(began, mark.pid if mark else 0))


def _left(code: CheckCode, action: Callable[[], int]) -> CheckItem:
    """Do it; whatever it raises, the wipe goes on and the line has failed."""
    try:
        left = action()
    except Exception:  # noqa: BLE001 - see above
        left = 1
    return CheckItem(code, not left, left)


def _end_process(traces: Traces, mark: ProcessMark | None) -> bool:
    """End the session's process and its group, then what left it: the browser of a sign-in."""
    ended = mark is None or end(mark)
    if mark is not None and traces.reap is not None:
        traces.reap()
    return end_carriers(traces.folders.folder.name) and ended and (mark is None or not is_alive(mark))


def _stores(vault: Path) -> list[Path]:
    """List the store's files: the database, its journal, its index. Never through a link."""
    kept = vault / "c"
    if vault.is_symlink() or kept.is_symlink() or not kept.is_dir():
        return []
    return [path for path in kept.iterdir() if path.is_symlink() or not path.is_dir()]


def _removed(code: CheckCode, *paths: Path) -> CheckItem:
    for path in paths:
        _remove(path)
    left = sum(os.path.lexists(path) for path in paths)
    return CheckItem(code, not left, left)


def _remove(path: Path) -> None:
    """Remove a file, a link or a tree; a program that is just ending may hold it a moment longer."""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE)
        if _is_plain_folder(path):
            # Here, for it brings every compression along, and the desk's start has to read what is above.
            import shutil

            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()
        if not os.path.lexists(path):
            return
        _loosen(path)


def _is_plain_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not _is_junction(path)


if sys.platform == "win32":

    def _is_junction(path: Path) -> bool:
        """Say whether it is a junction: as good as a link."""
        return bool(path.lstat().st_file_attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT)

else:

    def _is_junction(_path: Path) -> bool:
        """Say no: only Windows has them."""
        return False


def _loosen(path: Path) -> None:
    """Give back the right to remove what is in a read-only folder."""
    if not _is_plain_folder(path):
        return
    for folder, _, _ in os.walk(path, onerror=lambda _error: None):
        with contextlib.suppress(OSError):
            Path(folder).chmod(0o700)


def _tried(action: Callable[[], bool]) -> bool:
    try:
        return action()
    except Exception:  # noqa: BLE001 (whatever it raises, the wipe goes on and the item has failed)
        return False


def _outbox_sealed(outbox: Path) -> CheckItem:
    """Look at what the outbox holds: sealed envelopes and documents only, by their first bytes."""
    if not outbox.is_dir():
        return CheckItem(CheckCode.OUTBOX_SEALED, ok=True)
    strange = sum(not _is_sealed(path) for path in outbox.iterdir() if not _is_lock(path))
    return CheckItem(CheckCode.OUTBOX_SEALED, not strange, strange)


def _is_lock(path: Path) -> bool:
    """Say whether it is the empty file of a delivery that is going on beside us."""
    return path.name == _LOCK and not path.is_symlink() and path.is_file() and not path.stat().st_size


def _is_sealed(path: Path) -> bool:
    is_part = path.name.endswith(".part")
    magic = _SEALED.get(Path(path.name.removesuffix(".part")).suffix)
    if magic is None or path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as reading:
        start = reading.read(len(magic))
    return magic.startswith(start) if is_part else start == magic


def _nothing_left(traces: Traces, *, ready: bool) -> CheckItem:
    """Remove the session's own folder if all inside is gone, then look for anything of its name."""
    folder = traces.folders.folder
    if ready:
        _remove(folder)
    left = sum(_count(path) for path in (folder, *traces.elsewhere, *traces.folders.in_memory))
    if folder.parent.is_dir():
        left += sum(folder.name in path.name and path != folder for path in folder.parent.iterdir())
    return CheckItem(CheckCode.NOTHING_LEFT, not left, left)


def _count(path: Path) -> int:
    if not os.path.lexists(path):
        return 0
    if not _is_plain_folder(path):
        return 1
    return 1 + sum(len(names) + len(files) for _, names, files in os.walk(path))


def _require_own(folder: Path, outbox: Path) -> None:
    """Refuse a folder that holds the outbox, the home, the working folder or this program."""
    if folder.is_symlink():
        return
    own = folder.resolve()
    kept = (outbox.resolve(), Path.home().resolve(), Path.cwd(), Path(__file__).resolve())
    if any(each == own or own in each.parents for each in kept):
        raise WipeRefused
