"""The change feed: commit order, tombstones, cursors, the epoch, what is hidden; and histories."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from app.changes import Changes
from app.ids import mint
from app.records import Records
from app.vault.keys import Key
from app.vault.patient import PatientVault
from sync import guard
from sync.pulling import Pulling
from sync.service.storage import EVERYONE
from sync.transport import Address, Transport
from tests.sync.service.house import document_bundle
from tests.sync.service.test_interactions import observation
from tests.sync.visit import FixedTokens

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from app.fhir import Resource
    from tests.sync.service.house import House

HIDDEN = {"coding": [{"system": "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/"
                      "TRE-A07-StatutVisibiliteDocument", "code": "INVISIBLE_PATIENT"}]}  # fmt: skip

CLOSE = {"coding": [HIDDEN["coding"][0] | {"code": "INVISIBLE_REPRESENTANTS_LEGAUX"}]}


def cursor(epoch: str, change: int, mark: str = "") -> str:
    """Write a cursor as the service does."""
    return (
        base64.urlsafe_b64encode(f"3:{epoch}:{change}:{mark}:{change}:{mark}".encode()).decode().rstrip("=")
    )


@pytest.fixture
def someone(house: House) -> tuple[str, httpx.Client]:
    """Add a citizen with an empty record."""
    login = f"p{mint()}"
    return house.add_citizen(login, mint()), house.citizen(login)


def read_all(
    client: httpx.Client, patient_id: str, start: str = "", count: int = 3
) -> tuple[list[Resource], str]:
    """Follow the feed to its end."""
    entries: list[Resource] = []
    url = start or f"/Patient/{patient_id}/$changes?_count={count}"
    while True:
        page = client.get(url)
        assert page.status_code == 200, page.text
        url = next(each["url"] for each in page.json()["link"] if each["relation"] == "next")
        if not page.json().get("entry"):
            return entries, url
        entries += page.json()["entry"]


def test_the_feed_tells_what_there_is_in_order(someone: tuple[str, httpx.Client]) -> None:
    """Creation, change, deletion: the last of each thing; the bytes and the audit are not told."""
    patient_id, client = someone
    client.post("/", json=document_bundle(patient_id, b"papier"))
    body = client.post("/Observation", json=observation(patient_id)).json()
    key = f"Observation/{body['id']}"
    client.put(f"/{key}", json=body)
    client.delete(f"/{key}")
    entries, following = read_all(client, patient_id)
    told = [(each["request"]["method"], each["fullUrl"].split("/")[-2]) for each in entries]
    assert told == [
        ("POST", "Patient"), ("POST", "DocumentReference"), ("POST", "List"), ("POST", "Provenance"),
        ("DELETE", "Observation"),
    ]  # fmt: skip
    assert "resource" not in entries[-1]
    assert entries[-1]["response"] == entries[-1]["response"] | {"status": "204", "etag": 'W/"3"'}
    client.post("/Observation", json=observation(patient_id))
    more, _ = read_all(client, patient_id, following)
    assert [each["fullUrl"].split("/")[-2] for each in more] == ["Observation"]


def test_the_bundle_names_the_epoch(house: House, someone: tuple[str, httpx.Client]) -> None:
    """And /health tells the same."""
    patient_id, client = someone
    page = client.get(f"/Patient/{patient_id}/$changes").json()
    assert page["identifier"]["value"] == client.get(f"{house.base}/health").json()["epoch"]
    assert page["type"] == "history"


def test_a_cursor_that_is_not_ours(house: House, someone: tuple[str, httpx.Client]) -> None:
    """Rubbish: 400; ahead of us: 410; of another epoch: from the beginning."""
    patient_id, client = someone
    where = f"/Patient/{patient_id}/$changes?_cursor="
    assert client.get(where + "rubbish").status_code == 400
    assert client.get(where + cursor(house.service.secrets.epoch, 10_000)).status_code == 410
    assert len(client.get(where + cursor("another", 10_000)).json()["entry"]) == 1
    assert client.get(f"/Patient/{patient_id}/$changes?_count=0").status_code == 400


def test_a_store_put_back_without_a_word_is_noticed(house: House, someone: tuple[str, httpx.Client]) -> None:
    """As many changes as before, the same epoch, but others: the cursor stands on none of them."""
    patient_id, client = someone
    client.post("/Observation", json=observation(patient_id))
    _, url = read_all(client, patient_id)
    with house.service.store.transaction(of=EVERYONE) as sql:
        sql.execute("UPDATE version SET updated = '2026-01-01T00:00:00Z' WHERE type = 'Observation'")
    for _ in range(3):
        client.post("/Observation", json=observation(patient_id))
    answer = client.get(url)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (410, "expired")


def test_what_was_left_out_for_a_lost_version_is_told(
    house: House, someone: tuple[str, httpx.Client]
) -> None:
    """Who reads on after a store was put back: what stands there was left out for a version that is gone."""
    patient_id, client = someone
    first = client.post("/Observation", json=observation(patient_id)).json()
    for _ in range(3):
        client.post("/Observation", json=observation(patient_id))
    client.put(f"/Observation/{first['id']}", json=first)
    page = client.get(f"/Patient/{patient_id}/$changes?_count=2").json()
    assert first["id"] not in [each["resource"]["id"] for each in page["entry"]]
    following = next(each["url"] for each in page["link"] if each["relation"] == "next")
    with house.service.store.transaction(of=EVERYONE) as sql:
        (key,) = sql.execute("SELECT patient_key FROM citizen WHERE patient_id = ?", (patient_id,)).fetchone()
        sql.execute("DELETE FROM version WHERE patient_key = ? AND change = 6", (key,))
        sql.execute("UPDATE citizen SET last_change = 5 WHERE patient_key = ?", (key,))
    assert client.get(following).status_code == 410
    for _ in range(2):  # as many changes as before, and more
        client.post("/Observation", json=observation(patient_id))
    assert client.get(following).status_code == 410


def test_what_was_made_from_another_life_is_not_filed(
    house: House, someone: tuple[str, httpx.Client]
) -> None:
    """The same number is another version there: who says from which life they read is told to read again."""
    patient_id, client = someone
    made = client.post("/Observation", json=observation(patient_id)).json()
    change = {
        "resource": made,
        "request": {"method": "PUT", "url": f"Observation/{made['id']}", "ifMatch": 'W/"1"'},
    }
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [change]}
    _, url = read_all(client, patient_id)
    present = {"tandem-cursor": parse_qs(urlsplit(url).query)["_cursor"][0]}
    for made_there in (cursor("another", 1), cursor(house.service.secrets.epoch, 1, "0" * 16)):
        told = {"tandem-cursor": made_there}
        refused = client.post("/", json=bundle, headers=told)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert client.get("/Observation", headers=told).status_code == 200
    assert client.post("/", json=bundle, headers={"tandem-cursor": "x"}).status_code == 400
    assert client.get(f"/Observation/{made['id']}").json() == made
    assert client.post("/", json=bundle, headers=present).status_code == 200


def test_no_change_is_missed_while_others_write(someone: tuple[str, httpx.Client]) -> None:
    """A reader that polls while four writers work has everything at the end, each once."""
    patient_id, client = someone
    made: list[str] = []

    def write() -> None:
        for _ in range(8):
            answer = client.post("/Observation", json=observation(patient_id))
            made.append(answer.json()["id"])

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    seen: list[str] = []
    url = ""
    while any(thread.is_alive() for thread in threads):
        entries, url = read_all(client, patient_id, url)
        seen += [each["resource"]["id"] for each in entries]
    for thread in threads:
        thread.join()
    seen += [each["resource"]["id"] for each in read_all(client, patient_id, url)[0]]
    assert sorted(seen[1:]) == sorted(made)


def test_what_is_hidden_from_the_person_is_never_hinted_at(
    house: House, someone: tuple[str, httpx.Client]
) -> None:
    """Not read, counted, fed, nor its bytes; hidden later it leaves as if deleted."""
    patient_id, client = someone
    sent = document_bundle(patient_id, b"secret")
    sent["entry"][1]["resource"]["securityLabel"] = [HIDDEN]
    assert house.system.post("/", json=sent).status_code == 200
    ids = [each["fullUrl"].removeprefix("urn:uuid:") for each in sent["entry"]]
    for kind, resource_id in zip(("Binary", "DocumentReference", "List", "Provenance"), ids, strict=True):
        assert client.get(f"/{kind}/{resource_id}").status_code == 404, kind
        assert client.get(f"/{kind}?_summary=count").json()["total"] == 0, kind
    assert [each["resource"]["resourceType"] for each in read_all(client, patient_id)[0]] == ["Patient"]
    assert "Document" not in client.get("/AuditEvent").text
    assert house.system.get(f"/DocumentReference/{ids[1]}").status_code == 200


def test_a_document_hidden_later_leaves(house: House, someone: tuple[str, httpx.Client]) -> None:
    """The feed tells its deletion, once, and that of the set it came in."""
    patient_id, client = someone
    sent = document_bundle(patient_id, b"visible", mode=None)
    client.post("/", json=sent)
    _, url = read_all(client, patient_id)
    key = f"/DocumentReference/{sent['entry'][1]['fullUrl'].removeprefix('urn:uuid:')}"
    body = house.system.get(key).json()
    assert house.system.put(key, json=body | {"securityLabel": [HIDDEN]}).status_code == 200
    entries, _ = read_all(client, patient_id, url)
    assert sorted(told(entries).values()) == [("DELETE", 'W/"2"')] * 2
    assert client.get(key).status_code == 404


def relabelled(house: House, document: str, *labels: Resource) -> None:
    """Let a program hide a document, or show it again."""
    body = house.system.get(f"/DocumentReference/{document}").json()
    body.pop("securityLabel", None)
    more = {"securityLabel": list(labels)} if labels else {}
    assert house.system.put(f"/DocumentReference/{document}", json=body | more).status_code == 200


def told(entries: list[Resource]) -> dict[str, tuple[str, str]]:
    """Return method and version of each thing that the feed told; nothing of it but its place, if it went."""
    for each in entries:
        assert ("resource" in each) is (each["request"]["method"] != "DELETE")
    made = {
        "/".join(each["fullUrl"].split("/")[-2:]): (each["request"]["method"], each["response"]["etag"])
        for each in entries
    }
    assert len(made) == len(entries)
    return made


def test_what_names_a_document_that_is_hidden_later_leaves_and_comes_back_with_it(
    house: House, someone: tuple[str, httpx.Client]
) -> None:
    """The set it came in and who filed it: told as gone, each once, then as new versions of themselves."""
    patient_id, client = someone
    sent = document_bundle(patient_id, b"visible")
    client.post("/", json=sent)
    ids = [each["fullUrl"].removeprefix("urn:uuid:") for each in sent["entry"]][1:]
    keys = [f"{k}/{i}" for k, i in zip(("DocumentReference", "List", "Provenance"), ids, strict=True)]
    _, url = read_all(client, patient_id)
    relabelled(house, ids[0], HIDDEN)
    entries, url = read_all(client, patient_id, url)
    assert told(entries) == dict.fromkeys(keys, ("DELETE", 'W/"2"'))
    relabelled(house, ids[0], HIDDEN, HIDDEN)
    again, url = read_all(client, patient_id, url)
    assert set(told(again)) <= {keys[0]}
    histories = [*(key.partition("/")[0] for key in keys), ""]
    for where in (*keys, *(f"{key}/_history/1" for key in keys), *(f"{key}/_history" for key in keys)):
        assert client.get(f"/{where}").status_code == 404, where
    for where in histories:
        page = client.get(f"/{where}/_history?_count=500".replace("//", "/")).text
        assert not [each for each in ids if each in page], where
    relabelled(house, ids[0])
    entries, url = read_all(client, patient_id, url)
    assert told(entries) == {keys[0]: ("PUT", 'W/"4"'), keys[1]: ("PUT", 'W/"3"'), keys[2]: ("PUT", 'W/"3"')}
    for each in entries:
        assert each["resource"]["meta"]["versionId"] == each["response"]["etag"][3:-1]
        assert client.get(f"/{'/'.join(each['fullUrl'].split('/')[-2:])}").json() == each["resource"]
    relabelled(house, ids[0], HIDDEN)
    assert {each[0] for each in told(read_all(client, patient_id, url)[0]).values()} == {"DELETE"}


def test_a_device_lets_go_of_what_is_hidden_without_asking(
    house: House, someone: tuple[str, httpx.Client], tmp_path: Path
) -> None:
    """A record of one paper: whoever it is hidden from is not asked if it may go; shown again, it comes."""
    patient_id, client = someone
    sent = document_bundle(patient_id, b"visible")
    client.post("/", json=sent)
    document = sent["entry"][1]["fullUrl"].removeprefix("urn:uuid:")
    vault = PatientVault.create(tmp_path, Key.random(), name="person")
    address = Address(house.base.removesuffix("/fhir"))
    token = client.headers["authorization"].removeprefix("Bearer ")
    kinds = ("DocumentReference", "List", "Provenance")
    try:
        with Transport(address, FixedTokens(token), stall=10) as transport:
            records = Records(vault.store, Changes())
            pulling = Pulling(records, transport, patient_id)
            for labels, left in (((), 1), ((HIDDEN,), 0), ((), 1)):
                relabelled(house, document, *labels)
                pulling.pull(stopping=lambda: False)
                assert guard.settle(records, pulling.feed) is None
                assert [len(records.all(kind)) for kind in kinds] == [left] * 3
    finally:
        vault.close()


def test_what_never_was_seen_is_not_told_as_gone(house: House, someone: tuple[str, httpx.Client]) -> None:
    """What came to name a document while that was hidden: nothing of it, then or when it is hidden anew."""
    patient_id, client = someone
    sent = document_bundle(patient_id, b"visible", mode=None)
    client.post("/", json=sent)
    document, lot = (each["fullUrl"].removeprefix("urn:uuid:") for each in sent["entry"][1:])
    relabelled(house, document, HIDDEN)
    late = house.system.get(f"/List/{lot}").json() | {"id": (second := mint())}
    assert house.system.put(f"/List/{second}", json=late).status_code == 201
    from_the_first, url = read_all(client, patient_id)
    assert second not in str(from_the_first)
    relabelled(house, document, CLOSE)
    entries, url = read_all(client, patient_id, url)
    assert {each[0] for each in told(entries).values()} == {"PUT"}
    assert f"List/{second}" in told(entries)


def test_histories_of_one_a_type_and_all(house: House, someone: tuple[str, httpx.Client]) -> None:
    """Newest first, by pages, since a moment."""
    patient_id, client = someone
    body = client.post("/Observation", json=observation(patient_id)).json()
    key = f"/Observation/{body['id']}"
    for _ in range(3):
        client.put(key, json=body)
    client.delete(key)
    page = client.get(f"{key}/_history?_count=2").json()
    assert [each["request"]["method"] for each in page["entry"]] == ["DELETE", "PUT"]
    following = next(each["url"] for each in page["link"] if each["relation"] == "next")
    assert [each["response"]["etag"] for each in client.get(following).json()["entry"]] == ['W/"3"', 'W/"2"']
    assert len(client.get("/Observation/_history").json()["entry"]) == 5
    kinds = {each["fullUrl"].split("/")[-2] for each in client.get("/_history?_count=500").json()["entry"]}
    assert {"Patient", "Observation"} <= kinds
    assert "entry" not in client.get("/Observation/_history?_since=2099-01-01T00:00:00Z").json()
    assert house.system.get("/_history?_count=3").status_code == 200


def test_everything_starts_with_the_person(someone: tuple[str, httpx.Client]) -> None:
    """All that the record holds, without the audit."""
    patient_id, client = someone
    client.post("/", json=document_bundle(patient_id, b"tout"))
    answer = client.get(f"/Patient/{patient_id}/$everything").json()
    kinds = [each["resource"]["resourceType"] for each in answer["entry"]]
    assert kinds[0] == "Patient"
    assert sorted(kinds[1:]) == ["DocumentReference", "List", "Provenance"]


def test_everyone_sees_who_looked(house: House, someone: tuple[str, httpx.Client]) -> None:
    """A program's reading stands in the person's own journal."""
    patient_id, client = someone
    house.system.get(f"/Patient/{patient_id}")
    events = client.get(f"/AuditEvent?patient={patient_id}&action=R").json()
    agents = [each["resource"]["agent"][0]["who"] for each in events["entry"]]
    assert {"display": "logiciel"} in agents
    assert client.post("/AuditEvent", json=events["entry"][0]["resource"]).status_code == 403
    assert client.delete(f"/AuditEvent/{events['entry'][0]['resource']['id']}").status_code == 403


def test_the_operation_is_published(system: httpx.Client) -> None:
    """OperationDefinition, named in the statement."""
    assert system.get("/OperationDefinition/Patient-changes").json()["code"] == "changes"
    operations = next(
        each["operation"]
        for each in system.get("/metadata").json()["rest"][0]["resource"]
        if each["type"] == "Patient"
    )
    assert "changes" in {each["name"] for each in operations}
