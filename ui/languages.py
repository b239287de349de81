"""The languages of the screen, each named in itself, and how the whole program changes to another.

A language is named as its catalogue (``fr_FALC``: French, *facile à lire et à comprendre*). Changing it
is live: the words of every widget are said again (``ui.telling``), Qt's own words follow, and the
layout turns round for a language that is read from right to left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator

from ui.telling import retell
from ui.text import current_language, use_language

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

__all__ = ["LANGUAGES", "Language", "choose", "current", "named", "speak"]


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its catalogue's name, its own name for itself, its tag (BCP 47).

    ``web_tag`` is what web pages are asked for. Easy French is ``fr-simple``, with IANA's variant for a
    simplified form of a language: ``fr-FALC`` would be no sound tag (four letters name a script). A page
    that does not know the variant falls back to French (RFC 4647 §3.4); Qt would not, so ``tag`` is plain.
    """

    code: str
    name: str
    tag: str
    right_to_left: bool = False
    variant: str = ""

    @property
    def web_tag(self) -> str:
        """The tag with its variant."""
        return f"{self.tag}-{self.variant}" if self.variant else self.tag


LANGUAGES = (
    Language("fr", "Français", "fr"),
    Language("fr_FALC", "Français facile", "fr", variant="simple"),
    Language("en", "English", "en"),
    Language("ar", "العربية", "ar", right_to_left=True),
)

_translators: dict[QApplication, QTranslator] = {}


def named(code: str) -> Language:
    """Return the language of a catalogue's name; French for one that is not known."""
    return next((language for language in LANGUAGES if language.code == code), LANGUAGES[0])


def current() -> Language:
    """Return the language of the screen."""
    return named(current_language())


def speak(code: str, application: QApplication) -> bool:
    """Change the whole program to a language; return whether its catalogue is there."""
    complete = choose(code, application)
    retell()
    return complete


def choose(code: str, application: QApplication) -> bool:
    """Change to a language; ``ui.telling.retell`` is to follow. Returns whether its catalogue is there."""
    language = named(code)
    complete = use_language(language.code)
    before = _translators.pop(application, None)
    if before is not None:
        application.removeTranslator(before)
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(QLocale(language.tag), "qtbase", "_", folder):
        application.installTranslator(translator)
        _translators[application] = translator
    right_to_left = language.right_to_left and complete
    application.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight
    )
    return complete
