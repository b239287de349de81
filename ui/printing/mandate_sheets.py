"""A mandate on paper: the text, its translation opposite, pictograms, places to sign, a code that proves it.

Decisions:

- Nothing on the sheet is smaller than 14 points.
- What binds is French, on both copies. Where the screen speaks another language the translation of each
  paragraph stands opposite it, marked as what it is; the sheet's other words are then said in both.
- Two copies are one print: the person's, then the organization's, each with its own page numbers.
- The code is 75 mm wide at error level Q: read back from a scan at 200 dots an inch, turned by three degrees,
  with a stain on it and a fold through it (12 of 12; at level L 2 of 12).
- No line is drawn for a signature where the mandate was agreed to on screen.
"""

from __future__ import annotations

import io
from base64 import b64encode
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from app.codes.mandate_texts import paragraphs
from app.codes.mandate_words import ACTION_LABELS, SCOPE_LABELS, Action, Scope, SigningMode
from app.mandate_papers import number_of
from ui import theme
from ui.languages import current
from ui.printing.sheets import Frame, TextSheets, points
from ui.session.mandate_meaning import explained_in, for_understanding, meaning
from ui.text import _, dotted, joined, mark

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.codes.mandate_texts import MandateFacts

__all__ = ["PICTOGRAMS", "SIZE", "CopiesSheets", "Copy", "copies", "html_of", "qr_picture"]

SIZE = 14
QR_MM = 75
IN_A_ROW = 4
_INCH = 25.4
_HEADS = (0, 1)
"""What stands above the two columns, then the title."""
_UNITS = 96

PICTOGRAMS: dict[Scope | Action, str] = {
    Scope.DOCUMENTS: "file-document-multiple-outline",
    Scope.PRESCRIPTIONS: "pill",
    Scope.RESULTS: "test-tube",
    Scope.PROFILE: "heart-pulse",
    Scope.MEASURES: "gauge",
    Scope.MESSAGES: "email-outline",
    Scope.AGENDA: "calendar-month-outline",
    Scope.REIMBURSEMENTS: "cash-refund",
    Scope.WISHES: "account-heart-outline",
    Scope.ACCOUNT: "cog-outline",
    Action.VIEW: "eye-outline",
    Action.ADD: "tray-arrow-down",
    Action.EDIT: "pencil-outline",
    Action.HIDE: "eye-off-outline",
    Action.SEND: "send-outline",
    Action.PRINT: "printer-outline",
}

_SIGN = mark("Signatures")
_SIGN_BOTH = mark("Signez les deux exemplaires. Chacun garde le sien.")
_PERSON = mark("La personne : {patient}")
_HELPER = mark("Pour la structure : {adviser}")
_DATE = mark("Date :")
_STOP = mark("Pour arrêter ce mandat")
_STOP_HOW = mark(
    "Vous pouvez l’arrêter quand vous voulez, sans donner de raison. "
    "Dans votre espace : « Mon mandat », puis « Arrêter ce mandat ». "
    "Ou dites-le à {organization} : elle l’arrête avec vous."
)
_PROOF = mark("Pour vérifier ce papier")
_PROOF_HOW = mark(
    "Ce code prouve le texte, même sans internet. "
    "Dans Tandem : « Mes accords », « Mes mandats », puis « Vérifier un mandat papier »."
)
_NUMBER = mark("Numéro du mandat : {number}")


@dataclass(frozen=True, slots=True)
class Copy:
    """What one copy is made of; ``code`` is "" where no enrolled PC vouches, ``whose`` says who keeps it."""

    text: str
    template_id: str
    facts: MandateFacts
    text_sha256: str
    signing_mode: SigningMode
    code: str = ""
    whose: str = ""
    agreed: str = ""


class CopiesSheets:
    """Several copies, one after the other; each is numbered by itself."""

    def __init__(self, parts: list[TextSheets]) -> None:
        self._parts = parts

    @property
    def count(self) -> int:
        """How many sheets they take together."""
        return sum(part.count for part in self._parts)

    def _place(self, number: int) -> tuple[TextSheets, int]:
        for part in self._parts:
            if number < part.count:
                return part, number
            number -= part.count
        raise IndexError(number)

    def paint(self, number: int, painter: QPainter, scale: float, *, gray: bool) -> None:
        """Paint a sheet of the copy that it belongs to."""
        part, at = self._place(number)
        part.paint(at, painter, scale, gray=gray)

    def words(self, number: int) -> str:
        """Return the words of a copy, on its first sheet."""
        part, at = self._place(number)
        return part.words(at)


def copies(each: list[Copy], who: str) -> CopiesSheets:
    """Lay out the copies; ``who`` stands on top of each sheet."""
    return CopiesSheets(
        [
            TextSheets(html_of(copy), Frame(who, dotted((_("Mandat"), copy.whose)), copy.agreed), SIZE)
            for copy in each
        ]
    )


def html_of(copy: Copy) -> str:
    """Write one copy."""
    is_signed_by_hand = copy.signing_mode is SigningMode.ON_PAPER
    return "".join(
        (
            _text_html(copy),
            _pictograms_html(copy.facts),
            _signatures_html(copy.facts) if is_signed_by_hand else "",
            _whole(_section(_STOP) + _line(_STOP_HOW, organization=copy.facts.organization)),
            _proof_html(copy),
        )
    )


# -- the text ------------------------------------------------------------------------------------


