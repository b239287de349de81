"""Documents: bytes by range, tus, and the rules that tie a DocumentReference to its bytes (MHD, PDSm)."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from app.ids import mint
from tests.sync.service.house import document_bundle, metadata

if TYPE_CHECKING:
    from pathlib import Path

    from app.fhir import Resource
    from tests.sync.service.house import House

DATA = bytes(range(256)) * 9000
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {"Content-Type": "application/offset+octet-stream"}
LABEL = (
    "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
)


@pytest.fixture(scope="module")
def line(house: House) -> httpx.Client:
    """Speak tus as Anne."""
    client = house.client(house.sign_in("anne")["access_token"], **TUS)
    client.base_url = httpx.URL(house.base)
    return client


def announce(line: httpx.Client, data: bytes, **told: str) -> httpx.Response:
    """Create an upload."""
    wanted = {"sha256": hashlib.sha256(data).hexdigest(), "content_type": "application/pdf"} | told
    headers = {"Upload-Length": str(len(data)), "Upload-Metadata": metadata(**wanted)}
    return line.post("/uploads", headers=headers)


def send(line: httpx.Client, where: str, data: bytes, offset: int) -> httpx.Response:
    """Send one piece."""
    return line.patch(where, content=data, headers=PIECE | {"Upload-Offset": str(offset)})


def test_an_upload_goes_on_where_it_stopped(line: httpx.Client, anne: httpx.Client) -> None:
    """Two pieces, the offset asked between them, then the Binary is there under our id."""
    binary = mint()
    made = announce(line, DATA, binary_id=binary, document_id=mint())
    assert (made.status_code, made.headers["location"].rsplit("/", 1)[1]) == (201, binary)
    where = made.headers["location"]
    assert send(line, where, DATA[:1_500_000], 0).headers["upload-offset"] == "1500000"
    assert line.head(where).headers["upload-offset"] == "1500000"
    assert anne.get(f"/Binary/{binary}").status_code == 404
    again = send(line, where, DATA[:10], 0)
    assert (again.status_code, again.headers["upload-offset"]) == (409, "1500000")
    assert send(line, where, DATA[1_500_000:], 1_500_000).status_code == 204
    assert line.head(where).headers["upload-offset"] == str(len(DATA))
    assert anne.get(f"/Binary/{binary}").content == DATA
    assert announce(line, DATA, binary_id=binary).status_code == 412


def test_an_upload_whose_end_a_crash_cut_is_finished_when_asked(
    house: House, line: httpx.Client, anne: httpx.Client
) -> None:
    """All pieces were there, the Binary not yet: HEAD makes it."""
    from sync.service import uploads
    from sync.service.provider.tokens import caller_of

    binary = mint()
    where = announce(line, b"presque", binary_id=binary).headers["location"]
    caller = caller_of(house.service, line.headers["authorization"].removeprefix("Bearer "))
    held = uploads.find(house.service, caller, binary)
    house.service.objects.write("piece", io.BytesIO(b"presque"))
    uploads._keep_piece(house.service, held, "piece", 7)
    assert anne.get(f"/Binary/{binary}").status_code == 404
    assert line.head(where).headers["upload-offset"] == "7"
    assert anne.get(f"/Binary/{binary}").content == b"presque"


def test_the_wrong_bytes_are_dropped(line: httpx.Client, anne: httpx.Client) -> None:
    """460, and nothing of them is left."""
    binary = mint()
    where = announce(line, b"right", binary_id=binary).headers["location"]
    assert send(line, where, b"wrong", 0).status_code == 460
    assert line.head(where).status_code == 404
    assert anne.get(f"/Binary/{binary}").status_code == 404
    assert announce(line, b"right", binary_id=binary).status_code == 201


def test_an_upload_is_its_owner_s(house: House, line: httpx.Client, bruno: httpx.Client) -> None:
    """Another citizen does not see it."""
    where = announce(line, b"mine").headers["location"]
    assert bruno.head(where, headers=TUS).status_code == 404
    assert send(bruno, where, b"mine", 0).status_code == 412
    assert (
        bruno.patch(where, content=b"mine", headers=PIECE | TUS | {"Upload-Offset": "0"}).status_code == 404
    )


def test_an_upload_can_be_given_up(line: httpx.Client) -> None:
    """DELETE forgets it."""
    where = announce(line, b"never").headers["location"]
    assert line.delete(where).status_code == 204
    assert line.head(where).status_code == 404


def test_uploads_badly_announced(house: House, line: httpx.Client) -> None:
    """No length, no digest, rubbish, too much, another version, more than announced."""
    good = metadata(sha256="0" * 64)
    for headers, status in (
        ({"Upload-Metadata": good}, 400),
        ({"Upload-Length": "0", "Upload-Metadata": good}, 400),
        ({"Upload-Length": "5"}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": "sha256 !!"}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": metadata(sha256="00")}, 400),
        ({"Upload-Length": str(10**12), "Upload-Metadata": good}, 413),
        ({"Upload-Length": "5", "Upload-Metadata": good, "Tus-Resumable": "0.2"}, 412),
    ):
        assert line.post("/uploads", headers=headers).status_code == status, headers
    where = announce(line, b"five!").headers["location"]
    assert send(line, where, b"far too much", 0).status_code == 413
    assert line.patch(where, content=b"five!", headers={"Upload-Offset": "0"}).status_code == 415
    told = httpx.options(f"{house.base}/uploads", trust_env=False)
    assert (told.status_code, told.headers["tus-version"]) == (204, "1.0.0")


def test_bytes_by_range(line: httpx.Client, anne: httpx.Client) -> None:
    """206 with what was asked; 416 beyond; 200 when it changed; 304 when the reader has it."""
    binary = mint()
    send(line, announce(line, DATA, binary_id=binary).headers["location"], DATA, 0)
    key = f"/Binary/{binary}"
    part = anne.get(key, headers={"Range": "bytes=65530-65545"})
    assert (part.status_code, part.content) == (206, DATA[65530:65546])
    assert part.headers["content-range"] == f"bytes 65530-65545/{len(DATA)}"
    assert anne.get(key, headers={"Range": "bytes=-5"}).content == DATA[-5:]
    assert anne.get(key, headers={"Range": f"bytes={len(DATA) - 3}-"}).content == DATA[-3:]
    beyond = anne.get(key, headers={"Range": f"bytes={len(DATA)}-"})
    assert beyond.status_code == 416
    tag = part.headers["etag"]
    same, other = ({"Range": "bytes=0-3", "If-Range": each} for each in (tag, '"other"'))
    assert anne.get(key, headers=same).status_code == 206
    assert anne.get(key, headers=other).status_code == 200
    assert anne.get(key, headers={"If-None-Match": tag}).status_code == 304
    head = anne.head(key)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(DATA)))
    as_json = anne.get(key, headers={"Accept": "application/fhir+json"}).json()
    assert base64.b64decode(as_json["data"]) == DATA
    assert part.headers["content-security-policy"] == "sandbox"


def test_a_binary_is_posted_as_it_is(anne: httpx.Client) -> None:
    """Raw bytes under their own type."""
    made = anne.post("/Binary", content=b"%PDF-1.7", headers={"Content-Type": "application/pdf"})
    assert made.status_code == 201
    got = anne.get(f"/Binary/{made.json()['id']}")
    assert (got.content, got.headers["content-type"]) == (b"%PDF-1.7", "application/pdf")
    assert anne.post("/Binary", json={"resourceType": "Binary", "contentType": "text/plain", "data": "?"},
                     headers={"Content-Type": "application/fhir+json"}).status_code == 422  # fmt: skip


def test_no_document_without_its_bytes(house: House, anne: httpx.Client, bruno: httpx.Client) -> None:
    """Missing, someone else's, another size, another digest, no digest: refused, and nothing kept."""
    patient_id = house.patients["anne"]
    sent = document_bundle(patient_id, b"octets")
    attachment = sent["entry"][1]["resource"]["content"][0]["attachment"]
    without = [each for number, each in enumerate(sent["entry"]) if number]
    assert anne.post("/", json=sent | {"entry": without}).status_code == 422
    for change in ({"size": 7}, {"hash": base64.b64encode(b"x" * 20).decode()}, {"url": f"Binary/{mint()}"}):
        wrong = json.loads(json.dumps(sent))
        wrong["entry"][1]["resource"]["content"][0]["attachment"] = attachment | change
        answer = anne.post("/", json=wrong)
        assert answer.status_code == 422, change
        assert "attachment" in answer.json()["issue"][0]["expression"][0]
    assert anne.post("/", json=document_bundle(patient_id, b"octets", sha256="0" * 64)).status_code == 422
    bare = json.loads(json.dumps(sent))
    del bare["entry"][1]["resource"]["content"][0]["attachment"]["extension"]
    assert anne.post("/", json=bare).status_code == 422
    raw = {"Content-Type": "text/plain"}
    theirs = bruno.post("/Binary", content=b"octets", headers=raw).json()["id"]
    foreign = json.loads(json.dumps(sent))
    foreign["entry"][1]["resource"]["content"][0]["attachment"]["url"] = f"Binary/{theirs}"
    assert anne.post("/", json=foreign).status_code == 422
    assert anne.post("/", json=sent).status_code == 200


