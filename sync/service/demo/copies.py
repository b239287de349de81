"""A clean page as it comes from a scanner or from a phone: for trying what reads papers.

Pillow draws here from pixels that are given; it opens no file. Chance is seeded, as in
:mod:`sync.service.demo.pictures`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageFilter

if TYPE_CHECKING:
    import random

__all__ = ["photographed", "scanned"]

_TABLE = (112, 86, 61)
_SCAN_WIDTH = 1654  # an A4 sheet at 200 dots an inch
_PHOTO = (1200, 1600)  # two megapixels: what a messaging application leaves of a photo
_PHOTO_PAGE = 960  # about 115 dots an inch


def scanned(width: int, height: int, rgb: bytes, chance: random.Random) -> bytes:
    """Scan a page in grey at 200 dots an inch: noise, and the tilt of a sheet laid by hand. A PNG."""
    page = Image.frombytes("RGB", (width, height), rgb).convert("L")
    page = page.resize((_SCAN_WIDTH, round(_SCAN_WIDTH * height / width)), Image.Resampling.LANCZOS)
    tilt = chance.choice((-1, 1)) * chance.uniform(0.6, 2.0)
    page = page.rotate(tilt, Image.Resampling.BICUBIC, fillcolor=246)
    page = page.point([20 + level * 228 // 255 for level in range(256)]).filter(ImageFilter.GaussianBlur(0.6))
    out = io.BytesIO()
    _grained(page, 10, chance).save(out, "PNG", compress_level=1)
    return out.getvalue()


def photographed(width: int, height: int, rgb: bytes, chance: random.Random) -> bytes:
    """Photograph a page on a table: tilted by 4°, from a corner, blurred, half in a shadow. A JPEG."""
    page = Image.frombytes("RGB", (width, height), rgb)
    page = page.resize((_PHOTO_PAGE, round(_PHOTO_PAGE * height / width)), Image.Resampling.LANCZOS)
    scene = Image.new("RGB", _PHOTO, _TABLE)
    scene.paste(page, ((_PHOTO[0] - page.width) // 2, (_PHOTO[1] - page.height) // 2))
    scene = scene.rotate(chance.choice((-4, 4)), Image.Resampling.BICUBIC, fillcolor=_TABLE)
    scene = _from_a_corner(scene, chance)
    scene = ImageChops.multiply(scene, _shadow(scene.size, chance))
    scene = _grained(scene.filter(ImageFilter.GaussianBlur(0.9)), 10, chance)
    out = io.BytesIO()
    scene.save(out, "JPEG", quality=72)
    return out.getvalue()


def _from_a_corner(scene: Image.Image, chance: random.Random) -> Image.Image:
    wide, high = scene.size
    lean = chance.uniform(0.01, 0.03)
    quad = (lean * wide, 0, 0, high, wide, high, wide * (1 - lean), lean * high)
    return scene.transform(scene.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC, fillcolor=_TABLE)


def _shadow(size: tuple[int, int], chance: random.Random) -> Image.Image:
    """The hand that holds the phone: one side at half the light, with a soft edge."""
    edge = Image.linear_gradient("L").rotate(chance.uniform(50, 130), fillcolor=128).resize(size)
    soft = edge.point([130 + min(115, max(0, (level - 90) * 2)) for level in range(256)])
    return Image.merge("RGB", [soft.filter(ImageFilter.GaussianBlur(25))] * 3)


def _grained(picture: Image.Image, strength: int, chance: random.Random) -> Image.Image:
    grain = Image.frombytes("L", picture.size, chance.randbytes(picture.width * picture.height))
    calm = grain.point([128 + (value - 128) * strength // 128 for value in range(256)])
    bands = Image.merge("RGB", [calm] * 3) if picture.mode == "RGB" else calm
    return ImageChops.add(picture, bands, scale=1, offset=-128)
