"""The home's room of people: who is here, the recovery sheet, the passphrase, an invitation, an end.

Decision: the driver is told what is asked for (``opened``, ``sign_in_asked``, ``welcome_asked``) and stays
the one that opens the vault and runs a session; here nothing is shown over an open space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui import messages
from ui.home import screens
from ui.tasks import Lane
from ui.text import _, commas
from ui.widgets import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.home_vault import HomePerson, HomeVault
    from ui.desk.config import DeskConfig
    from ui.home.account import HomeAccount
    from ui.screen import Screen
    from ui.tasks import Tasks

__all__ = ["PeopleRoom", "gone_words"]


class PeopleRoom(QObject):
    """Drives the screens about whose space can be opened on this computer."""

    opened = Signal(object)
    sign_in_asked = Signal()
    welcome_asked = Signal(str, object)

    def __init__(
        self,
        config: DeskConfig,
        vault: HomeVault,
        account: HomeAccount,
        tasks: Tasks,
        show: Callable[[Screen], None],
        say: Callable[[str, NoticeKind], None],
        is_busy: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._config, self._vault, self._account, self._tasks = config, vault, account, tasks
        self._show, self._say, self._is_busy = show, say, is_busy
        self.needs_sign_in = False

    def show_people(self, words: str = "", kind: NoticeKind = NoticeKind.INFO) -> None:
        """Show who is here, and say something; not while a space is open."""
        if self._is_busy():
            return
        if self._vault.owner is None:
            self.welcome_asked.emit(words, kind)
            return
        screen = screens.HomePeople(
            self._vault.people,
            sheet=self._vault.has_sheet(),
            protected=self._vault.is_protected(),
            signed_in=self._vault.account() is not None and not self.needs_sign_in,
        )
        screen.opened.connect(self.opened)
        screen.stopped.connect(self._ask_stop_caring)
        screen.sign_in_tile.clicked.connect(self.sign_in_asked)
        screen.sheet_tile.clicked.connect(self._sheet)
        screen.protect_tile.clicked.connect(self._protect)
        screen.invitation_tile.clicked.connect(self._invitation)
        self._show(screen)
        screen.say(words, kind)

    def _sheet(self) -> None:
        screen = screens.HomeSheet(self._vault.draw_sheet())
        screen.back_asked.connect(self.show_people)
        screen.proven.connect(lambda typed: self._prove_sheet(screen.code, typed))
        screen.print_button.clicked.connect(lambda: self._print_sheet(screen))
        self._show(screen)

    def _prove_sheet(self, code: str, typed: str) -> None:
        self._tasks.run(
            lambda: self._vault.confirm_sheet(code, typed),
            lambda _done: self.show_people(_("Votre feuille de secours est prête."), NoticeKind.OK),
            lambda error: self._say(messages.sentence(error), NoticeKind.BAD),
        )

    def _print_sheet(self, screen: screens.HomeSheet) -> None:
        from ui.home.sheet import print_sheet

        owner = self._vault.owner
        self._tasks.run(
            lambda: print_sheet(screen.code, owner.name if owner else "", self._config.printer),
            lambda _done: self._say(_("La feuille est partie à l’imprimante."), NoticeKind.OK),
            lambda error: self._say(messages.sentence(error), NoticeKind.BAD),
        )

    def _protect(self) -> None:
        screen = screens.HomePassphrase(required=False)
        screen.back_asked.connect(self.show_people)
        screen.chosen.connect(self._protect_with)
        self._show(screen)

    def _protect_with(self, passphrase: str) -> None:
        self._tasks.run(
            lambda: self._vault.protect(passphrase),
            lambda _done: self.show_people(_("Votre phrase secrète est gardée."), NoticeKind.OK),
            lambda error: self._say(messages.sentence(error), NoticeKind.BAD),
        )

    def _invitation(self) -> None:
        screen = screens.HomeInvitation()
        screen.back_asked.connect(self.show_people)
        screen.typed.connect(self._accept)
        self._show(screen)

    def _accept(self, code: str) -> None:
        def accepted(person: HomePerson) -> None:
            self.show_people(_("Vous aidez maintenant {name}.").format(name=person.name), NoticeKind.OK)

        self._tasks.run(
            lambda: self._account.accept(code),
            accepted,
            lambda error: self._say(messages.sentence(error, at_the_door=True), NoticeKind.BAD),
            lane=Lane.NETWORK,
        )

    def _ask_stop_caring(self, person: HomePerson) -> None:
        screen = screens.HomeStopCaring(person)
        screen.back_asked.connect(self.show_people)
        screen.main_pressed.connect(lambda: self._stop_caring(person))
        self._show(screen)

    def _stop_caring(self, person: HomePerson) -> None:
        self._tasks.run(
            lambda: self._account.stop_caring(person),
            lambda _done: self.show_people(gone_words((person,))),
            lambda error: self._say(messages.sentence(error, at_the_door=True), NoticeKind.BAD),
            lane=Lane.NETWORK,
        )


def gone_words(gone: tuple[HomePerson, ...]) -> str:
    """Say whose records were just erased here, because their agreement is over."""
    names = commas(tuple(each.name for each in gone))
    return _("L’accord est terminé. Effacé de cet ordinateur : {names}.").format(names=names)
