"""What the desk tells a visit at its start: how this PC is set up, and what its organization allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app import counter
from ui import theme
from ui.desk.standing import policy_fields
from ui.session.start import Start
from ui.text import _, current_language

if TYPE_CHECKING:
    from pathlib import Path

    from ui.desk.config import DeskConfig
    from ui.desk.post import Post

__all__ = ["practice_helper", "start_line"]


def practice_helper(config: DeskConfig, name: str) -> dict[str, Any]:
    """Return who helps a made-up person: at a counter a pharmacist."""
    at_counter = counter.is_counter(config.place)
    usual = _("Un pharmacien") if at_counter else _("Un conseiller")
    return {"claims": {"name": name or usual, "role": "pharmacist" if at_counter else "adviser"}}


def start_line(
    config: DeskConfig,
    post: Post | None,
    folder: Path,
    adviser: dict[str, Any],
    *,
    robot: str | None,
    screen_keyboard: bool,
) -> Start:
    """Return it for a session of its own folder; without a ``post`` one only practises."""
    return Start(
        service=config.service,
        folder=folder,
        outbox=config.outbox,
        adviser=adviser,
        proxy=config.proxy,
        fhir_root=config.fhir_root,
        browser=config.browser,
        device=post.for_session() if post else None,
        journal_key=post.journal_key() if post else None,
        place=config.place,
        place_name=config.place_name or (post.standing.organization if post else ""),
        text_size=int(theme.current().size),
        mood=str(theme.current().mood),
        language=current_language(),
        full_screen=config.full_screen,
        kiosk=config.kiosk,
        scans=config.scans,
        **(policy_fields(post, config) if post else {"idle": config.idle}),
        robot=robot,
        demo=config.demo,
        practice=post is None,
        screen_keyboard=screen_keyboard,
        printer=config.printer,
        customer_screen=config.customer_screen,
        metered=config.metered,
    )
