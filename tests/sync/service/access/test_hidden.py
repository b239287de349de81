"""Hidden documents: never fetched, counted or hinted at, with their bytes, sets, provenance and audit."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import orjson
import pytest

from app.ids import mint
from tests.sync.service.access.cast import CAST, HIDDEN, PHARMACIST, body_of
from tests.sync.service.access.policy import Deed
from tests.sync.service.house import ADVISER

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.caller import Caller
    from tests.sync.service.access.cast import Cast, Stage

ALL = {"N", "MASQUE_PS"}
SEEN_BY = {
    "citizen": ALL | {"INVISIBLE_REPRESENTANTS_LEGAUX"},
    "together": ALL | {"INVISIBLE_REPRESENTANTS_LEGAUX"},
    "counter": ALL | {"INVISIBLE_REPRESENTANTS_LEGAUX"},
    "slip": ALL | {"INVISIBLE_REPRESENTANTS_LEGAUX"},
    "carer": ALL,
    "representative": ALL,
    "software": set(HIDDEN),
}
"""assisted-access §2, §3; interop §2. MASQUE_PS hides from professionals who look by themselves: here someone
looks with the person, in their record; professionals' programs bear the filter of their own sources."""
WAYS = (
    Deed.READ, Deed.VREAD, Deed.HISTORY, Deed.SEARCH, Deed.SEARCH_POST, Deed.PATCH, Deed.DELETE,
    Deed.CREATE_IF_NONE, Deed.PATCH_WHERE, Deed.DELETE_WHERE,
)  # fmt: skip
_KINDS = ("DocumentReference", "Binary", "List", "Provenance")


def lists(person_id: str) -> list[str]:
    """Write every request that lists something."""
    return [
        *(f"{kind}?_count=1000" for kind in _KINDS),
        *(f"{kind}/_history?_count=500" for kind in _KINDS),
        *(f"{kind}?_summary=count" for kind in _KINDS),
        "AuditEvent?_count=1000",
        f"Patient?_id={person_id}&_revinclude=DocumentReference:subject&_revinclude=List:subject",
        f"Patient/{person_id}/$changes?_count=1000",
        f"Patient/{person_id}/$everything",
        "_history?_count=500",
        "List?_include=List:item&_count=1000",
        "Provenance?_include=Provenance:target&_count=1000",
    ]


@pytest.mark.parametrize("name", SEEN_BY)
def test_each_way_to_each_hidden_thing(people: Cast, name: str) -> None:
    """What is hidden from this caller is answered as what is not there, to the byte and the statement."""
    caller = people.callers[name]
    with people.stage() as stage:
        for label, ids in people.anne.documents.items():
            for kind, resource_id in ids.items():
                told = stage.ask(caller, "GET", f"{kind}/{resource_id}")
                if kind == "List" and name in {"slip", "carer", "representative"} and label in SEEN_BY[name]:
                    assert told.status == 200
                assert (told.status == 200) is (label in SEEN_BY[name]), (label, kind, told.body)
                if told.status != 200:
                    missing = stage.ask(caller, "GET", f"{kind}/{mint()}")
                    assert (told.status, told.body, told.shapes) == (404, missing.body, missing.shapes)
                    for where in ("/_history", "/_history/1"):
                        assert stage.ask(caller, "GET", f"{kind}/{resource_id}{where}").status == 404
                    found = stage.ask(caller, "GET", f"{kind}?_id={resource_id}").json()
                    assert (found["total"], "entry" in found) == (0, False)
                    assert stage.ask(caller, "DELETE", f"{kind}/{resource_id}").status in {403, 404}
                    assert stage.ask(caller, "DELETE", f"{kind}?_id={resource_id}").status in {204, 403}


