"""What an envelope clashed with, as the service keeps it: once, under the mandate, hidden as its thing is."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING

from app.fhir import question, resource_key
from app.fhir.bundle import transaction
from sync.service.backup import commands
from sync.service.storage import EVERYONE
from tests.sync.service.house import House, document_bundle
from tests.sync.service.test_envelopes import Sealed, post, state
from tests.sync.service.test_helpers import mandate
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from app.fhir import Resource

OK = HTTPStatus.OK
HIDDEN = {"coding": [{"system": "urn:x", "code": "INVISIBLE_PATIENT"}]}


class Change(Sealed):
    """A change of resources as a kiosk seals it, made from what ``before`` says."""

    def __init__(
        self,
        folder: Path,
        house: House,
        before: list[Resource],
        after: list[Resource],
        mode: str = "faire_avec",
    ) -> None:
        super().__init__(folder, house, document_bundle(house.patients["anne"], b"-", mode=mode))
        entries: list[Resource] = self.operation["bundle"]["entry"]  # type: ignore[index]  # ours
        act = entries[-1]["resource"] | {
            "id": self.op_id,
            "target": [{"reference": resource_key(each)} for each in after],
        }
        bases = {resource_key(each): each["meta"]["versionId"] for each in before}
        self.operation["bundle"] = transaction([*after, act], bases)
        self.operation["bases"] = {resource_key(each): each for each in before}
        del self.operation["document"]


def weight(house: House, anne: httpx.Client, grams: int) -> Resource:
    """Note a weight of Anne's."""
    made: Resource = anne.post("/Observation", json=heavy(observation(house.patients["anne"]), grams)).json()
    return made


def heavy(body: Resource, grams: int) -> Resource:
    """Say another weight."""
    return body | {"valueQuantity": {"value": grams, "unit": "g"}}


def clashing(folder: Path, house: House, anne: httpx.Client, mode: str = "faire_avec") -> Change:
    """Seal another weight than what is noted meanwhile."""
    before = weight(house, anne, 60_000)
    made = Change(folder, house, [before], [heavy(before, 61_000)], mode)
    anne.put(f"/{resource_key(before)}", json=heavy(before, 62_000)).raise_for_status()
    return made


def task(client: httpx.Client, sealed: Sealed) -> httpx.Response:
    """Ask for the question."""
    return client.get(f"/Task/{sealed.op_id}")


def test_what_clashed_is_kept_once_and_told_by_the_feed(
    tmp_path: Path, house: House, anne: httpx.Client, bruno: httpx.Client
) -> None:
    """The wish, its base and who said it; for nobody else."""
    sealed = clashing(tmp_path, house, anne)
    body = sealed.body(house.device)
    first, again = post(house, body), post(house, body)
    assert [each.json()["state"] for each in (first, again)] == ["asked", "asked"], first.text
    assert state(house, house.device, sealed.op_id).json()["state"] == "asked"
    kept = task(anne, sealed).json()
    found = question.read(kept)
    assert found is not None
    (key,) = found.base_versions
    assert (found.resources[0]["valueQuantity"]["value"], found.base_versions[key]) == (61_000, "1")
    assert found.bases[key]["valueQuantity"]["value"] == 60_000
    assert kept["meta"]["versionId"] == "1"
    assert found.resources[-1]["id"] == sealed.op_id
    assert task(bruno, sealed).status_code == 404
    assert anne.get(f"/Provenance/{sealed.op_id}").status_code == 404
    anne.put(f"/Task/{sealed.op_id}", json=question.answered(kept)).raise_for_status()
    assert post(house, body).json()["state"] == "asked"
    assert task(anne, sealed).json()["meta"]["versionId"] == "2"


def delivered(house: House, sealed: Sealed) -> tuple[str, str | None]:
    """Deliver it; return what became of it and why."""
    told = post(house, sealed.body(house.device)).json()
    return told["state"], told["reason"]


def titled(house: House, anne: httpx.Client, folder: Path) -> tuple[str, Change]:
    """Seal another title than the one that a document is given meanwhile; return the document's key."""
    bundle = document_bundle(house.patients["anne"], folder.name.encode())
    anne.post("/", json=bundle).raise_for_status()
    key = f"DocumentReference/{bundle['entry'][1]['fullUrl'].removeprefix('urn:uuid:')}"
    before = anne.get(f"/{key}").json()
    sealed = Change(folder, house, [before], [before | {"description": "Ici"}])
    anne.put(f"/{key}", json=before | {"description": "Ailleurs"}).raise_for_status()
    return key, sealed


