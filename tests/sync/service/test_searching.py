"""Search: parameters, pages, order, inclusion, what is not understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.ids import mint
from tests.sync.service.house import INS, document_bundle
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    import httpx

    from tests.sync.service.house import House


@pytest.fixture(scope="module")
def person(house: House) -> str:
    """Add someone with seven weights and two documents."""
    patient_id = house.add_citizen("carla", "260021234567801")
    for day in range(1, 8):
        body = observation(patient_id, 60 + day) | {"effectiveDateTime": f"2026-10-0{day}"}
        assert house.system.post("/Observation", json=body).status_code == 201
    for data in (b"un", b"deux"):
        assert house.system.post("/", json=document_bundle(patient_id, data)).status_code == 200
    return patient_id


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("Observation?patient={id}", 7),
        ("Observation?subject=Patient/{id}", 7),
        ("Observation?patient={id}&date=2026-10-03", 1),
        ("Observation?patient={id}&date=ge2026-10-03&date=lt2026-10-06", 3),
        ("Observation?patient={id}&date=2026-10", 7),
        ("Observation?patient={id}&date=gt2026-10-07T12:00:00Z", 1),
        ("Observation?patient={id}&date=sa2026-10-07", 0),
        ("Observation?patient={id}&code=29463-7", 7),
        ("Observation?patient={id}&code=http://loinc.org|29463-7,urn:x|y", 7),
        ("Observation?patient={id}&code=urn:x|29463-7", 0),
        ("Observation?patient={id}&code:not=29463-7", 0),
        ("Observation?patient={id}&value-quantity=gt65", 2),
        ("Observation?patient={id}&value-quantity=63|http://unitsofmeasure.org|kg", 1),
        ("Observation?patient={id}&encounter:missing=true", 7),
        ("Observation?patient={id}&_lastUpdated=ge2026-01-01", 7),
        ("Observation?patient.identifier=" + INS + "|260021234567801", 7),
        ("Observation?patient:Patient.family=essai&patient={id}", 7),
        ("DocumentReference?patient={id}&status=current", 2),
        ("DocumentReference?patient={id}&period-start=2026-10-31", 2),
        ("DocumentReference?patient={id}&type=http://loinc.org|11488-4", 2),
        ("DocumentReference?patient={id}&contenttype=text/plain&date=2026-11-01", 2),
        ("List?patient={id}&code=submissionset&status=current", 2),
        ("Patient?family=ess&given:exact=Carla&birthdate=1950-02-03", 1),
        ("Patient?name:contains=ARL&_id={id}", 1),
        ("Patient?identifier=260021234567801", 1),
    ],
)
def test_a_search_finds_what_it_asks_for(house: House, person: str, query: str, total: int) -> None:
    """GET and POST _search answer alike."""
    address, _, rest = query.format(id=person).partition("?")
    found = house.system.get(f"/{address}?{rest}")
    assert (found.status_code, found.json().get("total")) == (200, total), found.text
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = house.system.post(f"/{address}/_search", content=rest.encode(), headers=form)
    assert posted.json()["total"] == total


def test_pages_are_whole_and_say_nothing_in_their_address(house: House, person: str) -> None:
    """The number never stands in a link, even when it was searched by address."""
    for start in (
        f"/Observation?patient.identifier={INS}|260021234567801&_count=3",
        f"/Observation?patient={person}&_count=3&_sort=-date",
    ):
        seen: list[str] = []
        page = house.system.get(start).json()
        for _ in range(5):
            seen += [each["resource"]["id"] for each in page["entry"]]
            links = {each["relation"]: each["url"] for each in page["link"]}
            assert not any("260021234567801" in url for url in links.values())
            if "next" not in links:
                break
            page = house.system.get(links["next"]).json()
        assert len(seen) == len(set(seen)) == page["total"] == 7


def test_what_comes_meanwhile_neither_repeats_nor_skips(house: House) -> None:
    """A new resource between two pages comes on the last."""
    patient_id = house.add_citizen(f"p{mint()}", mint())
    for _ in range(4):
        house.system.post("/Observation", json=observation(patient_id))
    first = house.system.get(f"/Observation?patient={patient_id}&_count=2").json()
    added = house.system.post("/Observation", json=observation(patient_id)).json()["id"]
    seen = [each["resource"]["id"] for each in first["entry"]]
    page = first
    while following := next((each["url"] for each in page["link"] if each["relation"] == "next"), None):
        page = house.system.get(following).json()
        seen += [each["resource"]["id"] for each in page["entry"]]
    assert len(seen) == len(set(seen)) == 5
    assert seen[-1] == added


def test_order_elements_and_summary(house: House, person: str) -> None:
    """_sort both ways, _elements, _summary=count, _count=0."""
    down = house.system.get(f"/Observation?patient={person}&_sort=-date").json()["entry"]
    up = house.system.get(f"/Observation?patient={person}&_sort=date").json()["entry"]
    days = [each["resource"]["effectiveDateTime"] for each in down]
    assert days == sorted(days, reverse=True)
    assert [each["resource"]["id"] for each in up] == [each["resource"]["id"] for each in reversed(down)]
    short = house.system.get(f"/Observation?patient={person}&_elements=status").json()["entry"][0]["resource"]
    assert set(short) == {"resourceType", "id", "meta", "status"}
    assert short["meta"]["tag"][-1]["code"] == "SUBSETTED"
    for query in ("_summary=count", "_count=0"):
        counted = house.system.get(f"/Observation?patient={person}&{query}").json()
        assert (counted["total"], "entry" in counted) == (7, False)


def test_inclusion_both_ways(house: House, person: str) -> None:
    """_include follows a reference, _revinclude what points here."""
    forward = house.system.get(f"/Observation?patient={person}&_count=1&_include=Observation:patient").json()
    assert [each["search"]["mode"] for each in forward["entry"]] == ["match", "include"]
    back = house.system.get(f"/DocumentReference?patient={person}&_revinclude=List:item").json()
    kinds = [each["resource"]["resourceType"] for each in back["entry"]]
    assert (kinds.count("DocumentReference"), kinds.count("List")) == (2, 2)


def test_a_citizen_searches_their_own_only(house: House, person: str, anne: httpx.Client) -> None:
    """Another's patient id finds nothing, nor through an inclusion or a chain."""
    assert anne.get(f"/Observation?patient={person}").json()["total"] == 0
    assert anne.get(f"/Observation?patient.identifier={INS}|260021234567801").json()["total"] == 0
    assert anne.get("/Patient").json()["total"] == 1


def test_what_is_not_understood(house: House, person: str) -> None:
    """An unknown parameter is ignored and said, or refused when strict; a bad value is refused."""
    lax = house.system.get(f"/Observation?patient={person}&colour=red").json()
    assert lax["total"] == 7
    assert lax["entry"][-1]["search"]["mode"] == "outcome"
    assert "colour" not in lax["link"][0]["url"]
    strict = {"Prefer": "handling=strict"}
    assert house.system.get("/Observation?colour=red", headers=strict).status_code == 400
    for query in (
        "date=tomorrow",
        "value-quantity=many",
        "_count=x",
        "_sort=colour",
        "_summary=odd",
        "code:sideways=x",
        "code=",
        "_include=Observation:colour",
        "_page=00",
    ):
        assert house.system.get(f"/Observation?{query}").status_code == 400, query
    assert house.system.post("/Observation/_search", json={}).status_code == 415
