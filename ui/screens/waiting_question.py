"""A question that only a person answers: much was deleted at the service, or it was put back from a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QWidget

from app import service_questions
from sync.guard import Question
from ui import messages, theme
from ui.screen import Screen
from ui.screens.waiting import feed_of, question_title
from ui.session.waiting_words import ICONS, thing_words
from ui.steps.rows import take_over_focus
from ui.text import _, joined, ngettext
from ui.widgets import Card, CardLayout, IconLine, NoticeKind, PlainButton, Text

if TYPE_CHECKING:
    from app.service_questions import Asked
    from ui.session.context import SessionContext

__all__ = ["WaitingQuestion"]


class WaitingQuestion(Screen):
    """Two answers of the same size, neither chosen beforehand."""

    name: ClassVar[str] = "waiting_question"

    def __init__(self, context: SessionContext, *, question: Question) -> None:
        super().__init__(question_title(question))
        self.help_text = _(
            "Cette page pose une question sur votre espace. "
            "Rien ne change avant votre réponse. "
            "« Retour » laisse la question pour plus tard."
        )
        self._context, self._question = context, question
        self._asked: Asked | None = None
        self._busy = False
        removed = question is Question.MANY_REMOVED
        self._examples = Card()
        self.body.addWidget(self._examples)
        self._examples.hide()
        self.ask = Text(
            _("Faut-il les retirer ici aussi ?") if removed else _("Faut-il renvoyer ce qui manque ?"),
            theme.Role.STRONG,
        )
        self.body.addWidget(self.ask)
        self.no = PlainButton(_("Les garder ici") if removed else _("Ne rien renvoyer"))
        self.yes = PlainButton(_("Les retirer ici aussi") if removed else _("Renvoyer ce qui manque"))
        answers = QWidget()
        layout = CardLayout(answers, columns=2, ems=13)
        layout.setSpacing(theme.SPACE[1])
        for button, wanted in ((self.no, False), (self.yes, True)):
            button.clicked.connect(lambda _checked=False, wanted=wanted: self._answer(wanted=wanted))
            layout.addWidget(button)
        self.body.addWidget(answers)
        self._after = IconLine("information-outline", _afterwards(context, question))
        self.body.addWidget(self._after)
        self._unsure = IconLine(
            "help-circle-outline", _("Vous ne savez pas ? « Retour » laisse la question pour plus tard.")
        )
        self.body.addWidget(self._unsure)

    def first_focus(self) -> QWidget | None:
        """Begin at the way back: neither answer is chosen beforehand."""
        return self.back_button

    def entered(self) -> None:
        """Read how much it is about."""
        space, question, feed = self._context.space, self._question, feed_of(self._context)

        def read() -> Asked | None:
            if question is Question.MANY_REMOVED:
                return service_questions.removed(space)
            return service_questions.lost(space, feed)

        self._context.tasks.run(read, self._show, self._failed, owner=self)

    def _show(self, asked: Asked | None) -> None:
        if asked is None:
            self._context.back()
            return
        self._asked = asked
        self.set_title(_title(self._question, asked))
        self.intro.set_words(_besides(self._question, asked))
        _empty(self._examples)
        if asked.first:
            words = (
                _("Ce sont :") if len(asked.first) == _known(self._question, asked) else _("Par exemple :")
            )
            self._examples.column.addWidget(Text(words, theme.Role.SECOND))
        for each in asked.first:
            self._examples.column.addWidget(IconLine(ICONS[each.kind], thing_words(each)))
        self._examples.setVisible(bool(asked.first))
        if not _is_choice(self._question, asked):
            self.ask.hide()
            self.yes.hide()
            self._unsure.hide()
            self._after.say(_("Rien n’est effacé ici."))
            self.no.set_words(_("J’ai compris"))
        take_over_focus(self)

    def _answer(self, *, wanted: bool) -> None:
        asked, engine = self._asked, self._context.engine
        if self._busy or asked is None or engine is None:
            return
        self._busy = True
        space, question = self._context.space, self._question

        def answer() -> None:
            if question is Question.MANY_REMOVED:
                service_questions.require_removed(space, wanted=wanted)
                engine.carry_out_removals(wanted=wanted, seen=asked.count)
            else:
                service_questions.require_lost(space, wanted=wanted)
                engine.settle_restored(offer_again=wanted)
                service_questions.seal_offered(space)
            service_questions.journal(space, question.value, wanted=wanted)

        self._context.tasks.run(answer, lambda _none: self._answered(wanted=wanted), self._failed, owner=self)

    def _answered(self, *, wanted: bool) -> None:
        navigator = self._context.navigator
        if self._question is Question.MANY_REMOVED:
            words = _("C’est retiré ici aussi.") if wanted else _("C’est gardé ici.")
        else:
            words = _("Ce qui manque repart.") if wanted else _("Rien n’est renvoyé. Tout reste ici.")
        if self.isVisible():
            self._context.back()
        navigator.toast(words, NoticeKind.OK)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        self.say(messages.sentence(error), NoticeKind.BAD)
        if getattr(error, "code", "") == "removals-changed":
            self.entered()


def _title(question: Question, asked: Asked) -> str:
    """Say what happened, in numbers where they are known."""
    if question is Question.MANY_REMOVED and asked.documents:
        words = ngettext(
            "Le service a retiré {count} document sur {whole}.",
            "Le service a retiré {count} documents sur {whole}.",
            asked.documents,
        )
        return words.format(count=asked.documents, whole=asked.listed)
    if question is Question.MANY_REMOVED and asked.others:
        words = ngettext(
            "Le service a retiré {count} information.",
            "Le service a retiré {count} informations.",
            asked.others,
        )
        return words.format(count=asked.others)
    return question_title(question)


def _is_choice(question: Question, asked: Asked) -> bool:
    """Say whether the answers differ: what was not done here cannot be sent again from here."""
    return question is Question.MANY_REMOVED or bool(asked.acts)


def _known(question: Question, asked: Asked) -> int:
    """Count the things that a person knows; those of a restored service are told by acts only."""
    return asked.documents + asked.others if question is Question.MANY_REMOVED else 0


def _afterwards(context: SessionContext, question: Question) -> str:
    """Say what becomes of what is kept: where many are served, nothing of it outlives the visit."""
    if question is not Question.MANY_REMOVED:
        return _("Rien n’est effacé ici, quelle que soit votre réponse.")
    if context.start.person:
        return _("Ce que vous gardez reste sur cet ordinateur seulement.")
    return _("Ce que vous gardez se lit ici jusqu’à la fin de la visite.")


def _besides(question: Question, asked: Asked) -> str:
    if question is Question.MANY_REMOVED:
        words = ngettext(
            "Il a retiré {count} autre information.",
            "Il a retiré {count} autres informations.",
            asked.others,
        ).format(count=asked.others)
        return words if asked.others and asked.documents else ""
    was = _("Il a été remis comme il était avant.")
    if asked.acts:
        lacks = ngettext(
            "Il lui manque {count} envoi fait ici.", "Il lui manque {count} envois faits ici.", asked.acts
        )
        return joined("\n", (was, lacks.format(count=asked.acts)))
    return joined("\n", (was, _("Ce qui lui manque n’a pas été fait ici : d’ici, rien n’est à renvoyer.")))


def _empty(card: Card) -> None:
    while (item := card.column.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