def _text_html(copy: Copy) -> str:
    """Keep the text letter by letter; its translation opposite, paragraph by paragraph."""
    title, *rest = copy.text.strip().split("\n\n")
    explained = meaning(copy.template_id, copy.facts) if explained_in() else ()
    if len(explained) != len(paragraphs(copy.template_id)):
        return '<div dir="ltr">' + _title(title) + "".join(map(_paragraph, rest)) + "</div>"
    way = "rtl" if current().right_to_left else "ltr"
    pairs: list[tuple[str, str]] = [(_("Le texte en français, qui est gardé"), for_understanding())]
    pairs += zip([title, *rest], explained, strict=True)
    rows = "".join(
        "<tr>"
        + _cell("right", "ltr", _paragraph(french, bold=at in _HEADS))
        + _cell("left", way, _paragraph(said, bold=at in _HEADS))
        + "</tr>"
        for at, (french, said) in enumerate(pairs)
    )
    return f'<table width="100%" cellspacing="0" cellpadding="0">{rows}</table>'


def _cell(inner: str, way: str, html: str) -> str:
    return f'<td width="50%" style="padding-{inner}:14px"><div dir="{way}">{html}</div></td>'


def _pictograms_html(facts: MandateFacts) -> str:
    """Show what is allowed in pictures, each with its word; what is not allowed is not there."""
    allowed: list[tuple[Scope | Action, str]] = [
        *((scope, SCOPE_LABELS[scope]) for scope in Scope if scope in facts.scopes),
        *((action, ACTION_LABELS[action]) for action in Action if action in facts.actions),
    ]
    cells = [_pictogram(PICTOGRAMS[each], label) for each, label in allowed]
    rows = "".join(f"<tr>{''.join(cells[at : at + IN_A_ROW])}</tr>" for at in range(0, len(cells), IN_A_ROW))
    return _whole(f'<table width="100%" cellspacing="0" cellpadding="4">{rows}</table>')


def _pictogram(name: str, label: str) -> str:
    family, letter = theme.glyph(name) or ("", "")
    style = f"font-family:'{family}'; font-size:{points(24)}px; margin:0"
    return (
        f'<td width="{100 // IN_A_ROW}%" align="center"><p align="center" style="{style}">{letter}</p>'
        f'<p align="center" style="margin:0">{escape(label)}</p></td>'
    )


# -- signing, stopping, proving ------------------------------------------------------------------


def _signatures_html(facts: MandateFacts) -> str:
    box = "".join(
        f'<td width="50%" style="border:1px solid #000000; padding:8px">{_line(words, **names)}{_line(_DATE)}'
        f'<p style="font-size:34pt; margin:0">&nbsp;</p></td>'
        for words, names in (
            (_PERSON, {"patient": facts.patient}),
            (_HELPER, {"adviser": facts.adviser}),
        )
    )
    table = f'<table width="100%" cellspacing="6" cellpadding="6"><tr>{box}</tr></table>'
    return _whole(_section(_SIGN) + _line(_SIGN_BOTH) + table)


def _proof_html(copy: Copy) -> str:
    number = number_of(copy.text_sha256)
    if not copy.code:
        return _line(_NUMBER, number=number)
    side = round(QR_MM / _INCH * _UNITS)
    picture = b64encode(qr_picture(copy.code)).decode()
    image = f'<p><img width="{side}" height="{side}" src="data:image/png;base64,{picture}"></p>'
    return _whole(_section(_PROOF) + _line(_PROOF_HOW) + image + _html(_said(_NUMBER, number=number)))


def qr_picture(code: str) -> bytes:
    """Draw a code (PNG), with its quiet zone."""
    import segno

    picture = io.BytesIO()
    segno.make_qr(code, error="q", boost_error=False).save(picture, kind="png", scale=6, border=4)
    return picture.getvalue()


# -- words in HTML -------------------------------------------------------------------------------


def _whole(html: str) -> str:
    """Keep a part together: a table of one row is never cut between two sheets (``sheets.py``)."""
    return f'<table width="100%" cellspacing="0" cellpadding="0"><tr><td>{html}</td></tr></table>'


def _said(words: str, **names: str) -> str:
    """Say a sentence of ours in French, and below it in the language of the screen where that is another."""
    french = words.format(**names)
    return joined("\n", (french, _(words).format(**names))) if explained_in() else french


def _html(words: str) -> str:
    way = "rtl" if current().right_to_left else "ltr"
    first, *others = words.split("\n")
    more = "".join(f'<div dir="{way}">{escape(each)}</div>' for each in others)
    return f'<div dir="ltr">{escape(first)}</div>{more}'


def _paragraph(words: str, *, bold: bool = False) -> str:
    weight = "; font-weight:700" if bold else ""
    return f'<p style="margin-top:0; margin-bottom:10px{weight}">{escape(words).replace(chr(10), "<br>")}</p>'


def _title(words: str) -> str:
    style = f"font-size:{points(20)}px; font-weight:700; margin-top:0; margin-bottom:10px"
    return f'<p style="{style}">{escape(words)}</p>'


def _section(words: str) -> str:
    return f'<div style="font-size:{points(16)}px; font-weight:700">{_html(_said(words))}</div>'


def _line(words: str, **names: str) -> str:
    return _html(_said(words, **names)) + '<p style="font-size:4pt; margin:0">&nbsp;</p>'
