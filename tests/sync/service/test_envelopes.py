"""Sealed envelopes: enrolment, filing once, what is refused and why."""

from __future__ import annotations

import base64
import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.fhir import consent as consents
from app.fhir import question
from app.ids import mint
from app.vault.envelope import CONTENT_TYPE, ServiceKey, delivery_head, seal_envelope
from app.vault.files import DocumentFiles
from app.vault.keys import Key
from sync.enrolment import Device
from sync.service import masking
from sync.service.accounts import clear_tries
from sync.service.provider.tokens import Sessions, claims_of
from sync.service.records import Records
from sync.service.storage import EVERYONE
from tests.sync.service.house import ADVISER, ADVISER_SCOPE, document_bundle
from tests.sync.service.test_helpers import deposit, mandate
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    from pathlib import Path

    from app.fhir import Resource
    from tests.sync.service.house import House

LABELS = (
    "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
)


@pytest.fixture(scope="module")
def device(house: House) -> Device:
    """The PC at which people sign in here."""
    return house.device


class Sealed:
    """An act as a kiosk seals it: the transaction without the bytes, the document beside it."""

    def __init__(self, folder: Path, house: House, bundle: Resource, login: str = "anne") -> None:
        binary, document = bundle["entry"][0], bundle["entry"][1]
        self.data = base64.b64decode(binary["resource"]["data"])
        self.binary_id = binary["fullUrl"].removeprefix("urn:uuid:")
        attachment = document["resource"]["content"][0]["attachment"]
        attachment["url"] = f"Binary/{self.binary_id}"
        self.document_id = document["fullUrl"].removeprefix("urn:uuid:")
        self.op_id = bundle["entry"][3]["fullUrl"].removeprefix("urn:uuid:")
        self.operation = {
            "op_id": self.op_id,
            "patient": house.patients[login],
            "created_at": datetime.now(UTC).isoformat(),
            "presence": house.session_token(login),
            "bundle": bundle | {"entry": bundle["entry"][1:]},
            "document": {
                "id": self.document_id,
                "binary": self.binary_id,
                "content_type": "text/plain",
                "size": len(self.data),
                "sha256": hashlib.sha256(self.data).hexdigest(),
            },
        }
        self.files = DocumentFiles(folder, Key.random())
        self.files.write(self.document_id, io.BytesIO(self.data))

    def body(self, device: Device) -> bytes:
        """Return what the desk posts."""
        with self.files.key_of(self.document_id) as key:
            blob = seal_envelope(
                orjson.dumps(self.operation),
                key,
                device.service_public_key,
                device.device_id,
                device.signing_key,
            )
        return delivery_head(blob) + self.files.path_of(self.document_id).read_bytes()


def post(house: House, body: bytes) -> httpx.Response:
    """Deliver an envelope."""
    return httpx.post(
        f"{house.base}/envelopes", content=body, headers={"Content-Type": CONTENT_TYPE}, trust_env=False
    )


def state(house: House, device: Device, op_id: str) -> httpx.Response:
    """Ask what became of it."""
    return httpx.get(
        f"{house.base}/envelopes/{op_id}",
        headers={"Tandem-Device": device.proof(house.base)},
        trust_env=False,
    )


def test_an_act_is_filed_once_however_often_it_comes(
    tmp_path: Path, house: House, device: Device, anne: httpx.Client
) -> None:
    """First 201, then 200; the person has the document, with who filed it."""
    sealed = Sealed(tmp_path, house, document_bundle(house.patients["anne"], b"sous enveloppe"))
    assert state(house, device, sealed.op_id).status_code == 404
    body = sealed.body(device)
    first, again = post(house, body), post(house, body)
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json()["state"] == again.json()["state"] == "filed"
    assert state(house, device, sealed.op_id).json()["state"] == "filed"
    assert anne.get(f"/Binary/{sealed.binary_id}").content == b"sous enveloppe"
    assert anne.get(f"/DocumentReference/{sealed.document_id}").headers["etag"] == 'W/"1"'
    assert anne.get(f"/Provenance/{sealed.op_id}").status_code == 200


