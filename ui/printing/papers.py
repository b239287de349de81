"""What can be printed here: a document, the receipt of the visit, a mandate, its slip.

A paper is its words for the screen, the forms it can take (the first one is proposed) and how its sheets
are made. Making blocks and belongs in the reader's lane. The words of the texts are ours or the person's
own; whatever is not ours is escaped.

The receipt names documents by their titles, because the person must recognize them; what an allergy or a
vaccine is called is written only when they ask for it: a receipt is left on tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, ClassVar

from app import copies, mandates, printing
from app.codes.mandate_texts import digest
from app.errors import PersonCanAct
from app.fhir import consent as consents
from app.fhir import patient as patients
from app.mandate_papers import number_of
from app.reader.values import Kind, Notice
from app.space import DoneCode
from ui import formats
from ui.printing.mandate_sheets import Copy
from ui.printing.mandate_sheets import copies as copies_of
from ui.printing.sheets import Frame, PictureSheets, TextSheets
from ui.session.words import mandate_words, stop_words
from ui.text import _, dashed, dotted, mark, ngettext
from ui.widgets import Choice
from ui.widgets.document_panel import is_structured
from ui.widgets.reading import Inks, pages_html, sections_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.reader.values import Opened
    from app.space import Done, Space
    from sync.slips import Slip
    from ui.printing.sheets import Sheets
    from ui.widgets.drawn_document import DrawnDocument

__all__ = [
    "NothingToReprint",
    "Paper",
    "access_list_paper",
    "document_paper",
    "mandate_paper",
    "receipt_paper",
    "slip_paper",
]

ORIGINAL, LARGE, LARGEST, PLAIN, DETAILED = "original", "large", "largest", "plain", "detailed"
SIZES = {LARGE: 18, LARGEST: 24, PLAIN: 18, DETAILED: 18}
INKS = Inks(ink="#000000", soft="#222222", hair="#808080", tint="#F0F0F0", accent="#000000")
LINE_AT = {18: 62, 24: 46}
"""Characters that a line of a sheet holds, by size: a table with more becomes cards."""

_PLAIN: dict[DoneCode, str] = {
    DoneCode.ALLERGY_ADDED: mark("Allergie notée"),
    DoneCode.ALLERGY_CHANGED: mark("Allergie corrigée"),
    DoneCode.ALLERGY_ENDED: mark("Allergie terminée"),
    DoneCode.ALLERGY_REMOVED: mark("Allergie notée par erreur, retirée"),
    DoneCode.VACCINATION_ADDED: mark("Vaccin noté"),
    DoneCode.VACCINATION_CHANGED: mark("Vaccin corrigé"),
    DoneCode.VACCINATION_REMOVED: mark("Vaccin noté par erreur, retiré"),
}


class NothingToReprint(PersonCanAct):
    """A document whose words are not known cannot be written out again larger."""

    code: ClassVar[str] = "reprint-no-words"


def _nothing() -> None:
    """Do nothing: the person's own papers need no leave and no entry."""


@dataclass(frozen=True, slots=True)
class Paper:
    """``question`` asks for its form; ``may`` raises, ``printed`` is told when the pages have left.

    Of a copy: ``day`` stands in its name, ``original`` gives the ending and the bytes of a form that is a
    file already, ``copied`` is told when it is written.
    """

    title: str
    question: str
    change: str
    forms: tuple[Choice, ...]
    make: Callable[[str], Sheets]
    may: Callable[[], None] = _nothing
    printed: Callable[[], None] = _nothing
    day: str = ""
    original: Callable[[str], tuple[str, bytes] | None] = lambda _form: None
    copied: Callable[[], None] = _nothing


def whose(space: Space) -> str:
    """Say whose paper it is: « Zélie Fabre, née le 3 mai 1946 »."""
    name = patients.display_name(space.patient)
    born = patients.birth_date_text(space.patient)
    if not born:
        return name
    return _("{name}, date de naissance : {day}").format(name=name, day=formats.recorded_day(born))


# -- a document ----------------------------------------------------------------------------------


def document_paper(
    space: Space, document_id: str, title: str, day: str, document: DrawnDocument, opened: Opened
) -> Paper:
    """Print a document that is open: as it is, or its words in large print."""

    def make(form: str) -> Sheets:
        if form == ORIGINAL:
            return PictureSheets(document, 0, opened.pages)
        size = SIZES[form]
        frame = Frame(
            whose(space),
            dotted((title, day)),
            _("Texte recopié en gros caractères. Le document d’origine est dans l’espace de santé."),
        )
        return TextSheets(words_html(document, opened, size), frame, size)

    return Paper(
        title=title,
        question=_("Écriture"),
        change=_("Changer l’écriture"),
        forms=_forms(opened),
        make=make,
        may=lambda: printing.may_print(space),
        printed=lambda: printing.printed(space, document_id, title),
        day=day,
        original=lambda form: _as_it_is(document, opened) if form == ORIGINAL else None,
        copied=lambda: copies.copied(space, document_id, title),
    )


