"""Papers that a person might bring and the program must not take; and one that is only heavy."""

from __future__ import annotations

import io
import random
import zipfile
from typing import TYPE_CHECKING

import pikepdf
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["REFUSED", "heavy_scan"]


def _pdf() -> pikepdf.Pdf:
    made = pikepdf.new()
    made.add_blank_page()
    return made


def _password(path: Path) -> None:
    with _pdf() as made:
        made.save(path, encryption=pikepdf.Encryption(owner="secret", user="secret"))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _truncated(path: Path) -> None:
    whole = io.BytesIO()
    with _pdf() as made:
        made.save(whole, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    path.write_bytes(whole.getvalue()[:200])


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("ordonnance.txt", "Paracétamol")


def _script(path: Path) -> None:
    with _pdf() as made:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('bonjour')")
        made.Root.OpenAction = action
        made.save(path)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(200 << 20)


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "mot-de-passe.pdf": (_password, "protégé par un mot de passe"),
    "vide.pdf": (_empty, "Ce fichier est vide"),
    "coupe.pdf": (_truncated, "Ce fichier est abîmé"),
    "archive.pdf": (_zip, "une archive ZIP"),
    "programme.pdf": (_script, "un programme caché"),
    "enorme.pdf": (_huge, "La limite est de"),
}


def heavy_scan(number: int) -> bytes:
    """Make a scan of several megabytes: a black field of grain on white paper. It is filed as it is."""
    paper = Image.new("RGB", (1800, 1300), "white")
    paper.paste("black", (100, 100, 1700, 1200))
    paper.paste(
        Image.frombytes("RGB", (1500, 1000), random.Random(number).randbytes(1500 * 1000 * 3)), (150, 150)
    )
    written = io.BytesIO()
    paper.save(written, "TIFF", compression="jpeg", quality=80)
    return written.getvalue()
