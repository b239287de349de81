"""Which language a page speaks, and its words.

Decision: one way for every page that a person sees here. What the address asks for counts first (OpenID
Connect's ``ui_locales``, Core §3.1.2.1: tags between spaces, the best first), because a screen's language
was chosen in front of us; then the browser's ``Accept-Language`` (RFC 9110 §12.5.4); then French. A tag is
shortened from its end until it is one of ours (RFC 4647 §3.4).

The catalogues are those of the screens, read as data of ``i18n``, which knows nobody: the service needs
nothing of ``ui`` for it. A sentence that a catalogue lacks is said in French; its check finds it before.

Easy-to-read French is ``fr-simple``: "simple" is the variant that IANA's registry has for a simplified form
of a language. ``fr-FALC`` would be no sound tag (four letters name a script), and whoever does not know
the variant falls back to French, as the shortening goes.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, timedelta

__all__ = ["FRENCH", "TONGUES", "Tongue", "tongue"]

_MOST = 20


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language: its tag (BCP 47), its own name for itself, its catalogue (French is the source)."""

    tag: str
    name: str
    catalogue: str = ""
    direction: str = "ltr"

    def say(self, sentence: str) -> str:
        """Translate a French sentence."""
        return _catalogue(self.catalogue).gettext(sentence)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the form of a French sentence that fits ``count``."""
        return _catalogue(self.catalogue).ngettext(one, many, count)

    def isolated(self, name: str) -> str:
        """Keep a foreign name whole among letters that run the other way (FSI and PDI, UAX #9 §2.4)."""
        return f"\u2068{name}\u2069" if self.direction == "rtl" else name

    def day(self, day: date) -> str:
        """Say a day: « 3 mai 1946 »."""
        from babel.dates import format_date

        language = self.tag.partition("-")[0]
        said = str(format_date(day, "d MMMM y", locale=language))
        return said.replace("1 ", "1er ", 1) if language == "fr" and day.day == 1 else said

    def ago(self, past: timedelta) -> str:
        """Say how long something is past: « il y a 3 minutes »."""
        from babel.dates import format_timedelta

        language = self.tag.partition("-")[0]
        return str(format_timedelta(-past, granularity="minute", add_direction=True, locale=language))


FRENCH = Tongue("fr", "Français")
TONGUES = (
    FRENCH,
    Tongue("fr-simple", "Français facile", "fr_FALC"),
    Tongue("en", "English", "en"),
    Tongue("ar", "العربية", "ar", "rtl"),
)
_BY_TAG = {each.tag: each for each in TONGUES}


def tongue(accept_language: str, ui_locales: str = "") -> Tongue:
    """Choose by what the address asks for, then by what the browser asks for; French else."""
    for tag in (*ui_locales.lower().split()[:_MOST], *_wished(accept_language)):
        found = _found(tag)
        if found is not None:
            return found
    return FRENCH


def _found(tag: str) -> Tongue | None:
    """Look a tag up, shortened from its end."""
    while tag:
        if tag in _BY_TAG:
            return _BY_TAG[tag]
        tag = tag.rpartition("-")[0]
    return None


def _wished(accept_language: str) -> list[str]:
    """Return the languages asked for, best first."""
    wished = []
    for each in accept_language.split(",")[:_MOST]:
        name, _, parameter = each.partition(";")
        weight = _weight(parameter.strip())
        if weight:
            wished.append((-weight, name.strip().lower()))
    return [name for _, name in sorted(wished, key=lambda pair: pair[0])]


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    try:
        return min(1.0, max(0.0, float(parameter.removeprefix("q="))))
    except ValueError:
        return 0.0


class _Source(gettext.NullTranslations):
    """French, where nothing and one are singular."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Choose the form by the French rule."""
        return msgid1 if abs(n) < 2 else msgid2  # noqa: PLR2004 - the French rule


@cache
def _catalogue(name: str) -> gettext.NullTranslations:
    """Load a catalogue; French where it is absent or broken."""
    source = _Source()
    if not name:
        return source
    try:
        with as_file(files("i18n")) as folder:
            found = gettext.translation("tandem", folder, [name])
    except (OSError, UnicodeDecodeError, ValueError):
        return source
    found.add_fallback(source)
    return found