def test_simple_publishing_makes_the_binary(house: House, anne: httpx.Client) -> None:
    """ITI-105: the bytes inside become a Binary, size and digests are the service's."""
    profile = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-simplified-publish"
    document = {
        "resourceType": "DocumentReference",
        "meta": {"profile": [profile]},
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{mint()}"},
        "status": "current",
        "subject": {"reference": f"Patient/{house.patients['anne']}"},
        "date": "2026-11-01T10:00:00Z",
        "author": [{"reference": f"Patient/{house.patients['anne']}"}],
        "content": [{"attachment": {"contentType": "text/plain", "data": "Ym9uam91cg==", "title": "Mot"}}],
    }
    made = anne.post("/DocumentReference", json=document)
    assert made.status_code == 201, made.text
    attachment = made.json()["content"][0]["attachment"]
    assert ("data" in attachment, attachment["size"]) == (False, 7)
    assert anne.get("/" + attachment["url"]).content == b"bonjour"
    missing = {key: value for key, value in document.items() if key != "masterIdentifier"}
    assert anne.post("/DocumentReference", json=missing).status_code == 422
    remark = anne.post("/DocumentReference", json=document, headers={"Prefer": "return=OperationOutcome"})
    assert remark.json()["issue"][0]["severity"] == "warning"


