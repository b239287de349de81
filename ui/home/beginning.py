"""How a session begins at home: the line that its process is started with; the key follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import theme
from ui.session.start import Start
from ui.text import current_language

if TYPE_CHECKING:
    from app.home_vault import HomePerson, HomeVault
    from app.wipe import SessionFolders
    from ui.desk.config import DeskConfig

__all__ = ["start_line"]


def start_line(
    config: DeskConfig,
    folders: SessionFolders,
    person: HomePerson,
    vault: HomeVault,
    *,
    robot: str | None,
    screen_keyboard: bool,
) -> Start:
    """Return it for one person's space."""
    return Start(
        service=config.service,
        folder=folders.folder,
        outbox=config.outbox,
        adviser={"claims": {}},
        proxy=config.proxy,
        fhir_root=config.fhir_root,
        browser=config.browser,
        place="home",
        text_size=int(theme.current().size),
        mood=str(theme.current().mood),
        language=current_language(),
        full_screen=config.full_screen,
        idle=config.idle,
        robot=robot,
        demo=config.demo,
        screen_keyboard=screen_keyboard,
        printer=config.printer,
        person={
            "patient_id": person.patient_id,
            "name": person.name,
            "role": person.role,
            "store": person.store,
            "carer": person.carer,
            "carer_name": person.carer_name,
        },
        metered=config.metered,
        vault=vault.root,
        seen_at=vault.clock().isoformat(),
    )
