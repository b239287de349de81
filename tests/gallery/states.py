"""Which screen is in the gallery in which state; and why not, where a state cannot be.

Five states besides the usual one: empty, loading, offline, error, very full. A reason has a name: the same
reason is the same word everywhere, and no state is left out without one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from app.codes.helplines import SignInTrouble
from tests.gallery.home_rooms import HOME_ROOMS
from tests.gallery.rooms import ROOMS as USUAL_ROOMS
from tests.gallery.rooms import UNSTEADY as UNSTEADY_ROOMS
from tests.gallery.state_rooms import STATE_ROOMS
from tests.gallery.visit_rooms import VISIT_ROOMS
from tests.gallery.waiting_rooms import WAITING_ROOMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.gallery.stage import Stage
    from ui.shell import Shell

__all__ = ["ROOMS", "SCREENS", "STATES", "UNSTEADY", "Never", "State", "screen_of", "table"]


class State(StrEnum):
    """How a screen may be found."""

    USUAL = "usual"
    EMPTY = "empty"
    LOADING = "loading"
    OFFLINE = "offline"
    ERROR = "error"
    FULL = "full"


STATES = tuple(State)


class Never(StrEnum):
    """Why a screen is never in a state."""

    OWN_WORDS = "its words are its own: nothing of the space, so never empty and never full"
    AT_ONCE = "it asks for nothing that lasts: it is there at once"
    HAS_SOMETHING = "one comes here with something in hand: it is never empty"
    NO_FAULT = "it reads and writes nothing that could fail"
    SAID_ELSEWHERE = "what fails is said on the screen that one comes from or goes to"
    BAR_SAYS = "offline changes nothing but the bar on top, as over every screen (home_offline)"
    NO_SPACE_YET = "no space is open yet: the bar on top says nothing of the connection"
    WHOLE_SCREEN = "this state is all that the screen is for: its usual one"
    ONE_THING = "it shows one short thing: nothing there can grow"
    LIVED = "only there while a real service or printer answers: seen by tests of real visits"


Where = str | tuple[str, ...] | Never


def _screen(
    usual: Where, *, empty: Where, loading: Where, offline: Where, error: Where, full: Where
) -> dict[State, Where]:
    return dict(zip(STATES, (usual, empty, loading, offline, error, full), strict=True))


def _desk(usual: Where, **other: Where) -> dict[State, Where]:
    rest = {
        "empty": Never.OWN_WORDS,
        "loading": Never.AT_ONCE,
        "offline": Never.NO_SPACE_YET,
        "error": Never.NO_FAULT,
        "full": Never.OWN_WORDS,
    }
    return _screen(usual, **(rest | other))


def _asks(usual: Where, **other: Where) -> dict[State, Where]:
    """A screen of the visit that asks something of who is there."""
    rest = {
        "empty": Never.HAS_SOMETHING,
        "loading": Never.AT_ONCE,
        "offline": Never.BAR_SAYS,
        "error": Never.NO_FAULT,
        "full": Never.OWN_WORDS,
    }
    return _screen(usual, **(rest | other))


SCREENS: dict[str, dict[State, Where]] = {
    "desk_wait": _desk("desk_wait", loading=Never.WHOLE_SCREEN),
    "desk_second": _desk("desk_second", error=Never.WHOLE_SCREEN),
    "desk_welcome": _desk("desk_welcome", full="desk_welcome_full", error=Never.SAID_ELSEWHERE),
    "desk_sign_in": _desk("desk_sign_in", loading=Never.WHOLE_SCREEN, error=Never.SAID_ELSEWHERE),
    "desk_ready": _desk(
        "desk_ready", empty="desk_ready", full=("desk_ready_full", "desk_ready_unlocked"),
        error=Never.SAID_ELSEWHERE,
    ),
    "desk_visit": _desk("desk_visit"),
    "desk_activity": _desk("desk_activity", empty="desk_activity_none", error=Never.SAID_ELSEWHERE),
    "desk_erased": _desk(
        "desk_erased",
        error=("desk_not_erased", "desk_erased_nothing", "desk_erased_stopped"),
        full="desk_erased_nothing",
    ),
    "desk_add_pc": _desk(
        "desk_add_pc", loading="desk_add_pc_slow", offline="desk_add_pc_offline", error="desk_add_pc_wrong"
    ),
    "desk_added": _desk("desk_added", full="desk_added_full", error=Never.SAID_ELSEWHERE),
    "desk_revoked": _desk("desk_revoked", error=Never.WHOLE_SCREEN, full="desk_revoked_full"),
    "desk_advisers": _desk("desk_advisers", full="desk_advisers_full", error=Never.SAID_ELSEWHERE),
    "desk_phrase": _desk(
        "desk_phrase", loading="desk_phrase_slow", full="desk_phrase_full",
        error=("desk_phrase_wrong", "desk_phrase_wait"),
    ),
    "desk_choose_phrase": _desk(
        "desk_choose_phrase", loading="desk_choose_phrase_slow", error="desk_choose_phrase_weak"
    ),
    "desk_prepared": _desk(
        "desk_prepared", empty="desk_prepared_none", full="desk_prepared_full", error=Never.SAID_ELSEWHERE
    ),
    "desk_take_back": _desk("desk_take_back", error=Never.SAID_ELSEWHERE),
    "desk_forget_phrase": _desk("desk_forget_phrase", error=Never.SAID_ELSEWHERE),
    "visit_code": _desk("visit_code", loading="visit_code_slow", error="visit_code_wrong"),
    "prepare_visit": _asks(
        "prepare_visit", loading="prepare_visit_slow", offline="prepare_visit_offline",
        error="prepare_visit_offline",
    ),
    "visit_prepared": _asks("visit_prepared", full="visit_prepared_full"),
    "home_wait": _desk("home_wait", loading=Never.WHOLE_SCREEN),
    "home_welcome": _desk("home_welcome", error=Never.SAID_ELSEWHERE),
    "home_sign_in": _desk("home_sign_in", loading=Never.WHOLE_SCREEN, error=Never.SAID_ELSEWHERE),
    "home_passphrase": _desk(("home_passphrase", "home_passphrase_needed"), error="home_passphrase_none"),
    "home_unlock": _desk("home_unlock", error="home_unlock_wrong"),
    "home_stuck": _desk(("home_stuck", "home_stuck_in_use"), error=Never.WHOLE_SCREEN),
    "home_recover": _desk("home_recover", error="home_recover_wrong"),
    "home_start_again": _desk("home_start_again", error=Never.SAID_ELSEWHERE),
    "home_sheet": _desk("home_sheet", error="home_sheet_differs", full=Never.ONE_THING),
    "home_invitation": _desk("home_invitation", error="home_invitation_over"),
    "home_stop_caring": _desk("home_stop_caring", error=Never.SAID_ELSEWHERE, full="home_stop_caring_full"),
    "home_people": _desk(
        ("home_people", "home_people_by_law"), empty="home_people_alone", error=Never.SAID_ELSEWHERE,
        full="home_people_full",
    ),
    "home_opening": _desk(Never.LIVED, loading=Never.LIVED, offline=Never.LIVED, error=Never.LIVED),
    "carers": _asks("carers", empty="carers", full=Never.LIVED),
    "carer_invite": _asks("carer_invite", error="carer_invite_none"),
    "carer_text": _asks("carer_text", error=Never.LIVED, full="carer_text_full"),
    "carer_code": _asks("carer_code", full="carer_code_full"),
    "who": _desk(("who", "who_phone"), error="who_refused"),
    "sign_in": _desk("sign_in_slow", loading=Never.WHOLE_SCREEN, error=Never.SAID_ELSEWHERE),
    "sign_in_phone": _desk(
        "sign_in_phone", loading="sign_in_phone_slow",
        offline=("sign_in_phone_offline", "sign_in_phone_away"),
        error=("sign_in_phone_refused", "sign_in_phone_over"),
    ),
    "slip": _desk("slip", loading="slip_slow", offline="slip_offline", error="slip_wrong", full="keyboard"),
    "cannot_sign_in": _desk("cannot_sign_in"),
    "sign_in_help": _desk(tuple(f"sign_in_help_{each.name.lower()}" for each in SignInTrouble)),
    "identity": _desk("identity", full="identity_full", error=Never.SAID_ELSEWHERE),
    "opening": _desk("opening_slow", loading=Never.WHOLE_SCREEN, offline=Never.LIVED, error=Never.LIVED),
    "practice": _desk("practice", loading=Never.LIVED, error=Never.LIVED),
    "help_mode": _asks("help_mode", full="help_mode_full"),
    "mandate_scopes": _asks("mandate_scopes", error="mandate_scopes_none", full="mandate_scopes_full"),
    "mandate_actions": _asks("mandate_actions", full="mandate_actions_full", error=Never.SAID_ELSEWHERE),
    "mandate_duration": _asks("mandate_duration", full="mandate_duration_full"),
    "mandate_text": _asks("mandate_text", error="mandate_text_refused", full="mandate_text_full"),
    "mandate": _asks("mandate_full", empty="mandate", error=Never.SAID_ELSEWHERE, full="mandate_full"),
    "agreements": _asks("agreements", empty=Never.OWN_WORDS),
    "your_data": _asks("your_data", empty=Never.OWN_WORDS),
    "mandates": _asks(
        "mandates_full", empty="mandates", loading=Never.AT_ONCE, error=Never.SAID_ELSEWHERE,
        full="mandates_full",
    ),
    "mandate_stop": _asks("mandate_stop", error=Never.SAID_ELSEWHERE, full="mandate_stop"),
    "mandate_on_paper": _asks(
        "mandate_on_paper", error=Never.SAID_ELSEWHERE, full="mandate_on_paper_full"
    ),
    "mandate_kept": _asks("mandate_kept", full="mandate_kept"),
    "mandate_verify": _asks(
        "mandate_verify", empty="mandate_verify_nothing", loading=Never.LIVED, error="mandate_verify_edited",
        full="mandate_verify_whole",
    ),
    "read_back": _asks("read_back", error=Never.SAID_ELSEWHERE, full="read_back_full"),
    "professional_access": _asks(
        "professional_access", empty="professional_access", error="professional_access_none",
        full="professional_access_full",
    ),
    "slip_given": _asks(
        Never.LIVED, loading=Never.LIVED, offline=Never.LIVED, error=Never.LIVED, full=Never.ONE_THING
    ),
    "home": _asks(
        ("home", "guided", "covered"), empty="home_empty", offline="home_offline", full="home_full"
    ),
    "counter": _asks("counter", full="counter_full"),
    "counter_offer": _asks("counter_offer", full="counter_offer_full", error=Never.SAID_ELSEWHERE),
    "prescriptions": _asks(
        "prescriptions", empty="prescriptions_empty", offline="prescriptions_full",
        error=Never.SAID_ELSEWHERE, full="prescriptions_full",
    ),
    "vaccine_code": _asks(
        "vaccine_code", empty="vaccine_code",
        error=("vaccine_code_wrong", "vaccine_code_expired", "vaccine_code_unread"),
        full=Never.ONE_THING,
    ),
    "display": _asks(("display", "desk_display"), empty=Never.OWN_WORDS),
    "help": _asks("help", empty=Never.OWN_WORDS),
    "documents": _asks(
        "documents", empty=("documents_empty", "documents_nothing"), loading="documents_slow",
        offline="documents_offline", error="documents_refused", full="documents_full",
    ),
    "documents_filter": _asks("documents_filter", full="documents_filter_year", error=Never.SAID_ELSEWHERE),
    "document_view": _asks(
        ("document_lab", "document_letter"), empty="document_not_here", loading="document_slow",
        offline="document_not_here", error=("document_broken", "document_closed", "document_in_words"),
        full="document_full",
    ),
    "word": _asks("word", full="word_full"),
    "words": _asks("words", empty="words_nothing", loading="words_slow", full="words_full"),
    "file_pick": _asks(
        "file_pick", empty="file_pick_empty", error="file_pick_refused", full="file_pick_full"
    ),
    "file_look": _asks(
        "file_look",
        loading=("file_look_slow", "file_look_words"),
        error=Never.SAID_ELSEWHERE,
        full="file_look_full",
    ),
    "file_category": _asks("file_category"),
    "file_date": _asks("file_date", error="file_date_wrong", full=Never.ONE_THING),
    "file_name": _asks("file_name", error="file_name_missing", full="file_name_full"),
    "file_check": _asks(
        "file_check", loading="file_check_slow", error="file_check_closed", full="file_check_full"
    ),
    "file_done": _asks(
        "file_done", offline="file_done_full", error=Never.SAID_ELSEWHERE, full="file_done_full"
    ),
    "health": _asks(
        "health", empty="health_empty", loading="health_slow", error="health_closed", full="health_full"
    ),
    "health_entry": _asks(
        ("health_entry", "health_entry_doctor"), error="health_entry_gone", full="health_entry_full"
    ),
    "accesses": _asks(
        "accesses", empty=("accesses_empty", "accesses_none"), loading=("accesses_slow", "accesses_signing"),
        offline=("accesses_offline", "accesses_not_signed"), error="accesses_closed",
        full=("accesses_full", "accesses_many"),
    ),
    "access": _asks(("access", "access_without_mandate", "access_reported")),
    "access_list": _asks("access_list", error=Never.SAID_ELSEWHERE),
    "access_report": _asks("access_report", error="access_report_none"),
    "relatives": _asks(
        ("relatives", "relatives_conflict"), empty="relatives_empty", loading="relatives_slow",
        error="relatives_closed", full="relatives_full",
    ),
    "relative": _asks("relative", error="relative_gone", full="relative_full"),
    "conflict": _asks(("conflict", "conflict_other"), error="conflict_closed", full="conflict_full"),
    "entry_question": _asks(
        ("entry_question_group", "entry_question_other", "entry_question_several"),
        empty=("entry_question_lines", "entry_question_date"), error="entry_question_none",
        full="entry_question_full",
    ),
    "entry_check": _asks(
        ("entry_check", "entry_check_trusted"), error="entry_check_closed",
        full=("entry_check_full", "entry_check_long_name"),
    ),
    "entry_done": _asks(
        "entry_done", offline="entry_done_full", error="entry_done_kept", full="entry_done_full"
    ),
    "paper_no_text": _asks(("paper_no_text", "paper_no_text_file"), empty=Never.WHOLE_SCREEN),
    "paper_other": _asks("paper_other", error=Never.WHOLE_SCREEN, full="paper_other_full"),
    "scan": _asks("scan", empty="scan", loading="scan_slow", error="scan"),
    "scan_pages": _asks("scan_pages", error=Never.SAID_ELSEWHERE, full="scan_pages_full"),
    "scan_page": _asks("scan_page", full=Never.ONE_THING),
    "phone_drop": _asks(
        "phone_drop", loading="phone_drop", offline="phone_drop_over", error="phone_drop_over",
        full="phone_drop_here",
    ),
    "print_preview": _asks(
        "print_preview", loading="print_preview_slow", error="print_preview_refused",
        full="print_preview_full",
    ),
    "print_choice": _asks("print_copies", empty="print_no_printer", full="print_printers"),
    "print_going": _asks(Never.LIVED, loading=Never.WHOLE_SCREEN, error=Never.SAID_ELSEWHERE),
    "print_done": _asks("print_done", full=Never.ONE_THING),
    "save_copy": _asks("save_copy", loading=Never.LIVED, error=Never.LIVED, full=Never.ONE_THING),
    "copy_done": _asks("copy_done", error=Never.SAID_ELSEWHERE, full=Never.ONE_THING),
    "waiting": _asks(
        ("waiting", "waiting_undo", "waiting_asked"), empty="waiting_nothing", loading="waiting_slow",
        offline="waiting_full", error="waiting_broken", full="waiting_full",
    ),
    "waiting_item": _asks(
        ("waiting_item", "waiting_item_mandate", "waiting_item_later", "waiting_item_choice"),
        offline="waiting_item_offline", error="waiting_item_closed", full="waiting_item_full",
    ),
    "waiting_discard": _asks(
        "waiting_discard", error="waiting_discard_closed", full="waiting_discard_full"
    ),
    "waiting_question": _asks(
        ("waiting_question", "waiting_question_restored", "waiting_question_told"),
        error=Never.SAID_ELSEWHERE, full="waiting_question_full",
    ),
    "finish": _asks(
        ("finish", "finish_choice"), empty="finish_empty", offline="finish_full", full="finish_full",
    ),
    "receipt_keep": _asks(
        ("receipt_keep", "receipt_keep_no_mail"), loading=Never.LIVED, error=Never.LIVED,
        full=Never.ONE_THING,
    ),
}  # fmt: skip

ROOMS: Mapping[str, Callable[[Stage], Shell]] = (
    USUAL_ROOMS | STATE_ROOMS | VISIT_ROOMS | HOME_ROOMS | WAITING_ROOMS
)
# What they say depends on the moment: they are held up, or ask the service again and again.
UNSTEADY = UNSTEADY_ROOMS | {name for name in ROOMS if name.endswith("_slow")}


def rooms_in(where: Where) -> tuple[str, ...]:
    """Return the rooms of one cell of the table."""
    return () if isinstance(where, Never) else (where,) if isinstance(where, str) else where


def rooms_of(screen: str) -> list[str]:
    """Return the rooms of a screen, each once, in the order of the states."""
    return list(dict.fromkeys(room for where in SCREENS[screen].values() for room in rooms_in(where)))


def screen_of(room: str) -> str:
    """Return the screen that a room shows."""
    return next(screen for screen in SCREENS if room in rooms_of(screen))


def table() -> str:
    """Write the table out, a line for each screen."""
    lines = ["\t".join(("screen", *STATES))]
    for screen, states in SCREENS.items():
        cells = (", ".join(rooms_in(where)) or f"– {where.name}" for where in states.values())  # type: ignore[union-attr]
        lines.append("\t".join((screen, *cells)))
    return "\n".join(lines)
