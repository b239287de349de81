"""One person's documents on the disk: names that say nothing, no leftovers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from app.vault.files import DocumentFiles
from app.vault.sealed import FileMissing, SealedReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.vault.keys import Key


@pytest.fixture
def files(tmp_path: Path, key: Key) -> Iterator[DocumentFiles]:
    """Return an empty folder of documents."""
    opened = DocumentFiles(tmp_path / "files", key)
    yield opened
    opened.close()


def test_a_document_is_found_again_by_its_id(tmp_path: Path, key: Key, files: DocumentFiles) -> None:
    """Another object with the same key finds it: no table has to be kept."""
    files.write("doc-1", io.BytesIO(b"one"))
    again = DocumentFiles(tmp_path / "files", key)
    assert again.has("doc-1")
    with again.open("doc-1") as reader:
        assert reader.read() == b"one"
    again.close()


def test_names_do_not_tell_documents(files: DocumentFiles) -> None:
    """A file's name is 128 bits that only the key explains."""
    files.write("ordonnance", io.BytesIO(b"x"))
    name = files.path_of("ordonnance").name
    assert "ordonnance" not in name
    assert len(bytes.fromhex(name)) == 16


def test_each_document_has_its_own_key(files: DocumentFiles) -> None:
    """The key that an envelope carries opens that document alone."""
    files.write("a", io.BytesIO(b"text of a"))
    with files.key_of("a") as a, files.key_of("b") as b:
        assert a.data != b.data
        with SealedReader(files.path_of("a"), a, "a") as reader:
            assert reader.read() == b"text of a"


def test_removing_twice_is_no_error(files: DocumentFiles) -> None:
    """And what is removed is missing."""
    files.write("a", io.BytesIO(b"x"))
    files.remove("a")
    files.remove("a")
    assert not files.has("a")
    with pytest.raises(FileMissing):
        files.open("a")


def test_orphans_and_half_files_go_known_and_fresh_files_stay(
    tmp_path: Path, key: Key, files: DocumentFiles
) -> None:
    """A crash between file and row leaves an orphan; a file being filed now is none."""
    files.write("known", io.BytesIO(b"x"))
    files.write("orphan", io.BytesIO(b"x"))
    files.path_of("half").with_name("half.part").write_bytes(b"x")
    later = DocumentFiles(tmp_path / "files", key)
    later.write("fresh", io.BytesIO(b"x"))
    assert later.collect_orphans({"known"}) == 2
    assert (later.has("known"), later.has("fresh"), later.has("orphan")) == (True, True, False)
    assert later.collect_orphans({"known"}) == 0
    later.close()