def test_a_question_is_hidden_with_the_document_that_it_is_about(
    tmp_path: Path, house: House, anne: httpx.Client
) -> None:
    """Hidden later it goes, shown again it is there; hidden before, it is never seen."""
    key, sealed = titled(house, anne, tmp_path / "later")
    assert delivered(house, sealed) == ("asked", None)
    assert task(anne, sealed).status_code == 200
    shown = house.system.get(f"/{key}").json()
    house.system.put(f"/{key}", json=shown | {"securityLabel": [HIDDEN]}).raise_for_status()
    assert task(anne, sealed).status_code == 404
    assert anne.get("/Task", params={"focus": key}).json()["total"] == 0
    house.system.put(f"/{key}", json=shown).raise_for_status()
    assert task(anne, sealed).status_code == 200
    key, sealed = titled(house, anne, tmp_path / "before")
    shown = house.system.get(f"/{key}").json()
    house.system.put(f"/{key}", json=shown | {"securityLabel": [HIDDEN]}).raise_for_status()
    post(house, sealed.body(house.device))
    assert task(anne, sealed).status_code == 404


def test_what_the_mandate_does_not_cover_is_refused_and_not_asked(
    tmp_path: Path, house: House, anne: httpx.Client
) -> None:
    """A wish that the helper had no right to file in the person's name is no question."""
    sealed = clashing(tmp_path, house, anne, "faire_pour")
    assert delivered(house, sealed) == ("refused", "mandate-missing")
    assert task(anne, sealed).status_code == 404


def test_the_answer_is_covered_by_what_opens_the_thing_it_is_about(
    tmp_path: Path, house: House, anne: httpx.Client
) -> None:
    """In the person's name: measures open a question about one, nothing else does."""
    sealed = clashing(tmp_path, house, anne)
    assert delivered(house, sealed) == ("asked", None)
    kept = task(anne, sealed).json()
    for scope, status in (("agenda", HTTPStatus.FORBIDDEN), ("measures", OK)):
        given = mandate(house, "anne", scopes=(scope,), actions=("view", "add", "edit"))
        answer = Change(tmp_path / scope, house, [kept], [question.answered(kept)], "faire_pour")
        bundle: Resource = answer.operation["bundle"]  # type: ignore[assignment]  # ours
        act = bundle["entry"][-1]["resource"]
        act["policy"] = [f"Consent/{given}"]
        told = house.together("anne").post("/", json=bundle)
        assert told.status_code == status, told.text
        assert ("mandate-scope" in told.text) is (status != OK)
    assert task(anne, sealed).json()["status"] == "completed"


def test_an_act_of_several_things_is_asked_as_a_whole(
    tmp_path: Path, house: House, anne: httpx.Client
) -> None:
    """Nothing of it is filed. One whose id is taken by something else stays refused, and with the PC."""
    before = [weight(house, anne, 60_000), weight(house, anne, 60_000)]
    several = Change(tmp_path / "1", house, before, [heavy(each, 61_000) for each in before])
    anne.put(f"/{resource_key(before[0])}", json=heavy(before[0], 62_000)).raise_for_status()
    assert delivered(house, several) == ("asked", None)
    found = question.read(task(anne, several).json())
    assert found is not None
    assert set(found.base_versions) == {resource_key(each) for each in before}
    assert anne.get(f"/{resource_key(before[1])}").json()["valueQuantity"]["value"] == 60_000
    taken = clashing(tmp_path / "2", house, anne)
    other = {
        "resourceType": "Task", "id": taken.op_id, "status": "requested", "intent": "order",
        "for": {"reference": f"Patient/{house.patients['anne']}"},
    }  # fmt: skip
    anne.put(f"/Task/{taken.op_id}", json=other).raise_for_status()
    assert delivered(house, taken) == ("refused", "stale")
    assert task(anne, taken).json()["intent"] == "order"


def forget(house: House, op_id: str) -> None:
    """Forget that an envelope came: what a kill between the question and that note leaves."""
    with house.service.store.transaction(of=EVERYONE) as sql:
        sql.execute("DELETE FROM envelope WHERE op_id = ?", (op_id,))


def test_what_was_asked_is_never_filed_by_its_envelope(
    tmp_path: Path, house: House, anne: httpx.Client
) -> None:
    """Delivered again once nothing contradicts it any more: beside an open question, against an answer."""
    for is_answered in (False, True):
        sealed = clashing(tmp_path / str(is_answered), house, anne)
        assert delivered(house, sealed) == ("asked", None)
        forget(house, sealed.op_id)
        kept = task(anne, sealed).json()
        if is_answered:
            anne.put(f"/Task/{sealed.op_id}", json=question.answered(kept)).raise_for_status()
        url = f"/{question.about(kept)}"
        anne.put(url, json=heavy(anne.get(url).json(), 60_000)).raise_for_status()
        assert delivered(house, sealed) == ("asked", None)
        assert anne.get(url).json()["valueQuantity"]["value"] == 60_000
        assert anne.get(f"/Provenance/{sealed.op_id}").status_code == 404


