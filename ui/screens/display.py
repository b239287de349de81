"""« Affichage »: text size, colours, language, keyboard. Each choice is seen at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QTimer

from ui import languages, theme
from ui.screen import Screen
from ui.text import _
from ui.widgets import Choice, ChoiceGroup, SectionHeading

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent
    from PySide6.QtWidgets import QWidget

    from ui.session.context import SessionContext

__all__ = ["Display"]

ON, OFF = "on", "off"


class Display(Screen):
    """Three groups of large choices; Retour, or « C’est bien ainsi », comes back to where one was."""

    name: ClassVar[str] = "display"

    def __init__(self, context: SessionContext | None = None) -> None:
        super().__init__(
            _("Affichage"), _("Choisissez ce qui est bon pour vos yeux."), main=_("C’est bien ainsi")
        )
        self.help_text = _(
            "Cette page change la taille du texte, les couleurs et la langue. "
            "Chaque choix se voit tout de suite. "
            "« C’est bien ainsi » revient à la page d’avant."
        )
        self.sizes = ChoiceGroup(_sizes(), columns=2, name=_("Taille du texte"))
        self.moods = ChoiceGroup(_moods(), columns=2, name=_("Couleurs"))
        self.languages = ChoiceGroup(_languages(), columns=2, name=_("Langue"))
        self.keyboard = ChoiceGroup(_keyboards(), columns=2, name=_("Clavier à l’écran"))
        for title, group in (
            (_("Taille du texte"), self.sizes),
            (_("Couleurs"), self.moods),
            (_("Langue"), self.languages),
            (_("Clavier à l’écran"), self.keyboard),
        ):
            self.body.addWidget(SectionHeading(title))
            self.body.addWidget(group)
        self._follow()
        self.sizes.changed.connect(lambda: self.size_asked.emit(int(self.sizes.value() or 0)))
        self.moods.changed.connect(lambda: self.mood_asked.emit(self.moods.value() or ""))
        self.languages.changed.connect(lambda: self.language_asked.emit(self.languages.value() or ""))
        self.keyboard.changed.connect(lambda: self.keyboard_asked.emit(self.keyboard.value() == ON))
        if context is not None:
            self.main_pressed.connect(context.back)

    def first_focus(self) -> QWidget | None:
        """Return the size of now: the arrows change it."""
        return next((card for card in self.sizes.cards if card.isChecked()), super().first_focus())

    def showEvent(self, event: QShowEvent) -> None:
        """Follow what the top bar or a key may have changed meanwhile."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._follow)

    def _follow(self) -> None:
        look = theme.current()
        for group, value in (
            (self.sizes, str(int(look.size))),
            (self.moods, str(look.mood)),
            (self.languages, languages.current().code),
            (self.keyboard, ON if getattr(self.window(), "has_keyboard", False) else OFF),
        ):
            group.blockSignals(True)  # noqa: FBT003 - Qt's signature
            group.choose(value)
            group.blockSignals(False)  # noqa: FBT003 - Qt's signature


def _sizes() -> list[Choice]:
    words = (_("Petit"), _("Normal"), _("Grand"), _("Très grand"))
    return [Choice(str(int(size)), name) for size, name in zip(theme.TextSize, words, strict=True)]


def _moods() -> list[Choice]:
    return [
        Choice(theme.Mood.LIGHT, _("Clair"), icon_name="white-balance-sunny"),
        Choice(theme.Mood.DARK, _("Sombre"), icon_name="weather-night"),
        Choice(theme.Mood.CONTRAST, _("Jaune sur noir"), _("Pour voir mieux les lettres"), "contrast-circle"),
        Choice(theme.Mood.SYSTEM, _("Comme l’ordinateur"), icon_name="monitor"),
    ]


def _keyboards() -> list[Choice]:
    return [
        Choice(OFF, _("Non"), icon_name="keyboard-off-outline"),
        Choice(ON, _("Oui"), _("Il vient quand il faut écrire."), "keyboard-outline"),
    ]


def _languages() -> list[Choice]:
    return [Choice(language.code, language.name) for language in languages.LANGUAGES]