@pytest.mark.parametrize("name", SEEN_BY)
def test_no_list_and_no_count_tells_of_it(people: Cast, name: str) -> None:
    """Searches, histories, the feed, $everything, inclusions: none holds an id of a hidden thing."""
    caller = people.callers[name]
    hidden = {
        each
        for label, ids in people.anne.documents.items()
        if label not in SEEN_BY[name]
        for each in ids.values()
    }
    shown = {
        ids["DocumentReference"] for label, ids in people.anne.documents.items() if label in SEEN_BY[name]
    }
    with people.stage() as stage:
        # A program reads both kinds in one go: what is written of it must not name the hidden.
        for where in lists(people.anne.id):
            stage.ask(
                people.system,
                "GET",
                f"{where}&patient={people.anne.id}" if "?" in where else where,
                kept=True,
            )
        stage.ask(people.system, "GET", f"DocumentReference?patient={people.anne.id}", kept=True)
        found = ""
        for where in lists(people.anne.id):
            told = stage.ask(caller, "GET", where)
            assert told.status in {200, 403}
            found += told.body.decode()
            named = {each for each in hidden if each in told.body.decode()}
            assert not named, where
        assert shown <= {each for each in shown if each in found}
        if name != "software":
            counted = stage.ask(caller, "GET", "DocumentReference?_summary=count").json()["total"]
            listed = stage.ask(caller, "GET", "DocumentReference?_count=1000").json()["entry"]
            assert counted == len([each for each in listed if each["search"]["mode"] == "match"])


@pytest.mark.parametrize("name", [name for name in SEEN_BY if name != "software"])
def test_no_search_looks_through_it(people: Cast, name: str) -> None:
    """A set that holds a hidden document and a shown one is not found by the words of the hidden one."""
    caller = people.callers[name]
    documents = people.anne.documents
    with people.stage() as stage:
        both = [documents[label]["DocumentReference"] for label in ("N", "INVISIBLE_PATIENT")]
        lot = body_of("List", people.anne.id) | {
            "entry": [{"item": {"reference": f"DocumentReference/{each}"}} for each in both]
        }
        stage.ask(people.system, "POST", "List", lot, kept=True)
        for words, total in (("Document%20N", True), ("Document%20INVISIBLE_PATIENT", False)):
            told = stage.ask(caller, "GET", f"List?item:DocumentReference.description={words}")
            assert (told.json()["total"] > 0) is total, words
        told = stage.ask(caller, "GET", "List?_include=List:item&_count=1000")
        assert f'"id":"{both[1]}"' not in told.body.decode()


@pytest.mark.parametrize("name", [name for name in SEEN_BY if name != "software"])
def test_new_bytes_of_a_hidden_document_stay_hidden(people: Cast, name: str) -> None:
    """A program that sends them anew, or after their document, or several of one document."""
    caller, anne, patient = people.callers[name], people.anne, {"reference": f"Patient/{people.anne.id}"}
    with people.stage() as stage:
        held = anne.documents["INVISIBLE_PATIENT"]["Binary"]
        again = body_of("Binary", anne.id) | {"id": held}
        assert stage.ask(people.system, "PUT", f"Binary/{held}", again, kept=True).status == 200
        later, second = mint(), mint()
        label = {"coding": [{"system": "urn:x", "code": "INVISIBLE_PATIENT"}]}
        contents = [{"attachment": {"url": f"Binary/{each}"}} for each in (later, second)]
        document = {
            "resourceType": "DocumentReference", "status": "current", "subject": patient,
            "securityLabel": [label], "content": contents,
        }  # fmt: skip
        assert stage.ask(people.system, "POST", "DocumentReference", document, kept=True).status == 201
        for each in (later, second):
            late = body_of("Binary", anne.id) | {"id": each}
            assert stage.ask(people.system, "PUT", f"Binary/{each}", late, kept=True).status == 201
        for each in (held, later, second):
            told = stage.ask(caller, "GET", f"Binary/{each}")
            assert told.status == (404 if CAST[name].has_person else 200)