def test_only_what_pdsm_permits_is_patched(house: House, anne: httpx.Client) -> None:
    """Status, confidentiality, archive; the rest 405; found by its identifier."""
    sent = document_bundle(house.patients["anne"], b"corrige")
    anne.post("/", json=sent)
    master = sent["entry"][1]["resource"]["masterIdentifier"]["value"]
    where = f"/DocumentReference?identifier=urn:ietf:rfc:3986|{master}"
    kind = {"Content-Type": "application/json-patch+json"}
    label = {"coding": [{"system": LABEL, "code": "MASQUE_PS"}]}
    masked = anne.patch(where, json=[{"op": "add", "path": "/securityLabel", "value": [label]}], headers=kind)
    assert (masked.status_code, masked.headers["etag"]) == (200, 'W/"2"')
    archive = {"url": "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived",
               "valueBoolean": True}  # fmt: skip
    assert anne.patch(where, json=[{"op": "add", "path": "/extension", "value": [archive]}],
                      headers=kind).status_code == 200  # fmt: skip
    assert anne.get("/DocumentReference?isArchived=true").json()["total"] >= 1
    title = [{"op": "replace", "path": "/content/0/attachment/title", "value": "x"}]
    assert anne.patch(where, json=title, headers=kind).status_code == 405
    assert anne.patch("/DocumentReference?identifier=urn:x|no", json=title, headers=kind).status_code == 404


# -- the guides' own examples


def sample(samples: Path, name: str) -> Resource:
    """Read one of the guides' examples."""
    found: Resource = json.loads((samples / "fhir" / name).read_text("utf-8-sig"))
    return found


@pytest.fixture(scope="module")
def their_patient(house: House) -> str:
    """Create the Patient that the PDSM4DMP examples name."""
    identifier = {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "123456789012345"}
    body = {"resourceType": "Patient", "identifier": [identifier], "active": True}
    return str(house.system.post("/Patient", json=body).json()["id"])


