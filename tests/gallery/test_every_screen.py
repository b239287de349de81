"""Every screen, for real, in every size, theme, language and window: nothing cut, nothing on top of another.

The screens are not built anew for each look: size, theme and language change live, as a person would
change them. Sixteen looks hold every pair of size, theme, language and window (an orthogonal array over
four values). Its fifth column is the state: the states of one screen share the sixteen looks, so that each
state meets each size, theme, language and window too. ``--slow`` takes all 256 of them for each state.

Any warning of Qt fails a test here (``qt_log_level_fail``), and any sentence that a language lacks.
"""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QScrollArea, QWidget

import ui
from tests.gallery.pixels import pale_words
from tests.gallery.states import ROOMS, SCREENS, UNSTEADY, Never, State, rooms_in, rooms_of, screen_of, table
from ui import languages, text, theme
from ui.speech.sentences import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication

    from tests.gallery.sheets import Sheets
    from tests.gallery.stage import Stage
    from ui.screen import Screen
    from ui.shell import Shell

SIZES = tuple(theme.TextSize)
MOODS = tuple(theme.Mood)
LANGUAGES = tuple(language.code for language in languages.LANGUAGES)
HELP_SENTENCES = 3
SMALL_WINDOW = (800, 600)
LEAST_PAGE = 60
# One room of each screen, the keys of the screen, and the longest words that a bar has to hold.
IN_A_SMALL_WINDOW = [
    *(rooms[0] for screen in SCREENS if (rooms := rooms_of(screen))),
    "keyboard",
    "paper_other_full",
]
# A very full screen says what the usual one says, only more often.
SAID = sorted(
    set(ROOMS) - UNSTEADY - {room for states in SCREENS.values() for room in rooms_in(states[State.FULL])}
    | {"mandate_text"}
)
WINDOWS = ((1024, 768), (1366, 768), (1920, 1080), (3840, 2160))
Look = tuple[theme.TextSize, theme.Mood, str, tuple[int, int]]
HARDEST: Look = (theme.TextSize.LARGEST, theme.Mood.LIGHT, "fr", (1024, 768))
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


def looks_of(room: str, *, every: bool) -> list[Look]:
    """Return the looks of one room: with the other states of its screen it has them all."""
    rows = list(looks(every=every))
    if every:
        return rows
    states = rooms_of(screen_of(room))
    place, count = states.index(room), min(4, len(states))
    chosen = [row for number, row in enumerate(rows) if _fifth(number) % count == place % count]
    # The hardest of all, wherever a name or a list is as long as it gets.
    return [*({HARDEST} if room in rooms_in(SCREENS[screen_of(room)][State.FULL]) else ()), *chosen]


def _fifth(number: int) -> int:
    mood, size = divmod(number, 4)
    return size ^ TIMES[3][mood]


def test_the_looks_hold_every_pair() -> None:
    """Each value of each column meets each value of every other, the state's too."""
    rows = [(*row, _fifth(number)) for number, row in enumerate(looks(every=False))]
    assert len(rows) == 16
    for one, other in product(range(5), repeat=2):
        if one != other:
            assert len({(row[one], row[other]) for row in rows}) == 16


@pytest.mark.parametrize("screen", SCREENS)
def test_the_states_of_a_screen_have_all_looks(screen: str) -> None:
    """No pair of looks is lost on any screen, and each state has each value once at least."""
    rooms = rooms_of(screen)
    assert not rooms or {look for room in rooms for look in looks_of(room, every=False)} >= set(
        looks(every=False)
    )
    for room in rooms:
        for column in zip(*looks_of(room, every=False), strict=True):
            assert len(set(column)) == 4, room


def dress(application: QApplication, shell: Shell, look: Look) -> None:
    """Change what has changed, as the window does."""
    size, mood, language, window = look
    shell.setUpdatesEnabled(False)  # painted once, when all is in its place
    theme.put_on(theme.Theme.of(mood, size))
    if languages.current().code != language:
        languages.speak(language, application)  # tells every widget, of its look too
    else:
        theme.tell_change()
    shell.topbar.refresh()
    shell.resize(*window)
    for _ in range(4):
        application.processEvents()
    shell.setUpdatesEnabled(True)
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
    """Each screen stands in the table in all its states, or with the reason why not; each room too."""
    package = Path(ui.__file__).parent
    desk = [ast.parse(path.read_text("utf-8")) for path in (package / "desk").glob("*.py")]
    desk += [ast.parse(path.read_text("utf-8")) for path in (package / "home").glob("*.py")]
    nodes = [node for tree in desk for node in ast.walk(tree) if _is_name(node)]
    names = {node.value.value for node in nodes if isinstance(node.value, ast.Constant)}  # type: ignore[attr-defined]
    files = {path.stem for path in (package / "screens").glob("[a-z]*.py")}
    assert files | names == set(SCREENS)
    assert all(set(states) == set(State) for states in SCREENS.values())
    placed = [room for screen in SCREENS for room in rooms_of(screen)]
    assert sorted(placed) == sorted(ROOMS), table()
    assert {where for states in SCREENS.values() for where in states.values()} >= set(Never)


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "name"


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_is_cut_in_any_look(
    stage: Stage, qapp: QApplication, room: str, sheets: Sheets | None, request: pytest.FixtureRequest
) -> None:
    """Words have their width and height, targets their size and room, in all looks; nothing leaves.

    It is the screen that the table says, it says what it is for, and its words stand out on their ground.
    """
    shell, screen = stage.show(ROOMS[room])
    assert screen.name == screen_of(room)
    assert len(split(screen.help_text)) == HELP_SENTENCES
    found, painted = [], False
    for look in looks_of(room, every=request.config.getoption("--slow")):
        dress(qapp, shell, look)
        name = f"{int(look[0])}-{look[1]}-{look[2]}-{look[3][0]}"
        found += [f"{name}: {fault}" for fault in faults(shell, screen)]
        if not painted and look[3][0] < WINDOWS[2][0]:
            painted = True
            found += [f"{name}: {fault}" for fault in pale_words(shell)]
        if sheets is not None and (look[2], room) not in sheets.taken:
            # The words of a very large window could not be read on a sheet.
            shell.resize(*min(look[3], WINDOWS[2]))
            qapp.processEvents()
            sheets.take(look[2], room, f"{int(look[0])}-{look[1]}-{shell.width()}x{shell.height()}", shell)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("room", IN_A_SMALL_WINDOW)
