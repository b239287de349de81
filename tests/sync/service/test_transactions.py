"""Batch and transaction: all or nothing, references, ids, idempotence, two writers at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.ids import mint
from tests.sync.service.house import document_bundle
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    import httpx

    from app.fhir import Resource
    from tests.sync.service.house import House


def statuses(answer: httpx.Response) -> list[str]:
    """List the status of each entry."""
    return [entry["response"]["status"][:3] for entry in answer.json()["entry"]]


def entry(method: str, url: str, resource: Resource | None = None, **more: str) -> Resource:
    """Make an entry."""
    made: Resource = {"request": {"method": method, "url": url} | more}
    return made | ({"resource": resource} if resource else {})


def bundle(kind: str, *entries: Resource) -> Resource:
    """Make a Bundle."""
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def test_a_deposit_keeps_our_ids_and_points_to_itself(house: House, anne: httpx.Client) -> None:
    """urn:uuid full URLs become ids, references and the attachment's address follow."""
    sent = document_bundle(house.patients["anne"], b"bonjour")
    answer = anne.post("/", json=sent)
    assert answer.status_code == 200, answer.text
    assert statuses(answer) == ["201"] * 4
    ids = [each["fullUrl"].removeprefix("urn:uuid:") for each in sent["entry"]]
    document = anne.get(f"/DocumentReference/{ids[1]}").json()
    assert document["content"][0]["attachment"]["url"] == f"Binary/{ids[0]}"
    assert document["masterIdentifier"]["value"].startswith("urn:uuid:")
    assert (
        anne.get(f"/List/{ids[2]}").json()["entry"][0]["item"]["reference"] == f"DocumentReference/{ids[1]}"
    )
    assert anne.get(f"/Binary/{ids[0]}").content == b"bonjour"


def test_an_act_sent_twice_is_filed_once(house: House, anne: httpx.Client) -> None:
    """The same Provenance gets the same answer; another act under its id is refused."""
    sent = document_bundle(house.patients["anne"], b"une fois")
    first, again = anne.post("/", json=sent), anne.post("/", json=sent)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    document = sent["entry"][1]["fullUrl"].removeprefix("urn:uuid:")
    assert len(anne.get(f"/DocumentReference/{document}/_history").json()["entry"]) == 1
    sent["entry"][3]["resource"]["recorded"] = "2026-11-02T10:00:00Z"
    assert anne.post("/", json=sent).status_code == 409


def test_two_senders_of_one_act_file_it_once(house: House, anne: httpx.Client) -> None:
    """Both are told that it is filed."""
    sent = document_bundle(house.patients["anne"], b"ensemble")
    answers: list[httpx.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(anne.post("/", json=sent))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.status_code for each in answers] == [200] * 4
    assert len({each.text for each in answers}) == 1


def test_whatever_fails_nothing_is_kept(house: House, anne: httpx.Client) -> None:
    """The last entry is wrong: the first ones are not there, and the outcome says which entry."""
    sent = document_bundle(house.patients["anne"], b"jamais")
    sent["entry"][3]["resource"]["recorded"] = "soon"
    before = anne.get("/Binary?_summary=count").json()["total"]
    answer = anne.post("/", json=sent)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"][0].startswith("Bundle.entry[3]")
    for each in sent["entry"]:
        kind, resource_id = each["resource"]["resourceType"], each["fullUrl"].removeprefix("urn:uuid:")
        assert anne.get(f"/{kind}/{resource_id}").status_code == 404
    assert anne.get("/Binary?_summary=count").json()["total"] == before


def joined(*acts: Resource) -> Resource:
    """Put acts into one transaction."""
    return bundle("transaction", *(each for act in acts for each in act["entry"]))


