"""What an envelope clashed with, as the service keeps it: once, under the mandate, hidden as its thing is."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from app.fhir import question, resource_key
from app.fhir.bundle import transaction
from tests.sync.service.house import document_bundle
from tests.sync.service.test_envelopes import Sealed, post, state
from tests.sync.service.test_helpers import mandate
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from app.fhir import Resource
    from tests.sync.service.house import House

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
