"""Acts that travel together: how many, what is done when the service refuses them, who the culprit is."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from app.fhir.bundle import entries
from app.records.values import Operation, OperationState
from sync.failures import Refused
from sync.grouping import MOST_BYTES, MOST_ENTRIES, Grouping, bundled, culprit, split


def acts(count: int, resources: int = 2) -> list[Operation]:
    """Make acts of so many resources each."""
    return [
        Operation(
            seq=number, op_id=f"op{number}", state=OperationState.PENDING, lane=1,
            resources=({"resourceType": "Basic"},) * resources, base_versions={}, document_id=None,
            send_bytes=None, attempts=0, next_at=None, reason=None, fields={},
            created_at=datetime(2026, 11, 22, tzinfo=UTC),
        )
        for number in range(count)
    ]  # fmt: skip


def sizes(grouping: Grouping, made: list[Operation], size: int = 1000) -> list[int]:
    """Return how many acts go in each group, each act of so many bytes."""
    return [len(group) for group in grouping.groups(made, {each.seq: bytes(size) for each in made})]


def test_a_group_is_bounded_by_entries_and_by_bytes() -> None:
    """Fifty entries, a mebibyte; an act that is larger than that goes alone."""
    assert sizes(Grouping(100), acts(60)) == [MOST_ENTRIES // 2, MOST_ENTRIES // 2, 10]
    assert sizes(Grouping(100), acts(5), MOST_BYTES // 2) == [2, 2, 1]
    assert sizes(Grouping(100), acts(2), 2 * MOST_BYTES) == [1, 1]


def test_it_halves_when_it_is_too_much_and_grows_back() -> None:
    """Down to one act, up by one for each group that went through."""
    grouping, made = Grouping(8), acts(8)
    for expected in (4, 2, 1, 1):
        (first, *_) = grouping.groups(made, {each.seq: b"" for each in made})
        grouping.halve(first)
        assert sizes(grouping, made)[0] == expected
    grouping.grew()
    assert sizes(grouping, made)[0] == 2


def test_one_act_alone_stays_the_bytes_it_is() -> None:
    """Several become one transaction, in their order."""
    one = b'{"resourceType":"Bundle","type":"transaction", "entry":[{"fullUrl":"a"},{"fullUrl":"b"}]}'
    two = b'{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"c"}]}'
    assert bundled([one]) == one
    made = orjson.loads(bundled([one, two]))
    assert [each["fullUrl"] for each in entries(made)] == ["a", "b", "c"]
    assert made["type"] == "transaction"


@pytest.mark.parametrize(
    ("expression", "found"),
    [("Bundle.entry[0]", 0), ("Bundle.entry[3].resource.status", 1), ("Bundle.entry[5]", 2), ("status", None),
     ("Bundle.entry[6]", None), ("", None)],
)  # fmt: skip
def test_the_service_names_the_culprit(expression: str, found: int | None) -> None:
    """By the number of an entry; each act has its own."""
    assert culprit(acts(3), Refused(status=422, reason="x", expression=expression)) == found


def test_a_refused_group_is_cut() -> None:
    """The one that is named alone, the others together; else the halves."""
    assert split([1, 2, 3, 4], 2) == [[3], [1, 2, 4]]
    assert split([1], 0) == [[1]]
    assert split([1, 2, 3], None) == [[1], [2, 3]]