def test_an_envelope_of_another_life_overwrites_nothing(tmp_path: Path) -> None:
    """Sealed before the service was put back from a copy: the version that it names is another one now."""
    data = tmp_path / "data"
    with closing(House(data)) as house:
        house.add_adviser()
        house.add_citizen("anne", "123456789012345")
        anne = house.citizen("anne")
        device, presence, patients, base = (
            house.device,
            house.session_token("anne"),
            house.patients,
            house.base,
        )
        first = weight(house, anne, 60_000)
        key = resource_key(first)
        assert commands.back_up(data, tmp_path / "backup") == 0
        anne.put(f"/{key}", json=heavy(first, 70_000)).raise_for_status()  # lost with the machine
        seen = anne.get(f"/{key}").json()
        sealed = Change(tmp_path / "pc", house, [seen], [heavy(seen, 71_000)])
        sealed.operation["presence"] = presence

    root = (data / "service.key").read_bytes()
    shutil.rmtree(data)
    data.mkdir()
    (data / "service.key").write_bytes(root)
    assert commands.restore(data, tmp_path / "backup") == 0
    with closing(House(data)) as house:
        house.patients = patients
        anne = house.citizen("anne")
        anne.put(f"/{key}", json=heavy(anne.get(f"/{key}").json(), 80_000)).raise_for_status()
        there = anne.get(f"/{key}").json()
        assert there["meta"]["versionId"] == seen["meta"]["versionId"]
        here, house.service.origin = house.service.origin, base  # elsewhere the address stays: the audience
        assert post(house, sealed.body(device)).json()["state"] == "asked"
        house.service.origin = here
        assert anne.get(f"/{key}").json() == there
        found = question.read(task(anne, sealed).json())
        assert found is not None
        assert found.base_versions == {key: "0"}, "so that the person's PC sees that they clash"


def test_a_question_is_answered_as_it_was_asked_and_rewritten_by_nobody(
    tmp_path: Path, house: House, anne: httpx.Client
) -> None:
    """A mandate for measures must not file an allergy through it, the person's own program neither."""
    patient = {"reference": f"Patient/{house.patients['anne']}"}
    sealed = clashing(tmp_path, house, anne)
    assert delivered(house, sealed) == ("asked", None)
    kept = task(anne, sealed).json()
    act = json.loads(kept["input"][0]["valueString"])
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "patient": {"reference": f"Patient/{patient}"},
    }
    act["resources"].insert(0, allergy)
    forged = kept | {"input": [kept["input"][0] | {"valueString": json.dumps(act)}]}
    given = mandate(house, "anne", scopes=("measures",), actions=("view", "add", "edit"))

    def says(body: Resource) -> int:
        told = Change(tmp_path / "as helper", house, [kept], [body], "faire_pour").operation["bundle"]
        told["entry"][-1]["resource"]["policy"] = [f"Consent/{given}"]
        return house.together("anne").post("/", json=told).status_code

    url = f"/Task/{sealed.op_id}"
    assert says(forged) == 403
    assert anne.put(url, json=forged).status_code == 403
    assert anne.post("/Task", json=forged).status_code == 403
    assert anne.put(f"/Task/{sealed.op_id}x", json=kept | {"id": f"{sealed.op_id}x"}).status_code == 403
    assert task(anne, sealed).json() == kept
    assert says(question.answered(kept)) == 200
    assert anne.put(url, json=kept).status_code == 403, "answered, it is not asked again"
    assert anne.put(url, json=question.answered(kept)).status_code == 200


def test_a_question_is_taken_away_by_nobody(tmp_path: Path, house: House, anne: httpx.Client) -> None:
    """The act that it holds is nowhere else; answered, it still tells that its envelope is not filed."""
    sealed = clashing(tmp_path, house, anne)
    assert delivered(house, sealed) == ("asked", None)
    kept = task(anne, sealed).json()
    url = f"/Task/{sealed.op_id}"
    bundle = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"request": {"method": "DELETE", "url": url.lstrip("/")}}],
    }
    for body in (kept, question.answered(kept)):
        assert anne.put(url, json=body).status_code == (200 if body is not kept else 403)
        assert anne.delete(url).status_code == 403
        answer = anne.post("/", json=bundle).json()
        assert answer["entry"][0]["response"]["status"].startswith("403")
        assert task(anne, sealed).status_code == 200
    other = kept | {"id": f"{sealed.op_id}y", "code": {"text": "une tâche"}}
    assert anne.put(f"/Task/{other['id']}", json=other).status_code == 201
    assert anne.delete(f"/Task/{other['id']}").status_code == 204, "any other task is the person's own"