def test_an_act_already_sent_is_not_filed_again(
    tmp_path: Path, house: House, device: Device, anne: httpx.Client
) -> None:
    """The session sent it, then the envelope comes."""
    bundle = document_bundle(house.patients["anne"], b"deux chemins")
    assert anne.post("/", json=bundle).status_code == 200
    sealed = Sealed(tmp_path, house, bundle)
    assert post(house, sealed.body(device)).json()["state"] == "filed"
    assert anne.get(f"/DocumentReference/{sealed.document_id}").headers["etag"] == 'W/"1"'


def test_an_act_for_the_person_without_a_mandate_is_refused(
    tmp_path: Path, house: House, device: Device
) -> None:
    """The PC is told why, and nothing was filed."""
    bundle = document_bundle(house.patients["anne"], b"sans mandat", mode="faire_pour")
    sealed = Sealed(tmp_path, house, bundle)
    answer = post(house, sealed.body(device))
    assert (answer.json()["state"], answer.json()["reason"]) == ("refused", "mandate-missing")
    assert state(house, device, sealed.op_id).json()["reason"] == "mandate-missing"
    assert house.system.get(f"/DocumentReference/{sealed.document_id}").status_code == 404


def test_a_mandate_that_ended_since_covers_what_was_done_before(
    tmp_path: Path, house: House, device: Device, anne: httpx.Client
) -> None:
    """The visit's mandate ends with the visit; its envelopes come later."""
    given = mandate(house, "anne")
    bundle = deposit(house, "anne", given)
    before, after = (
        Sealed(tmp_path / "1", house, bundle),
        Sealed(tmp_path / "2", house, deposit(house, "anne", given)),
    )
    before.operation["created_at"] = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    ended = datetime.now(UTC) - timedelta(minutes=2)
    consent = consents.revoked(anne.get(f"/Consent/{given}").json(), by="patient", reason="end", moment=ended)
    assert anne.put(f"/Consent/{given}", json=consent).status_code == 200
    assert post(house, before.body(device)).json()["state"] == "filed"
    late = post(house, after.body(device)).json()
    assert (late["state"], late["reason"]) == ("refused", "mandate-over")


def test_what_is_not_from_an_enrolled_pc_is_refused(tmp_path: Path, house: House, device: Device) -> None:
    """Another signature, another service's key, rubbish, a cut, another document's key."""
    sealed = Sealed(tmp_path, house, document_bundle(house.patients["anne"], b"jamais"))
    stranger = Device(device.device_id, Ed25519PrivateKey.generate(), device.service_public_key, "")
    unknown = Device(mint(), device.signing_key, device.service_public_key, "")
    elsewhere = Device(device.device_id, device.signing_key, ServiceKey.generate().public, "")
    assert post(house, sealed.body(stranger)).status_code == 403
    assert post(house, sealed.body(unknown)).status_code == 403
    assert post(house, sealed.body(elsewhere)).status_code == 400
    assert post(house, b"rubbish").status_code == 400
    assert post(house, b"").status_code == 400
    assert post(house, sealed.body(device)[:-20]).json() == {
        "op_id": sealed.op_id,
        "state": "refused",
        "reason": "envelope-damaged",
    }
    assert state(house, stranger, sealed.op_id).status_code == 403
    assert post(house, sealed.body(device)).json()["state"] == "filed"


def test_a_pc_asks_for_its_own_only(house: House, device: Device) -> None:
    """No proof, rubbish, an old proof: refused."""
    where = f"{house.base}/envelopes/{mint()}"
    assert httpx.get(where, trust_env=False).status_code == 403
    assert httpx.get(where, headers={"Tandem-Device": "a.b.c"}, trust_env=False).status_code == 403


def refused(house: House, device: Device, sealed: Sealed) -> str | None:
    """Deliver what must not be filed; returns why."""
    told = post(house, sealed.body(device)).json()
    assert told["state"] == "refused"
    assert house.system.get(f"/DocumentReference/{sealed.document_id}").status_code == 404
    reason: str | None = told["reason"]
    return reason


def of_anne(folder: Path, house: House) -> Sealed:
    """Seal a document of Anne's."""
    return Sealed(folder, house, document_bundle(house.patients["anne"], mint().encode()))


