"""« Un nom pour le retrouver »: at most fifty characters, one is proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app.intake import NAME_LIMIT
from ui import formats
from ui.filing import Filing, step_on
from ui.screen import Screen
from ui.text import _, mark, ngettext
from ui.theme import Role
from ui.widgets import Field, Text, announce

if TYPE_CHECKING:
    from ui.session.context import SessionContext

__all__ = ["FileName", "proposed_name"]

NEARLY_FULL = 10


# What one says of one paper, where it does not say its name itself.
_ONE_OF: dict[str, str] = {
    "SYNTHESE": mark("Résumé de santé"),
    "ORD_SOIN": mark("Ordonnance"),
    "RADIO_SC": mark("Imagerie"),
    "BIOLOGIE": mark("Résultat de biologie"),
    "CPT_REND": mark("Compte rendu"),
    "DEPISTAG": mark("Prévention"),
    "CERT_MED": mark("Certificat"),
    "DOC_ADM": mark("Papier administratif"),
    "AUTR_DOC": mark("Document"),
}


def proposed_name(filing: Filing) -> str:
    """Return « Ordonnance du 3 mars 2026 » from the answers so far, at most fifty characters."""
    kind = _(_ONE_OF.get(filing.category or "", _ONE_OF["AUTR_DOC"]))
    if filing.date is None:
        return kind
    return _("{kind} du {day}").format(kind=kind, day=formats.short_day(filing.date))[:NAME_LIMIT]


class FileName(Screen):
    """The name is the person's; what is left of the fifty characters is said."""

    name: ClassVar[str] = "file_name"
    step: ClassVar[tuple[int, int] | None] = (4, 5)

    def __init__(self, context: SessionContext, *, filing: Filing, changing: bool = False) -> None:
        super().__init__(_("Un nom pour le retrouver"), main=_("Continuer"))
        self.help_text = _(
            "Cette page donne un nom au papier. "
            "Choisissez un nom court et clair, comme « Ordonnance du docteur Lefèvre ». "
            "Ce nom aide à le retrouver plus tard."
        )
        self._context = context
        self._filing = filing
        self._changing = changing
        if not filing.title:
            filing.title = proposed_name(filing)
        self.field = Field(
            _("Nom du papier"),
            _("Vous pouvez garder ce nom ou le changer."),
            value=filing.title,
            width=NAME_LIMIT,
            limit=NAME_LIMIT,
        )
        self.field.edited.connect(self._edited)
        self._left = Text("", Role.SECOND)
        self.body.addWidget(self.field)
        self.body.addWidget(self._left)
        self._count()

    def pressed(self) -> None:
        """Keep the name, or ask for one."""
        name = " ".join(self.field.value.split())
        words = "" if name else _("Écrivez un nom pour ce papier.")
        self.field.set_error(words)
        self.summary.show_errors([(words, self.field.take_focus)] if words else [])
        if name:
            self._filing.title = name
            step_on(self._context, self._filing, self.name, changing=self._changing)

    def _edited(self) -> None:
        self._filing.title = self.field.value
        self._count()

    def _count(self) -> None:
        left = NAME_LIMIT - len(self.field.input.text())
        words = ngettext("Il reste {count} lettre.", "Il reste {count} lettres.", left).format(count=left)
        self._left.set_words(words)
        if left <= NEARLY_FULL:
            announce(self.field, words)
