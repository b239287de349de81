"""The screens of the advisers of this PC: who, their phrase, what they prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from app.passphrases import Strength, strength, written_alike
from ui import formats
from ui.screen import Screen
from ui.text import _, mark
from ui.widgets import (
    BarLayout,
    Card,
    EmptyState,
    Field,
    IconLine,
    LanguagesRow,
    NoticeKind,
    PlainButton,
    Progress,
    QuietButton,
    Text,
    Tile,
    TileGrid,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.vault.prepared import VisitNote
    from ui.desk.adviser_keys import Person

__all__ = [
    "DeskAdvisers",
    "DeskChoosePhrase",
    "DeskForgetPhrase",
    "DeskPhrase",
    "DeskPrepared",
    "DeskTakeBack",
]

STRENGTHS: dict[Strength, tuple[NoticeKind, str]] = {
    Strength.SHORT: (NoticeKind.WAIT, mark("Trop courte : il faut douze lettres ou quatre mots.")),
    Strength.DIGITS: (NoticeKind.WAIT, mark("Des chiffres seuls se devinent trop vite. Ajoutez des mots.")),
    Strength.REPEATED: (NoticeKind.WAIT, mark("Elle répète toujours la même chose. Changez de mots.")),
    Strength.ENOUGH: (NoticeKind.OK, mark("Assez solide.")),
    Strength.GOOD: (NoticeKind.OK, mark("Très solide.")),
}


class _Secret(Field):
    """A field whose words are hidden until one asks to see them."""

    def __init__(self, label: str, help_words: str = "") -> None:
        super().__init__(label, help_words, limit=200)
        self.show_words(shown=False)

    def show_words(self, *, shown: bool) -> None:
        """Show or hide what is typed."""
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.input.setEchoMode(mode)


class DeskAdvisers(Screen):
    """« Qui êtes-vous ? »: those who have a phrase here, and whoever is new."""

    name: ClassVar[str] = "desk_advisers"
    chosen = Signal(str)

    def __init__(self, people: list[Person]) -> None:
        super().__init__(
            _("Qui êtes-vous ?"), _("Touchez votre nom, puis tapez votre phrase secrète."), back=False
        )
        self.help_text = _(
            "Cette page montre les conseillers de ce poste. "
            "Touchez votre nom pour ouvrir avec votre phrase secrète. "
            "Si votre nom n’y est pas, connectez-vous avec votre compte professionnel."
        )
        grid = TileGrid(columns=2, ems=15)
        for person in people:
            tile = Tile(person.name, icon_name="account-circle-outline", large=True)
            tile.clicked.connect(lambda _checked=False, chosen=person.id: self.chosen.emit(chosen))
            grid.add(tile)
        self.new_tile = Tile(
            _("Je suis nouveau sur ce poste"),
            _("Avec mon compte, dans le navigateur."),
            icon_name="account-plus-outline",
            large=True,
        )
        grid.add(self.new_tile)
        self.body.addWidget(grid)
        row = LanguagesRow()
        row.chosen.connect(self.language_asked)
        self.body.addWidget(row)
        self.practice_button = self.add_action(_("S’entraîner"))


class DeskPhrase(Screen):
    """« Votre phrase secrète »: unlocks the adviser's things, with or without a network."""

    name: ClassVar[str] = "desk_phrase"

    def __init__(self, person: str) -> None:
        super().__init__(
            _("Votre phrase secrète"),
            _("Bonjour {name}. Tapez la phrase que vous avez choisie.").format(name=person),
            main=_("Ouvrir"),
        )
        self.help_text = _(
            "Cette page ouvre le poste avec votre phrase secrète. "
            "Après plusieurs erreurs, il faut attendre. "
            "Si vous l’avez oubliée, connectez-vous avec votre compte et choisissez-en une autre."
        )
        self.phrase = _Secret(_("Phrase secrète"))
        self.progress = Progress(_("Nous vérifions votre phrase…"))
        self.progress.hide()
        self.body.addWidget(self.phrase)
        self.body.addLayout(_shower(self.phrase))
        self.body.addWidget(self.progress)
        self.forgotten_button = self.add_action(_("Phrase oubliée"))

    def take_phrase(self) -> str:
        """Return what was typed; "" where nothing was or the last one is still being tried."""
        if self.progress.isVisible():
            return ""
        phrase = written_alike(self.phrase.value)
        missing = "" if phrase else _("Tapez votre phrase secrète.")
        self.phrase.set_error(missing)
        self.summary.show_errors([(missing, self.phrase.take_focus)] if missing else [])
        if phrase:
            self.say("")
            self.progress.show()
        return phrase

    def refused(self, words: str) -> None:
        """Say why not; what was typed goes, as no one sees it."""
        self.progress.hide()
        self.phrase.input.clear()
        self.say(words, NoticeKind.BAD)
        self.phrase.take_focus()