def test_the_audit_of_what_is_hidden_is_hidden_from_the_same(people: Cast) -> None:
    """The person sees that a program read their papers, and not that one is kept from them."""
    anne, citizen = people.anne, people.callers["citizen"]
    with people.stage() as stage:
        before = stage.ask(citizen, "GET", "AuditEvent?_summary=count").json()["total"]
        told = stage.ask(people.system, "GET", f"DocumentReference?patient={anne.id}", kept=True)
        assert all(each["DocumentReference"].encode() in told.body for each in anne.documents.values())
        events = stage.ask(citizen, "GET", "AuditEvent?_count=1000").body.decode()
        after = stage.ask(citizen, "GET", "AuditEvent?_summary=count").json()["total"]
        assert after == before + 2  # of what is shown, and of what is kept from those close to her
        assert anne.documents["N"]["DocumentReference"] in events
        assert anne.documents["INVISIBLE_REPRESENTANTS_LEGAUX"]["DocumentReference"] in events
        assert anne.documents["INVISIBLE_PATIENT"]["DocumentReference"] not in events
        parent = dataclasses.replace(
            people.callers["together"],
            helper=dataclasses.replace(people.callers["carer"].helper, role="carer"),  # type: ignore[type-var]
        )
        theirs = stage.ask(parent, "GET", "AuditEvent?_count=1000").body.decode()
        assert anne.documents["INVISIBLE_REPRESENTANTS_LEGAUX"]["DocumentReference"] not in theirs


def act_of(people: Cast, document: str) -> tuple[Resource, str]:
    """Make the transaction of an act of Anne's on a new observation."""
    op_id, made = mint(), mint()
    act = body_of("Provenance", people.anne.id) | {
        "target": [{"reference": f"urn:uuid:{made}"}],
        "agent": [{"who": {"reference": f"Practitioner/{ADVISER}"}}],
    }  # fmt: skip
    entries = [
        {"fullUrl": f"urn:uuid:{made}", "resource": body_of("Observation", people.anne.id)
            | {"note": [{"text": document}]}, "request": {"method": "POST", "url": "Observation"}},
        {"fullUrl": f"urn:uuid:{op_id}", "resource": act, "request": {"method": "POST", "url": "Provenance"}},
    ]  # fmt: skip
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}, op_id


def test_an_answer_given_before_is_no_way_to_what_a_mandate_does_not_open(people: Cast) -> None:
    """A slip for documents reads a Provenance, sends its act again, and is not given the weight in it."""
    sent, op_id = act_of(people, "secret de la mesure")
    with people.stage() as stage:
        assert stage.ask(people.callers["together"], "POST", "", sent, kept=True).status == 200
        slip = people.callers["slip"]
        act = stage.ask(slip, "GET", f"Provenance/{op_id}").json()
        entry = {"resource": act, "request": {"method": "PUT", "url": f"Provenance/{op_id}"}}
        replay = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        told = stage.ask(slip, "POST", "", replay)
        assert b"secret de la mesure" not in told.body
        again = stage.ask(people.callers["together"], "POST", "", sent)
        assert b"secret de la mesure" in again.body


@pytest.mark.parametrize("where", [
    "Patient?_id={id}&_revinclude=Condition:subject", "Patient/{id}/$everything", "Patient/{id}/$changes",
    "_history?_count=500",
])  # fmt: skip
def test_a_narrow_scope_is_not_widened_by_the_way(people: Cast, where: str) -> None:
    """A program whose token names two types is shown no other along with them."""
    narrow = dataclasses.replace(
        people.callers["narrow"], scopes=frozenset({"system/Patient.rs", "system/Observation.rs"})
    )
    own = dataclasses.replace(
        people.callers["citizen"], scopes=frozenset({"patient/Patient.rs", "patient/Observation.rs"})
    )
    with people.stage() as stage:
        for caller in (narrow, own):
            told = stage.ask(caller, "GET", where.format(id=people.anne.id)).json()
            kinds = {each["fullUrl"].split("/")[-2] for each in told["entry"] if "fullUrl" in each}
            assert kinds - {"Patient", "Observation"} <= {
                "Practitioner", "Organization", *(_directory() if "_history" in where else ())
            }  # fmt: skip
            assert kinds & {"Patient", "Observation"}


