"""The interactions on one resource, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.ids import mint

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from app.fhir import Resource
    from tests.sync.service.house import House

ETAG = 'W/"{}"'


def observation(patient_id: str, value: float = 72) -> Resource:
    """Make a weight."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{patient_id}"},
        "effectiveDateTime": "2026-11-02",
        "valueQuantity": {"value": value, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }


def test_a_resource_is_created_read_changed_and_deleted(house: House, anne: httpx.Client) -> None:
    """Each step gives its status, its version and its place."""
    made = anne.post("/Observation", json=observation(house.patients["anne"]))
    assert (made.status_code, made.headers["etag"]) == (201, ETAG.format(1))
    assert made.headers["location"].startswith(f"{house.fhir}/Observation/")
    key = f"/Observation/{made.json()['id']}"
    assert "last-modified" in anne.get(key).headers
    changed = anne.put(key, json=made.json() | {"status": "amended"}, headers={"If-Match": ETAG.format(1)})
    assert (changed.status_code, changed.headers["etag"]) == (200, ETAG.format(2))
    assert changed.json()["meta"]["versionId"] == "2"
    assert anne.get(f"{key}/_history/1").json()["status"] == "final"
    assert anne.delete(key).status_code == 204
    assert anne.get(key).status_code == 410
    assert anne.get(f"{key}/_history/3").status_code == 410
    assert anne.delete(key).status_code == 204


def test_a_deleted_resource_comes_back_by_put(house: House, anne: httpx.Client) -> None:
    """Its versions go on counting."""
    body = anne.post("/Observation", json=observation(house.patients["anne"])).json()
    key = f"/Observation/{body['id']}"
    anne.delete(key)
    back = anne.put(key, json=body)
    assert (back.status_code, back.headers["etag"]) == (201, ETAG.format(3))


def test_a_change_based_on_an_old_version_is_refused(house: House, anne: httpx.Client) -> None:
    """412, and the sentence says to read again."""
    body = anne.post("/Observation", json=observation(house.patients["anne"])).json()
    key = f"/Observation/{body['id']}"
    anne.put(key, json=body)
    for sent in (
        anne.put(key, json=body, headers={"If-Match": ETAG.format(1)}),
        anne.delete(key, headers={"If-Match": ETAG.format(1)}),
    ):
        assert sent.status_code == 412
        assert "Relisez-le" in sent.json()["issue"][0]["details"]["text"]
    assert anne.put(key, json=body, headers={"If-Match": "seven"}).status_code == 400


def test_put_with_our_id_creates_once(house: House, anne: httpx.Client) -> None:
    """If-None-Match: * creates under our id, and refuses when it is there."""
    body = observation(house.patients["anne"]) | {"id": mint()}
    key, only = f"/Observation/{body['id']}", {"If-None-Match": "*"}
    assert anne.put(key, json=body, headers=only).status_code == 201
    assert anne.put(key, json=body, headers=only).status_code == 412


def test_conditional_create_makes_one_only(house: House, system: httpx.Client) -> None:
    """None: created; one: told; several: 412."""
    token = mint()
    body = observation(house.patients["anne"]) | {"identifier": [{"system": "urn:x", "value": token}]}
    condition = {"If-None-Exist": f"identifier=urn:x|{token}"}
    first = system.post("/Observation", json=body, headers=condition)
    again = system.post("/Observation", json=body, headers=condition)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert system.post("/Observation", json=body).status_code == 201
    assert system.post("/Observation", json=body, headers=condition).status_code == 412


def test_conditional_update_finds_the_one(house: House, system: httpx.Client) -> None:
    """PUT with criteria changes what matches, or creates."""
    token = mint()
    body = observation(house.patients["anne"]) | {"identifier": [{"system": "urn:x", "value": token}]}
    where = f"/Observation?identifier=urn:x|{token}"
    assert system.put(where, json=body).status_code == 201
    second = system.put(where, json=body | {"status": "amended"})
    assert (second.status_code, second.json()["meta"]["versionId"]) == (200, "2")
    assert system.delete(where).status_code == 204
    assert system.get(where).json()["total"] == 0


