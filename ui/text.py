"""Words for people: gettext with the French sentence itself as the source.

Decision: the msgid is the French sentence, not a symbolic name, so that a screen reads as it will
be seen and an untranslated build is simply French. Consequence: the plural rule of the source is
French too (0 and 1 are singular), which ``gettext``'s own fallback gets wrong; hence ``_Source``.
"""

from __future__ import annotations

import gettext as _gettext

__all__ = ["_", "current_language", "mark", "ngettext", "typeset", "use_language"]

SOURCE_LANGUAGE = "fr"


class _Source(_gettext.NullTranslations):
    """The source catalogue: French, where nothing and one are singular."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Choose the form by the French rule."""
        return msgid1 if abs(n) < 2 else msgid2  # noqa: PLR2004 - the French rule


_catalogue: _gettext.NullTranslations = _Source()
_language = SOURCE_LANGUAGE


def use_language(language: str) -> None:
    """Speak ``language`` from now on; French where its catalogue lacks a sentence or is absent."""
    global _catalogue, _language
    _language = language
    _catalogue = _Source()
    if language == SOURCE_LANGUAGE:
        return
    from importlib.resources import files

    source = files("i18n").joinpath(language, "LC_MESSAGES", "tandem.mo")
    if source.is_file():
        with source.open("rb") as stream:
            _catalogue = _gettext.GNUTranslations(stream)
        _catalogue.add_fallback(_Source())


def current_language() -> str:
    """Return the language of the screen, as BCP 47."""
    return _language


def _(sentence: str) -> str:
    """Return ``sentence`` in the person's language."""
    return _catalogue.gettext(sentence)


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form of the sentence that fits ``count``."""
    return _catalogue.ngettext(one, many, count)


def typeset(text: str) -> str:
    """Keep French punctuation with its word: no line begins with a question mark."""
    for sign in "?!:;»":
        text = text.replace(f" {sign}", f"\u00a0{sign}")
    return text.replace("« ", "«\u00a0").replace(" – ", "\u00a0– ")


def mark(sentence: str) -> str:
    """Mark a constant for the catalogues; ``_`` translates it where it is shown."""
    return sentence