def test_several_acts_are_filed_together_and_known_again_one_by_one(house: House, anne: httpx.Client) -> None:
    """A group with one act that is there already files the other only; each has an audit of its own."""
    one, two = (document_bundle(house.patients["anne"], each) for each in (b"un", b"deux"))
    alone = anne.post("/", json=one)
    answer = anne.post("/", json=joined(one, two))
    assert answer.status_code == 200, answer.text
    assert answer.json()["entry"][:4] == alone.json()["entry"]
    assert statuses(answer) == ["201"] * 8
    for sent in (one, two):
        document = sent["entry"][1]["fullUrl"].removeprefix("urn:uuid:")
        assert len(anne.get(f"/DocumentReference/{document}/_history").json()["entry"]) == 1
    assert anne.post("/", json=two).json()["entry"] == answer.json()["entry"][4:]
    events = house.system.get(f"/AuditEvent?patient={house.patients['anne']}&action=C&_count=200").json()
    touched = [
        {each["what"]["reference"] for each in event["resource"]["entity"]} for event in events["entry"]
    ]
    names = [f"Provenance/{each['entry'][-1]['fullUrl'].removeprefix('urn:uuid:')}" for each in (one, two)]
    assert [sum(name in each for each in touched) for name in names] == [1, 1]
    assert not any(set(names) <= each for each in touched)


def test_one_bad_act_keeps_its_group_out_and_is_named(house: House, anne: httpx.Client) -> None:
    """So that the others can be sent without it."""
    good, bad = (document_bundle(house.patients["anne"], each) for each in (b"bon", b"mauvais"))
    del bad["entry"][1]["resource"]["status"]
    answer = anne.post("/", json=joined(good, bad))
    assert answer.status_code in {400, 422}
    assert answer.json()["issue"][0]["expression"][0].startswith("Bundle.entry[5]")
    document = good["entry"][1]["fullUrl"].removeprefix("urn:uuid:")
    assert anne.get(f"/DocumentReference/{document}").status_code == 404
    assert anne.post("/", json=good).status_code == 200


def test_a_stale_guard_inside_rolls_back(house: House, anne: httpx.Client) -> None:
    """An ifMatch on another version: 412 for the whole."""
    body = anne.post("/Observation", json=observation(house.patients["anne"])).json()
    key = f"Observation/{body['id']}"
    fresh = observation(house.patients["anne"]) | {"id": mint()}
    sent = bundle(
        "transaction",
        entry("PUT", f"Observation/{fresh['id']}", fresh),
        entry("PUT", key, body, ifMatch='W/"9"'),
    )
    assert anne.post("/", json=sent).status_code == 412
    assert anne.get(f"/Observation/{fresh['id']}").status_code == 404


def test_every_method_in_one_transaction(house: House, anne: httpx.Client) -> None:
    """DELETE, POST, PUT, PATCH, GET, answered in the order they were asked in."""
    gone, kept = (
        anne.post("/Observation", json=observation(house.patients["anne"])).json() for _ in range(2)
    )
    patch = "W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9zdGF0dXMiLCJ2YWx1ZSI6ImFtZW5kZWQifV0="
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": patch}
    answer = anne.post("/", json=bundle(
        "transaction",
        entry("GET", f"Observation/{kept['id']}"),
        entry("PATCH", f"Observation/{kept['id']}", binary),
        entry("POST", "Observation", observation(house.patients["anne"])),
        entry("DELETE", f"Observation/{gone['id']}"),
        entry("GET", f"Observation?patient={house.patients['anne']}&_summary=count"),
    ))  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert statuses(answer) == ["200", "200", "201", "204", "200"]
    assert answer.json()["entry"][0]["resource"]["status"] == "amended"


def test_a_batch_does_each_for_itself(house: House, anne: httpx.Client) -> None:
    """What is wrong does not hinder the rest."""
    answer = anne.post("/", json=bundle(
        "batch",
        entry("POST", "Observation", observation(house.patients["anne"])),
        entry("POST", "Observation", {"resourceType": "Observation"}),
        entry("GET", f"Observation/{mint()}"),
        {"request": {"method": "SING", "url": "x"}},
        entry("GET", f"Patient/{house.patients['anne']}"),
    ))  # fmt: skip
    assert statuses(answer) == ["201", "422", "404", "400", "200"]
    assert answer.json()["entry"][1]["response"]["outcome"]["resourceType"] == "OperationOutcome"


