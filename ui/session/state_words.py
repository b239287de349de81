"""The state of the connection in a few words, for the top of the window.

What needs someone comes first, then what stands in the way, then what is under way; never an alarm, and
always what is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import formats
from ui.session.waiting_words import clock_words
from ui.text import _, mark, ngettext
from ui.widgets import NoticeKind

if TYPE_CHECKING:
    from sync.engine import SyncStatus

__all__ = ["state_words"]

_STANDS_IN_THE_WAY = {
    "offline": mark("Sans réseau – tout est gardé"),
    "captive-portal": mark("Réseau à ouvrir – tout est gardé"),
    "certificate-not-trusted": mark("Adresse pas sûre – tout est gardé"),
    "proxy-refused": mark("Réseau bloqué – tout est gardé"),
    "service-busy": mark("Service occupé – tout est gardé"),
    "signed-out": mark("Connexion terminée – tout est gardé"),
    "disk-full": mark("Disque plein – tout est gardé"),
}
_BROKEN = mark("Service en panne – tout est gardé")


def state_words(status: SyncStatus) -> tuple[str, NoticeKind]:
    """Say how it is, and how loudly."""
    refused = status.parked - status.choices
    if refused > 0:
        words = ngettext("{count} envoi refusé", "{count} envois refusés", refused)
        return words.format(count=refused), NoticeKind.BAD
    if status.question is not None:
        return _("Une question pour vous"), NoticeKind.WAIT
    if status.choices:
        return _("Un choix à faire"), NoticeKind.WAIT
    if not status.online and status.last_sync is None and status.reason is None:
        return _("Connexion…"), NoticeKind.INFO
    if not status.online or status.reason is not None:
        reason = status.reason or "offline"
        return _(_STANDS_IN_THE_WAY.get(reason, _BROKEN)), NoticeKind.WAIT
    if clock_words(status):
        return _("Heure à régler"), NoticeKind.WAIT
    if status.waiting:
        words = ngettext("{count} envoi en cours…", "{count} envois en cours…", status.waiting)
        return words.format(count=status.waiting), NoticeKind.INFO
    if status.last_sync is None:
        return _("Mise à jour…"), NoticeKind.INFO
    return _("À jour – {time}").format(time=formats.clock_time(status.last_sync)), NoticeKind.OK
