"""Papers as pictures: a phone's photo of a letter, flat scans, several pages in one TIFF.

Pillow draws them here from words; it never opens a file. Chance is a seeded byte stream, so that the
same seed gives the same picture (Pillow's own noise cannot be seeded).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from sync.service.demo.drafts import Draft, Occasion
from sync.service.demo.letters import LETTERS
from sync.service.demo.practices import CARDIOLOGIST, PENSION_FUND, Author
from sync.service.demo.typeface import BOLD, REGULAR, font_file
from sync.service.demo.words import french_day, grouped_ins, short_day

if TYPE_CHECKING:
    import random

    from sync.service.demo.people import Person

__all__ = ["LIGHT_PHOTO", "Photo", "heavy_photo", "photo", "scan_png", "scan_tiff", "taken_photo"]

_INK, _PAPER, _TABLE = (34, 33, 40), (252, 250, 245), (116, 84, 56)
_A4 = 297 / 210
_FOOT = "Document fictif"
_BLACK_BELOW = 150


@dataclass(frozen=True, slots=True)
class Photo:
    """How a photo is taken: its size, the strength of its grain, the quality it is saved with."""

    width: int
    height: int
    grain: int
    quality: int


LIGHT_PHOTO = Photo(3024, 4032, 7, 82)
_HEAVY_PHOTO = Photo(3024, 4032, 22, 94)
_SMALL_PHOTO = Photo(840, 1120, 4, 78)


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file(name)), size)


@dataclass(frozen=True, slots=True)
class _Page:
    """The words of a drawn page."""

    author: Author
    person: Person
    date_line: str
    subject: str
    paragraphs: tuple[str, ...]


def photo(occasion: Occasion) -> Draft:
    """Take a small photo of a letter, as a messaging application would send it on."""
    return _photo_draft(occasion, _SMALL_PHOTO)


def heavy_photo(occasion: Occasion) -> Draft:
    """Take a 12-megapixel photo that weighs more than five megabytes."""
    return _photo_draft(occasion, _HEAVY_PHOTO)


def taken_photo(occasion: Occasion) -> Draft:
    """Take a 12-megapixel photo as a phone does, under five megabytes."""
    return _photo_draft(occasion, LIGHT_PHOTO)


def _photo_draft(occasion: Occasion, how: Photo) -> Draft:
    page = _letter_page(occasion)
    data = _take(_draw(page, round(how.width * 0.9)), how, occasion.chance)
    return Draft(
        "Photo de la lettre de la caisse", PENSION_FUND, "DOCPAT09", data, "image/jpeg", "jpg", is_own=True
    )


def _letter_page(occasion: Occasion) -> _Page:
    _, author, subject, paragraphs = LETTERS[0]
    when = f"{author.practice.town}, le {french_day(occasion.day)}"
    return _Page(author, occasion.person, when, subject, paragraphs)


def _draw(page: _Page, width: int) -> Image.Image:
    """Draw the page flat and clean, ``width`` pixels wide."""
    image = Image.new("RGB", (width, round(width * _A4)), _PAPER)
    pen = ImageDraw.Draw(image)
    unit, left = width / 60, round(width * 0.09)
    practice, person = page.author.practice, page.person
    pen.rounded_rectangle((left, unit * 4, left + unit * 4, unit * 8), unit, fill=practice.color)
    pen.ellipse((left + unit, unit * 5, left + unit * 3, unit * 7), fill=_PAPER)
    pen.text((left + unit * 5, unit * 4), practice.name, practice.color, _font(BOLD, round(unit * 1.7)))
    small, body = _font(REGULAR, round(unit * 1.15)), _font(REGULAR, round(unit * 1.45))
    pen.text((left + unit * 5, unit * 6.4), practice.line, _INK, small)
    pen.line((left, unit * 10, width - left, unit * 10), practice.color, max(1, round(unit / 8)))
    address = f"{person.title} {person.name}\n{person.street}\n{person.postal_code} {person.city}"
    pen.multiline_text((width * 0.52, unit * 13), address, _INK, body, spacing=unit * 0.5)
    pen.text((left, unit * 13), page.date_line, _INK, small)
    pen.text((left, unit * 22), f"Objet : {page.subject}", _INK, _font(BOLD, round(unit * 1.5)))
    about = f"{person.born_word} le {short_day(person.born)} · INS {grouped_ins(person.ins)}"
    pen.text((left, unit * 25), about, _INK, small)
    _write(
        pen,
        (left, unit * 29),
        (f"{person.title},", *page.paragraphs, f"{page.author.name}"),
        body,
        width - 2 * left,
    )
    pen.text((left, image.height - unit * 4), f"{practice.name} · {_FOOT}", _INK, small)
    return image


def _write(
    pen: ImageDraw.ImageDraw,
    start: tuple[float, float],
    paragraphs: tuple[str, ...],
    font: ImageFont.FreeTypeFont,
    width: float,
) -> None:
    x, y = start
    for words in paragraphs:
        for line in _wrapped(words, font, width):
            pen.text((x, y), line, _INK, font)
            y += font.size * 1.5
        y += font.size * 0.8


def _wrapped(words: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines = [""]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _take(page: Image.Image, how: Photo, chance: random.Random) -> bytes:
    """Lay the page on a table, tilt it, shade it, grain it, and save it lying on its side.

    A phone held upright saves the sensor's lying picture and says "turn it" in Exif (orientation 6).
    """
    scene = Image.new("RGB", (how.width, how.height), _TABLE)
    fitted = page.resize((round(how.width * 0.86), round(how.width * 0.86 * _A4)), Image.Resampling.BILINEAR)
    scene.paste(fitted, ((how.width - fitted.width) // 2, max(0, (how.height - fitted.height) // 2)))
    scene = _tilted(scene, chance)
    scene = ImageChops.multiply(scene, _shade(scene.size, chance))
    scene = _grained(scene.filter(ImageFilter.GaussianBlur(how.width / 3000)), how.grain, chance)
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    scene.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", quality=how.quality, exif=exif, dpi=(72, 72))
    return out.getvalue()


def _tilted(scene: Image.Image, chance: random.Random) -> Image.Image:
    """Look at the scene from a corner: each corner of the picture comes from a slightly different place."""
    width, height = scene.size
    lean = chance.uniform(-0.03, 0.03)
    corners = ((0, 0), (0, height), (width, height), (width, 0))
    shifts = ((lean, 0.02), (0.01 - lean, -lean), (-lean, -0.01), (lean, lean))
    quad = [
        value
        for (x, y), (dx, dy) in zip(corners, shifts, strict=True)
        for value in (x + dx * width, y + dy * height)
    ]
    return scene.transform(
        scene.size, Image.Transform.QUAD, quad, Image.Resampling.BILINEAR, fillcolor=_TABLE
    )


def _shade(size: tuple[int, int], chance: random.Random) -> Image.Image:
    """Make the shadow of the hand that holds the phone: bright one side, dimmer towards a corner."""
    turned = Image.linear_gradient("L").rotate(chance.uniform(20, 70), expand=False, fillcolor=128)
    softened = turned.point([235 - value // 3 for value in range(256)]).filter(ImageFilter.GaussianBlur(30))
    return Image.merge("RGB", [softened.resize(size, Image.Resampling.BICUBIC)] * 3)


def _grained(scene: Image.Image, strength: int, chance: random.Random) -> Image.Image:
    grain = Image.frombytes("L", scene.size, chance.randbytes(scene.width * scene.height))
    calm = grain.point([128 + (value - 128) * strength // 128 for value in range(256)])
    return ImageChops.add(scene, Image.merge("RGB", [calm] * 3), scale=1, offset=-128)


def _report_pages(occasion: Occasion) -> list[_Page]:
    person = occasion.person
    when = f"Bourges, le {french_day(occasion.day)}"
    first = (
        (
            f"Électrocardiogramme de {person.title} {person.name}, {person.born_word} le "
            f"{short_day(person.born)}."
        ),
        (
            "Rythme régulier à 68 par minute. Axe normal. Pas de trouble de la conduction. Pas de "
            "trouble de la "
            "repolarisation."
        ),
        "Conclusion : tracé dans les limites de la normale.",
    )
    second = (
        "Suite du compte rendu.",
        "Échographie du cœur : cavités de taille normale. Valves souples. Pas d’épanchement du péricarde.",
        "Prochain contrôle dans un an.",
    )
    return [
        _Page(CARDIOLOGIST, person, when, "Compte rendu de cardiologie", first),
        _Page(CARDIOLOGIST, person, when, "Compte rendu de cardiologie (suite)", second),
    ]


def scan_png(occasion: Occasion) -> Draft:
    """Scan one page in grey, with the faint tilt of a hand-fed scanner."""
    page = _draw(_report_pages(occasion)[0], 827).convert("L")
    tilted = page.rotate(occasion.chance.uniform(-1.2, 1.2), Image.Resampling.BILINEAR, fillcolor=255)
    out = io.BytesIO()
    tilted.point([min(255, value // 8 * 8 + 7) for value in range(256)]).save(out, "PNG", dpi=(100, 100))
    return Draft(
        "Électrocardiogramme", CARDIOLOGIST, "DOCPAT03", out.getvalue(), "image/png", "png", is_own=True
    )


def scan_tiff(occasion: Occasion) -> Draft:
    """Scan two pages in black and white into one TIFF (CCITT Group 4), as a copier does."""
    pages = [
        _draw(page, 1240)
        .convert("L")
        .point([255 if value > _BLACK_BELOW else 0 for value in range(256)], "1")
        for page in _report_pages(occasion)
    ]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(150, 150))
    return Draft(
        "Compte rendu de cardiologie scanné",
        CARDIOLOGIST,
        "DOCPAT03",
        out.getvalue(),
        "image/tiff",
        "tiff",
        is_own=True,
    )
