"""The questions about someone close, and what becomes of the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import relatives
from app.codes.relationships import RELATIONS, RelativeRole
from app.codes.terms import found_in
from app.relatives import NAME_LIMIT, RelativeDetails
from ui.steps.journey import Journey
from ui.steps.questions import Answers, ChoiceQuestion, Question, TextField, TextQuestion
from ui.text import _, joined
from ui.widgets import Choice

if TYPE_CHECKING:
    from app.fhir.related_person import RelativeBody
    from app.space import Space

__all__ = ["adding_contact", "changing", "naming_trusted"]

_PLACES = {
    "relative-name-missing": "name",
    "relative-phone-missing": "phone",
    "relative-phone-unreadable": "phone",
}
_PHONE_LIMIT = 30


def naming_trusted(space: Space, former: RelativeBody | None) -> Journey:
    """Name the trusted person; ``former`` is who was one until now."""
    agreed = _(
        "Demandez à cette personne si elle est d’accord. La loi veut aussi un papier signé par vous deux."
    )
    replaced = _("{name} ne sera plus votre personne de confiance.")
    note = agreed if former is None else joined(" ", (replaced.format(name=former.name), agreed))
    return Journey(
        questions=_questions(is_trusted=True),
        main=_("Choisir cette personne"),
        save=lambda answers: relatives.name_trusted(space, _details(answers)),
        undo=lambda edit: relatives.undo(space, edit),
        check=_check,
        places=_PLACES,
        done_title=_("Votre personne de confiance est choisie."),
        list_screen="relatives",
        list_words=_("Revenir à mes proches"),
        note=note,
    )


def adding_contact(space: Space) -> Journey:
    """Add someone to call."""
    return Journey(
        questions=_questions(is_trusted=False),
        main=_("Ajouter cette personne"),
        save=lambda answers: relatives.add_contact(space, _details(answers)),
        undo=lambda edit: relatives.undo(space, edit),
        check=_check,
        places=_PLACES,
        done_title=_("La personne à prévenir est ajoutée."),
        list_screen="relatives",
        list_words=_("Revenir à mes proches"),
    )


def changing(space: Space, body: RelativeBody) -> Journey:
    """Say anew who someone is."""
    return Journey(
        questions=_questions(is_trusted=body.role is RelativeRole.TRUSTED),
        main=_("Noter ces changements"),
        save=lambda answers: relatives.change(space, body.id, _details(answers)),
        undo=lambda edit: relatives.undo(space, edit),
        check=_check,
        places=_PLACES,
        done_title=_("C’est corrigé."),
        list_screen="relatives",
        list_words=_("Revenir à mes proches"),
        answers=_answers(body),
        corrects=True,
    )


def _check(key: str, answers: Answers) -> None:
    if key == "phone":
        answers["phone"] = relatives.phone_written(answers["phone"])


def _details(answers: Answers) -> RelativeDetails:
    return RelativeDetails(
        given=answers.get("given") or "",
        family=answers.get("family") or "",
        phone=answers.get("phone") or "",
        relation=answers.get("relation") or "other",
    )


def _answers(body: RelativeBody) -> Answers:
    term = found_in(RELATIONS.values(), body.relation)
    return {
        "given": body.given,
        "family": body.family,
        "phone": body.phone,
        "relation": term.key if term else "other",
    }


def _questions(*, is_trusted: bool) -> tuple[Question, ...]:
    who = _("Qui est votre personne de confiance ?") if is_trusted else _("Qui faut-il prévenir ?")
    help_text = (
        _(
            "Cette page demande qui est votre personne de confiance. "
            "Écrivez son prénom et son nom. "
            "Elle dit ce que vous voulez, si vous ne pouvez plus parler."
        )
        if is_trusted
        else _(
            "Cette page demande qui il faut prévenir. "
            "On appelle cette personne s’il vous arrive quelque chose. "
            "Écrivez son prénom et son nom."
        )
    )
    return (
        TextQuestion(
            key="name",
            title=who,
            help_text=help_text,
            name=_("Nom"),
            change=_("Changer le nom"),
            missing=_("Écrivez le prénom ou le nom de cette personne."),
            fields=(
                TextField(key="given", label=_("Prénom"), limit=NAME_LIMIT, width=24),
                TextField(key="family", label=_("Nom de famille"), limit=NAME_LIMIT, width=24),
            ),
        ),
        ChoiceQuestion(
            key="relation",
            title=_("Qui est cette personne pour vous ?"),
            name=_("C’est"),
            change=_("Changer le lien"),
            missing=_("Choisissez une case. « Une autre personne » convient toujours."),
            columns=2,
            choices=lambda: [Choice(each.key, _(each.label)) for each in RELATIONS.values()],
        ),
        TextQuestion(
            key="phone",
            title=_("À quel numéro l’appeler ?"),
            intro=_("Le numéro où elle répond le plus souvent."),
            name=_("Téléphone"),
            change=_("Changer le téléphone"),
            missing=_("Écrivez le numéro de téléphone."),
            fields=(
                TextField(
                    key="phone",
                    label=_("Téléphone"),
                    help_words=_("Par exemple : 06 12 34 56 78"),
                    limit=_PHONE_LIMIT,
                    width=18,
                ),
            ),
        ),
    )
