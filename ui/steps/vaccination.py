"""The questions about a vaccination, and what becomes of the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app import medical_profile
from app.codes.terms import found_in
from app.codes.vaccine_products import product_of
from app.codes.vaccines import VACCINES
from app.counter import is_pharmacist
from app.medical_profile import LOT_LIMIT, NAME_LIMIT, PERFORMER_LIMIT, VaccinationDetails, gtin_of
from ui.steps.journey import Journey
from ui.steps.questions import OTHER, Answers, ChoiceQuestion, DateQuestion, Question, TextField, TextQuestion
from ui.steps.words import partial_day
from ui.text import _
from ui.widgets import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.codes.gs1 import MedicineCode
    from app.fhir.immunization import ImmunizationBody
    from app.space import Space

__all__ = ["adding", "changing", "scanned"]

_PLACES = {
    "profile-name-missing": "vaccine",
    "vaccine-expired": "day",
    "profile-day-missing": "day",
    "profile-day-in-future": "day",
    "profile-day-before-birth": "day",
}


def adding(space: Space) -> Journey:
    """Note a vaccination."""
    return Journey(
        questions=_questions(space),
        main=_("Noter ce vaccin"),
        save=lambda answers: medical_profile.add_vaccination(space, _details(answers)),
        undo=lambda edit: medical_profile.undo(space, edit),
        check=_check(space),
        places=_PLACES,
        done_title=_("Le vaccin est noté."),
        list_screen="health",
        list_words=_("Revenir à ma santé"),
    )


def scanned(space: Space, found: MedicineCode) -> Journey:
    """Note the vaccination whose box was scanned: today, and by the pharmacist where one helps."""
    product, journey = product_of(found.gtin), adding(space)
    if product is None:
        journey.remark = _("Ce produit n’est pas dans notre liste. Le lot et la date limite sont lus.")
    journey.answers.update(
        {
            "vaccine": product.vaccine if product else None,
            "day": space.clock().astimezone().date().isoformat(),
            "lot": found.lot,
            "expiry": found.expiry.isoformat() if found.expiry else "",
            "gtin": found.gtin,
            "given_here": is_pharmacist(space),
            "performer": space.actor.display if is_pharmacist(space) else "",
        }
    )
    return journey


def changing(space: Space, body: ImmunizationBody) -> Journey:
    """Tell a vaccination anew."""
    return Journey(
        questions=_questions(space),
        main=_("Noter ces changements"),
        save=lambda answers: medical_profile.change_vaccination(space, body.id, _details(answers)),
        undo=lambda edit: medical_profile.undo(space, edit),
        check=_check(space),
        places=_PLACES,
        done_title=_("Le vaccin est corrigé."),
        list_screen="health",
        list_words=_("Revenir à ma santé"),
        answers=_answers(body),
        corrects=True,
    )


def _check(space: Space) -> Callable[[str, Answers], None]:
    def check(key: str, answers: Answers) -> None:
        if key == "day":
            medical_profile.check_day(space, answers["day"])

    return check


def _details(answers: Answers) -> VaccinationDetails:
    vaccine = answers.get("vaccine") or ""
    dose = str(answers.get("dose") or "")
    return VaccinationDetails(
        day=answers.get("day") or "",
        vaccine="" if vaccine == OTHER else vaccine,
        words=answers.get("words") or "",
        lot=answers.get("lot") or "",
        performer=answers.get("performer") or "",
        dose=int(dose) if dose.isdecimal() else 0,
        expiry=str(answers.get("expiry") or ""),
        gtin=str(answers.get("gtin") or ""),
        is_given_here=bool(answers.get("given_here")),
    )


def _answers(body: ImmunizationBody) -> Answers:
    term = found_in(VACCINES.values(), body.code)
    return {
        "vaccine": term.key if term else OTHER,
        "words": "" if term else body.name,
        "day": body.day,
        "lot": body.lot,
        "expiry": body.expiry,
        "gtin": gtin_of(body.code),
        "performer": body.performer,
        "dose": str(body.dose) if body.dose else "",
    }


def _questions(space: Space) -> tuple[Question, ...]:
    return (
        ChoiceQuestion(
            key="vaccine",
            title=_("Contre quelle maladie est ce vaccin ?"),
            help_text=_(
                "Cette page demande contre quelle maladie est ce vaccin. "
                "C’est écrit dans le carnet de vaccination, ou sur l’ordonnance. "
                "S’il n’est pas dans la liste, appuyez sur « Autre vaccin »."
            ),
            name=_("Vaccin"),
            change=_("Changer le vaccin"),
            missing=_("Choisissez une case, ou « Autre vaccin »."),
            columns=2,
            choices=lambda: [Choice(each.key, _(each.label)) for each in VACCINES.values()],
            other=_("Autre vaccin"),
            other_label=_("Écrivez le nom du vaccin ou de la maladie"),
            limit=NAME_LIMIT,
        ),
        DateQuestion(
            key="day",
            title=_("Quand avez-vous été vacciné ?"),
            intro=_("Même si vous ne savez pas le jour, l’année aide déjà."),
            name=_("Date"),
            change=_("Changer la date"),
            missing=_("Écrivez au moins l’année."),
            label=_("Date du vaccin"),
            with_today=True,
            today=lambda: space.clock().astimezone().date(),
        ),
        *_label(),
        _performer(),
    )


def _label() -> tuple[Question, ...]:
    """Ask for what stands on the booklet's label."""
    lot = TextQuestion(
        key="lot",
        title=_("Quel est le numéro de lot ?"),
        intro=_("Il est sur l’étiquette collée dans le carnet. Vous pouvez laisser vide."),
        name=_("Numéro de lot"),
        change=_("Changer le lot"),
        is_extra=True,
        fields=(TextField(key="lot", label=_("Numéro de lot"), limit=LOT_LIMIT, width=20),),
    )
    dose = TextQuestion(
        key="dose",
        title=_("C’était quelle dose ?"),
        intro=_("La première, la deuxième, un rappel… Vous pouvez laisser vide."),
        name=_("Numéro de la dose"),
        change=_("Changer la dose"),
        is_extra=True,
        fields=(TextField(key="dose", label=_("Numéro de la dose"), limit=2, width=3),),
    )
    return lot, ExpiryQuestion(key="expiry", name=_("Date limite"), is_extra=True, applies=_has_expiry), dose


def _has_expiry(answers: Answers) -> bool:
    return bool(answers.get("expiry"))


@dataclass(frozen=True, kw_only=True)
class ExpiryQuestion(TextQuestion):
    """Read back only: it comes from the box."""

    title: str = ""

    def said(self, answers: Answers) -> str:
        """Say the last day of use."""
        return partial_day(str(answers.get(self.key, "")))


def _performer() -> TextQuestion:
    return TextQuestion(
        key="performer",
        title=_("Qui vous a vacciné ?"),
        intro=_("Un nom, une pharmacie, un centre. Vous pouvez laisser vide."),
        name=_("Vacciné par"),
        change=_("Changer qui a vacciné"),
        is_extra=True,
        applies=lambda answers: not answers.get("given_here"),
        fields=(TextField(key="performer", label=_("Nom"), limit=PERFORMER_LIMIT),),
    )
