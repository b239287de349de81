"""The reader process's answers about loose pictures of paper: none becomes the open document."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from app.reader import paper
from app.reader.codes import codes_in
from app.reader.paper_wire import codes_to, edit_from, seen_to, words_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.reader.values import Limits
    from app.reader.wire import Header

__all__ = ["ORDERS"]

Answer = tuple["Header", bytes]


def _look(header: Header, payload: bytes, limits: Limits) -> Answer:
    return seen_to(paper.look(payload, limits, is_photo=bool(header["is_photo"]))), b""


def _edited(header: Header, payload: bytes, limits: Limits) -> Image.Image:
    side = int(header["side"])
    with paper.opened(payload, limits) as picture:
        whole = paper.upright(picture, side)
    return paper.applied(whole, edit_from(header["edit"]))


def _show(header: Header, payload: bytes, limits: Limits) -> Answer:
    drawn = _edited(header, payload, limits).convert("RGB")
    return {"width": drawn.width, "height": drawn.height}, drawn.tobytes()


def _keep(header: Header, payload: bytes, limits: Limits) -> Answer:
    drawn = _edited(header, payload, limits)
    sink = io.BytesIO()
    (drawn.convert("L") if _is_grey(drawn) else drawn).save(sink, "JPEG", quality=int(header["quality"]))
    return {"width": drawn.width, "height": drawn.height}, sink.getvalue()


def _is_grey(picture: Image.Image) -> bool:
    """Tell whether a page has no colour worth its weight."""
    small = picture.convert("RGB")
    small.thumbnail((300, 300), Image.Resampling.BOX)
    saturation = small.convert("HSV").getchannel("S").histogram()
    value = sum(saturation[_COLOURED:])
    return value < _COLOUR_SHARE * sum(saturation)


_COLOURED = 60
_COLOUR_SHARE = 0.003


def _for_reading(_header: Header, payload: bytes, limits: Limits) -> Answer:
    with paper.opened(payload, limits) as picture:
        picture.load()
        ready = paper.for_reading(picture)
    return {}, b"P5 %d %d 255\n" % ready.size + ready.tobytes()


def _codes(_header: Header, payload: bytes, limits: Limits) -> Answer:
    with paper.opened(payload, limits) as picture:
        picture.load()
        found = codes_in(picture)
    return codes_to(found), b""


def _bind(header: Header, payload: bytes, _limits: Limits) -> Answer:
    from app.reader.binding import bind

    view, place, pictures = memoryview(payload), 0, []
    for size in header["sizes"]:
        pictures.append(bytes(view[place : place + int(size)]))
        place += int(size)
    done = bind(pictures, [words_from(raw) for raw in header["words"]], int(header["max_bytes"]))
    return {"is_plain": done.is_plain}, done.data


ORDERS: dict[str, Callable[[Header, bytes, Limits], Answer]] = {
    "paper-look": _look,
    "paper-show": _show,
    "paper-keep": _keep,
    "paper-for-reading": _for_reading,
    "paper-codes": _codes,
    "paper-bind": _bind,
}
