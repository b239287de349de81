"""What is someone else's cannot be told from what is not there: same bytes, same headers, same statements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from app.ids import mint
from tests.sync.service.access.cast import CAST, body_of
from tests.sync.service.access.deeds import NOTHING, Form, play
from tests.sync.service.access.policy import DIRECTORY, TRAVELS, Deed, Whose
from tests.sync.service.access.test_matrix import CLOSELY
from tests.sync.service.house import metadata

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.fhir import Resource
    from sync.service.caller import Caller
    from tests.sync.service.access.cast import Answered, Cast, Stage

PEOPLE = [name for name, who in CAST.items() if not who.is_program]
_ID = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
_SEALED = re.compile(rb"_page=[0-9a-f]+|_cursor=[\w-]+")
_TOLD_ONLY = frozenset({"date"})


def bare(data: bytes) -> bytes:
    """Take out what differs between any two requests: ids, moments, sealed pages."""
    return _SEALED.sub(b"@", _MOMENT.sub(b"#", _ID.sub(b"*", data)))


def seen(status: int, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, dict[str, bytes]]:
    """Return all that a caller can compare of an answer."""
    kept = {name.lower(): bare(value.encode()) for name, value in headers.items()}
    return status, bare(body), {name: value for name, value in kept.items() if name not in _TOLD_ONLY}


def differ(foreign: Answered, missing: Answered) -> str:
    """Say by what two answers can be told apart; "" for nothing."""
    if seen(foreign.status, foreign.body, foreign.headers) != seen(
        missing.status, missing.body, missing.headers
    ):
        return f"{foreign.status} {foreign.body[:200]!r} / {missing.status} {missing.body[:200]!r}"
    if foreign.shapes != missing.shapes:
        return f"{foreign.statements} / {missing.statements} statements"
    return ""


@pytest.mark.parametrize("name", PEOPLE)
def test_by_no_interaction(people: Cast, name: str) -> None:
    """Each type and interaction, alone and in bundles."""
    caller, faults = people.callers[name], []
    kinds = sorted(CLOSELY - DIRECTORY - TRAVELS)
    with people.stage() as stage:
        for form in Form:
            for kind in (
                kinds if form is Form.ALONE else ("Binary", "DocumentReference", "Observation", "Patient")
            ):
                for deed in Deed:
                    if form is not Form.ALONE and deed is Deed.SEARCH_POST:
                        continue
                    foreign, missing = (
                        play(people, stage, caller, deed, kind, whose, form)
                        for whose in (Whose.ANOTHER, Whose.NOBODY)
                    )
                    told = differ(foreign, missing)
                    if told:
                        faults.append((form.value, kind, deed.value, told))
    assert not faults, "\n".join(map(str, faults[:20]))


def searches(patient_id: str, of: Mapping[str, str]) -> list[str]:
    """Write searches that would find something through someone's ids, or through their words."""
    document, observation = of["DocumentReference"], of["Observation"]
    return [
        f"Observation?_id={observation}",
        f"Observation?subject=Patient/{patient_id}",
        f"Observation?patient={patient_id}&_summary=count",
        f"Observation?subject:Patient={patient_id}",
        f"DocumentReference?_id={document}&_include=DocumentReference:subject",
        f"DocumentReference?_id={document}&_revinclude=Provenance:target",
        f"Patient?_id={patient_id}&_revinclude=Observation:subject&_revinclude=Consent:patient",
        f"Patient?_id:not={patient_id}",
        f"Provenance?target=DocumentReference/{document}",
        f"Provenance?target={document}&_include=Provenance:target",
        f"List?item=DocumentReference/{document}",
        f"DocumentReference?relatesto=DocumentReference/{document}",
        f"AuditEvent?entity=DocumentReference/{document}",
        f"AuditEvent?patient={patient_id}",
        f"Communication?recipient=Patient/{patient_id}",
        f"RelatedPerson?patient={patient_id}&_count=1",
        f"Binary?_id={of['Binary']}&_elements=id",
        f"Observation?_id={observation}&_sort=-date&_total=accurate",
        f"_history?_since=2020-01-01&_count=1&_id={observation}",
        f"Patient/{patient_id}/$changes?_cursor=x",
        f"Patient/{patient_id}/$everything?_type=Observation",
        f"Patient/{patient_id}/$changes",
        f"Consent/{of['Consent']}/_history?_count=5",
    ]


