"""What the name of a file says of the paper in it: words that someone wrote, a day. Often nothing.

Cameras, scanners and downloads name files for themselves (``IMG_2031``, ``scan0001 (2)``, ``note``).
Decision: a name is proposed only when a word is left that says what the paper is; otherwise none is, and the
screen proposes the category and the day, which are true.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import PurePath

from app.reader.dates import fold

__all__ = ["day_in", "title_in"]

LONGEST = 300
YEAR = re.compile(r"(?:19|20)\d\d")
_TIME = r"(?:[ _T-]*(?:a |at )?[ _-]*\d{1,2}[h:.\-_]?\d\d(?:[:.\-_m]?\d\d)?(?!\d))?"
_DAY = re.compile(
    rf"(?<!\d)(?:(?P<y>20\d\d)(?P<s>[-_. ]?)(?P<m>0[1-9]|1[0-2])(?P=s)(?P<d>[0-2]\d|3[01])"
    rf"|(?P<d2>[0-2]\d|3[01])(?P<s2>[-_. ])(?P<m2>0[1-9]|1[0-2])(?P=s2)(?P<y2>20\d\d))(?!\d){_TIME}"
)
_ENDING = re.compile(r"(?:\.(?:pdf|jpe?g|png|tiff?|txt|rtf|docx?|odt|xml))+$", re.IGNORECASE)
_COUNTER = re.compile(r"\(\d+\)|\bwa\d+\b|\bv\d+\b", re.IGNORECASE)
_MACHINE = re.compile(r"\d+|(?=.*\d)[0-9a-f]{6,}|[a-z]{1,4}\d{3,}", re.IGNORECASE)
# Folded words that say how the file came about, not what the paper is.
_SAYS_NOTHING = frozenset(
    (  # noqa: SIM905  a list this long reads worse
        "scan scans scanned scanne scannee scanner numerisation numerise numerisee photo photos "
        "image images img pxl dsc dscn dcim mvimg picture pic document documents doc docs docx odt "
        "pdf jpg jpeg png tiff txt rtf file fichier note notes texte text untitled sans titre title "
        "nouveau nouvelle new copie copy final definitif version whatsapp messenger telegram signal "
        "screenshot capture ecran camscanner adobe genius lens telechargement download downloads "
        "telecharge page pages output sortie temp tmp impression print job export envoi mail piece "
        "jointe attachment papier feuille edited modifie rotated recto verso compressed ocr bis aux "
        "des les une the janv janvier fev fevr fevrier mars avr avril mai juin juil juillet aout "
        "sept septembre oct octobre nov novembre dec decembre"
    ).split()
)


def title_in(file_name: str) -> str | None:
    """Return the words of a name, with a capital, without its day and numbers; None when it says nothing."""
    bare = _ENDING.sub("", PurePath(file_name).name[:LONGEST])
    bare = _COUNTER.sub(" ", _DAY.sub(" ", bare))
    words = [word for word in re.split(r"[\s_.\-]+", bare) if word and _is_word(word)]
    if not any(_says_something(word) for word in words):
        return None
    title = " ".join(words)
    return title[:1].upper() + title[1:]


def day_in(file_name: str) -> date | None:
    """Return the day that a name carries (``…20261103…``, ``03-11-2026``)."""
    found = _DAY.search(file_name[:LONGEST])
    if not found:
        return None
    year, month, day = (found[a] or found[b] for a, b in (("y", "y2"), ("m", "m2"), ("d", "d2")))
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _is_word(word: str) -> bool:
    return bool(YEAR.fullmatch(word)) or not _MACHINE.fullmatch(word)


def _says_something(word: str) -> bool:
    letters = re.sub(r"^\w{1,2}['’]|[\W\d_]", "", fold(word))  # d’écran
    return len(letters) >= 3 and letters not in _SAYS_NOTHING  # noqa: PLR2004  # « CR » alone says little