def test_a_small_window_loses_nothing(stage: Stage, qapp: QApplication, room: str) -> None:
    """800×600 and the largest text: nothing is cut, both bars are whole, the page scrolls between them."""
    shell, screen = stage.show(ROOMS[room])
    language = LANGUAGES[IN_A_SMALL_WINDOW.index(room) % len(LANGUAGES)]
    dress(qapp, shell, (theme.TextSize.LARGEST, theme.Mood.LIGHT, language, SMALL_WINDOW))
    found = list(faults(shell, screen))
    for part in (shell.topbar, screen.bar, shell.keyboard):
        below = part.mapTo(shell, part.rect().bottomLeft()).y() - shell.height()
        if part.isVisibleTo(shell) and (below >= 0 or part.height() < part.heightForWidth(part.width()) - 1):
            found.append(f"{part.objectName()} is cut: {part.height()} high, ends at {below}")
    if screen.scroller is not None and screen.scroller.viewport().height() < LEAST_PAGE:
        found.append(f"the page has {screen.scroller.viewport().height()} pixels")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("room", SAID)
def test_a_screen_changes_its_language_as_if_built_in_it(
    stage: Stage, qapp: QApplication, room: str, request: pytest.FixtureRequest
) -> None:
    """Built in French and changed, a screen says what it says when it is built in that language.

    Each room takes one of the other languages in its turn; ``--slow`` takes them all.
    """
    others = LANGUAGES[1:]
    turn = SAID.index(room) % len(others)
    for language in others if request.config.getoption("--slow") else others[turn : turn + 1]:
        languages.speak("fr", qapp)
        shell, _screen = stage.show(ROOMS[room])
        for code in (others[others.index(language) - 1], language):  # as someone who looks for theirs
            languages.speak(code, qapp)
        stage.rest()
        changed = said_by(shell)
        shell, _screen = stage.show(ROOMS[room])
        assert changed == said_by(shell), language


def test_the_sheets_hold_every_screen(sheets: Sheets | None, request: pytest.FixtureRequest) -> None:
    """With ``--pictures``: each room is on the sheet of each language, with its name and its look."""
    if sheets is None:
        pytest.skip("pictures are kept with --pictures DIR")
    rooms = {
        each.name.partition("[")[2][:-1] for each in request.session.items if "nothing_is_cut" in each.name
    }
    if rooms != set(ROOMS) or {room for _language, room in sheets.taken} != set(ROOMS):
        pytest.skip("the rooms were looked at by several processes, or only some of them")
    assert sheets.taken == set(product(LANGUAGES, ROOMS))
    for page in sheets.write():
        words = page.read_text("utf-8")
        for language, room in sheets.taken:
            assert language != page.stem or f">{room}<small>" in words


def test_a_missing_sentence_or_a_warning_of_qt_is_seen(
    nothing_is_missing: dict[str, Any], qapp: QApplication, request: pytest.FixtureRequest
) -> None:
    """A sentence without a translation is noted in its language; any warning of Qt fails a test."""
    languages.speak("ar", qapp)
    assert text._("Une phrase que personne n’a traduite.") == "Une phrase que personne n’a traduite."
    assert nothing_is_missing["ar"].found == ["Une phrase que personne n’a traduite."]
    nothing_is_missing["ar"].found.clear()
    assert request.config.getini("qt_log_level_fail") == "WARNING"


def test_a_pale_word_is_seen(stage: Stage, qapp: QApplication) -> None:
    """The look at the pixels finds a word in the wrong ink, and lets the others pass."""
    shell, screen = stage.show(ROOMS["who"])
    dress(qapp, shell, HARDEST)
    assert not list(pale_words(shell))
    screen.heading.recolor("line")
    qapp.processEvents()
    assert any(screen.heading.words[:20] in fault for fault in pale_words(shell))


def said_by(shell: Shell) -> list[tuple[str, str]]:
    """Return names and descriptions of all that is seen."""
    return [(each.accessibleName(), each.accessibleDescription()) for each in controls(shell)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_keep_the_pictures(stage: Stage, qapp: QApplication, language: str, pictures: Path | None) -> None:
    """With ``--pictures``: one picture of each screen in each language, at the usual size."""
    if pictures is None:
        pytest.skip("pictures are kept with --pictures DIR")
    folder = pictures / language
    folder.mkdir(parents=True, exist_ok=True)
    for room, make in ROOMS.items():
        languages.speak("fr", qapp)
        shell, _screen = stage.show(make)
        dress(qapp, shell, (theme.TextSize.MEDIUM, theme.Mood.LIGHT, language, (1366, 768)))
        stage.rest()
        assert shell.grab().save(str(folder / f"{room}.png"))
