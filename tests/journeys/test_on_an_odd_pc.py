"""The program on a PC that is not as we know ours: another language of the system, letters or words missing.

The desk and the visit's process are really started so, and a whole visit to the made-up person is made:
what is asked and read is the same everywhere, and what is missing is said on the desk's first page.
"""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.accessibility import stage
from tests.accessibility.stage import missing
from ui import messages
from ui.demo import Wishes
from ui.tour.conductor import Conductor, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ui.tour.conductor import Hands

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"
LOCALES = ("tr_TR.UTF-8", "ar_EG.UTF-8", "de_DE.UTF-8", "C", "POSIX")
EVERY_RUN = ("tr_TR.UTF-8", "ar_EG.UTF-8")
MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
DAY = re.compile(rf"\b(?:1er|[12]?\d|3[01]) (?:{MONTHS})\b")
OTHER_DIGITS = re.compile(r"[\u0660-\u0669\u06f0-\u06f9]")


@contextmanager
def on(folder: Path, **settings: object) -> Iterator[tuple[Conductor, Hands]]:
    """Switch a PC on; what the desk wrote on its error output must hold no traceback in the end."""
    config = folder / "desk.json"
    Wishes().config(folder / "poste", NOWHERE, **settings).save(config)
    with Conductor(folder) as conductor:
        robot = conductor.robot_address
        conductor.start("-m", "ui.desk", "--config", str(config), "--robot", robot, log="desk")
        yield conductor, conductor.wait_for("desk")
    assert "Traceback" not in (folder / "desk.log").read_text("utf-8")


def in_locale(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Have all that is started from here speak another language by the system's settings."""
    for variable in ("LANG", "LC_ALL", "LANGUAGE", "LC_NUMERIC", "LC_TIME"):
        monkeypatch.setenv(variable, name)


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=() if each in EVERY_RUN else pytest.mark.slow) for each in LOCALES],
)
def test_a_visit_is_the_same_in_any_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """French words, dates and digits; a search in capitals finds, the dotless i of Turkish or not."""
    in_locale(monkeypatch, name)
    with on(tmp_path) as (conductor, desk):
        desk.screen("desk_welcome")
        assert not desk.says("installée sur ce poste")
        desk.press("S’entraîner")
        visit = conductor.wait_for("session")
        visit.press("Essayer librement", match="prefix")
        visit.screen("home")
        visit.press("Lire mes documents", match="prefix")
        visit.screen("documents")
        rows = visit.until("rows", lambda: visit.ask_list("rows"))
        assert all(DAY.search(row) or "hier" in row or "jourd" in row for row in rows)
        visit.ask("write", name="Chercher un document", text="RADIO")
        found = visit.until("fewer rows", lambda: _fewer(visit, rows))
        assert [row.partition(",")[0] for row in found] == ["Radio de la main"]
        visit.ask("press_row", text="Radio de la main")
        visit.screen("document_view")
        visit.until("its words", lambda: visit.ask("has_page") or visit.ask("document_text"))
        assert not OTHER_DIGITS.search(" ".join([*rows, *visit.texts()]))
        visit.press("Terminer la visite")
        visit.screen("finish")
        assert visit.says("Document lu")
        visit.press("Terminer")
        desk.screen("desk_erased")
        assert desk.says("Tout est effacé")


def _fewer(visit: Hands, rows: list[str]) -> list[str]:
    now = visit.ask_list("rows")
    return now if 0 < len(now) < len(rows) else []


