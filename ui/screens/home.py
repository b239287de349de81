"""The home screen of a person's space: what can be done here today, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from app import medical_profile, relatives
from app.fhir import patient as patients
from app.space import ActorRole, AssistMode
from ui import formats
from ui.screen import Screen
from ui.session.words import greeting_name, mandate_words
from ui.text import _, ngettext
from ui.widgets import IconLine, Tile, TileGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.changes import Change
    from app.records import DocumentRow
    from app.space import Space
    from sync.engine import SyncStatus
    from ui.session.context import SessionContext

__all__ = ["Home"]


def _question(space: Space) -> str:
    if space.actor.role is ActorRole.CITIZEN:
        return _("Que voulez-vous faire aujourd’hui ?")
    if space.actor.role.is_close:
        if space.actor.role is ActorRole.LEGAL_REPRESENTATIVE:
            whom = greeting_name(space.patient)
            return _("Que voulez-vous faire pour {name} ?").format(name=whom)
        return _("Que voulez-vous faire pour votre proche ?")
    return _("Que voulez-vous faire avec {helper} aujourd’hui ?").format(helper=space.actor.display)


def _greeted(space: Space) -> str:
    """Return who is greeted: the person, or at home who opens their space from afar and sits there alone."""
    return space.actor.display if space.actor.role.is_close else greeting_name(space.patient)


class Home(Screen):
    """At most six tiles; each one works."""

    name: ClassVar[str] = "home"

    def __init__(self, context: SessionContext) -> None:
        space = context.space
        super().__init__(
            _("Bonjour {name}").format(name=_greeted(space)),
            _question(space),
            back=False,
            finish=True,
        )
        self._role = space.actor.role
        self.help_text = _(
            "Cette page est l’accueil de votre espace. "
            "Chaque case ouvre une chose à faire, « Retour » ramène ici. "
            "Sans réseau, tout est gardé et partira tout seul."
        )
        self._context = context
        self._mode_line = IconLine("account-group-outline", "")
        self.body.addWidget(self._mode_line)
        grid = TileGrid()
        self.read = Tile(_("Lire mes documents"), icon_name="text-box-multiple-outline")
        self.listen = Tile(_("Écouter mon dernier document"), icon_name="volume-high")
        self.listen.hide()
        self._newest = ""
        self.file = Tile(
            _("Ranger un papier"), _("Ordonnance, résultat, courrier"), icon_name="tray-arrow-down"
        )
        self.health = Tile(_("Ma santé"), _("Allergies et vaccins"), icon_name="heart-pulse")
        self.relatives = Tile(_("Mes proches"), icon_name="account-heart-outline")
        self.mandate = Tile(_("Mon mandat"), icon_name="file-sign")
        self.read.clicked.connect(lambda: context.go("documents"))
        self.listen.clicked.connect(lambda: context.go("document_view", document_id=self._newest, aloud=True))
        self.file.clicked.connect(lambda: context.go("file_pick"))
        self.health.clicked.connect(lambda: context.go("health"))
        self.relatives.clicked.connect(lambda: context.go("relatives"))
        self.mandate.clicked.connect(self._open_mandate)
        if self._role is ActorRole.CITIZEN:
            self.mandate.set_title(_("Mes aidants"))
        for tile in (self.read, self.listen, self.file, self.health, self.relatives, self.mandate):
            grid.add(tile)
        self.body.addWidget(grid)
        self.looked = self.add_action(_("Qui a regardé ?"), icon_name="eye-outline")
        self.looked.clicked.connect(lambda: context.go("accesses"))
        if context.start.may_prepare:
            prepare = self.add_action(_("Préparer une visite"), icon_name="calendar-plus")
            prepare.clicked.connect(lambda: context.go("prepare_visit"))
        if self._role.is_close:
            self.looked.hide()
            self.mandate.hide()
        self.waiting = self.add_action(_("Ce qui attend"), icon_name="clock-outline")
        self.waiting.clicked.connect(lambda: context.go("waiting"))
        self.waiting.hide()
        self.sign_in = self.add_action(_("Me reconnecter"), icon_name="login")
        self.sign_in.clicked.connect(self._sign_in_again)
        self.sign_in.hide()
        context.follow(self, self._changed, self._status_changed)

    def entered(self) -> None:
        """Count again, say again how one helps."""
        self._count()
        self._look_for_clashes()
        self._say_mode()
        self._offer_sign_in()
        self._offer_waiting()

    def _status_changed(self, _status: SyncStatus) -> None:
        self._offer_waiting()

    def _offer_waiting(self) -> None:
        """Show the way to what waits where something does for longer than a moment, or asks for someone."""
        status = self._context.status
        stays = status is not None and bool(
            status.parked or status.question or (status.waiting and not status.online)
        )
        if stays is self.waiting.isHidden():
            self.waiting.setVisible(stays)
            self.order_tabs()

    def _sign_in_again(self) -> None:
        visit = self._context.visit
        visit.sign_in_again()  # type: ignore[attr-defined]  # only shown at home
        self.sign_in.hide()

    def _offer_sign_in(self) -> None:
        """At home the sign-in may be over while the space goes on."""
        status = self._context.status
        over = status is not None and status.reason == "signed-out"
        self.sign_in.setVisible(over and bool(self._context.start.person))

    def _changed(self, change: Change) -> None:
        if "DocumentReference" in change.types:
            self._count()
        if change.types & {"RelatedPerson", "AllergyIntolerance", "Immunization"}:
            self._look_for_clashes()

    def _count(self) -> None:
        records = self._context.space.records
        self._context.tasks.run(records.count_documents, self._counted, owner=self)
        self._context.tasks.run(lambda: records.documents(limit=1), self._found_newest, owner=self)

    def _counted(self, count: int) -> None:
        words = ngettext("{count} document", "{count} documents", count).format(count=formats.number(count))
        self.read.set_second(words if count else _("Aucun document pour le moment"))

    def _found_newest(self, rows: list[DocumentRow]) -> None:
        """Offer to hear the newest document: by its day, since a title may say too much to a room."""
        self.listen.setVisible(bool(rows))
        if rows:
            day = rows[0].date
            self._newest = rows[0].id
            self.listen.set_second(formats.day(day) if day else _("sans date"))

    def _look_for_clashes(self) -> None:
        """Say on its tile that two people changed the same thing; without the mandate nobody looks."""
        space = self._context.space
        self._ask(self.health, _("Allergies et vaccins"), lambda: bool(medical_profile.clashes(space)))
        usual = _("Qui vous aide, qui prévenir")
        self._ask(self.relatives, usual, lambda: relatives.clash(space) is not None)

    def _ask(self, tile: Tile, usual: str, is_one: Callable[[], bool]) -> None:
        self._context.tasks.run(
            is_one,
            lambda found: tile.set_second(_("Un choix à faire") if found else usual),
            lambda _error: tile.set_second(usual),
            owner=self,
        )

    def _say_mode(self) -> None:
        space = self._context.space
        helper = space.actor.display
        if self._role is ActorRole.CITIZEN:
            self._mode_line.say(_("Vous êtes dans votre espace. Vous décidez."))
            self.mandate.set_second(_("Qui vous aide depuis chez soi"))
        elif self._role.is_close and space.mandate is not None:
            allowed = mandate_words(space.mandate)
            if self._role is ActorRole.LEGAL_REPRESENTATIVE:
                name = patients.display_name(space.patient)
                words = _("Vous représentez {name} devant la loi : {allowed}.")
                self._mode_line.say(words.format(name=name, allowed=allowed))
            else:
                self._mode_line.say(_("Vous aidez votre proche : {allowed}.").format(allowed=allowed))
        elif space.mode is AssistMode.FOR and space.mandate is not None:
            self._mode_line.say(_("{helper} agit pour vous, avec votre mandat.").format(helper=helper))
            self.mandate.set_title(_("Mon mandat"))
            self.mandate.set_second(_("Il permet de {allowed}").format(allowed=mandate_words(space.mandate)))
        else:
            self._mode_line.say(_("Vous décidez, {helper} vous aide.").format(helper=helper))
            self.mandate.set_title(_("Donner un mandat"))
            self.mandate.set_second(_("Pour que {helper} agisse à votre place").format(helper=helper))

    def _open_mandate(self) -> None:
        if self._role is ActorRole.CITIZEN:
            self._context.go("carers")
            return
        has_mandate = self._context.space.mandate is not None
        self._context.go("mandate" if has_mandate else "help_mode")
