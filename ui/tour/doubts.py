"""What is asked of some papers only: whose it is, is a picture without words meant? The tour says yes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.tour.conductor import Hands

__all__ = ["past_doubts"]

# Screen → how the button begins that goes on.
DOUBTS = {"paper_other": "C’est bien pour", "paper_no_text": "Oui, c’est bien cela"}


def past_doubts(hands: Hands, *wanted: str, look: Callable[[str], None] = lambda _doubt: None) -> None:
    """Reach one of these screens; each doubt on the way is looked at and answered."""
    while (shown := _next(hands, *wanted, *DOUBTS)) not in wanted:
        look(shown.replace("_", "-"))
        hands.press(DOUBTS[shown], match="prefix")
        hands.until("the answer taken", partial(_has_left, hands, shown))


def _has_left(hands: Hands, screen: str) -> bool:
    return hands.ask("screen") != screen


def _next(hands: Hands, *names: str) -> str:
    return hands.until(
        "the next question", lambda: next((name for name in names if hands.ask("screen") == name), "")
    )