def test_a_bundle_that_is_none_is_refused(house: House, anne: httpx.Client) -> None:
    """Another type, no request, the same element twice."""
    body = observation(house.patients["anne"]) | {"id": mint()}
    twice = entry("PUT", f"Observation/{body['id']}", body)
    assert anne.post("/", json=bundle("collection")).status_code == 400
    assert anne.post("/", json={"resourceType": "Patient"}).status_code == 400
    assert anne.post("/", json=bundle("transaction", {"resource": body})).status_code == 400
    assert anne.post("/", json=bundle("transaction", twice, twice)).status_code == 400
    assert (
        anne.post("/", json={"resourceType": "Bundle", "type": "transaction", "entry": 3}).status_code == 400
    )
    assert anne.post("/", json=bundle("transaction")).status_code == 200


def test_a_program_files_a_new_person_and_their_papers_at_once(system: httpx.Client) -> None:
    """A conditional reference finds the Patient that the same bundle makes."""
    number = mint()
    person = {"resourceType": "Patient", "identifier": [{"system": "urn:x", "value": number}]}
    about = observation("x") | {"subject": {"reference": f"Patient?identifier=urn:x|{number}"}}
    sent = bundle(
        "transaction",
        entry("POST", "Observation", about),
        entry("POST", "Patient", person) | {"fullUrl": f"urn:uuid:{mint()}"},
    )
    answer = system.post("/", json=sent)
    assert answer.status_code == 200, answer.text
    found = system.get(f"/Observation?patient.identifier=urn:x|{number}").json()
    assert found["total"] == 1
    assert (
        answer.json()["entry"][1]["resource"]["id"] in found["entry"][0]["resource"]["subject"]["reference"]
    )


def test_conditional_create_inside(system: httpx.Client) -> None:
    """An ifNoneExist tells the one that is there, and references go to it."""
    number = mint()
    person = {"resourceType": "Patient", "identifier": [{"system": "urn:x", "value": number}]}
    first = system.post("/Patient", json=person).json()
    urn = f"urn:uuid:{mint()}"
    answer = system.post("/", json=bundle(
        "transaction",
        entry("POST", "Patient", person, ifNoneExist=f"identifier=urn:x|{number}") | {"fullUrl": urn},
        entry("POST", "Observation", observation("x") | {"subject": {"reference": urn}}),
    ))  # fmt: skip
    assert statuses(answer) == ["200", "201"]
    reference = answer.json()["entry"][1]["resource"]["subject"]["reference"]
    assert reference == f"Patient/{first['id']}"


def test_a_reference_to_nothing_is_refused(house: House, anne: httpx.Client, system: httpx.Client) -> None:
    """A URN that no entry has, a condition that nothing meets."""
    lost = observation(house.patients["anne"]) | {"encounter": {"reference": f"urn:uuid:{mint()}"}}
    assert anne.post("/", json=bundle("transaction", entry("POST", "Observation", lost))).status_code == 422
    nobody = observation("x") | {"subject": {"reference": "Patient?identifier=urn:x|none"}}
    assert (
        system.post("/", json=bundle("transaction", entry("POST", "Observation", nobody))).status_code == 422
    )


def test_two_writers_never_lose_a_change(house: House, anne: httpx.Client) -> None:
    """Twenty guarded changes from four threads: each version was made by one of them."""
    body = anne.post("/Observation", json=observation(house.patients["anne"], 0)).json()
    key = f"/Observation/{body['id']}"

    def add_five() -> None:
        for _ in range(5):
            while True:
                held = anne.get(key)
                now = held.json()
                now["valueQuantity"]["value"] += 1
                if anne.put(key, json=now, headers={"If-Match": held.headers["etag"]}).status_code == 200:
                    break

    threads = [threading.Thread(target=add_five) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = anne.get(key)
    assert (held.json()["valueQuantity"]["value"], held.headers["etag"]) == (20, 'W/"21"')
