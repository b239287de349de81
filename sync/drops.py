"""Phone drops, seen from the visit: open a page for the person's phone, look whether pictures came, collect.

The pictures are sealed to a key drawn here for this one page (:mod:`app.vault.parcels`); they are
untrusted bytes: whoever collects them hands them to the reader process, as any file that was picked.
Nothing is written on this PC. A page that is over is asked for anew; nothing of the paper is lost by it.
"""

from __future__ import annotations

import base64
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import orjson

from app.errors import PersonCanAct
from app.vault.parcels import ParcelKey
from sync.failures import Absent, ServiceBroken, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.transport import Transport

__all__ = ["Drop", "DropOver", "Picture"]

_MOST_PICTURES = 10
_PICTURE_LIMIT = 24 << 20
_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/heic": "heic", "application/pdf": "pdf"}


class DropOver(PersonCanAct):
    """The page is closed: ten minutes went by, or its pictures were collected."""

    code: ClassVar[str] = "drop-over"


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """What a phone sent; ``media_type`` is what the service saw in its first bytes."""

    data: bytes
    media_type: str

    @property
    def suffix(self) -> str:
        """How a file of that kind is named at its end, without the dot."""
        return _SUFFIXES.get(self.media_type, "bin")


class Drop:
    """One page, open for a while. Its calls block; each raises ``DropOver`` or a ``TransportError``."""

    def __init__(self, transport: Transport, key: ParcelKey, told: dict[str, Any]) -> None:
        self._transport = transport
        self._key = key
        try:
            self.id = str(told["id"])
            # Behind a proxy the service may call itself by another name: only the path is its own.
            self.url = transport.url(str(told["path"]))
            self.words = str(told["words"])
            self._until = time.monotonic() + float(told["seconds"])
        except (KeyError, TypeError, ValueError):
            raise ServiceBroken(status=201) from None

    @classmethod
    def open(cls, transport: Transport) -> Self:
        """Have the service open a page; one that this session had open before is closed."""
        key = ParcelKey.draw()
        asked = {"public_key": base64.b64encode(key.public).decode()}
        headers = {"Content-Type": "application/json"}
        told = transport.request("POST", "drops", content=orjson.dumps(asked), headers=headers).json()
        return cls(transport, key, told)

    def url_in(self, language: str) -> str:
        """Return the page's address in a language (BCP 47); "" leaves it to the phone."""
        return f"{self.url}?ui_locales={language}" if language else self.url

    @property
    def words_url(self) -> str:
        """Where the words are typed."""
        return self._transport.url("d")

    @property
    def seconds_left(self) -> int:
        """How long the page is open yet, as far as is known here."""
        return max(0, int(self._until - time.monotonic()))

    def look(self) -> int:
        """Return how many pictures wait here: 0 as long as the phone has sent nothing."""
        told = self._told()
        self._until = time.monotonic() + _number(told, "seconds")
        return len(_pictures(told)) if told.get("state") == "sent" else 0

    def collect(self, moved: Callable[[int, int], None] = lambda _done, _all: None) -> tuple[Picture, ...]:
        """Bring all pictures here, then have them deleted there; ``moved`` hears pictures done, of how many.

        Raises ``ParcelDamaged`` where one is not what was sealed for this page.
        """
        kinds = _pictures(self._told())
        found = []
        for place, kind in enumerate(kinds, 1):
            moved(place - 1, len(kinds))
            found.append(Picture(self._picture(place), kind))
        self.close()
        return tuple(found)

    def close(self) -> None:
        """Close the page and delete what is left there. Out of reach, the service does it in its time."""
        with suppress(TransportError):
            self._transport.request("DELETE", f"drops/{self.id}")

    def _told(self) -> dict[str, Any]:
        try:
            return self._transport.request("GET", f"drops/{self.id}").json()
        except Absent:
            raise DropOver from None

    def _picture(self, place: int) -> bytes:
        try:
            answer = self._transport.request("GET", f"drops/{self.id}/pictures/{place}", limit=_PICTURE_LIMIT)
        except Absent:
            raise DropOver from None
        return self._key.open(answer.body, f"{self.id}/{place}")


def _pictures(told: dict[str, Any]) -> list[str]:
    """Return the kinds of the pictures."""
    pictures = told.get("pictures")
    if not isinstance(pictures, list) or len(pictures) > _MOST_PICTURES:
        raise ServiceBroken(status=200)
    return [str(each.get("type")) if isinstance(each, dict) else "" for each in pictures]


def _number(told: dict[str, Any], name: str) -> float:
    found = told.get(name)
    if not isinstance(found, int | float):
        raise ServiceBroken(status=200)
    return float(found)
