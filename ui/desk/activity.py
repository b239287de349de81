"""« Notre activité »: how many visits this month, how long, for what. No name is in it, nowhere."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from app.clock import now
from app.codes.mandate_words import Scope
from app.space import AssistMode
from ui import formats, messages
from ui.screen import Screen
from ui.text import _, joined, mark, ngettext
from ui.widgets import Answer, CheckAnswers, EmptyState, NoticeKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from app.vault.activity import CountedVisit
    from ui.desk.post import Post
    from ui.tasks import Tasks
    from ui.text import Words

__all__ = ["THEMES", "DeskActivity", "show"]

THEMES: dict[str, str] = {
    Scope.DOCUMENTS.value: mark("Documents"),
    Scope.PROFILE.value: mark("Allergies et vaccins"),
    Scope.WISHES.value: mark("Proches"),
    Scope.ACCOUNT.value: mark("Mandat et accès"),
}
_HOUR = 60


class DeskActivity(Screen):
    """The month's figures; the file for the organization is made by ``tandem export-activity``."""

    name: ClassVar[str] = "desk_activity"

    def __init__(self, month: date, visits: Sequence[CountedVisit]) -> None:
        super().__init__(
            _("Notre activité"), _("Depuis le {day}, sur ce poste.").format(day=formats.short_day(month))
        )
        self.help_text = _(
            "Cette page compte les visites du mois sur ce poste. "
            "Aucun nom n’y est gardé : ni le vôtre, ni celui des personnes. "
            "La personne qui s’occupe du poste peut en faire un fichier."
        )
        if not visits:
            self.body.addWidget(EmptyState(_("Aucune visite ce mois-ci."), icon_name="calendar-blank"))
            return
        themes = Counter(theme for each in visits for theme in each.themes if theme in THEMES)
        modes = Counter(each.mode for each in visits)
        figures = CheckAnswers()
        figures.set_answers(
            [
                Answer("", _("Visites"), formats.number(len(visits))),
                Answer("", _("Temps passé"), _time(sum(each.minutes for each in visits))),
                Answer("", _("Faire ensemble"), formats.number(modes[AssistMode.WITH])),
                Answer("", _("À la place de la personne"), formats.number(modes[AssistMode.FOR])),
                Answer("", _("Pour quoi"), joined("\n", [_theme(each, themes[each]) for each in themes])),
            ]
        )
        self.body.addWidget(figures)


def show(tasks: Tasks, post: Post, ready: Screen, over: Callable[[Screen, Screen], None]) -> None:
    """Show the month's count over the ready screen, once the vault told it."""
    month = now().astimezone().date().replace(day=1)
    tasks.run(
        lambda: post.vault.visits(month),
        lambda visits: over(DeskActivity(month, visits), ready),
        lambda error: ready.say(messages.sentence(error), NoticeKind.BAD),
        owner=ready,
    )


def _theme(theme: str, count: int) -> Words:
    words = ngettext("{theme} : {count} visite", "{theme} : {count} visites", count)
    return words.format(theme=_(THEMES[theme]), count=formats.number(count))


def _time(minutes: int) -> Words:
    if minutes < _HOUR:
        words = ngettext("{count} minute environ", "{count} minutes environ", minutes)
        return words.format(count=minutes)
    return _("{hours} h {minutes} environ").format(hours=minutes // _HOUR, minutes=f"{minutes % _HOUR:02d}")