def _directory() -> frozenset[str]:
    from tests.sync.service.access.policy import DIRECTORY

    return DIRECTORY


@pytest.mark.parametrize("name", ["narrow", "slip"])
def test_no_chain_leads_through_a_type_that_is_closed(people: Cast, name: str) -> None:
    """A search through a reference asks about what it leads to: that needs its own right."""
    caller: Caller = people.callers[name]
    if name == "slip":
        with people.stage() as stage:
            given = people.mandate({"messages"}, {"view"}, stage=stage)
            caller = dataclasses.replace(caller, mandate=given)
            _check_chain(people, stage, caller, "Communication?subject:Patient.given=Anne", 200)
            _check_chain(
                people, stage, caller, "Communication?part-of:DocumentReference.description=x", 403, 200
            )
        return
    with people.stage() as stage:
        _check_chain(people, stage, caller, "Observation?subject:Patient.given=Anne", 403)


def _check_chain(people: Cast, stage: Stage, caller: Caller, where: str, *statuses: int) -> None:
    assert people.anne.id
    assert stage.ask(caller, "GET", where).status in statuses, where


@pytest.mark.parametrize("name", ["citizen", "together", "counter"])
@pytest.mark.parametrize("what", ["identifier", "birthDate", "name", "extension", "active", "link"])
def test_nobody_becomes_somebody_else(people: Cast, name: str, what: str) -> None:
    """The traits of an identity, and what protects an adult, are their source's to write."""
    other = {
        "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "199999999999999"}],
        "birthDate": "1990-01-01", "name": [{"family": "Autre"}], "active": False,
        "extension": [{"url": "urn:x", "valueCode": "aucune"}],
        "link": [{"other": {"reference": f"Patient/{people.anne.id}"}, "type": "seealso"}],
    }  # fmt: skip
    where = f"Patient/{people.anne.id}"
    with people.stage() as stage:
        held = stage.ask(people.system, "GET", where).json()
        for told in (
            stage.ask(people.callers[name], "PUT", where, held | {what: other[what]}),
            stage.ask(people.callers[name], "PATCH", where,
                      orjson.dumps([{"op": "add", "path": f"/{what}", "value": other[what]}]),
                      content_type="application/json-patch+json"),
        ):  # fmt: skip
            assert (told.status, told.code) == (403, "read-only-type")
        reached = held | {"telecom": [{"system": "phone", "value": "0102030405"}]}
        assert stage.ask(people.callers[name], "PUT", where, reached).status == 200


def test_a_conditional_creation_is_a_look_and_is_audited(people: Cast) -> None:
    """Who may add and not see is told nothing of what is there; who may see leaves a trace."""
    with people.stage() as stage:
        given = people.mandate({"documents"}, {"add"}, stage=stage)
        adding = dataclasses.replace(people.callers["slip"], mandate=given)
        body = body_of("DocumentReference", people.anne.id, people.anne.of["Binary"])
        found = f"_id={people.anne.of['DocumentReference']}"
        told = stage.ask(adding, "POST", "DocumentReference", body, if_none_exist=found)
        assert (told.status, told.code) == (403, "mandate-scope")
        citizen = people.callers["citizen"]
        before = stage.ask(citizen, "GET", "AuditEvent?action=R&_summary=count").json()["total"]
        told = stage.ask(citizen, "POST", "DocumentReference", body, if_none_exist=found, kept=True)
        assert told.status == 200
        after = stage.ask(citizen, "GET", "AuditEvent?action=R&_summary=count").json()["total"]
        assert after == before + 1
    assert PHARMACIST


