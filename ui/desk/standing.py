"""How this PC stands with its organization: not yet one of its PCs, one of them, taken out.

Decision: the desk is told of two things only, that it may go on (``ready``) and that it must stop
(``revoked``). Stopping is the desk's own ending of a visit, with its wipe; here the key and the policy are
forgotten, once nothing of a visit is left. Being taken out is found out at any contact: a sign-in, a
delivery, a person's sign-in in the visit, and every few minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from app import counter
from ui import messages
from ui.desk.enrolment_screens import DeskAdded, DeskAddPc, DeskRevoked
from ui.tasks import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.tokens import Tokens
    from ui.desk.adviser import Adviser
    from ui.desk.config import DeskConfig
    from ui.desk.post import Post, Standing
    from ui.screen import Screen
    from ui.tasks import Tasks

__all__ = ["PcStanding", "is_revocation", "policy_fields", "sign_in"]

CONTACT_MS = 5 * 60_000


def is_revocation(error: Exception) -> bool:
    """Say whether a failure tells that this PC was taken out."""
    return getattr(error, "code", "") == "device-revoked"


def sign_in(post: Post, adviser: Adviser, config: DeskConfig, *, screen_keyboard: bool) -> Tokens:
    """Sign an adviser in at this PC, blocking; who may not work here is signed out again.

    A demonstration's PC enrols by itself, with the code it was given. Raises what the sign-in and
    :meth:`Post.contact` raise, and ``PcNotEnrolled``.
    """
    from sync.enrolment import PcNotEnrolled

    post.take_up()
    if post.needs_code:
        raise PcNotEnrolled
    if not post.is_enrolled:
        post.enrol(config.enrolment_code)
    tokens = adviser.sign_in(screen_keyboard=screen_keyboard, organization=post.organization_id)
    try:
        post.contact(tokens.access_token)
    except BaseException:
        adviser.sign_out()
        raise
    return tokens


def policy_fields(post: Post, config: DeskConfig) -> dict[str, Any]:
    """Return what a visit is told of its organization's policy; as this PC is set up where it has none."""
    standing = post.standing
    policy = standing.policy if post.organization_id else None
    if policy is None:
        return {"idle": config.idle}
    return {
        "pcs": standing.pcs,
        "seen_at": standing.seen_at,
        "mails": standing.mails,
        "idle": shorter(policy.idle, config.idle) if counter.is_counter(config.place) else policy.idle,
        "durations": tuple(each.value for each in policy.durations),
        "places": tuple(each.value for each in policy.places),
        "printing": policy.printing.value,
        "evening_hour": policy.evening_hour,
    }


def shorter(policy: tuple[int, int, int], counter_s: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return the shorter of both: at a counter an organization may ask for less, never for more."""
    warn, blank, wipe = map(min, policy, counter_s)
    return warn, blank, wipe


class PcStanding(QObject):
    """Asks for the code, keeps contact, says that this PC was taken out."""

    ready = Signal()
    revoked = Signal()

    def __init__(self, post: Post, tasks: Tasks, show: Callable[[Screen], None], parent: QObject) -> None:
        super().__init__(parent)
        self._post = post
        self._tasks = tasks
        self._show = show
        self._asking = False
        self.is_over = False
        self._organization = ""
        self._timer = QTimer(self)
        self._timer.setInterval(CONTACT_MS)
        self._timer.timeout.connect(self._contact)

    def start(self) -> None:
        """Keep contact from now on."""
        self._timer.start()

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()

    # -- joining

    def ask(self, practise: Callable[[], None], problem: str = "") -> None:
        """Show « Ajouter ce poste »."""
        self.is_over = False
        screen = DeskAddPc()
        screen.main_pressed.connect(lambda: self._enrol(screen))
        screen.practice_button.clicked.connect(practise)
        self._show(screen)
        if problem:
            screen.refused(problem)

    def _enrol(self, screen: DeskAddPc) -> None:
        code = screen.code()
        if not code or screen.is_busy:
            return
        screen.asking()
        self._tasks.run(
            lambda: self._post.enrol(code),
            self._enrolled,
            lambda error: screen.refused(messages.sentence(error, at_the_door=True)),
            lane=Lane.NETWORK,
            owner=screen,
        )

    def _enrolled(self, standing: Standing) -> None:
        screen = DeskAdded(standing)
        screen.main_pressed.connect(self.ready)
        self._show(screen)

    # -- staying, and being taken out

    def _contact(self) -> None:
        if self._asking or not self._post.is_enrolled or self.is_over:
            return
        self._asking = True
        self._tasks.run(self._post.contact, self._stands, self._failed, lane=Lane.POST)

    def _stands(self, _standing: Standing) -> None:
        self._asking = False

    def _failed(self, error: Exception) -> None:
        self._asking = False
        self.heard(error)

    def heard(self, error: Exception) -> bool:
        """Take note of a failure; True where it says that this PC was taken out."""
        if not is_revocation(error):
            return False
        self.hear_revoked()
        return True

    def hear_revoked(self) -> None:
        """Take note that this PC was taken out; the desk is told once."""
        if not self.is_over:
            self.is_over = True
            self._organization = self._post.standing.organization
            self.revoked.emit()

    def say_revoked(self, practise: Callable[[], None]) -> None:
        """Forget the key and the policy, and say so; nothing of a visit is left by now."""
        self._post.forget()
        screen = DeskRevoked(self._organization)
        screen.add_button.clicked.connect(lambda: self.ask(practise))
        self._show(screen)
