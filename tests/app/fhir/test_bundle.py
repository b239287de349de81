"""The transaction of an act."""

from __future__ import annotations

from app.fhir import bundle
from app.fhir.bundle import PROVIDE_BUNDLE, transaction

LIST = {"resourceType": "List", "id": "l", "entry": [{"item": {"reference": "DocumentReference/d"}}]}
DOCUMENT = {"resourceType": "DocumentReference", "id": "d", "subject": {"reference": "Patient/p"}}
PROVENANCE = {
    "resourceType": "Provenance",
    "id": "o",
    "target": [{"reference": "List/l"}],
    "policy": ["Consent/c"],
}


def test_creations_are_posted_under_our_ids_and_refer_to_each_other_by_urn() -> None:
    """Another server gives other ids: references inside the transaction still meet."""
    made = transaction([LIST, DOCUMENT, PROVENANCE])
    listed, document, provenance = made["entry"]
    assert listed["request"] == {"method": "POST", "url": "List"}
    assert listed["fullUrl"] == "urn:uuid:l"
    assert listed["resource"]["entry"][0]["item"]["reference"] == "urn:uuid:d"
    assert document["resource"]["subject"]["reference"] == "Patient/p"
    assert provenance["resource"]["target"] == [{"reference": "urn:uuid:l"}]
    assert provenance["resource"]["policy"] == ["Consent/c"]
    assert LIST["entry"] == [{"item": {"reference": "DocumentReference/d"}}]


def test_a_binary_in_the_same_transaction_is_addressed_by_urn() -> None:
    """MHD: the attachment points at the entry that carries the bytes."""
    document = DOCUMENT | {"content": [{"attachment": {"url": "Binary/b"}}]}
    made = transaction([LIST, document, {"resourceType": "Binary", "id": "b"}])
    assert made["entry"][1]["resource"]["content"][0]["attachment"]["url"] == "urn:uuid:b"
    alone = transaction([LIST, document])
    assert alone["entry"][1]["resource"]["content"][0]["attachment"]["url"] == "Binary/b"


def test_a_change_is_put_on_the_version_it_was_based_on() -> None:
    """If-Match where a version is known; none where the creation was not yet read back."""
    made = transaction([DOCUMENT, PROVENANCE], {"DocumentReference/d": "3"})
    request = made["entry"][0]["request"]
    assert request == {"method": "PUT", "url": "DocumentReference/d", "ifMatch": 'W/"3"'}
    assert made["entry"][1]["request"]["method"] == "POST"
    unread = transaction([DOCUMENT], {"DocumentReference/d": ""})
    assert unread["entry"][0]["request"] == {"method": "PUT", "url": "DocumentReference/d"}


def test_only_a_plain_deposit_claims_the_profile_with_the_closed_list() -> None:
    """PDSm's bundle allows no Provenance; ours carries one and does not pretend."""
    assert transaction([LIST, DOCUMENT])["meta"]["profile"] == [PROVIDE_BUNDLE]
    assert "meta" not in transaction([LIST, DOCUMENT, PROVENANCE])
    assert "meta" not in transaction([PROVENANCE])


def test_an_answer_is_read() -> None:
    """Statuses, resources, the next page; what is missing counts as nothing."""
    answer = {
        "entry": [
            {"response": {"status": "201 Created"}, "resource": DOCUMENT},
            {"response": {"status": "oops"}},
            "not an entry",
            {},
        ],
        "link": [{"relation": "self", "url": "a"}, {"relation": "next", "url": "b"}],
    }
    assert bundle.statuses(answer) == [201, 0, 0]
    assert bundle.resources_of(answer) == [DOCUMENT]
    assert bundle.resources_of(answer, "List") == []
    assert bundle.next_link(answer) == "b"