def _forms(opened: Opened) -> tuple[Choice, ...]:
    """What a document can be printed as: where the reader draws nothing there are only its words."""
    words = (
        Choice(LARGE, _("En gros caractères"), _("Le texte recopié, plus facile à lire")),
        Choice(LARGEST, _("En très gros caractères"), _("Le texte recopié, encore plus gros")),
    )
    if Notice.WORDS_ONLY in opened.notices:
        return words
    return (Choice(ORIGINAL, _("Comme l’original"), _("Les pages telles qu’elles sont")), *words)


_ENDINGS = {
    Kind.PDF: "pdf", Kind.JPEG: "jpg", Kind.PNG: "png", Kind.TIFF: "tif", Kind.TEXT: "txt", Kind.RTF: "rtf",
    Kind.DICOM: "dcm",
}  # fmt: skip


def _as_it_is(document: DrawnDocument, opened: Opened) -> tuple[str, bytes] | None:
    """Return the file itself; a CDA, which only programs read, is copied as its pages."""
    ending = _ENDINGS.get(opened.kind)
    return (ending, document.data) if ending else None


def access_list_paper(document: DrawnDocument, opened: Opened, may: Callable[[], None]) -> Paper:
    """Print the signed list of who looked, or keep the file itself: only the file carries the signature."""
    title = _("Liste signée des accès")
    return Paper(
        title=title,
        question="",
        change="",
        forms=(Choice(ORIGINAL, title),),
        make=lambda _form: PictureSheets(document, 0, opened.pages),
        may=may,
        original=lambda _form: ("pdf", document.data),
    )


def words_html(document: DrawnDocument, opened: Opened, size: int) -> str:
    """Return a document's words laid out for paper; raises ``NothingToReprint``."""
    inks = Inks(INKS.ink, INKS.soft, INKS.hair, INKS.tint, INKS.accent, LINE_AT[size])
    sections = sections_html(opened.sections, inks)
    pages = [] if is_structured(opened) else _pages(document, opened)
    if not sections and not any(words.strip() for _name, words in pages):
        raise NothingToReprint
    return sections + pages_html(pages if len(pages) != 1 else [("", pages[0][1])], inks)


def _pages(document: DrawnDocument, opened: Opened) -> list[tuple[str, str]]:
    return [
        (
            _("Page {number} de l’original").format(number=number + 1),
            document.text(opened.drawn_pages + number),
        )
        for number in range(opened.pages - opened.drawn_pages)
    ]


# -- the receipt ---------------------------------------------------------------------------------


def receipt_paper(
    space: Space, said: Callable[[Done], str], waiting: int, unsettled: tuple[str, ...] = ()
) -> Paper:
    """Print what was done in this visit; ``said`` words one line of it as the last screen does.

    ``unsettled`` are sentences about what was not settled, without a name of anything.
    """
    done = tuple(space.done)

    def make(form: str) -> Sheets:
        frame = Frame(whose(space), _("Reçu de la visite"))
        return TextSheets(
            _receipt_html(space, done, said, (waiting, unsettled), detailed=form == DETAILED),
            frame,
            SIZES[form],
        )

    plain = Choice(PLAIN, _("Ce qui a été fait"), _("Sans le nom des allergies ni des vaccins"))
    detailed = Choice(
        DETAILED, _("Avec les détails de santé"), _("Le nom des allergies et des vaccins aussi")
    )
    has_details = any(line.code in _PLAIN for line in done)
    return Paper(
        title=_("Reçu de la visite"),
        question=_("Ce qui est écrit"),
        change=_("Changer ce qui est écrit"),
        forms=(plain, detailed) if has_details else (plain,),
        make=make,
    )


def _receipt_html(
    space: Space,
    done: tuple[Done, ...],
    said: Callable[[Done], str],
    left: tuple[int, tuple[str, ...]],
    *,
    detailed: bool,
) -> str:
    waiting, unsettled = left
    lines = [said(line) if detailed or line.code not in _PLAIN else _plainly(line) for line in done]
    kept = ngettext(
        "{count} envoi attend encore. Il partira tout seul.",
        "{count} envois attendent encore. Ils partiront tout seuls.",
        waiting,
    ).format(count=waiting)
    return "".join(
        (
            _title(_("Reçu de la visite")),
            _line(
                _("Avec {helper}, {organization}, le {day}.").format(
                    helper=space.actor.display,
                    organization=space.actor.organization_name,
                    day=formats.day(space.clock()),
                )
            ),
            _section(_("Ce que nous avons fait")),
            _list(lines) if lines else _line(_("Rien n’a été changé pendant cette visite.")),
            _mandate_lines(space),
            _line(kept) if waiting else "",
            *map(_line, unsettled),
            _section(_("Pour revoir vos documents chez vous")),
            _list(
                [
                    _("Connectez-vous à votre espace de santé, sur un téléphone ou un ordinateur."),
                    _("Sans ordinateur, revenez nous voir : nous l’ouvrirons ensemble."),
                ]
            ),
            _section(_("Et sur notre ordinateur")),
            _line(_("À la fin de la visite, tout est effacé. Aucun mot de passe n’est gardé.")),
        )
    )


