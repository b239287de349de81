"""The catalogues are whole: nothing stale, empty, fuzzy, unequal in its fields, ill-worded or uncompiled."""

from __future__ import annotations

import gettext
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from i18n import tool
from ui.languages import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent.parent


def test_no_catalogue_has_a_problem() -> None:
    """The check that translators run."""
    assert tool.check() == []


def test_each_language_of_the_screen_has_its_catalogue() -> None:
    """French is the source; every other language that can be chosen is complete."""
    assert {language.code for language in LANGUAGES} == {"fr", *tool.LANGUAGES}


def test_the_source_has_sentences() -> None:
    """The extraction reads the sources; an empty template would make every check pass."""
    assert len(list(tool.extract())) > 500


def test_arabic_nouns_change_with_their_number() -> None:
    """Plural from 3 to 10, singular from 11: two forms alike are one that was forgotten."""
    few, many = 3, 5
    forms = [message.string for message in tool.load("ar") if isinstance(message.id, tuple)]
    assert len(forms) > 20
    alike = [each[few] for each in forms if each[few] == each[many]]
    # A number between brackets counts nothing: the noun is that of all of them.
    assert [each for each in alike if "({count})" not in each] == []


@pytest.mark.timeout(300)
def test_the_wheel_speaks_all_languages(tmp_path: Path) -> None:
    """The compiled catalogues are installed with the program, byte for byte."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for language in tool.LANGUAGES:
            name = f"i18n/{language}/LC_MESSAGES/tandem.mo"
            assert archive.read(name) == tool.compiled(language)
            with archive.open(name) as stream:
                assert gettext.GNUTranslations(stream).gettext("Retour")  # type: ignore[arg-type]
