"""The questions about an allergy, and what becomes of the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import medical_profile
from app.codes.allergens import ALLERGENS, GROUP_LABELS, AllergenGroup, of_group
from app.codes.reactions import REACTIONS, SEVERITIES
from app.codes.terms import found_in
from app.medical_profile import NAME_LIMIT, NOTE_LIMIT, AllergyDetails
from ui.steps.journey import Journey
from ui.steps.questions import OTHER, Answers, ChoiceQuestion, DateQuestion, Question, TextField, TextQuestion
from ui.text import _
from ui.widgets import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.fhir.allergy_intolerance import AllergyBody
    from app.space import Space

__all__ = ["GROUP_ICONS", "adding", "changing"]

GROUP_ICONS = {
    AllergenGroup.MEDICINE: "pill",
    AllergenGroup.FOOD: "food-apple-outline",
    AllergenGroup.NATURE: "flower-pollen-outline",
    AllergenGroup.MATERIAL: "hand-back-right-outline",
}
_UNKNOWN = "unknown"


def adding(space: Space) -> Journey:
    """Note an allergy."""
    return Journey(
        questions=_questions(space),
        main=_("Noter cette allergie"),
        save=lambda answers: medical_profile.add_allergy(space, _details(answers)),
        undo=lambda edit: medical_profile.undo(space, edit),
        check=_check(space, ""),
        places=_PLACES,
        done_title=_("L’allergie est notée."),
        list_screen="health",
        list_words=_("Revenir à ma santé"),
    )


def changing(space: Space, body: AllergyBody) -> Journey:
    """Say an allergy anew."""
    return Journey(
        questions=_questions(space),
        main=_("Noter ces changements"),
        save=lambda answers: medical_profile.change_allergy(space, body.id, _details(answers)),
        undo=lambda edit: medical_profile.undo(space, edit),
        check=_check(space, body.id),
        places=_PLACES,
        done_title=_("L’allergie est corrigée."),
        list_screen="health",
        list_words=_("Revenir à ma santé"),
        answers=_answers(body),
        corrects=True,
    )


_PLACES = {
    "profile-name-missing": "group",
    "profile-already-noted": "group",
    "profile-day-missing": "onset",
    "profile-day-in-future": "onset",
    "profile-day-before-birth": "onset",
}


def _check(space: Space, allergy_id: str) -> Callable[[str, Answers], None]:
    def check(key: str, answers: Answers) -> None:
        if key.startswith("allergen-"):
            medical_profile.check_allergen(space, _details(answers), besides=allergy_id)
        if key == "onset" and answers.get("onset"):
            medical_profile.check_day(space, answers["onset"])

    return check


def _details(answers: Answers) -> AllergyDetails:
    allergen = answers.get("allergen") or ""
    severity = answers.get("severity") or ""
    return AllergyDetails(
        group=AllergenGroup(answers.get("group") or AllergenGroup.FOOD),
        allergen="" if allergen == OTHER else allergen,
        words=answers.get("words") or "",
        reactions=answers.get("reactions") or (),
        severity="" if severity == _UNKNOWN else severity,
        onset=answers.get("onset") or "",
        note=answers.get("note") or "",
    )


def _answers(body: AllergyBody) -> Answers:
    """Take the answers from what is noted."""
    term = found_in(ALLERGENS.values(), body.code)
    group = term.group if term else _group_of(body.category)
    known = (found_in(REACTIONS.values(), each) for each in body.reactions)
    return {
        "group": group.value,
        "allergen": term.key if term else OTHER,
        "words": "" if term else body.name,
        "reactions": tuple(each.key for each in known if each),
        "severity": body.severity or _UNKNOWN,
        "onset": body.onset,
        "note": body.note,
    }


def _group_of(category: str) -> AllergenGroup:
    known = {"medication": AllergenGroup.MEDICINE, "food": AllergenGroup.FOOD}
    return known.get(category, AllergenGroup.MATERIAL)


def _questions(space: Space) -> tuple[Question, ...]:
    return (_group(), *(_allergen(group) for group in AllergenGroup), *_effects(), _onset(space), _note())


def _group() -> ChoiceQuestion:
    return ChoiceQuestion(
        key="group",
        title=_("À quoi êtes-vous allergique ?"),
        help_text=_(
            "Cette page demande à quoi vous êtes allergique. "
            "Choisissez une famille, la liste vient ensuite. "
            "On peut aussi écrire le nom soi-même."
        ),
        missing=_("Choisissez une des quatre cases."),
        clears=("allergen", "words"),
        columns=2,
        choices=lambda: [
            Choice(group, _(label), icon_name=GROUP_ICONS[group]) for group, label in GROUP_LABELS.items()
        ],
    )


def _allergen(group: AllergenGroup) -> ChoiceQuestion:
    titles = {
        AllergenGroup.MEDICINE: _("Quel médicament ?"),
        AllergenGroup.FOOD: _("Quel aliment ?"),
        AllergenGroup.NATURE: _("Quel pollen, quel animal, quel insecte ?"),
        AllergenGroup.MATERIAL: _("Quel produit, quelle matière ?"),
    }
    return ChoiceQuestion(
        key=f"allergen-{group}",
        field="allergen",
        title=titles[group],
        help_text=_(
            "Cette page demande le nom de ce qui vous gêne. "
            "Appuyez sur la bonne case. "
            "S’il n’y est pas, appuyez sur « Autre chose » et écrivez-le."
        ),
        name=_("Allergie"),
        change=_("Changer l’allergie"),
        missing=_("Choisissez une case, ou « Autre chose »."),
        applies=lambda answers: answers.get("group") == group,
        columns=2,
        choices=lambda: [Choice(each.key, _(each.label)) for each in of_group(group)],
        other=_("Autre chose"),
        other_label=_("Écrivez le nom"),
        limit=NAME_LIMIT,
    )


def _effects() -> tuple[Question, ...]:
    reactions = ChoiceQuestion(
        key="reactions",
        title=_("Que s’est-il passé ?"),
        intro=_("Cochez ce qui est arrivé. Si vous ne savez pas, appuyez sur « Continuer »."),
        name=_("Ce qui est arrivé"),
        change=_("Changer ce qui est arrivé"),
        several=True,
        columns=2,
        choices=lambda: [Choice(each.key, _(each.label)) for each in REACTIONS.values()],
    )
    severity = ChoiceQuestion(
        key="severity",
        title=_("Était-ce grave ?"),
        help_text=_(
            "Cette page demande si c’était grave. Dites ce que vous avez vécu. Un soignant jugera du risque."
        ),
        name=_("Gravité"),
        change=_("Changer la gravité"),
        missing=_("Choisissez une case, ou « Je ne sais pas »."),
        choices=lambda: [
            *(Choice(each.key, _(each.label)) for each in SEVERITIES.values()),
            Choice(_UNKNOWN, _("Je ne sais pas")),
        ],
    )
    return reactions, severity


def _onset(space: Space) -> DateQuestion:
    return DateQuestion(
        key="onset",
        title=_("Depuis quand ?"),
        intro=_("Si vous ne savez pas, laissez vide et appuyez sur « Continuer »."),
        name=_("Depuis"),
        change=_("Changer la date"),
        label=_("Première fois"),
        today=lambda: space.clock().astimezone().date(),
    )


def _note() -> TextQuestion:
    return TextQuestion(
        key="note",
        title=_("Voulez-vous ajouter une précision ?"),
        intro=_("Par exemple : le nom exact du médicament, ou qui vous l’a dit."),
        name=_("Précision"),
        change=_("Changer la précision"),
        is_extra=True,
        fields=(TextField(key="note", label=_("Précision"), limit=NOTE_LIMIT, width=60),),
    )