def test_a_patch_changes_what_it_names(house: House, anne: httpx.Client) -> None:
    """JSON Patch with a test; one that does not apply changes nothing."""
    body = anne.post("/Observation", json=observation(house.patients["anne"])).json()
    key, kind = f"/Observation/{body['id']}", {"Content-Type": "application/json-patch+json"}
    good = [
        {"op": "test", "path": "/status", "value": "final"},
        {"op": "replace", "path": "/status", "value": "amended"},
        {"op": "add", "path": "/note", "value": [{"text": "repos"}]},
    ]
    patched = anne.patch(key, json=good, headers=kind)
    assert (patched.status_code, patched.json()["status"]) == (200, "amended")
    assert anne.patch(key, json=good, headers=kind).status_code == 422
    assert anne.patch(key, json={"op": "x"}, headers=kind).status_code == 400
    assert anne.patch(key, json=good, headers={"Content-Type": "text/csv"}).status_code == 415
    assert anne.patch(key, json=good[1:], headers=kind | {"If-Match": ETAG.format(1)}).status_code == 412
    wrong = [{"op": "replace", "path": "/status", "value": "nonsense"}]
    assert anne.patch(key, json=wrong, headers=kind).status_code == 422
    assert anne.get(key).headers["etag"] == ETAG.format(2)


def test_prefer_decides_what_comes_back(house: House, anne: httpx.Client) -> None:
    """Nothing, the resource, or an OperationOutcome."""
    body = observation(house.patients["anne"])
    minimal = anne.post("/Observation", json=body, headers={"Prefer": "return=minimal"})
    assert (minimal.status_code, minimal.content) == (201, b"")
    outcome = anne.post("/Observation", json=body, headers={"Prefer": "return=OperationOutcome"})
    assert outcome.json()["resourceType"] == "OperationOutcome"


def test_a_read_knows_what_the_reader_has(house: House, anne: httpx.Client) -> None:
    """304 for the same version."""
    made = anne.post("/Observation", json=observation(house.patients["anne"]))
    key = f"/Observation/{made.json()['id']}"
    assert anne.get(key, headers={"If-None-Match": made.headers["etag"]}).status_code == 304
    assert anne.head(key).status_code == 200


def test_no_one_sees_what_is_someone_else_s(house: House, anne: httpx.Client, bruno: httpx.Client) -> None:
    """Foreign and unknown are the same answer, for every interaction."""
    body = anne.post("/Observation", json=observation(house.patients["anne"])).json()
    key, nothing = f"/Observation/{body['id']}", f"/Observation/{mint()}"
    kind = {"Content-Type": "application/json-patch+json"}
    patch = [{"op": "replace", "path": "/status", "value": "amended"}]
    ways: list[Callable[[str], httpx.Response]] = [
        bruno.get,
        bruno.delete,
        lambda where: bruno.get(f"{where}/_history"),
        lambda where: bruno.get(f"{where}/_history/1"),
        lambda where: bruno.patch(where, json=patch, headers=kind),
    ]
    for way in ways:
        foreign, unknown = way(key), way(nothing)
        assert foreign.status_code == unknown.status_code == 404
        assert foreign.json() == unknown.json()
    taken = bruno.put(key, json=observation(house.patients["bruno"]) | {"id": body["id"]})
    assert (taken.status_code, taken.headers["etag"]) == (201, ETAG.format(1))
    assert anne.get(key).json() == body
    assert bruno.get(key).json()["subject"] == {"reference": f"Patient/{house.patients['bruno']}"}
    other = anne.post("/Observation", json=observation(house.patients["anne"])).json()["id"]
    assert bruno.get(f"/Observation?_id={other}").json()["total"] == 0
    assert bruno.get(f"/Patient/{house.patients['anne']}").status_code == 404
    assert bruno.get(f"/Patient/{house.patients['anne']}/$everything").status_code == 404
    assert bruno.get(f"/Patient/{house.patients['anne']}/$changes").status_code == 404


def test_a_citizen_writes_only_their_own_record(house: House, anne: httpx.Client) -> None:
    """Another's subject, the directory, the audit, the Patient itself: refused."""
    assert anne.post("/Observation", json=observation(house.patients["bruno"])).status_code == 403
    assert anne.post("/Organization", json={"resourceType": "Organization", "name": "x"}).status_code == 403
    assert anne.post("/Patient", json={"resourceType": "Patient", "active": True}).status_code == 403
    assert anne.delete(f"/Patient/{house.patients['anne']}").status_code == 403