@pytest.mark.parametrize("name", PEOPLE)
def test_by_no_search(people: Cast, name: str) -> None:
    """Totals, inclusions both ways, references, counts, feeds."""
    caller, bruno, faults = people.callers[name], people.bruno, []
    nothing = dict.fromkeys(bruno.of, NOTHING)
    pairs = zip(searches(bruno.id, bruno.of), searches(NOTHING, nothing), strict=True)
    with people.stage() as stage:
        for foreign, missing in pairs:
            told = differ(stage.ask(caller, "GET", foreign), stage.ask(caller, "GET", missing))
            if told:
                faults.append((foreign, told))
            form, kind = foreign.partition("?")[2].encode(), foreign.partition("?")[0]
            if "/" not in kind and not kind.startswith("_"):
                posted = [
                    stage.ask(caller, "POST", f"{kind}/_search", each.partition("?")[2].encode(),
                              content_type="application/x-www-form-urlencoded")
                    for each in (foreign, missing)
                ]  # fmt: skip
                told = differ(*posted)
                if told:
                    faults.append((form, told))
    assert not faults, "\n".join(map(str, faults[:20]))


@pytest.mark.parametrize("name", PEOPLE)
def test_by_no_word_of_theirs(people: Cast, name: str) -> None:
    """Their name, number and titles find as little as words that nobody has, through a chain too."""
    caller, faults = people.callers[name], []
    held = None
    with people.stage() as stage:
        held = stage.ask(people.system, "GET", f"Patient/{people.bruno.id}").json()
        number, system = held["identifier"][0]["value"], held["identifier"][0]["system"]
        ways = [
            "Patient?identifier={system}|{number}",
            "Patient?given={name}",
            "Observation?patient.identifier={system}|{number}",
            "Observation?subject:Patient.given={name}",
            "DocumentReference?patient.identifier={system}|{number}&status=current",
            "List?item:DocumentReference.description={title}",
            "DocumentReference?description={title}",
        ]
        for way in ways:
            foreign = way.format(system=system, number=number, name="Bruno", title="Document N")
            missing = way.format(system=system, number="9" * len(number), name="Nobod", title="Document Z")
            if (
                name in {"citizen", "together", "counter", "slip", "carer", "representative"}
                and "title" in way
            ):
                continue  # Anne has documents of these titles
            told = differ(*(stage.ask(caller, "GET", each) for each in (foreign, missing)))
            if told.replace(number, "9" * len(number)).replace("Bruno", "Nobod") and not _echo_only(
                stage, caller, foreign, missing
            ):
                faults.append((way, told))
    assert not faults, "\n".join(map(str, faults))


def _echo_only(stage: Stage, caller: Caller, foreign: str, missing: str) -> bool:
    """Say whether only the question, which comes back in ``link``, differs."""
    told = [stage.ask(caller, "GET", each) for each in (foreign, missing)]
    bodies = [each.json() for each in told]
    for each in bodies:
        each.pop("link", None)
    return bodies[0] == bodies[1] and told[0].shapes == told[1].shapes


