"""An access that a person reports: told to the helper's organization, without the person; seen, told back."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from app.fhir.accesses import ReportReason
from app.ids import mint
from sync.service import reports
from sync.service.office_words import OFFICE
from sync.service.storage import EVERYONE
from tests.sync.service.house import ADVISER, ORGANIZATION, House
from tests.sync.service.test_access_list import PATH, text_of
from tests.sync.service.test_organizations import ELSEWHERE, Office
from tests.sync.service.test_readings import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "Chloé Lefèvre-Essai"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, engine: Callable[[], str | None]) -> Iterator[House]:
    """A service with two people and an adviser who is in its directory."""
    made = House(tmp_path_factory.mktemp("reports"), records=engine())
    made.add_citizen("anne", "250021234567801")
    made.add_citizen("bruno", "150021234567801")
    made.add_adviser()
    body = {"resourceType": "Practitioner", "id": ADVISER, "name": [{"text": NAME}]}
    assert made.system.put(f"/Practitioner/{ADVISER}", json=body).status_code == 201
    yield made
    made.close()


def office(house: House, organization: str = ORGANIZATION, login: str = "gaelle") -> Office:
    """Sit down at an organization's page."""
    made = Office(house, organization, login)
    made.sign_in()
    return made


def report(house: House, login: str, *events: str, reason: str = "not-known") -> str:
    """Report events as the desktop does; returns the Communication's id."""
    system = "https://tandem.example/fhir/CodeSystem/access-report"
    subject = {"reference": f"Patient/{house.patients[login]}"}
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "id": mint(),
        "status": "completed",
        "category": [{"coding": [{"system": system, "code": "access-report"}]}],
        "subject": subject,
        "sender": subject,
        "about": [{"reference": f"AuditEvent/{each}"} for each in events],
        "sent": house.service.clock().isoformat(timespec="seconds"),
        "reasonCode": [{"coding": [{"system": system, "code": reason}]}],
    }
    answer = house.citizen(login).put(f"/Communication/{body['id']}", json=body)
    assert answer.status_code == 201, answer.text
    return str(body["id"])


def opened(house: House, login: str) -> dict[str, Any]:
    """Make the event of a document opened with the adviser beside the person, not told yet."""
    return reading(house, login)


def tell(house: House, login: str, event: dict[str, Any]) -> str:
    """Tell it as the PC does."""
    answer = house.together(login).put(f"/AuditEvent/{event['id']}", json=event)
    assert answer.status_code == 201, answer.text
    return str(event["id"])


def test_the_organization_sees_it_and_the_person_sees_that(house: House) -> None:
    """Who of theirs, when, how, why; no name, no id and no document of the person; once seen, it says so."""
    at_desk = office(house)
    assert OFFICE["no-reports"] in at_desk.home().text
    events = [tell(house, "anne", opened(house, "anne")) for _ in range(2)]
    told = report(house, "anne", *events, reason=ReportReason.NOT_AGREED)
    page = unescape(at_desk.home().text)
    card = page[page.index(OFFICE["reports"]) : page.index(OFFICE["pcs"] + "<")]
    assert card.count(NAME) == 1
    assert "« Je n’étais pas d’accord »" in card
    assert OFFICE["report-with"] in card
    assert OFFICE["report-open"] in card
    for secret in ("Anne", "Essai</", house.patients["anne"], told, *events, "DocumentReference"):
        assert secret not in card.replace(NAME, "")
    anne = house.citizen("anne")
    assert "received" not in anne.get(f"/Communication/{told}").json()
    assert "Pas encore vu par la structure" in text_of(anne.get(PATH).content)
    found = re.search(r'name="id" value="([^"]+)"', card)
    assert found is not None
    for _ in range(2):
        assert at_desk.act("seen", id=found[1]).status_code == 303
    page = unescape(at_desk.home().text)
    assert OFFICE["report-open"] not in page
    assert OFFICE["act-seen"] in page
    assert "received" in anne.get(f"/Communication/{told}").json()
    assert "Vu par la structure le" in text_of(anne.get(PATH).content)
    at_desk.web.close()


def test_another_organization_sees_nothing(house: House) -> None:
    """Neither the line nor, by its id, the button; whatever a report claims to be about."""
    told = report(house, "anne", tell(house, "anne", opened(house, "anne")))
    other = office(house, ELSEWHERE, "paul")
    assert OFFICE["no-reports"] in other.home().text
    with house.service.store.read(of=EVERYONE) as sql:
        (mine,) = sql.execute("SELECT id FROM access_report WHERE communication = ?", (told,)).fetchone()
        assert reports.of_organization(sql, ELSEWHERE) == []
    assert other.act("seen", id=mine).status_code == 404
    other.web.close()


def test_a_report_is_about_one_s_own_visits_only(house: House) -> None:
    """Another person's events and made-up ones are told to nobody; one's own acts are no helper's."""
    theirs = tell(house, "anne", opened(house, "anne"))
    alone = house.citizen("bruno")
    alone.get(f"/Patient/{house.patients['bruno']}")
    own = [each["resource"]["id"] for each in alone.get("/AuditEvent?action=R").json()["entry"]]
    told = report(house, "bruno", theirs, mint(), *own)
    with house.service.store.read(of=EVERYONE) as sql:
        rows = sql.execute("SELECT 1 FROM access_report WHERE communication = ?", (told,)).fetchall()
    assert rows == []


def test_an_event_that_comes_after_its_report_is_told_too(house: House) -> None:
    """Without a network the PC tells readings late; the report waits for them, and they stand once."""
    event = opened(house, "bruno")
    told = report(house, "bruno", event["id"], reason="x-of-a-later-version")
    tell(house, "bruno", event)
    with house.service.store.read(of=EVERYONE) as sql:
        rows = sql.execute(
            "SELECT organization, name, reason FROM access_report WHERE communication = ?", (told,)
        ).fetchall()
        left = sql.execute(
            "SELECT 1 FROM access_report_waiting WHERE event_id = ?", (event["id"],)
        ).fetchall()
    assert rows == [(ORGANIZATION, NAME, "other")]
    assert left == []