@pytest.mark.parametrize(
    "forged", [None, "", "a.b.c", 3, "eyJhbGciOiJub25lIn0.eyJwYXRpZW50IjoieCJ9."], ids=str
)
def test_without_the_token_of_a_session_nothing_is_filed(
    tmp_path: Path, house: House, device: Device, forged: object
) -> None:
    """An organization's PC alone, whoever holds it, cannot act for a person who was not there."""
    sealed = of_anne(tmp_path, house)
    sealed.operation["presence"] = forged  # type: ignore[assignment]  # whatever a thief writes
    assert refused(house, device, sealed) == "presence-missing"


def test_a_person_or_an_adviser_alone_is_no_presence(tmp_path: Path, house: House, device: Device) -> None:
    """The token of a sign-in names one of the two."""
    for login, scope in (("anne", None), ("chloe", ADVISER_SCOPE)):
        sealed = of_anne(tmp_path / login, house)
        token = (house.sign_in(login, scope) if scope else house.sign_in(login))["access_token"]
        sealed.operation["presence"] = token
        assert refused(house, device, sealed) == "presence-missing"


def test_the_presence_of_another_person_is_not_theirs(tmp_path: Path, house: House, device: Device) -> None:
    """Bruno's visit files nothing in Anne's space, and no other helper acts in it."""
    sealed = of_anne(tmp_path / "1", house)
    sealed.operation["presence"] = house.session_token("bruno")
    assert refused(house, device, sealed) == "another-person"
    sealed = of_anne(tmp_path / "2", house)
    bundle: Resource = sealed.operation["bundle"]  # type: ignore[assignment]
    text = orjson.dumps(bundle).replace(ADVISER.encode(), b"6a6f6a6f-0000-7000-8000-00000000dead")
    sealed.operation["bundle"] = orjson.loads(text)
    assert refused(house, device, sealed) == "not-allowed"


def test_another_pc_cannot_use_a_sessions_token(tmp_path: Path, house: House) -> None:
    """Stolen from the one, it proves nothing at the other, of the same organization too."""
    assert refused(house, house.enrolled(), of_anne(tmp_path, house)) == "presence-missing"


@pytest.mark.parametrize(
    ("hours", "reason"), [(-1, "presence-over"), (0, None), (35, None), (37, "presence-over")]
)
def test_an_act_lies_in_the_time_of_its_session(
    tmp_path: Path, house: House, device: Device, hours: int, reason: str | None
) -> None:
    """Neither dated back before it, nor long after it."""
    sealed = of_anne(tmp_path, house)
    sealed.operation["created_at"] = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
    told = post(house, sealed.body(device)).json()
    assert told["reason"] == reason


def test_a_session_that_is_over_was_one(tmp_path: Path, house: House, device: Device) -> None:
    """Signed out, its token opens nothing and proves the visit no less: envelopes come afterwards."""
    sealed = of_anne(tmp_path, house)
    token = str(sealed.operation["presence"])
    sid = claims_of(house.service, token)["sid"]
    with house.service.store.transaction(of=EVERYONE) as sql:
        Sessions(house.service, sql).end(sid)
    assert house.client(token).get("/Patient").status_code == 401
    assert post(house, sealed.body(device)).json()["state"] == "filed"


def test_the_session_of_a_slip_is_held_to_its_mandate_in_an_envelope_too(
    tmp_path: Path, house: House, device: Device
) -> None:
    """Whatever the act says of itself: « faire avec » does not widen it."""
    clear_tries(house.service, f"slip:{ADVISER}")
    given = mandate(house, "anne", scopes=("messages",))
    words = house.together("anne").post(f"/Consent/{given}/$slip").json()["parameter"][0]["valueString"]
    adviser = house.sign_in("chloe", ADVISER_SCOPE)["access_token"]
    told = house.exchange("https://tandem.example/oauth/mandate-slip", words, adviser).json()
    sealed = of_anne(tmp_path, house)
    sealed.operation["presence"] = told["access_token"]
    assert refused(house, device, sealed) == "mandate-scope"


