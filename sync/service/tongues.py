"""Which language a page speaks: the first one the browser asks for that has a catalogue with its words."""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from sync.service.messages import PHONE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FRENCH", "Tongue", "tongue"]

_OURS = ("fr", "en", "ar")
_RIGHT_TO_LEFT = frozenset({"ar"})
_MOST = 20


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language by its tag (BCP 47); ``say`` translates a French sentence."""

    tag: str
    say: Callable[[str], str] = str

    @property
    def direction(self) -> str:
        """HTML's ``dir``."""
        return "rtl" if self.tag in _RIGHT_TO_LEFT else "ltr"


FRENCH = Tongue("fr")


def tongue(accept_language: str) -> Tongue:
    """Choose by ``Accept-Language`` (RFC 9110 §12.5.4); French for what is not understood."""
    for tag in _wished(accept_language):
        if tag in _OURS:
            return _tongue(tag)
    return FRENCH


def _wished(accept_language: str) -> list[str]:
    """Return the languages asked for, best first, without their regions."""
    wished = []
    for each in accept_language.split(",")[:_MOST]:
        name, _, parameter = each.partition(";")
        weight = _weight(parameter.strip())
        if weight:
            wished.append((-weight, name.strip().lower().partition("-")[0]))
    return [name for _, name in sorted(wished, key=lambda pair: pair[0])]


def _weight(parameter: str) -> float:
    if not parameter:
        return 1.0
    try:
        return min(1.0, max(0.0, float(parameter.removeprefix("q="))))
    except ValueError:
        return 0.0


@cache
def _tongue(tag: str) -> Tongue:
    """Load a language; French where its catalogue does not have the page's words."""
    if tag == FRENCH.tag:
        return FRENCH
    with as_file(files("i18n")) as folder:
        catalogue = gettext.translation("tandem", folder, [tag], fallback=True)
    say = catalogue.gettext
    return Tongue(tag, say) if all(say(words) != words for words in PHONE.values()) else FRENCH