@pytest.mark.parametrize(
    ("label", "name"),
    [("INVISIBLE_PATIENT", "citizen"), ("INVISIBLE_PATIENT", "representative"),
     ("INVISIBLE_REPRESENTANTS_LEGAUX", "representative"), ("INVISIBLE_REPRESENTANTS_LEGAUX", "carer")],
)  # fmt: skip
def test_a_label_that_comes_later_takes_along_what_names_the_document(
    people: Cast, label: str, name: str
) -> None:
    """Its bytes, its set, its provenance, and the events of who looked at it; shown again with it."""
    caller, ids, other = people.callers[name], people.anne.documents["N"], people.anne.documents["MASQUE_PS"]
    shown = f"DocumentReference/{ids['DocumentReference']}"
    with people.stage() as stage:
        stage.ask(people.system, "GET", f"DocumentReference?patient={people.anne.id}", kept=True)
        before = _found(stage, caller, people.anne.id)
        assert {each for each in ids.values() if each in before} == set(ids.values())
        document = stage.ask(people.system, "GET", shown).json()
        coded = document["securityLabel"][0]["coding"][0]
        for code, seen in ((label, False), ("N", True)):
            again = document | {"securityLabel": [{"coding": [coded | {"code": code}]}]}
            assert stage.ask(people.system, "PUT", shown, again, kept=True).status == 200
            found = _found(stage, caller, people.anne.id)
            assert {each for each in ids.values() if each in found} == (set(ids.values()) if seen else set())
            assert {each for each in other.values() if each in found} == set(other.values())


def _found(stage: Stage, caller: Caller, person_id: str) -> str:
    """Return all that any list shows, save the feed, in which a removal is told by its id."""
    ways = [each for each in lists(person_id) if "$changes" not in each and "_history" not in each]
    program = dataclasses.replace(caller, mandate=None) if caller.is_close else caller
    return "".join(stage.ask(program, "GET", each).body.decode() for each in ways)


def test_what_a_pc_tells_of_a_secret_paper_is_secret(people: Cast) -> None:
    """An adolescent read two papers with a helper: a parent sees that of the one that is no secret."""
    secret, plain = (people.anne.documents[each] for each in ("INVISIBLE_REPRESENTANTS_LEGAUX", "N"))
    parent = dataclasses.replace(people.callers["representative"], mandate=None)
    with people.stage() as stage:
        told = body_of("AuditEvent", people.anne.id) | {
            "id": mint(), "agent": [{"who": {"reference": f"Practitioner/{ADVISER}"}}],
            "entity": [{"what": {"reference": f"DocumentReference/{each['DocumentReference']}"}}
                       for each in (secret, plain)],
        }  # fmt: skip
        together = people.callers["together"]
        assert stage.ask(together, "PUT", f"AuditEvent/{told['id']}", told, kept=True).status == 201
        own, theirs = (
            {document["DocumentReference"] for document in (secret, plain)
             if document["DocumentReference"].encode()
             in stage.ask(caller, "GET", "AuditEvent?_count=1000").body}
            for caller in (together, parent)
        )  # fmt: skip
        assert own == {each["DocumentReference"] for each in (secret, plain)}
        assert theirs == {plain["DocumentReference"]}


def test_a_document_that_is_shown_opens_no_hidden_one_s_bytes(people: Cast) -> None:
    """Whoever files a second document over the same bytes, or takes the first one away."""
    hidden, citizen = people.anne.documents["INVISIBLE_PATIENT"], people.callers["citizen"]
    with people.stage() as stage:
        second = body_of("DocumentReference", people.anne.id, hidden["Binary"])
        stage.ask(people.system, "POST", "DocumentReference", second, kept=True)
        assert stage.ask(citizen, "GET", f"Binary/{hidden['Binary']}").status == 404
        where = f"DocumentReference/{hidden['DocumentReference']}"
        assert stage.ask(people.system, "DELETE", where, kept=True).status == 204
        assert stage.ask(citizen, "GET", f"Binary/{hidden['Binary']}").status == 404
