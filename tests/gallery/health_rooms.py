"""The screens of « Ma santé » and « Mes proches »: empty, very full, asking, done, clashing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app import relatives
from app.codes.relationships import RelativeRole
from app.relatives import RelativeDetails
from sync.service.demo.health import health_of
from sync.service.demo.people import citizen
from ui.printing.papers import receipt_paper
from ui.screens.finish import line_words
from ui.steps import Journey, allergy, relative, vaccination

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.space import Space
    from tests.gallery.stage import Stage
    from ui.shell import Shell

__all__ = ["HEALTH_ROOMS"]

KIWI: dict[str, Any] = {
    "group": "food",
    "allergen": "other",
    "words": "Kiwi vert de la voisine du cinquième étage",
    "reactions": ("rash", "itching", "shock"),
    "severity": "severe",
    "onset": "1985-04",
}
FLU: dict[str, Any] = {"vaccine": "flu", "day": "2025-10-14", "lot": "U4321A", "performer": "Docteur Roux"}
ANNE = RelativeDetails("Anne", "Petit", "06 99 00 18 12", "daughter")


def _told(stage: Stage, *bodies: dict[str, Any]) -> None:
    """Have Germaine's record arrive as Jeanne's, and these."""
    other = stage.other_side
    me = {"reference": f"Patient/{stage.space.patient_id}"}
    told = [*health_of(citizen("germaine")), *bodies]
    for body in told:
        body["patient"] = me
        if str(body.get("asserter", {}).get("reference", "")).startswith("Patient"):
            body["asserter"] = me
    other.tell(*told)


def _anne(space: Space, *, is_active: bool) -> dict[str, Any]:
    body = relatives._made(space, "0192f0aa-0000-7000-8000-00000000a00e", RelativeRole.TRUSTED, ANNE)
    return body | {"active": is_active}


def _room(name: str, *, full: bool = True, clash: bool = False) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        if full:
            _told(stage, _anne(stage.space, is_active=clash))
        stage.session.restart(name, **({"about": "relatives"} if name == "conflict" else {}))
        return stage.session.shell

    return show


def _entry(kind: str, about: str, *, own: bool = True) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        _told(stage)
        found = [each for each in stage.space.records.all(kind) if _is_own(each, stage.space) is own]
        stage.session.restart("health_entry", about=about, entry_id=found[0]["id"])
        return stage.session.shell

    return show


def _is_own(body: dict[str, Any], space: Space) -> bool:
    if body["resourceType"] == "Immunization":
        return body.get("primarySource") is False
    return bool(body["asserter"]["reference"] == f"Patient/{space.patient_id}")


def _relative(stage: Stage) -> Shell:
    _told(stage)
    found = next(each for each in stage.space.records.all("RelatedPerson") if each["active"])
    stage.session.restart("relative", relative_id=found["id"])
    return stage.session.shell


def _asked(
    make: Callable[[Space], Journey], key: str, answers: dict[str, Any], *, press: bool = False
) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        journey = make(stage.space)
        journey.answers.update(answers)
        stage.session.restart("entry_question", journey=journey, key=key)
        if press:
            stage.session.shell.shown.pressed()  # type: ignore[union-attr]
        return stage.session.shell

    return show


def _naming(space: Space) -> Journey:
    return relative.naming_trusted(space, None)


def _check(make: Callable[[Space], Journey], answers: dict[str, Any]) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        journey = make(stage.space)
        journey.answers.update(answers)
        stage.session.restart("entry_check", journey=journey)
        return stage.session.shell

    return show


def _done(stage: Stage) -> Shell:
    journey = vaccination.adding(stage.space)
    journey.answers.update(FLU)
    journey.edit = journey.save(journey.answers)
    stage.session.restart("entry_done", journey=journey)
    return stage.session.shell


def _left_open(stage: Stage) -> Shell:
    relatives.add_contact(stage.space, ANNE)
    stage.other_side.refuse(stage.space.records.operations()[-1])
    stage.session.restart("finish")
    return stage.session.shell


def _keep_receipt(stage: Stage) -> Shell:
    space = stage.space
    before = space.patient, space.mails
    space.mails = True
    space.patient = space.patient | {"telecom": [{"system": "email", "value": "jeanne@courrier.example"}]}
    stage.session.restart("receipt_keep", paper=receipt_paper(space, line_words, 0))
    space.patient, space.mails = before
    return stage.session.shell


def _keep_receipt_plainly(stage: Stage) -> Shell:
    stage.session.restart("receipt_keep", paper=receipt_paper(stage.space, line_words, 0))
    return stage.session.shell


HEALTH_ROOMS: dict[str, Callable[[Stage], Shell]] = {
    "health_empty": _room("health", full=False),
    "relatives_empty": _room("relatives", full=False),
    "health": _room("health"),
    "relatives": _room("relatives"),
    "health_entry": _entry("AllergyIntolerance", "allergy"),
    "health_entry_doctor": _entry("Immunization", "vaccination", own=False),
    "relative": _relative,
    "entry_question_group": _asked(allergy.adding, "group", {}),
    "entry_question_none": _asked(allergy.adding, "allergen-food", {"group": "food"}, press=True),
    "entry_question_other": _asked(allergy.adding, "allergen-food", KIWI),
    "entry_question_several": _asked(allergy.adding, "reactions", KIWI),
    "entry_question_date": _asked(vaccination.adding, "day", {}, press=True),
    "entry_question_lines": _asked(_naming, "name", {}, press=True),
    "entry_check": _check(allergy.adding, KIWI),
    "entry_check_trusted": _check(_naming, {"given": "Anne", "family": "Petit", "phone": "06 99 00 18 12"}),
    "entry_done": _done,
    "relatives_conflict": _room("relatives", clash=True),
    "conflict": _room("conflict", clash=True),
    "finish_choice": _left_open,
    "receipt_keep": _keep_receipt,
    "receipt_keep_no_mail": _keep_receipt_plainly,
}
