"""How an access is said: who, when, how one helped, what was done. In plain words, for the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.accesses import Deed, Looker
from app.codes.access_words import DEED_LABELS, LOOKER_LABELS
from app.space import AssistMode
from ui import formats
from ui.text import _, commas, dotted, ngettext

if TYPE_CHECKING:
    from app.accesses import Look, Reported
    from ui.text import Words

__all__ = [
    "ICONS",
    "SECTIONS",
    "deeds",
    "in_a_line",
    "mode_words",
    "reported_words",
    "when_words",
    "who_words",
]

SECTIONS = LOOKER_LABELS

ICONS: dict[Looker, str] = {
    Looker.HELPER: "account-tie",
    Looker.PROFESSIONAL: "medical-bag",
    Looker.ME: "account",
    Looker.SERVICE: "server",
}


def who_words(look: Look) -> Words:
    """Say who it was: a name and where they work, else what they are."""
    last = look.last
    if last.looker is Looker.ME:
        return _("Vous")
    organization = next((each.organization for each in look.accesses if each.organization), "")
    name = next((each.name for each in look.accesses if each.name), "")
    if name or organization:
        return commas((name, organization))
    return _("Un programme de santé") if last.looker is Looker.SERVICE else _("Une personne sans nom")


def when_words(look: Look) -> Words:
    """Say when it began: the day and the time."""
    return _("{day} à {time}").format(day=formats.day(look.start), time=formats.clock_time(look.start))


def mode_words(look: Look) -> str:
    """Say how one helped; nothing where nobody did."""
    if look.last.mode == AssistMode.FOR:
        return _("À votre place") if look.is_covered else _("À votre place, sans mandat valable")
    return _("Avec vous") if look.last.mode == AssistMode.WITH else ""


def deeds(look: Look) -> list[Words]:
    """Say what was done, the documents first."""
    counted = (
        (Deed.OPENED, _opened), (Deed.FILED, _filed), (Deed.PRINTED, _printed), (Deed.COPIED, _copied),
    )  # fmt: skip
    said = [words(len(look.documents(deed))) for deed, words in counted if look.documents(deed)]
    said += [_(words) for deed, words in DEED_LABELS.items() if look.has(deed)]
    return said or [_("Votre espace ouvert sur un poste")]


def _opened(count: int) -> Words:
    return ngettext("{count} document ouvert", "{count} documents ouverts", count).format(count=count)


def _filed(count: int) -> Words:
    return ngettext("{count} document rangé", "{count} documents rangés", count).format(count=count)


def _printed(count: int) -> Words:
    return ngettext("{count} document imprimé", "{count} documents imprimés", count).format(count=count)


def _copied(count: int) -> Words:
    return ngettext("{count} document copié", "{count} documents copiés", count).format(count=count)


def reported_words(reported: Reported) -> Words:
    """Say what became of a report."""
    day = formats.day(reported.made)
    if reported.seen is not None:
        seen = formats.day(reported.seen)
        return _("Signalé le {day}. Vu par la structure le {seen}.").format(day=day, seen=seen)
    if reported.is_sent:
        return _("Signalé le {day}. La structure ne l’a pas encore vu.").format(day=day)
    return _("Noté le {day}. Le signalement partira dès que possible.").format(day=day)


def in_a_line(look: Look) -> Words:
    """Say all of it but who, in one line."""
    return dotted((when_words(look), mode_words(look), *deeds(look)))
