"""One health word explained, in the person's way of reading; nobody has reviewed the explanations yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout

from ui import theme
from ui.glossary import EASY_FRENCH, THEMES, explained
from ui.screen import Screen
from ui.text import _, commas, current_language, joined, resayable
from ui.widgets import Card, IconLine, Pictogram, SectionHeading, Text

if TYPE_CHECKING:
    from ui.glossary import Entry
    from ui.session.context import SessionContext

__all__ = ["Word"]

PICTOGRAM = 3.4


class Word(Screen):
    """What ``entry`` means; Retour goes back to where the word was read."""

    name: ClassVar[str] = "word"

    def __init__(self, context: SessionContext, *, entry: Entry) -> None:
        super().__init__(entry.word, _(THEMES[entry.theme]), main=_("J’ai compris"), finish=True)
        self.help_text = _(
            "Cette page explique un mot de santé. "
            "Elle ne parle pas de vos résultats à vous. "
            "« Retour » revient à la page d’avant."
        )
        self.main_pressed.connect(context.back)
        self._pictogram = Pictogram(entry.icon, scale=PICTOGRAM)
        self.body.addWidget(self._card(entry))
        self._french = SectionHeading(_("En français"))
        self._plain = Text(entry.plain)
        self.reserve = IconLine("information-outline", "" if entry.reviewed else _reserve())
        for widget in (self._french, self._plain, _written(entry), self.reserve):
            self.body.addWidget(widget)
        self._follow_language()

    def customEvent(self, event: QEvent) -> None:
        """Follow the language: pictures go with easy French, the French words with other languages."""
        del event
        self._follow_language()

    def _card(self, entry: Entry) -> Card:
        card = Card()
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE[3])
        row.addWidget(self._pictogram, 0, Qt.AlignmentFlag.AlignTop)
        self.explanation = Text(_explanation(entry))
        row.addWidget(self.explanation, 1000)
        row.addStretch(1)
        card.column.addLayout(row)
        return card

    def _follow_language(self) -> None:
        language = current_language()
        self._pictogram.setVisible(language == EASY_FRENCH)
        for widget in (self._french, self._plain):
            widget.setVisible(not language.startswith("fr"))


@resayable
def _explanation(entry: Entry) -> str:
    """Return the explanation, one sentence a line in easy French."""
    return "\n".join(explained(entry))


def _reserve() -> str:
    return joined(
        " ",
        (
            _("Cette explication n’a pas encore été relue par un professionnel de santé."),
            _("Elle ne dit rien de vos résultats à vous."),
        ),
    )


def _written(entry: Entry) -> Text:
    """Say how else the word is written, as the paper may have it."""
    others = [form for form in (*entry.exact, *entry.forms) if form != entry.word]
    words = _("On écrit aussi : {forms}.").format(forms=commas(others)) if others else ""
    return Text(words, theme.Role.SECOND)
