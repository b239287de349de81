"""``tandem show``: every example paper is read out, every bad file ends in a sentence; without Qt."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import ui
from app.reader.values import Notice
from sync.service.demo.papers import long_pdf, write_examples
from tests.app.reader import strange
from ui.show import NOTICES, show

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(ui.__file__).parents[1]


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of made-up papers."""
    folder = tmp_path_factory.mktemp("papers")
    write_examples(folder)
    return folder


def shown(path: Path, *, as_json: bool = False, pictures: Path | None = None) -> tuple[int, str, str]:
    """Show a file; return exit code, output and complaints."""
    out, err = io.StringIO(), io.StringIO()
    return show(path, as_json=as_json, pictures=pictures, out=out, err=err), out.getvalue(), err.getvalue()


def said(path: Path) -> dict[str, Any]:
    """Return what ``--json`` says of a file."""
    code, out, err = shown(path, as_json=True)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


EXAMPLES = {
    "ordonnance.pdf": ("pdf", "Document PDF", "Lefèvre"),
    "resultats.pdf": ("pdf", "Document PDF", "Laboratoire"),
    "sortie-hopital.pdf": ("pdf", "Document PDF", "hospital"),
    "photo-lettre.jpg": ("jpeg", "Photo (JPEG)", ""),
    "photo-lettre-lourde.jpg": ("jpeg", "Photo (JPEG)", ""),
    "scan.png": ("png", "Image (PNG)", ""),
    "scan.tiff": ("tiff", "Scan (TIFF)", ""),
    "note.txt": ("text", "Texte", "Carnet"),
    "courrier.rtf": ("rtf", "Texte mis en forme (RTF)", "Chère consœur"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_is_read_out(examples: Path, name: str) -> None:
    """As words and as JSON, with its pages."""
    kind, label, words = EXAMPLES[name]
    found = said(examples / name)
    assert {"title", "kind", "date", "author", "patient", "sections", "pages"} <= set(found)
    assert (found["kind"], found["kind_label"]) == (kind, label)
    assert found["pages"] >= 1
    text = "\n".join(section["text"] for section in found["sections"])
    assert words in text
    code, out, err = shown(examples / name)
    assert (code, err) == (0, "")
    assert f"Sorte : {label}" in out
    assert words in out


def test_every_example_ends_well(examples: Path) -> None:
    """Also those of kinds that have tests of their own."""
    codes = {path.name: shown(path)[0] for path in examples.iterdir()}
    assert codes
    assert set(codes.values()) == {0}, codes


def test_a_prescription_says_whose_and_when_it_is(examples: Path) -> None:
    """Title, date, author, person."""
    found = said(examples / "ordonnance.pdf")
    assert found["title"] == "Ordonnance du docteur Lefèvre"
    assert found["date"] == "2026-11-17"
    assert found["author"] == "Dr Hélène Lefèvre"
    assert found["patient"] == {"name": "Jeanne MARTIN", "birth_date": "1946-05-03", "ins": "246051803399112"}
    out = shown(examples / "ordonnance.pdf")[1]
    assert "Date : mardi 17 novembre 2026" in out
    assert "Naissance : vendredi 3 mai 1946" in out


def test_the_pages_are_written_as_pictures(examples: Path, tmp_path: Path) -> None:
    """One file a page, in their order."""
    assert shown(examples / "scan.tiff", pictures=tmp_path / "new" / "pages")[0] == 0
    pages = sorted((tmp_path / "new" / "pages").iterdir())
    assert [page.name for page in pages] == ["01.png", "02.png"]
    with Image.open(pages[0]) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")


def test_many_pages_sort_by_their_names(tmp_path: Path) -> None:
    """A hundred and one."""
    paper = tmp_path / "long.pdf"
    paper.write_bytes(strange.pdf(101))
    folder = tmp_path / "pages"
    assert shown(paper, pictures=folder)[0] == 0
    assert max(page.name for page in folder.iterdir()) == "101.png"


def test_three_hundred_pages_are_read_out(tmp_path: Path) -> None:
    """Each under its number."""
    paper = tmp_path / "long.pdf"
    paper.write_bytes(long_pdf(300))
    found = said(paper)
    assert found["pages"] == 300
    assert [section["title"] for section in found["sections"]][-1] == "Page 300"


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.pdf": (lambda: b"", "vide"),
    "truncated.pdf": (lambda: strange.pdf(3)[:1500], "abîmé"),
    "password.pdf": (lambda: strange.locked(user="secret"), "mot de passe"),
    "bomb.png": (lambda: strange.png_header(60_000, 60_000), "trop grande"),
    "bomb.tiff": (lambda: strange.tiff_header(90_000, 90_000), "trop grande"),
    "cut.jpg": (lambda: strange.saved(strange.noisy(300, 300), "JPEG")[:9000], "abîmé"),
    "letter.docx": (lambda: b"PK\x03\x04" + b"word/document.xml" * 9, "Word"),
    "photo.heic": (lambda: b"\x00\x00\x00\x18ftypheic" + bytes(99), "iPhone"),
    "program.pdf": (lambda: b"MZ" + bytes(500), "un programme"),
    "bytes.txt": (lambda: bytes(range(256)) * 9, "ne connaissons pas"),
    "cut.rtf": (lambda: strange.rtf("Bonjour")[:-1], "abîmé"),
    "entities.xml": (
        lambda: (
            b'<!DOCTYPE a [<!ENTITY b "c">]><ClinicalDocument xmlns="urn:hl7-org:v3">&b;</ClinicalDocument>'
        ),
        "dangereuses",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_ends_in_a_sentence(tmp_path: Path, name: str) -> None:
    """Exit code 1, nothing on the output, what to do on the other."""
    make, word = BAD[name]
    (tmp_path / name).write_bytes(make())
    for as_json in (False, True):
        code, out, err = shown(tmp_path / name, as_json=as_json)
        assert (code, out) == (1, "")
        assert word in err
        assert err.endswith(".\n")
        assert err.count("\n") == 1


def test_200_megabytes_are_refused_without_being_read(tmp_path: Path) -> None:
    """By what the folder says of the file."""
    paper = tmp_path / "gros.pdf"
    with paper.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(200_000_000)
    code, _, err = shown(paper)
    assert code == 1
    assert "200\u00a0Mo" in err
    assert "100\u00a0Mo" in err


def test_a_pdf_with_a_program_is_shown_with_a_warning(tmp_path: Path) -> None:
    """Nothing runs; the reader is told."""
    paper = tmp_path / "script.pdf"
    paper.write_bytes(strange.changed(strange.with_open_action))
    code, out, err = shown(paper)
    assert code == 0
    assert "Lefèvre" in out
    assert "sans rien exécuter" in err
    assert json.loads(shown(paper, as_json=True)[1])["notices"] == ["script-not-run"]


def test_every_notice_has_words() -> None:
    """What the reader wants known reaches the person."""
    assert set(NOTICES) == {notice.value for notice in Notice}


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    """A folder, nothing, a name that cannot be, a device without an end."""
    assert "dossier" in shown(tmp_path)[2]
    assert "n’existe pas" in shown(tmp_path / "rien.pdf")[2]
    assert shown(Path("a\0b"))[0] == 1
    if Path("/dev/zero").exists():
        assert shown(Path("/dev/zero"))[0] == 1


def test_a_folder_that_cannot_be_written_is_told(examples: Path, tmp_path: Path) -> None:
    """The pictures have nowhere to go."""
    (tmp_path / "file").write_bytes(b"")
    code, _, err = shown(examples / "scan.png", pictures=tmp_path / "file" / "pages")
    assert code == 1
    assert "droit" in err


def tandem(*arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as people do."""
    kept = {
        name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ
    }
    return subprocess.run(
        [sys.executable, "-m", "ui", "show", *arguments],
        cwd=ROOT,
        env={**kept, **variables},
        capture_output=True,
        check=False,
    )


def test_the_command_ends_with_its_code(examples: Path, tmp_path: Path) -> None:
    """0 for a paper, 1 and the sentence for a bad one, in a terminal of any language."""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    good = tandem(str(examples / "ordonnance.pdf"), "--json", **plain)
    assert good.returncode == 0
    assert json.loads(good.stdout)["author"] == "Dr Hélène Lefèvre"
    (tmp_path / "vide.pdf").write_bytes(b"")
    bad = tandem(str(tmp_path / "vide.pdf"), **plain)
    assert (bad.returncode, bad.stdout) == (1, b"")
    assert "vide" in bad.stderr.decode()


def test_nothing_of_qt_and_no_parser_is_loaded(examples: Path) -> None:
    """A terminal needs no screen, and the process that shows parses nothing itself."""
    unwanted = ("PySide6", "shiboken6", "lxml", "pikepdf", "pypdfium2", "PIL", "img2pdf", "striprtf")
    code = f"""
import sys
from ui.commands import main
try:
    main(["show", {str(examples / "scan.tiff")!r}])
except SystemExit as done:
    assert done.code == 0
assert [name for name in {unwanted} if name in sys.modules] == []
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_words_that_drive_a_terminal_do_not_reach_it(tmp_path: Path) -> None:
    """A stranger's text changes no colour, title or cursor."""
    paper = tmp_path / "piege.txt"
    paper.write_bytes("bonjour \x1b[2J\x1b]0;x\x07 madame \x9b31m".encode() + b" \n" * 900)
    code, out, _ = shown(paper)
    assert code == 0
    assert not {letter for letter in out if letter < " " and letter not in "\n\t"} | ({"\x9b"} & set(out))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="writes to /dev/full")
@pytest.mark.parametrize("where", [">/dev/full", ">&-", ">/dev/full 2>/dev/full", ">&- 2>&-"])
def test_an_output_that_takes_nothing_is_told(tmp_path: Path, where: str) -> None:
    """A full disk, or a stream that was closed: a sentence where there is a place for it, no trace."""
    paper = tmp_path / "note.txt"
    paper.write_text("Bonjour")
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m ui show "$1" {where}', sys.executable, str(paper)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, b"")
    told = (
        ""
        if "2>" in where
        else "Le texte n’a pas pu être écrit. Vérifiez qu’il reste de la place sur le disque.\n"
    )
    assert done.stderr.decode() == told
