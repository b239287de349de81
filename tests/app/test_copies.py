"""Copies that a person takes along: whole or absent, harmlessly named, never from a shared PC."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import app
from app import copies
from app.copies import CopyCancelled, CopyFull, CopyGone, CopyOnSharedPc, CopyReadOnly, file_name, write
from app.space import DoneCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.space import Space

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits and mounts")
DATA = bytes(range(256)) * 4000


# -- its name ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Ordonnance du docteur Roux", "3 mars 2026"), "Ordonnance du docteur Roux - 3 mars 2026"),
        (("Résultat : glycémie à jeun / HbA1c", ""), "Résultat glycémie à jeun HbA1c"),
        (("../../etc/passwd",), "etc passwd"),
        (("C:\\Windows\\x",), "C Windows x"),
        (("con",), "Document con"),
        (("LPT1",), "Document LPT1"),
        (("",), "Document"),
        (("...",), "Document"),
        (("-rf",), "rf"),
        (("a\u202efdp.exe",), "a fdp exe"),
        (("تقرير طبي",), "تقرير طبي"),
        (("x" * 300,), "x" * 80),
        (("é" * 300,), "é" * 80),
        (("☃🎉",), "Document"),
    ],
)  # fmt: skip
def test_a_name_is_clear_and_harmless(parts: tuple[str, ...], name: str) -> None:
    """Whatever the title holds."""
    assert file_name(*parts) == name


@given(st.lists(st.text(max_size=120), max_size=3))
@example(["\ud800"])
@example(["e\u0301" * 100])
def test_no_title_makes_a_name_that_a_system_refuses(parts: list[str]) -> None:
    """No separator, no control, no reserved word, not too long with its number and ending."""
    name = file_name(*parts)
    assert name
    assert not set(name) & set('/\\:*?"<>|\0\n\t.')
    assert name.isprintable()
    assert name == name.strip()
    assert name.casefold() not in {"con", "nul", "aux", "prn"}
    assert len(f"{name} (999).pdf".encode()) <= 255


# -- its bytes -----------------------------------------------------------------------------------


def test_a_copy_is_written_and_nothing_over_another(tmp_path: Path) -> None:
    """The second is numbered; a link to nowhere counts as taken."""
    assert write(tmp_path, "Reçu", "pdf", DATA) == tmp_path / "Reçu.pdf"
    if sys.platform != "win32":
        (tmp_path / "Reçu (2).pdf").symlink_to(tmp_path / "elsewhere")
        assert write(tmp_path, "Reçu", "pdf", b"x").name == "Reçu (3).pdf"
    assert (tmp_path / "Reçu.pdf").read_bytes() == DATA
    assert not (tmp_path / "elsewhere").exists()
    assert not list(tmp_path.glob(".tandem-*"))


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    """Removed, no folder at all, or another device under the same name."""
    with pytest.raises(CopyGone):
        write(tmp_path / "gone", "x", "pdf", DATA)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CopyGone):
        write(tmp_path / "file", "x", "pdf", DATA)
    with pytest.raises(CopyGone):
        write(tmp_path, "x", "pdf", DATA, device=tmp_path.stat().st_dev + 1)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_copy_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    """In the middle of the bytes."""
    answers = iter((False, False, True))
    with pytest.raises(CopyCancelled):
        write(tmp_path, "x", "pdf", DATA, is_cancelled=lambda: next(answers))
    assert not list(tmp_path.iterdir())


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_locked_folder_is_said(tmp_path: Path) -> None:
    """A folder of someone else."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CopyReadOnly):
            write(tmp_path, "x", "pdf", DATA)
    finally:
        tmp_path.chmod(0o700)


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A small stick of its own file system."""
    folder = tmp_path / "STICK"
    folder.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if not done or done.returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)


@posix
def test_a_full_stick_is_said_and_keeps_what_it_had(stick: Path) -> None:
    """No half file takes the last room."""
    (stick / "other").write_bytes(b"x" * 1000)
    with pytest.raises(CopyFull) as caught:
        write(stick, "x", "pdf", DATA)
    assert caught.value.fields == {"size": len(DATA)}
    assert [path.name for path in stick.iterdir()] == ["other"]
    assert write(stick, "x", "pdf", DATA[:1000]).stat().st_size == 1000


@posix
def test_a_locked_stick_is_said(stick: Path) -> None:
    """Mounted read-only, as one with its lock on."""
    subprocess.run(["mount", "-o", "remount,ro", str(stick)], check=True)
    with pytest.raises(CopyReadOnly):
        write(stick, "x", "pdf", b"x")


@posix
def test_a_stick_that_is_pulled_leaves_no_copy_on_the_pc(stick: Path) -> None:
    """Its folder may stay, empty, on the PC's own disk: nothing is written there."""
    device = stick.stat().st_dev
    write(stick, "x", "pdf", b"x", device=device)
    pulled: list[int] = []

    def pull() -> bool:
        if not pulled:
            subprocess.run(["umount", "-l", str(stick)], check=True)
            pulled.append(1)
        return False

    with pytest.raises(CopyGone):
        write(stick, "y", "pdf", DATA[:4000], device=device, is_cancelled=pull)
    with pytest.raises(CopyGone):
        write(stick, "y", "pdf", DATA, device=device)
    assert not list(stick.iterdir())


KILLED = """
import sys, time
from pathlib import Path
from app import copies
def slow():
    time.sleep(0.02)
    return False
print("begins", flush=True)
copies.PIECE = 4096
copies.write(Path(sys.argv[1]), "Ordonnance", "pdf", bytes(4096) * 500, is_cancelled=slow)
"""


@posix
def test_a_program_that_is_killed_leaves_no_file_of_that_name(tmp_path: Path) -> None:
    """Only what it had begun, hidden, with a name that says what it is."""
    root = Path(app.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=root, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        while not list(tmp_path.iterdir()):
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".tandem-")
    write(tmp_path, "x", "pdf", b"x")
    assert left.exists()  # another program may be at it
    os.utime(left, (0, 0))
    write(tmp_path, "y", "pdf", b"y")
    assert not left.exists()


# -- who may -------------------------------------------------------------------------------------


def test_nothing_unsealed_leaves_a_shared_pc(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the acts are sealed: that is how it is known."""
    monkeypatch.setattr(space, "sealer", None)
    copies.may_copy(space)
    monkeypatch.setattr(space, "sealer", object())
    with pytest.raises(CopyOnSharedPc):
        copies.may_copy(space)


def test_a_copy_is_journaled_without_a_title(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    """As paper is."""
    written: list[dict[str, Any]] = []
    monkeypatch.setattr(space.records, "audit", written.append)
    copies.copied(space, "doc-1", "Ordonnance du docteur Roux")
    assert written[0]["action"] == "E"
    assert "Ordonnance" not in str(written)
    assert [line.code for line in space.done] == [DoneCode.DOCUMENT_COPIED]