def shadow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder whose packages stand before the installed ones, in what is started from here."""
    place = folder / "shadow"
    place.mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{place}:{ROOT}" if sys.platform != "win32" else f"{place};{ROOT}")
    monkeypatch.chdir(place)
    return place


def without_fonts(place: Path, *, damaged: bool) -> None:
    """Put packages without fonts, or with damaged ones, before the real ones."""
    for package in ("fontpkg_atkinson_hyperlegible", "fontpkg_noto_sans", "fontpkg_noto_sans_arabic"):
        (place / package / "files").mkdir(parents=True)
        (place / package / "__init__.py").touch()
        if damaged:
            (place / package / "files" / "letters.ttf").write_bytes(b"\x00\x01\x00\x00 no letters here")


def without_catalogue(place: Path, kept: bytes) -> None:
    """Put our catalogues there again, but for the English one, of which only ``kept`` is left."""
    for path in (ROOT / "i18n").rglob("*"):
        if path.suffix in {".py", ".mo", ".json"}:
            copy = place / "i18n" / path.relative_to(ROOT / "i18n")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    catalogue = place / "i18n" / "en" / "LC_MESSAGES" / "tandem.mo"
    catalogue.write_bytes(kept) if kept else catalogue.unlink()


def said(code: str) -> str:
    """Return the first words of a sentence, as they stand on the screen."""
    return messages.reason(code).partition(".")[0]


@pytest.mark.parametrize("damaged", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_without_our_letters_the_desk_opens_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, damaged: bool
) -> None:
    """Other letters are drawn, the adviser reads who can mend it, and someone can be welcomed."""
    without_fonts(shadow(tmp_path, monkeypatch), damaged=damaged)
    with on(tmp_path) as (_conductor, desk):
        desk.screen("desk_welcome")
        assert desk.says(said("font-missing"))
        assert "S’entraîner" in desk.ask_list("buttons")


@pytest.mark.parametrize("kept", [b"", pytest.param(b"\xde\x12", marks=pytest.mark.slow)])
def test_without_a_catalogue_the_desk_speaks_french_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bytes
) -> None:
    """A place set up in English whose words are gone, or cut off: French, and a sentence why."""
    without_catalogue(shadow(tmp_path, monkeypatch), kept)
    with on(tmp_path, language="en") as (_conductor, desk):
        desk.screen("desk_welcome")
        assert desk.says("Bonjour. Qui aide aujourd’hui ?")
        assert desk.says(said("language-missing"))
        desk.press("العربية")
        desk.until("Arabic", lambda: desk.says("Tandem") and not desk.says("Bonjour"))
        desk.press("English")
        desk.until("French again", lambda: desk.says("Bonjour") and desk.says(said("language-missing")))


def test_without_voice_scanner_printer_or_recognition_the_visit_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of the system's programs is there: each has its sentence where one meets it, and one goes on."""
    nothing = tmp_path / "no programs"
    nothing.mkdir()
    monkeypatch.setenv("PATH", str(nothing))
    monkeypatch.setenv("SPEECHD_ADDRESS", f"unix_socket:{nothing}/none")
    with on(tmp_path) as (conductor, desk):
        desk.press("S’entraîner")
        visit = conductor.wait_for("session")
        visit.screen("practice")
        visit.press("Écouter")
        silent = [said(code) for code in ("speech-missing", "sound-missing", "voice-missing")]
        visit.until("why it is silent", lambda: any(visit.says(words) for words in silent))
        visit.press("Essayer librement", match="prefix")
        visit.press("Ranger un papier", match="prefix")
        visit.press("Scanner un papier")
        visit.until("no scanner", lambda: visit.says(said("scanner-missing")))
        visit.press("Choisir un fichier à la place")
        visit.screen("file_pick")
        visit.press("Retour")
        visit.press("Terminer la visite")
        visit.press("Imprimer le reçu")
        visit.screen("print_preview")
        visit.until(
            "no printer", lambda: visit.says(said("printer-missing")) or visit.says("Aucune imprimante")
        )
        visit.press("Retour")
        visit.press("Terminer")
        desk.screen("desk_erased")


@pytest.mark.skipif(bool(missing()), reason=missing() or "a screen can be had")
def test_on_a_screen_of_800_by_600_all_is_there_and_a_sentence_says_what_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real small screen: the window fills it, the main button is in it and works, the adviser is told."""
    monkeypatch.setattr(stage, "SIZE", "800x600x24")
    with stage.Stage() as screen:
        for name, value in screen.environment.items():
            monkeypatch.setenv(name, value)
        with on(tmp_path, text_size=52) as (conductor, desk):
            desk.screen("desk_welcome")
            desk.until("the sentence", lambda: desk.says(said("screen-small")))
            picture = desk.ask_list("picture", path=str(tmp_path / "small.png"))
            assert [int(side) for side in picture] <= [800, 600]
            desk.press("S’entraîner")
            visit = conductor.wait_for("session")
            visit.press("Essayer librement", match="prefix")
            visit.screen("home")
            visit.press("Terminer la visite")
            visit.screen("finish")
            visit.press("Terminer")
            desk.screen("desk_erased")


def test_the_self_test_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters and words that are missing stand in ``tandem self-test``; a visit can take place without."""
    place = shadow(tmp_path, monkeypatch)
    without_fonts(place, damaged=False)
    without_catalogue(place, b"\xde\x12\x04\x95\x00\x00")
    program = (
        "from ui.self_test import letters; found = letters(); print(found.ok, found.needed, found.words)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True,
        encoding="utf-8",
    )  # fmt: skip
    assert done.stdout.startswith("False False")
    assert said("font-missing") in done.stdout
    assert f"English : {said('language-missing')}" in done.stdout
