"""Every screen, for real, in every size, theme, language and window: nothing cut, nothing on top of another.

The screens are not built anew for each look: size, theme and language change live, as a person would
change them. Sixteen looks hold every pair of size, theme, language and window (an orthogonal array over
four values); ``--slow`` takes all 256.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QScrollArea, QWidget

import ui
from tests.gallery.rooms import ROOMS, UNSEEN, UNSTEADY
from ui import languages, theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication

    from tests.gallery.stage import Stage
    from ui.screen import Screen
    from ui.shell import Shell

SIZES = tuple(theme.TextSize)
MOODS = tuple(theme.Mood)
LANGUAGES = tuple(language.code for language in languages.LANGUAGES)
WINDOWS = ((1024, 768), (1366, 768), (1920, 1080), (3840, 2160))
Look = tuple[theme.TextSize, theme.Mood, str, tuple[int, int]]
# Multiplication in the field of four elements: with it, sixteen rows hold every pair of four columns.
TIMES = ((0, 0, 0, 0), (0, 1, 2, 3), (0, 2, 3, 1), (0, 3, 1, 2))


def looks(*, every: bool) -> Iterator[Look]:
    """Return the looks to try."""
    # Themes outermost: a new style sheet is what takes longest.
    if every:
        yield from ((s, m, code, w) for m, s, code, w in product(MOODS, SIZES, LANGUAGES, WINDOWS))
        return
    for mood, size in product(range(4), repeat=2):
        language, window = size ^ mood, size ^ TIMES[2][mood]
        yield SIZES[3 - size], MOODS[mood], LANGUAGES[language], WINDOWS[window]


def test_the_looks_hold_every_pair() -> None:
    """Each value of each column meets each value of every other."""
    rows = list(looks(every=False))
    assert len(rows) == 16
    for one, other in product(range(4), repeat=2):
        if one != other:
            assert len({(row[one], row[other]) for row in rows}) == 16


def dress(application: QApplication, shell: Shell, look: Look) -> None:
    """Change what has changed, as the window does."""
    size, mood, language, window = look
    theme.apply(theme.Theme.of(mood, size))
    if languages.current().code != language:
        languages.speak(language, application)
    shell.topbar.refresh()
    shell.resize(*window)
    for _ in range(5):
        application.processEvents()


def controls(window: QWidget) -> list[QWidget]:
    """List what shows words or takes a press, as far as it can be seen."""
    kinds = (QLabel, QAbstractButton, QLineEdit)
    cover = window.findChild(QWidget, "cover")
    if cover is not None and cover.isVisible():
        window = cover
    return [
        each
        for each in window.findChildren(QWidget)
        if isinstance(each, kinds) and each.isVisibleTo(window) and each.width() > 1
    ]


def faults(shell: Shell, screen: Screen) -> Iterator[str]:
    """Say what is wrong with the screen as it is now."""
    for widget in controls(shell):
        name = f"{type(widget).__name__} {widget.accessibleName()[:60]!r}"
        if widget.width() < widget.minimumSizeHint().width() - 1:
            yield f"{name}: a word is cut ({widget.width()} < {widget.minimumSizeHint().width()})"
        if widget.hasHeightForWidth() and widget.height() < widget.heightForWidth(widget.width()) - 1:
            yield f"{name}: a line is cut ({widget.height()} < {widget.heightForWidth(widget.width())})"
        left = widget.mapTo(shell, widget.rect().topLeft()).x()
        if left < 0 or left + widget.width() > shell.width():
            yield f"{name}: leaves the window"
    if isinstance(screen.scroller, QScrollArea) and screen.scroller.widget() is not None:
        inside = screen.scroller.widget().width()
        if inside > screen.scroller.viewport().width():
            yield "the page scrolls sideways"
    yield from _targets(shell, screen)


def _targets(shell: Shell, screen: Screen) -> Iterator[str]:
    ring = theme.RING
    shapes = []
    for widget in controls(shell):
        if not isinstance(widget, QAbstractButton):
            continue
        if not widget.text() or widget.accessibleName() != widget.text():
            yield f"a button shows {widget.text()!r} and is named {widget.accessibleName()!r}"
        least = theme.MAIN_TARGET if widget is screen.main_button else theme.TARGET
        if min(widget.height() - 2 * ring - least, widget.width() - 2 * ring - theme.TARGET) < 0:
            yield f"{widget.text()!r} is too small to press"
        # What is scrolled out of view cannot be pressed: only the part that is seen counts.
        seen = widget.visibleRegion().boundingRect() & widget.rect().adjusted(ring, ring, -ring, -ring)
        if not seen.isEmpty():
            shapes.append((seen.translated(widget.mapTo(shell, widget.rect().topLeft())), widget.text()))
    for number, (one, name) in enumerate(shapes):
        for other, neighbour in shapes[number + 1 :]:
            if one.adjusted(-7, -7, 7, 7).intersects(other):
                yield f"{name!r} and {neighbour!r} are too close"


def test_no_screen_is_forgotten() -> None:
    """Each file of ``ui/screens`` has its room here, or the reason why not."""
    files = {path.stem for path in (Path(ui.__file__).parent / "screens").glob("[a-z]*.py")}
    rooms = " ".join(ROOMS)
    aliases = {"document_view": "document_lab", "print_choice": "print_copies"}
    missing = {name for name in files - set(UNSEEN) if aliases.get(name, name) not in rooms}
    assert not missing


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_is_cut_in_any_look(
    stage: Stage, qapp: QApplication, room: str, pictures: Path | None, request: pytest.FixtureRequest
) -> None:
    """Words have their width and height, targets their size and room, in all looks; nothing leaves."""
    shell, screen = stage.show(ROOMS[room])
    found = []
    for look in looks(every=request.config.getoption("--slow")):
        dress(qapp, shell, look)
        name = f"{int(look[0])}-{look[1]}-{look[2]}-{look[3][0]}"
        found += [f"{name}: {fault}" for fault in faults(shell, screen)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("room", sorted(set(ROOMS) - UNSTEADY))
def test_a_screen_changes_its_language_as_if_built_in_it(
    stage: Stage, qapp: QApplication, room: str, request: pytest.FixtureRequest
) -> None:
    """Built in French and changed, a screen says what it says when it is built in that language.

    Each room takes one of the other languages in its turn; ``--slow`` takes them all.
    """
    others = LANGUAGES[1:]
    turn = sorted(ROOMS).index(room) % len(others)
    for language in others if request.config.getoption("--slow") else others[turn : turn + 1]:
        languages.speak("fr", qapp)
        shell, _screen = stage.show(ROOMS[room])
        for code in (*others, language):  # more than once, as someone who looks for theirs
            languages.speak(code, qapp)
        stage.rest()
        changed = said_by(shell)
        shell, _screen = stage.show(ROOMS[room])
        assert changed == said_by(shell), language


def said_by(shell: Shell) -> list[tuple[str, str]]:
    """Return names and descriptions of all that is seen."""
    return [(each.accessibleName(), each.accessibleDescription()) for each in controls(shell)]


@pytest.mark.parametrize("room", ROOMS)
def test_keep_the_pictures(stage: Stage, qapp: QApplication, room: str, pictures: Path | None) -> None:
    """With ``--pictures``: one picture of each screen in each language, at the usual size."""
    if pictures is None:
        pytest.skip("pictures are kept with --pictures DIR")
    shell, _screen = stage.show(ROOMS[room])
    for language in LANGUAGES:
        dress(qapp, shell, (theme.TextSize.MEDIUM, theme.Mood.LIGHT, language, (1366, 768)))
        stage.rest()
        folder = pictures / language
        folder.mkdir(parents=True, exist_ok=True)
        assert shell.grab().save(str(folder / f"{room}.png"))