def stale(house: House, measure: Resource, value: float, **more: object) -> Sealed:
    """Make an act sealed on the first version of a measure, without a document."""
    sealed = object.__new__(Sealed)
    sealed.op_id = mint()
    key = f"Observation/{measure['id']}"
    wanted = measure | {"valueQuantity": measure["valueQuantity"] | {"value": value}} | more
    told = document_bundle(house.patients["anne"], b"x")["entry"][3]["resource"]
    provenance = told | {"target": [{"reference": key}]}
    sealed.operation = {
        "op_id": sealed.op_id,
        "patient": house.patients["anne"],
        "created_at": datetime.now(UTC).isoformat(),
        "presence": house.session_token("anne"),
        "bundle": {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {"resource": wanted, "request": {"method": "PUT", "url": key, "ifMatch": 'W/"1"'}},
                {
                    "fullUrl": f"urn:uuid:{sealed.op_id}",
                    "resource": provenance,
                    "request": {"method": "POST", "url": "Provenance"},
                },
            ],
        },
        "bases": {key: measure},
        "document": None,
    }
    return sealed


def sealed_alone(sealed: Sealed, device: Device) -> bytes:
    """Return what the desk posts of an act without a document."""
    told = orjson.dumps(sealed.operation)
    return delivery_head(
        seal_envelope(told, None, device.service_public_key, device.device_id, device.signing_key)
    )


@pytest.mark.parametrize("is_gone", [False, True])
def test_what_contradicts_another_s_change_is_kept_as_a_question(
    house: House, device: Device, anne: httpx.Client, *, is_gone: bool
) -> None:
    """Nothing of it is filed; it stands once in the person's own record, however often the envelope comes."""
    patient = house.patients["anne"]
    made = anne.post("/Observation", json=observation(patient)).json()
    if is_gone:
        assert anne.delete(f"/Observation/{made['id']}").status_code == 204
    else:
        changed = made | {"valueQuantity": made["valueQuantity"] | {"value": 71}}
        assert anne.put(f"/Observation/{made['id']}", json=changed).status_code == 200
    sealed = stale(house, made, 99)
    body = sealed_alone(sealed, device)
    first, again = post(house, body), post(house, body)
    assert (first.status_code, first.json()["state"]) == (201, "asked"), first.text
    assert (again.status_code, again.json()["state"]) == (200, "asked")
    assert state(house, device, sealed.op_id).json()["state"] == "asked"
    with house.service.store.transaction() as sql:  # as if it had been cut before it noted that
        sql.execute("DELETE FROM envelope WHERE op_id = ?", (sealed.op_id,))
    assert post(house, body).json()["state"] == "asked"
    task = anne.get(f"/Task/{sealed.op_id}").json()
    assert (task["status"], task["meta"]["versionId"]) == ("requested", "1")
    assert task["focus"] == {"reference": f"Observation/{made['id']}"}
    asked = question.read(task)
    assert asked is not None
    assert asked.resources[0]["valueQuantity"]["value"] == 99
    assert asked.bases[f"Observation/{made['id']}"]["valueQuantity"] == made["valueQuantity"]
    assert anne.get(f"/Provenance/{sealed.op_id}").status_code == 404
    assert house.citizen("bruno").get(f"/Task/{sealed.op_id}").status_code == 404


def test_a_question_about_a_secret_paper_is_secret(house: House) -> None:
    """From whom the paper is hidden, or would be by what was wanted, from them the question is too."""
    levels = []
    shown = document_bundle(house.patients["anne"], b"x")["entry"][1]["resource"] | {"id": mint()}
    label = {"coding": [{"system": LABELS, "code": "INVISIBLE_REPRESENTANTS_LEGAUX"}]}
    with house.service.store.read(of=EVERYONE) as sql:
        for wanted in (shown, shown | {"securityLabel": [label]}):
            act = {"resourceType": "Provenance", "id": mint()}
            versions = {f"DocumentReference/{shown['id']}": "1"}
            asked = question.Question(act["id"], (wanted, act), versions, {})
            task = question.make(
                asked, house.patients["anne"], f"DocumentReference/{shown['id']}", "2026-01-01"
            )
            levels.append(masking.hidden_from(Records(sql), "", task))
    assert levels == [masking.NOBODY, masking.CLOSE_ONES]
