"""Two people changed the same thing: two cards, who and when, and the person chooses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QWidget

from app import medical_profile, relatives, waiting
from app.conflicts import Keep
from app.fhir import allergy_intolerance, immunization
from app.things import Kind, thing_of
from ui import formats, messages, theme
from ui.screen import Screen
from ui.screens.relatives import clash_words
from ui.session.waiting_words import thing_words
from ui.steps.differing import differing_words
from ui.steps.rows import take_over_focus
from ui.steps.words import allergy_name, relation_words, vaccine_name, witness_words
from ui.text import _, mark
from ui.widgets import Card, CardLayout, IconLine, MainButton, NoticeKind, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.conflicts import Conflict as Met
    from app.fhir import Resource
    from app.relatives import Clash, Version
    from app.space import Space
    from ui.session.context import SessionContext

__all__ = ["Conflict"]


@dataclass(frozen=True, slots=True)
class _Side:
    """One card: its title, its facts, who and when, the words of its button."""

    title: str
    facts: tuple[str, ...]
    witness: str
    keep: str


@dataclass(frozen=True, slots=True)
class _Choice:
    """What is asked, both sides, and what keeps one."""

    title: str
    sides: dict[Keep, _Side]
    settle: Callable[[Keep], None]


class Conflict(Screen):
    """Nothing is chosen beforehand; what is not kept stays in the history of the space."""

    name: ClassVar[str] = "conflict"

    def __init__(self, context: SessionContext, *, about: str) -> None:
        super().__init__(
            _("Deux personnes ont changé la même chose."),
            _("Choisissez ce qui est juste. Le reste est gardé des deux côtés."),
        )
        self.help_text = _(
            "Cette page sert à choisir entre deux réponses. "
            "Deux appareils ont changé la même ligne, chacun de son côté. "
            "Le programme ne choisit pas pour vous."
        )
        self._context, self._about = context, about
        self._busy = False
        self.buttons: dict[Keep, MainButton] = {}
        self.cards = QWidget()
        self._layout = CardLayout(self.cards, columns=2, ems=13)
        self._layout.setSpacing(theme.SPACE[1])
        self.body.addWidget(self.cards)
        self._choice: _Choice | None = None

    def entered(self) -> None:
        """Read what there is to choose."""
        space, about = self._context.space, self._about

        def read() -> _Choice | None:
            if about == "health":
                found = medical_profile.clashes(space)
                settled = partial(medical_profile.settle, space)
                return _of_thing(found[0], space, settled) if found else None
            if about == "other":
                others = waiting.choices(space)
                settled = partial(waiting.settle_choice, space)
                return _of_thing(others[0], space, settled) if others else None
            clash = relatives.clash(space)
            return _of_relatives(self._context, clash) if clash else None

        self._context.tasks.run(read, self._show, self._failed, owner=self)

    def _show(self, choice: _Choice | None) -> None:
        if choice is None:
            self._context.back()
            return
        self._choice = choice
        self.set_title(choice.title)
        self._clear()
        for keep, side in choice.sides.items():
            self._layout.addWidget(self._card(keep, side))
        self.cards.updateGeometry()
        take_over_focus(self)

    def _card(self, keep: Keep, side: _Side) -> Card:
        card = Card()
        card.column.addWidget(Text(side.title, theme.Role.SECTION))
        for each in side.facts:
            card.column.addWidget(Text(each))
        card.column.addWidget(IconLine("account-clock-outline", side.witness))
        card.column.addStretch(1)
        button = MainButton(side.keep)
        button.clicked.connect(lambda: self._keep(keep))
        card.column.addWidget(button)
        self.buttons[keep] = button
        return card

    def _clear(self) -> None:
        self.buttons = {}
        for card in self._layout.parts():
            if isinstance(card, QWidget):
                card.hide()
                # The layout forgets it as it goes.
                card.deleteLater()

    def _keep(self, keep: Keep) -> None:
        choice = self._choice
        if self._busy or choice is None:
            return
        self._busy = True
        words = choice.sides[keep].title
        self._context.tasks.run(
            lambda: choice.settle(keep), lambda _none: self._settled(words), self._failed, owner=self
        )

    def _settled(self, words: str) -> None:
        navigator = self._context.navigator
        self._context.back()
        navigator.toast(_("C’est choisi : {choice}.").format(choice=words), NoticeKind.OK)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.say(messages.sentence(error), NoticeKind.BAD)


def _of_relatives(context: SessionContext, clash: Clash) -> _Choice:
    names = {each.relative.name for each in (clash.ours, clash.theirs) if each.relative}
    sides = {
        keep: _relative_side(version, by_phone=len(names) == 1, lines=_lines_of(clash, version))
        for keep, version in ((Keep.OURS, clash.ours), (Keep.THEIRS, clash.theirs))
    }
    return _Choice(clash_words(clash), sides, lambda keep: relatives.settle(context.space, clash, keep))


def _relative_side(version: Version, *, by_phone: bool, lines: tuple[str, ...]) -> _Side:
    body, witness = version.relative, witness_words(version.witness)
    if body is None:
        return _Side(_("Plus personne"), (), witness, _("Ne garder personne"))
    kept = formats.grouped(body.phone) if by_phone else body.name
    facts = lines or (relation_words(body), formats.grouped(body.phone))
    return _Side(body.name, tuple(filter(None, facts)), witness, _("Garder {name}").format(name=kept))


def _lines_of(clash: Clash, version: Version) -> tuple[str, ...]:
    """Say only what contradicts, where both cards are about one and the same entry."""
    met = clash.conflict
    ids = {each.relative.id for each in (clash.ours, clash.theirs) if each.relative}
    if met is None or len(ids) != 1 or clash.ours.relative is None or clash.theirs.relative is None:
        return ()
    key = f"RelatedPerson/{ids.pop()}"
    body = (met.ours if version is clash.ours else met.theirs).get(key)
    return differing_words(body, met.asked.get(key, ())) if body else ()


_TITLES = {
    Kind.ALLERGY: mark("Deux personnes ont changé une allergie."),
    Kind.VACCINATION: mark("Deux personnes ont changé un vaccin."),
    Kind.MANDATE: mark("Deux personnes ont changé un mandat."),
}


def _of_thing(met: Met, space: Space, settle: Callable[[Met, Keep], None]) -> _Choice:
    key = min(met.clashing)
    kind = next(
        (thing_of(space, each).kind for each in (met.ours.get(key), met.theirs.get(key)) if each),
        Kind.OTHER,
    )
    paths = met.asked.get(key, ())
    sides = {
        Keep.OURS: _thing_side(space, met.ours.get(key), paths, witness_words(met.our_witness), is_ours=True),
        Keep.THEIRS: _thing_side(
            space, met.theirs.get(key), paths, witness_words(met.their_witness), is_ours=False
        ),
    }
    title = _(_TITLES.get(kind, mark("Deux personnes ont changé la même chose.")))
    return _Choice(title, sides, lambda keep: settle(met, keep))


def _thing_side(
    space: Space, body: Resource | None, paths: tuple[str, ...], witness: str, *, is_ours: bool
) -> _Side:
    keep = _("Garder ce changement d’ici") if is_ours else _("Garder l’autre changement")
    if body is None:
        return _Side(_("Retiré de la liste"), (), witness, keep)
    return _Side(_name_of(space, body), differing_words(body, paths), witness, keep)


def _name_of(space: Space, body: Resource) -> str:
    """Name it: by itself where it is of health, where the page's title says the kind already."""
    match body["resourceType"]:
        case allergy_intolerance.TYPE:
            return allergy_name(allergy_intolerance.read(body))
        case immunization.TYPE:
            return vaccine_name(immunization.read(body))
    return thing_words(thing_of(space, body))
