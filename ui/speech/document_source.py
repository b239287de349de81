"""A document on a screen, read from the page that is shown to its end.

Its words are shown as they are said, in large print, whatever was shown before: a voice is followed with
the eyes. A page is fetched while the one before is said, and turned when its first sentence is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.reader.values import Notice
from ui.speech.document_words import document_language, page_words, section_words
from ui.speech.screen_words import language_of_screen, screen_head, screen_tail
from ui.speech.utterances import Utterance, said
from ui.text import _
from ui.widgets.document_panel import recognised_notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ui.screen import Screen
    from ui.speech.utterances import Place
    from ui.widgets.document_panel import DocumentPanel

__all__ = ["DocumentSource"]


class DocumentSource:
    """Title and notices, the document, the buttons."""

    def __init__(self, screen: Screen, panel: DocumentPanel) -> None:
        self._screen = screen
        self._panel = panel
        self._language = document_language(panel.opened.language)
        self._page = panel.pages.number
        self._is_warned = Notice.RECOGNISED_WORDS in panel.opened.notices
        self._parts = self._all_parts()

    def more(self, take: Callable[[Sequence[Utterance]], None]) -> None:
        """Give the next part; a page comes from the reader process."""
        part = next(self._parts, [])
        if isinstance(part, list):
            take(part)
        else:
            number = part
            self._panel.ask_page(number, lambda words: take(self._page_part(number, words)))

    def _all_parts(self) -> Iterator[list[Utterance] | int]:
        """Yield what is said, and the numbers of the pages that must be asked for."""
        yield screen_head(self._screen)
        if self._panel.reads_as_one:
            sections = self._panel.opened.sections
            yield self._shown(0, "", section_words(sections, self._language, self._panel.text))
        else:
            yield from range(self._page, self._panel.pages.pages)
        yield screen_tail(self._screen)

    def _page_part(self, number: int, words: str) -> list[Utterance]:
        count = self._panel.pages.pages
        start = _("Page {number} sur {count}").format(number=number + 1, count=count)
        sections = self._panel.opened.sections if number == 0 else ()
        box = self._panel.text
        told = [*section_words(sections, self._language, box), *page_words(words, self._language, box)]
        if not told:
            image = _("Cette page est une image. L’ordinateur n’en connaît pas les mots.")
            told = list(said(image, language_of_screen()))
        elif self._panel.is_recognised(number) and not self._is_warned:
            self._is_warned = True
            told = [*said(recognised_notice(), language_of_screen()), *told]
        return self._shown(number, words, [*(said(start, language_of_screen()) if count > 1 else ()), *told])

    def _shown(self, number: int, words: str, told: Iterable[Utterance]) -> list[Utterance]:
        """Have each sentence show its page before itself."""
        return [
            Utterance(one.words, one.language, _OnPage(self._panel, number, words, one.place)) for one in told
        ]


class _OnPage:
    """A place in the words of a page, which is turned to first."""

    def __init__(self, panel: DocumentPanel, number: int, words: str, inside: Place | None) -> None:
        self._panel = panel
        self._page = number, words
        self._inside = inside

    def show(self) -> None:
        """Turn to the page, light the sentence up."""
        self._panel.show_words(*self._page)
        if self._inside is not None:
            self._inside.show()

    def clear(self) -> None:
        """Put the light out."""
        if self._inside is not None:
            self._inside.clear()