class DeskChoosePhrase(Screen):
    """« Choisissez votre phrase secrète », with a meter in words."""

    name: ClassVar[str] = "desk_choose_phrase"

    def __init__(self, *, again: bool = False) -> None:
        super().__init__(
            _("Choisissez votre phrase secrète"),
            _("Elle ouvre ce poste pour vous seul, même sans réseau."),
            main=_("Garder cette phrase"),
        )
        self.help_text = _(
            "Cette page choisit la phrase qui ouvre ce poste pour vous. "
            "Prenez quatre mots sans lien, ou une phrase de douze lettres. "
            "Ce n’est pas le mot de passe de votre compte."
        )
        self.phrase = _Secret(
            _("Phrase secrète"), _("Au moins quatre mots, ou douze lettres. Pas seulement des chiffres.")
        )
        self.meter = IconLine("shield-outline", "")
        self.again = _Secret(_("Encore une fois la même"))
        self.progress = Progress(_("Nous gardons votre phrase…"))
        self.progress.hide()
        for widget in (self.phrase, self.meter, self.again):
            self.body.addWidget(widget)
        self.body.addLayout(_shower(self.phrase, self.again))
        self.body.addWidget(self.progress)
        self.phrase.edited.connect(self._measure)
        if again:
            self.say(
                _(
                    "Vous aviez déjà une phrase ici. La nouvelle la remplace, "
                    "et vos visites préparées s’effacent."
                ),
                NoticeKind.WAIT,
            )

    def _measure(self) -> None:
        phrase = self.phrase.value
        self.meter.say(_(STRENGTHS[strength(phrase)][1]) if phrase else "")

    def take_phrase(self) -> str:
        """Return the phrase where it may be used and was typed twice alike; "" otherwise, said."""
        if self.progress.isVisible():
            return ""
        phrase = written_alike(self.phrase.value)
        weak = "" if strength(phrase).is_enough else _(STRENGTHS[strength(phrase)][1])
        differs = (
            ""
            if weak or written_alike(self.again.value) == phrase
            else _("Les deux phrases ne sont pas les mêmes.")
        )
        self.phrase.set_error(weak)
        self.again.set_error(differs)
        errors: list[tuple[str, Callable[[], None]]] = []
        if weak:
            errors.append((weak, self.phrase.take_focus))
        if differs:
            errors.append((differs, self.again.take_focus))
        self.summary.show_errors(errors)
        if errors:
            return ""
        self.progress.show()
        return phrase

    def refused(self, words: str) -> None:
        """Say why it could not be kept."""
        self.progress.hide()
        self.say(words, NoticeKind.BAD)


class DeskPrepared(Screen):
    """« Visites préparées »: first name and initial, where, until when."""

    name: ClassVar[str] = "desk_prepared"
    open_asked = Signal(str)
    take_back_asked = Signal(str, str)

    def __init__(self, notes: list[VisitNote]) -> None:
        super().__init__(
            _("Visites préparées"),
            _("Chacune s’ouvre avec le papier de la personne, même sans réseau.") if notes else "",
        )
        self.help_text = _(
            "Cette page montre les visites que vous avez préparées. "
            "Il faut aussi les mots de la personne pour en ouvrir une. "
            "Le soir, elles s’effacent toutes seules."
        )
        if not notes:
            self.body.addWidget(
                EmptyState(
                    _("Aucune visite préparée. Pour en préparer une, accueillez d’abord la personne."),
                    icon_name="calendar-check-outline",
                )
            )
        for note in notes:
            self.body.addWidget(self._card(note))
        self._has_begun = False
        self.forget_button = self.add_action(_("Retirer ma phrase"), icon_name="key-remove")

    def _begin(self, visit_id: str) -> None:
        """Ask for a visit once: a second press meets the first."""
        if not self._has_begun:
            self._has_begun = True
            self.open_asked.emit(visit_id)

    def _card(self, note: VisitNote) -> Card:
        card = Card()
        label = note.label or _("Visite sans nom")
        card.column.addWidget(IconLine("account-outline", label))
        if note.place:
            card.column.addWidget(IconLine("map-marker-outline", note.place))
        until = _("S’efface le {day} à {time}.").format(
            day=formats.day(note.due.astimezone()), time=formats.clock_time(note.due)
        )
        card.column.addWidget(Text(until))
        row = BarLayout()
        start = PlainButton(_("Commencer avec {name}").format(name=label), icon_name="play-circle-outline")
        remove = PlainButton(_("Retirer {name}").format(name=label), icon_name="delete-outline")
        start.clicked.connect(lambda: self._begin(note.id))
        remove.clicked.connect(lambda: self.take_back_asked.emit(note.id, label))
        for button in (start, remove):
            row.addWidget(button)
        card.column.addLayout(row)
        return card


class DeskTakeBack(Screen):
    """A prepared visit is taken back: asked once, since it is gone for good."""

    name: ClassVar[str] = "desk_take_back"

    def __init__(self, label: str) -> None:
        super().__init__(
            _("Retirer la visite de {name} ?").format(name=label), main=_("Oui, retirer cette visite")
        )
        self.help_text = _(
            "Cette page efface une visite préparée. "
            "L’espace de la personne, lui, reste au service. "
            "Vous pourrez préparer une autre visite avec la personne."
        )
        self.body.addWidget(
            EmptyState(
                _("Ses documents ne seront plus sur ce poste. Son papier ne servira plus."),
                icon_name="delete-outline",
            )
        )


class DeskForgetPhrase(Screen):
    """An adviser takes their phrase off this PC."""

    name: ClassVar[str] = "desk_forget_phrase"

    def __init__(self) -> None:
        super().__init__(_("Retirer votre phrase de ce poste ?"), main=_("Oui, retirer ma phrase"))
        self.help_text = _(
            "Cette page efface votre phrase de ce poste. "
            "Votre compte professionnel ne change pas. "
            "Vous pourrez choisir une autre phrase après une connexion."
        )
        self.body.addWidget(
            EmptyState(
                _("Votre nom ne sera plus proposé ici. Vos visites préparées s’effacent."),
                icon_name="key-remove",
            )
        )


def _shower(*fields: _Secret) -> BarLayout:
    """Return the row of the button that shows what is typed, and hides it again."""
    button = QuietButton(_("Montrer la phrase"))
    shown = [False]

    def turn() -> None:
        shown[0] = not shown[0]
        for field in fields:
            field.show_words(shown=shown[0])
        button.set_words(_("Cacher la phrase") if shown[0] else _("Montrer la phrase"))

    button.clicked.connect(turn)
    row = BarLayout()
    row.addWidget(button)
    return row