def pointing(person_id: str, of: Mapping[str, str], own: str) -> list[tuple[str, Resource]]:
    """Write resources that point into someone's record from one's own."""
    document = {"reference": f"DocumentReference/{of['DocumentReference']}"}
    other = {"reference": f"Patient/{person_id}"}
    act = body_of("Provenance", own)
    return [
        ("Observation", body_of("Observation", person_id)),
        ("Observation", body_of("Observation", own) | {"derivedFrom": [document]}),
        ("Observation", body_of("Observation", own) | {"performer": [other]}),
        ("Observation", body_of("Observation", own) | {"subject": {"reference": f"Patient?_id={person_id}"}}),
        ("Observation", body_of("Observation", own)
            | {"device": {"reference": f"Device?_id={of['Device']}"}}),
        ("Provenance", act | {"target": [document]}),
        ("Provenance", act | {"target": [other]}),
        ("Provenance", act | {"target": [document], "policy": [f"Consent/{of['Consent']}"]}),
        ("List", body_of("List", own) | {"entry": [{"item": document}]}),
        ("Communication", body_of("Communication", own)
            | {"about": [{"reference": f"AuditEvent/{of['AuditEvent']}"}]}),
        ("DocumentReference", body_of("DocumentReference", own, of["Binary"])),
        ("DocumentReference", body_of("DocumentReference", own, of["Binary"])
            | {"relatesTo": [{"code": "replaces", "target": document}]}),
        ("AuditEvent", body_of("AuditEvent", own) | {"id": of["AuditEvent"],
            "entity": [{"what": document}]}),
    ]  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_by_no_reference(people: Cast, name: str) -> None:
    """From one's own resources, alone and in a transaction, by id and by condition."""
    caller, bruno, faults = people.callers[name], people.bruno, []
    nothing = dict.fromkeys(bruno.of, NOTHING)
    own = people.anne.id
    pairs = zip(pointing(bruno.id, bruno.of, own), pointing(NOTHING, nothing, own), strict=True)
    with people.stage() as stage:
        for (kind, foreign), (_, missing) in pairs:
            told = [_filed(stage, caller, kind, each) for each in (foreign, missing)]
            for alone, inside in zip(*told, strict=True):
                if said := differ(alone, inside):
                    faults.append((kind, foreign, said))
    assert not faults, "\n".join(map(str, faults[:20]))