def test_a_program_writes_any_r4_type(house: House, system: httpx.Client) -> None:
    """Types without a table of their own too; a subject that is not here is refused."""
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "code": {"text": "Chute"},
        "subject": {"reference": f"Patient/{house.patients['anne']}"},
    }
    assert system.post("/Flag", json=flag).status_code == 201
    assert system.post("/ValueSet", json={"resourceType": "ValueSet", "status": "draft"}).status_code == 201
    missing = system.post("/Flag", json=flag | {"subject": {"reference": f"Patient/{mint()}"}})
    assert (missing.status_code, missing.json()["issue"][0]["code"]) == (422, "not-found")


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"resourceType": "Observation", "status": "final"}, 422, "Observation.code"),
        ({"resourceType": "Observation", "status": "odd", "code": {"text": "x"}}, 422, "Observation.status"),
        ({"resourceType": "Observation", "status": "final", "code": []}, 422, "Observation.code"),
        ({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "x": 1},
         422, "Observation.x"),
        ({"resourceType": "Observation", "status": "final", "code": {"text": ""}},
         422, "Observation.code.text"),
        ({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
          "subject": {"reference": "nobody"}}, 422, "Observation.subject.reference"),
        ({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
          "effectiveDateTime": "yesterday"}, 422, "Observation.effectiveDateTime"),
        ({"resourceType": "Condition"}, 400, "resourceType"),
        ({"status": "final"}, 400, "resourceType"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_refused_with_its_place(
    system: httpx.Client, body: Resource, status: int, where: str
) -> None:
    """The outcome names the element and says a sentence."""
    answer = system.post("/Observation", json=body)
    issue = answer.json()["issue"][0]
    assert (answer.status_code, issue["expression"]) == (status, [where])
    assert issue["details"]["text"].endswith(".")


def test_what_is_not_fhir_json_is_refused(house: House, system: httpx.Client) -> None:
    """Bad JSON, another type, XML asked for, an odd id, an unknown type, an unknown method."""
    key = f"/Patient/{house.patients['anne']}"
    kind = {"Content-Type": "application/fhir+json"}
    assert system.post("/Patient", content=b"{", headers=kind).status_code == 400
    assert system.post("/Patient", content=b"[]", headers=kind).status_code == 400
    assert system.post("/Patient", content=b"", headers=kind).status_code == 400
    assert system.post("/Patient", content=b"<x/>", headers={"Content-Type": "text/xml"}).status_code == 415
    assert system.get(key, headers={"Accept": "application/fhir+xml"}).status_code == 406
    assert system.get("/Patient/a_b").status_code == 400
    assert system.get("/Nothing/1").status_code == 404
    assert system.get("/nothing").status_code == 404
    assert system.delete("/metadata").status_code == 405
    assert system.post(key, json={}).status_code == 405
    deep = {"resourceType": "Patient", "extension": [{"url": "urn:x"}]}
    for _ in range(60):
        deep = {"resourceType": "Patient", "extension": [{"url": "urn:x", "extension": [deep]}]}
    assert system.post("/Patient", json=deep).status_code in {400, 422}


def test_a_body_too_large_is_refused(house: House, system: httpx.Client) -> None:
    """413 before it is read whole."""
    limit = house.service.limits.body
    answer = system.post("/Patient", content=b" " * (limit + 1), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (413, "too-long")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_who_is_not_signed_in_hears_that_before_anything_else(
    house: House, anne: httpx.Client, method: str
) -> None:
    """XML is asked for: without a token or with a bad one it is the token; with a good one, the XML."""
    wish, key = {"Accept": "application/fhir+xml"}, f"/Patient/{house.patients['anne']}"
    told = [client.request(method, key, headers=wish) for client in (house.client(), house.client("x"), anne)]
    assert [each.status_code for each in told] == [401, 401, 406]
    assert house.client().request("GET", "/metadata", headers=wish).status_code == 406


def test_without_a_token_nothing_is_told(house: House) -> None:
    """401 with a challenge; only the statement is open."""
    stranger = house.client()
    answer = stranger.get(f"/Patient/{house.patients['anne']}")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert house.client("rubbish").get("/Patient").status_code == 401
    statement = stranger.get("/metadata").json()
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