def test_the_guide_s_lot_is_filed(samples: Path, house: House, their_patient: str) -> None:
    """ITI-65 as the guide writes it, then its replacement with the PATCH inside."""
    lot = sample(samples, "pdsm4dmp/Bundle-example-td2-iti65-lot-soumission.json")
    answer = house.system.post("", json=lot)
    assert answer.status_code == 200, answer.text
    assert [each["response"]["status"][:3] for each in answer.json()["entry"]] == ["201"] * 3
    document = answer.json()["entry"][1]["resource"]
    assert document["subject"]["reference"] == f"Patient/{their_patient}"
    data = house.system.get("/" + document["content"][0]["attachment"]["url"])
    assert len(data.content) == 80
    replaced = json.dumps(sample(samples, "pdsm4dmp/Bundle-example-td2-1-remplacement.json"))
    answer = house.system.post("", content=replaced.replace("doc-x-id", document["id"]),
                               headers={"Content-Type": "application/fhir+json"})  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert house.system.get(f"/DocumentReference/{document['id']}").json()["status"] == "superseded"


def test_a_damaged_lot_is_refused_whole(samples: Path, house: House, their_patient: str) -> None:
    """The hash of the guide is real: other bytes under it are refused."""
    before = house.system.get(f"/DocumentReference?patient={their_patient}").json()["total"]
    lot = sample(samples, "pdsm4dmp/Bundle-example-td2-iti65-lot-soumission.json")
    lot["entry"][2]["resource"]["data"] = base64.b64encode(b"x" * 80).decode()
    answer = house.system.post("", json=lot)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (422, "value")
    two = lot | {"entry": [lot["entry"][0], *lot["entry"]]}
    assert house.system.post("", json=two).status_code in {400, 422}
    assert house.system.get(f"/DocumentReference?patient={their_patient}").json()["total"] == before


def test_the_guide_s_simple_publishing_is_filed(samples: Path, house: House, their_patient: str) -> None:
    """ITI-105 with a conditional subject."""
    body = sample(samples, "pdsm4dmp/DocumentReference-example-td2-iti105-publication-simplifiee.json")
    made = house.system.post("/DocumentReference", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["subject"]["reference"] == f"Patient/{their_patient}"
    found = house.system.post(
        "/DocumentReference/_search",
        data={"patient.identifier": "urn:oid:1.2.250.1.213.1.4.8|123456789012345", "status": "current"},
    )
    assert made.json()["id"] in {each["resource"]["id"] for each in found.json()["entry"]}


@pytest.mark.parametrize(
    "name",
    [
        "pdsm/DocumentReference-exemple-pdsm-documentreference.json",
        "pdsm/DocumentReference-PDSmSimplifiedExample.json",
        "pdsm/List-ExampleSubmissionSet.json",
        "pdsm/List-ExampleFolder.json",
        "pdsm4dmp/DocumentReference-example-td3-1a-cr-consultation.json",
        "pdsm4dmp/DocumentReference-example-td3-1a-ordonnance.json",
        "pdsm4dmp/DocumentReference-doc-x-id.json",
    ],
)
def test_the_guide_s_resources_are_well_formed(
    samples: Path, house: House, their_patient: str, name: str
) -> None:
    """With a real subject, and the placeholders for size, hash and bytes made true, they are filed."""
    body = sample(samples, name)
    body["subject"] = {"reference": f"Patient/{their_patient}"}
    for content in body.get("content", []):
        attachment = content["attachment"]
        attachment.pop("hash", None)
        attachment.pop("size", None)
        if "url" in attachment:
            made = house.system.post("/Binary", content=b"octets", headers={"Content-Type": "text/plain"})
            attachment["url"] = f"Binary/{made.json()['id']}"
    answer = house.system.post(f"/{body['resourceType']}", json=body)
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("name", ["CH_HL7CH_Examples_01", "EU_Giorgio_Cangioli_02"])
def test_summaries_are_kept_as_they_are(samples: Path, house: House, name: str) -> None:
    """An IPS document Bundle, and each of its resources on its own, pass the light checks."""
    body = sample(samples, f"ips/{name}.json")
    assert house.system.post("/Bundle", json=body).status_code == 201
    from sync.service import validation

    for each in body["entry"]:
        validation.check(each["resource"])