def _mandate_lines(space: Space) -> str:
    """Say under which mandate it was done, until when it runs, and how it is stopped."""
    mandate = space.mandate
    if mandate is None:
        return ""
    number = _("Numéro du mandat : {number}").format(number=number_of(mandate.text_sha256))
    until = _("Il permet de {allowed}").format(allowed=mandate_words(mandate))
    return _section(_("Mandat")) + _line(number) + _line(until) + _line(stop_words())


def _plainly(line: Done) -> str:
    return dashed((_(_PLAIN[line.code]), formats.clock_time(line.at)))


# -- the mandate and its slip --------------------------------------------------------------------


def mandate_paper(space: Space, mandate: mandates.Mandate | None = None) -> Paper:
    """Print a mandate, the running one if none is named: exactly the text that was agreed to.

    Reads the store. Raises ``MandateMissing``, or ``MandateTextDiffers`` where the text that is kept is not
    the one that was agreed to.
    """
    mandate = mandate or space.mandate
    if mandate is None:
        raise mandates.MandateMissing

    consent = space.records.get("Consent", mandate.id)
    text = consents.signed_text(consent) if consent else None
    facts = mandates.facts_of(consent) if consent else None
    if text is None or facts is None or digest(text) != mandate.text_sha256:
        raise mandates.MandateTextDiffers
    agreed = _("Accepté le {day} à {time}.").format(
        day=formats.day(mandate.start), time=formats.clock_time(mandate.start)
    )
    copy = Copy(
        text=text,
        template_id=mandate.template_id,
        facts=facts,
        text_sha256=mandate.text_sha256,
        signing_mode=mandate.signing_mode,
        code=mandate.proof,
        agreed=agreed,
    )
    return _single(_("Mon mandat"), lambda _form: copies_of([copy], whose(space)))


def slip_paper(space: Space, slip: Slip) -> Paper:
    """Print the words by which the person comes back with a mandate, and their code."""

    def make(form: str) -> Sheets:
        frame = Frame(
            whose(space), _("Votre coupon"), _("Ne donnez ce papier qu’à la personne qui vous aide.")
        )
        return TextSheets(_slip_html(slip), frame, SIZES[form])

    return _single(_("Votre coupon"), make)


def _slip_html(slip: Slip) -> str:
    words = escape(slip.words.replace("-", " – "))
    return "".join(
        (
            _title(_("Votre coupon")),
            _line(_("Ces mots ouvrent votre mandat à la prochaine visite.")),
            f'<p style="font-size:150%; font-weight:700; margin-top:12px; margin-bottom:12px">{words}</p>',
            _qr_html(slip.qr),
            _line(_("Ils remplacent votre mot de passe pour ce mandat seulement.")),
            _line(_("Gardez ce papier en lieu sûr.")),
        )
    )


def _qr_html(text: str) -> str:
    """Draw a QR code as a table of small squares would be coarse: as a picture in the text, ours alone."""
    import io
    from base64 import b64encode

    import segno

    picture = io.BytesIO()
    segno.make_qr(text, error="m").save(picture, kind="png", scale=6, border=4)
    return f'<p><img src="data:image/png;base64,{b64encode(picture.getvalue()).decode()}"></p>'


def _single(title: str, make: Callable[[str], Sheets]) -> Paper:
    return Paper(title=title, question="", change="", forms=(Choice(PLAIN, title),), make=make)


# -- words in HTML -------------------------------------------------------------------------------


def _title(words: str) -> str:
    return f'<p style="font-size:140%; font-weight:700; margin-top:0; margin-bottom:12px">{escape(words)}</p>'


def _section(words: str) -> str:
    return (
        f'<p style="font-size:115%; font-weight:700; margin-top:18px; margin-bottom:6px">{escape(words)}</p>'
    )


def _line(words: str) -> str:
    lines = escape(words).replace("\n", "<br>")
    return f'<p style="margin-top:0; margin-bottom:12px">{lines}</p>'


def _list(lines: list[str]) -> str:
    items = "".join(f'<li style="margin-bottom:6px">{escape(line)}</li>' for line in lines)
    return f"<ul>{items}</ul>"
