"""The words of every screen, in the order of the eye, each said once; the buttons last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QStringListModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListView

from ui.screen import Screen
from ui.speech.places import OnWidget
from ui.speech.screen_words import ROWS, ScreenSource, screen_words
from ui.speech.sentences import one_line, split
from ui.widgets import Choice, ChoiceGroup, Field, Heading, Tile
from ui.widgets.buttons import Button
from ui.widgets.words import Text

if TYPE_CHECKING:
    from ui.shell import Shell
    from ui.speech.utterances import Utterance


def words_of(screen: Screen) -> list[str]:
    """Return what is said."""
    return [sentence.words for sentence in screen_words(screen)]


def shown(shell: Shell, *widgets: Any) -> Screen:  # noqa: ANN401 - any widget
    """Show a screen with these in its body."""
    screen = Screen("Un titre", "Une phrase. Une autre.", main="Continuer")
    for widget in widgets:
        screen.body.addWidget(widget)
    shell.show_screen(screen)
    while not shell.is_settled:
        QTest.qWait(1)
    return screen


def test_every_screen_says_all_that_it_shows(any_screen: tuple[Shell, Screen]) -> None:
    """The title first; each visible text in it; then « Boutons : », and each button once."""
    _window, screen = any_screen
    said = words_of(screen)
    assert split(screen.heading.words)[0] in said[:2]
    whole = " ".join(said).casefold()
    for text in screen.findChildren(Text):
        if text.isVisible() and text.words and not isinstance(text, Heading):
            first = one_line(text.words).split()[0].casefold().rstrip(":")
            assert first.strip("«»().,:;!?…·") in whole
    end = said[said.index("Boutons :") + 1 :]
    buttons = [button for button in screen.findChildren(Button) if button.isVisible()]
    assert len(end) == len(buttons)
    assert sorted(word.split(",")[0] for word in end) == sorted(
        one_line(button.accessibleName()).split(",")[0] for button in buttons
    )


def test_each_sentence_of_a_screen_can_be_lit_up(any_screen: tuple[Shell, Screen]) -> None:
    """And put out again, leaving nothing behind."""
    _window, screen = any_screen
    for sentence in screen_words(screen):
        if sentence.place is not None:
            sentence.place.show()
            sentence.place.clear()


def test_the_order_is_that_of_the_eye(shell: Shell) -> None:
    """A tile says both its lines; a choice whether it is chosen; what is typed follows its label."""
    field = Field("Votre nom", "Comme sur la carte.")
    field.set_value("Martin")
    field.set_error("Ce nom est trop court.")
    group = ChoiceGroup([Choice("a", "Oui", "Tout de suite"), Choice("b", "Non")])
    group.choose("b")
    screen = shown(shell, Tile("Lire", "3 documents"), field, group)
    assert words_of(screen) == [
        "Un titre", "Une phrase.", "Une autre.",
        "Lire.", "3 documents",
        "Votre nom", "Comme sur la carte.", "Ce nom est trop court.", "Martin",
        "Oui.", "Tout de suite", "Non, choisi",
        "Boutons :", "Retour", "Aide", "Continuer",
    ]  # fmt: skip


def test_a_password_is_never_said(shell: Shell) -> None:
    """Only that something is there."""
    line = QLineEdit("secret")
    line.setAccessibleName("Mot de passe")
    line.setEchoMode(QLineEdit.EchoMode.Password)
    said = words_of(shown(shell, line))
    assert "Mot de passe : rempli" in said
    assert not any("secret" in words for words in said)


def test_of_a_long_list_the_count_and_the_first_rows_are_said(shell: Shell) -> None:
    """From the current row on; and how many are left."""
    view = QListView()
    model = QStringListModel([f"Papier {n}" for n in range(10_000)], view)
    view.setModel(model)
    screen = shown(shell, view)
    said = words_of(screen)
    assert said[3:6] == ["Une liste de 10000 lignes.", "Papier 0", "Papier 1"]
    assert f"Il reste {10_000 - ROWS} lignes plus bas." in said
    assert len(said) < ROWS + 12
    view.setCurrentIndex(model.index(9_995))
    assert "Papier 9999" in words_of(screen)


def test_what_is_hidden_is_not_said(shell: Shell) -> None:
    """Nor a button that is not there."""
    tile = Tile("Lire")
    screen = shown(shell, tile)
    tile.hide()
    screen.back_button.hide()
    assert words_of(screen) == [
        "Un titre", "Une phrase.", "Une autre.", "Boutons :", "Aide", "Continuer",
    ]  # fmt: skip


def test_the_light_lies_behind_its_own_sentence(shell: Shell) -> None:
    """The second sentence of a text begins where the first one ends."""
    screen = shown(shell)
    first, second = (sentence.place for sentence in screen_words(screen)[1:3])
    assert isinstance(first, OnWidget)
    assert isinstance(second, OnWidget)
    one, other = first._lines()[0], second._lines()[0]
    assert one.right() <= other.left() + 1
    assert one.width() > 20
    assert abs(one.top() - other.top()) < 2
    inside = screen.intro.rect()
    assert inside.contains(one.toRect())
    assert inside.contains(other.toRect())


def test_a_screen_is_read_once(shell: Shell) -> None:
    """One part, then none."""
    source = ScreenSource(shown(shell))
    parts: list[list[Utterance]] = []
    source.more(lambda part: parts.append(list(part)))
    source.more(lambda part: parts.append(list(part)))
    assert [bool(part) for part in parts] == [True, False]