def _filed(stage: Stage, caller: Caller, kind: str, body: Resource) -> list[Answered]:
    where = f"{kind}/{body['id']}" if "id" in body else kind
    method = "PUT" if "id" in body else "POST"
    entry = {"resource": body, "request": {"method": method, "url": where}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    batch = bundle | {"type": "batch"}
    return [
        stage.ask(caller, method, where, body),
        stage.ask(caller, "POST", "", bundle),
        stage.ask(caller, "POST", "", batch),
    ]


@pytest.mark.parametrize("guard", ["if_match", "if_none_match", "if_none_exist", "prefer", "full_url"])
def test_by_no_guard(people: Cast, guard: str) -> None:
    """If-Match, If-None-Match, If-None-Exist, and an id of our own in a transaction."""
    caller, bruno, anne = people.callers["citizen"], people.bruno, people.anne
    values = {"if_match": 'W/"1"', "if_none_match": "*", "prefer": "return=minimal"}
    with people.stage() as stage:
        for kind in ("Observation", "Device", "List", "Communication", "Binary"):
            told = []
            for resource_id in (bruno.of[kind], NOTHING):
                body = body_of(kind, anne.id) | {"id": resource_id}
                if guard == "full_url":
                    entry = {"fullUrl": f"urn:uuid:{resource_id}", "resource": body_of(kind, anne.id),
                             "request": {"method": "POST", "url": kind}}  # fmt: skip
                    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
                    told.append([stage.ask(caller, "POST", "", bundle)])
                    continue
                headers = {guard: values.get(guard, f"_id={resource_id}")}
                told.append(
                    [
                        stage.ask(caller, "PUT", f"{kind}/{resource_id}", body, **headers),
                        stage.ask(caller, "DELETE", f"{kind}/{resource_id}", **headers),
                        stage.ask(caller, "GET", f"{kind}/{resource_id}", **headers),
                        stage.ask(caller, "POST", kind, body_of(kind, anne.id), **headers),
                    ]
                )
            for foreign, missing in zip(*told, strict=True):
                assert not differ(foreign, missing), (kind, guard)


def test_a_page_of_another_caller_s_search_shows_one_s_own(people: Cast) -> None:
    """A sealed link that was passed on searches the record of who follows it."""
    with people.stage() as stage:
        theirs = stage.ask(
            people.callers["bruno"], "GET", f"DocumentReference?patient={people.bruno.id}&_count=1"
        )
        following = {each["relation"]: each["url"] for each in theirs.json()["link"]}["next"]
        where = following.split("/fhir/")[1]
        for name in PEOPLE:
            told = stage.ask(people.callers[name], "GET", where)
            assert told.status in {200, 403}
            assert not set(re.findall(_ID, told.body)) & {
                each.encode() for each in people.bruno.of.values()
            } - {people.bruno.id.encode()}
            if told.status == 200:
                assert (told.json()["total"], "entry" in told.json()) == (0, False)


def test_a_program_s_view_is_not_forged_from_another_record(people: Cast) -> None:
    """Who points at a document from their own record adds nothing to what a program is shown of it."""
    bruno, anne = people.bruno, people.anne
    target = {"reference": f"DocumentReference/{bruno.of['DocumentReference']}"}
    with people.stage() as stage:
        forged = body_of("Provenance", anne.id) | {"target": [target]}
        made = stage.ask(people.callers["citizen"], "POST", "Provenance", forged, kept=True).json()["id"]
        taken = body_of("Device", anne.id) | {"id": bruno.of["Device"], "note": [{"text": "faux"}]}
        where = f"Device/{bruno.of['Device']}"
        assert stage.ask(people.callers["citizen"], "PUT", where, taken, kept=True).status == 201
        # A device that both records have under one id: each leads to its own.
        seen_from = body_of("Observation", bruno.id) | {"device": {"reference": where}}
        measured = stage.ask(people.callers["bruno"], "POST", "Observation", seen_from, kept=True).json()[
            "id"
        ]
        for query in ("", f"&patient={bruno.id}"):
            told = stage.ask(
                people.system,
                "GET",
                f"DocumentReference?_id={bruno.of['DocumentReference']}&_revinclude=Provenance:target{query}",
            )
            assert made.encode() not in told.body
            told = stage.ask(
                people.system, "GET", f"Observation?_id={measured}&_include=Observation:device{query}"
            )
            assert b"faux" not in told.body
            assert bruno.of["Device"].encode() in told.body
        assert b"faux" not in stage.ask(people.system, "GET", where).body
        assert b"faux" not in stage.ask(people.callers["bruno"], "GET", where).body


# -- what lies outside FHIR, over HTTP


def _line(people: Cast, name: str) -> httpx.Client:
    client = people.house.client(people.tokens[name])
    client.headers["tus-resumable"] = "1.0.0"
    return client


def _announced(people: Cast, client: httpx.Client, binary: str) -> httpx.Response:
    told = metadata(sha256="0" * 64, content_type="text/plain", binary_id=binary)
    return client.post(
        f"{people.house.base}/uploads", headers={"upload-length": "6", "upload-metadata": told}
    )


def test_by_no_upload_envelope_drop_or_care(people: Cast) -> None:
    """Ids of another person's uploads, pages, envelopes and carers, and Binaries as upload ids."""
    base = people.house.base
    anne, bruno = _line(people, "citizen"), _line(people, "bruno")
    begun = _announced(people, bruno, mint()).headers["location"].rsplit("/", 1)[1]
    drop = bruno.post(f"{base}/drops", json={"public_key": "A" * 44}).json().get("id", mint())
    proof = {"Tandem-Device": people.house.device.proof(base)}
    ways = [
        lambda given: anne.head(f"{base}/uploads/{given['upload']}"),
        lambda given: anne.delete(f"{base}/uploads/{given['upload']}"),
        lambda given: anne.patch(
            f"{base}/uploads/{given['upload']}",
            headers={"upload-offset": "0", "content-type": "application/offset+octet-stream"},
            content=b"octets",
        ),
        lambda given: _announced(people, anne, given["upload"]),
        lambda given: _announced(people, anne, given["binary"]),
        lambda given: anne.get(f"{base}/drops/{given['drop']}"),
        lambda given: anne.delete(f"{base}/drops/{given['drop']}"),
        lambda given: anne.get(f"{base}/drops/{given['drop']}/pictures/1"),
        lambda given: anne.delete(f"{base}/carers/people/{given['consent']}"),
        lambda given: httpx.get(f"{base}/envelopes/{given['upload']}", headers=proof, trust_env=False),
    ]
    foreign = {
        "upload": begun, "binary": people.bruno.of["Binary"], "drop": drop,
        "consent": people.bruno.of["Consent"],
    }  # fmt: skip
    for way in ways:
        told = [way(each) for each in (foreign, {name: mint() for name in foreign})]
        answers = [seen(each.status_code, each.content, each.headers) for each in told]
        assert answers[0] == answers[1]
    assert bruno.head(f"{base}/uploads/{begun}").headers["upload-offset"] == "0"
