"""Who looked: lines of helpers, professionals, services and the person; what one of them did; the report."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app import accesses
from sync.accesses import AccessPage
from sync.failures import Offline
from sync.service.demo.papers import Kind, make_paper
from sync.service.demo.people import CITIZENS
from tests.gallery.spaces import LONG_NAME, NOON, PLACE
from ui.widgets.drawn_document import DrawnDocument

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.accesses import Look
    from tests.gallery.stage import Stage
    from ui.shell import Shell

__all__ = ["ACCESS_ROOMS", "answered", "look_of", "offline"]

_ROLE = "https://tandem.example/fhir/CodeSystem/agent-role"
_MODE = "https://tandem.example/fhir/StructureDefinition/assist-mode"


def event(
    number: int,
    role: str,
    name: str,
    place: str,
    *,
    hours: int,
    action: str = "R",
    desk: bool = True,
    **more: Any,  # noqa: ANN401 (what an event may hold besides)
) -> dict[str, Any]:
    """Make an AuditEvent as the service tells it."""
    agents: list[dict[str, Any]] = [
        {
            "role": [{"coding": [{"system": _ROLE, "code": role}]}],
            "who": {"reference": f"Practitioner/{role}", "display": name},
        },
        {"type": {"coding": [{"code": "CST"}]}, "who": {"display": place}, "requestor": False},
    ]
    if "mandate" in more:
        agents[0]["policy"] = [f"Consent/{more['mandate']}"]
    made: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": f"0192f0aa-0000-7000-a000-{number:012d}",
        "action": action,
        "recorded": (NOON - timedelta(hours=hours)).isoformat(),
        "outcome": more.get("outcome", "0"),
        "agent": agents if place else agents[:1],
        "source": {"type": [{"code": "1" if desk else "4"}]},
        "entity": [{"what": {"reference": each}} for each in more.get("entities", ())],
    }
    if "mode" in more:
        made["extension"] = [{"url": _MODE, "valueCode": more["mode"]}]
    return made


def told(stage: Stage) -> tuple[dict[str, Any], ...]:
    """Say what a usual year holds."""
    ids = [f"DocumentReference/{each}" for each in stage.documents.values()]
    return (
        event(
            1,
            "adviser",
            "Karim Benali",
            "France services de Bourges",
            hours=26,
            mode="faire_avec",
            entities=ids[:3],
        ),
        event(
            2,
            "adviser",
            "Karim Benali",
            "France services de Bourges",
            hours=26,
            mode="faire_avec",
            action="C",
            desk=False,
            entities=ids[:1],
        ),
        event(
            3,
            "adviser",
            "Léa Moreau",
            "France services de Sancerre",
            hours=700,
            mode="faire_pour",
            outcome="8",
            entities=ids[1:2],
        ),
        event(
            4,
            "pharmacist",
            "Claire Roussel",
            "Pharmacie du Berry",
            hours=120,
            mode="faire_avec",
            entities=ids[:1],
        ),
        event(5, "citizen", "", "", hours=300, desk=False, entities=ids[:2]),
        event(
            6,
            "software",
            "",
            "Centre hospitalier de Bourges",
            hours=400,
            action="C",
            desk=False,
            entities=ids[2:3],
        ),
    )


def many() -> tuple[dict[str, Any], ...]:
    """Say what many years hold, of someone with a long name."""
    return tuple(
        event(
            100 + n,
            "adviser",
            LONG_NAME,
            PLACE,
            hours=24 * n,
            mode="faire_pour",
            mandate="m",
            entities=["DocumentReference/x"],
        )
        for n in range(40)
    )


def answered(
    events: Callable[[Stage], tuple[dict[str, Any], ...]], more: str = ""
) -> Callable[[Stage, Any], None]:
    """Let the service's answer come."""
    return lambda stage, screen: screen._answered(AccessPage(events(stage), more))


def offline(_stage: Stage, screen: Any) -> None:  # noqa: ANN401 - any screen
    """Let it not come."""
    screen._not_answered(Offline())


def signing(_stage: Stage, screen: Any) -> None:  # noqa: ANN401 - any screen
    """Show the wait for the signed list."""
    screen._signing.show()
    screen.keep.setEnabled(False)


def not_signed(_stage: Stage, screen: Any) -> None:  # noqa: ANN401 - any screen
    """Let the signed list not come: there is no network."""
    screen._not_signed(Offline())


def look_of(stage: Stage, number: int) -> Look:
    """Return one line of the list."""
    return accesses.accesses(stage.space, told(stage))[number]


def _room(stage: Stage) -> Shell:
    stage.session.restart("accesses")
    return stage.session.shell


def _then(do: Callable[[Stage, Any], None]) -> Callable[[Stage], Shell]:
    def show(stage: Stage) -> Shell:
        shell = _room(stage)
        stage.rest()
        do(stage, shell.shown)
        return shell

    return show


def _one(name: str, is_covered: bool, *, press: bool = False) -> Callable[[Stage], Shell]:  # noqa: FBT001
    def show(stage: Stage) -> Shell:
        found = [
            each for each in accesses.accesses(stage.space, told(stage)) if each.is_covered is is_covered
        ]
        stage.session.restart(name, look=found[0])
        if press:
            stage.session.shell.shown.pressed()  # type: ignore[union-attr]
        return stage.session.shell

    return show


def _reported(stage: Stage) -> Shell:
    shell = _one("access", is_covered=False)(stage)
    stage.rest()
    shell.shown._fill(([], accesses.Reported(NOON, is_sent=True, seen=NOON)))  # type: ignore[union-attr]
    return shell


def _list(stage: Stage) -> Shell:
    document = DrawnDocument(stage.session.context.reader, make_paper(Kind.LETTER, CITIZENS[0]).data)
    stage.session.restart("access_list", document=document, opened=document.open())
    return stage.session.shell


ACCESS_ROOMS: dict[str, Callable[[Stage], Shell]] = {
    "accesses": _then(answered(told, "more")),
    "accesses_none": _room,
    "accesses_offline": _then(offline),
    "accesses_signing": _then(signing),
    "accesses_not_signed": _then(not_signed),
    "accesses_many": _then(answered(lambda _stage: many())),
    "access": _one("access", is_covered=True),
    "access_without_mandate": _one("access", is_covered=False),
    "access_reported": _reported,
    "access_list": _list,
    "access_report": _one("access_report", is_covered=False),
    "access_report_none": _one("access_report", is_covered=False, press=True),
}
