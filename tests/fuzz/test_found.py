"""What fuzzing found, once each, in its smallest form: it must never come back.

A line names the target (see ``targets.py``) and gives the input that broke it.
"""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING

import orjson
import pytest

from app import access_consents
from app.clock import instant
from sync.service import envelopes, readings
from sync.service.refusals import Refused
from tests.app.reader import strange
from tests.fuzz.changing import Tape
from tests.fuzz.own_lines import headers
from tests.fuzz.sealed_things import bent_proof
from tests.fuzz.targets import TARGETS, seeds_of

if TYPE_CHECKING:
    from tests.fuzz.ground import Ground


def header_that_asks(cost: object) -> bytes:
    """Return a vault's header whose second slot asks for this much work."""
    told = orjson.loads(headers()[0])
    told["slots"][1]["argon2id"] = cost
    return orjson.dumps(told)


def name_of_no_letters() -> bytes:
    """Return a PDF with a script beside a name that is no UTF-8."""
    data = strange.changed(strange.with_open_action)
    return data.replace(b"/S /JavaScript", b"/S\xff 1 /S /JavaScript")


DOUBLING = [{"op": "copy", "from": "", "path": f"/c{number}"} for number in range(40)]
FOUND: tuple[tuple[str, bytes], ...] = (
    ("RTF", strange.rtf(r"Mots \u" + "9" * 5_000)),
    ("RTF", strange.rtf(r"Mots {\fs" + "9" * 5_000 + " x}")),
    ("PDF triage", name_of_no_letters()),
    ("FHIR patch", b'[{"op": [], "path": "/a"}]'),
    ("FHIR patch", b'[{"op": {}, "path": "/a"}]'),
    ("FHIR patch", orjson.dumps(DOUBLING)),
    ("FHIR patch", b'[{"op": "copy", "from": null, "path": "/x"}]'),
    ("FHIR patch", b'[{"op": "move", "from": [1], "path": "/x"}]'),
    ("envelope contents", b"null"),
    ("envelope contents", b"[1]"),
    ("vault header", header_that_asks("64 MiB")),
    ("vault header", header_that_asks(0)),
    ("vault header", header_that_asks([])),
    ("reader answers", b'{"refused": "file-broken", "fields": {"self": 1}}'),
    ("reader answers", b'{"refused": ["file-broken"], "fields": {"code": []}}'),
)


@pytest.mark.parametrize(
    ("name", "data"), FOUND, ids=[f"{name}-{place}" for place, (name, _data) in enumerate(FOUND)]
)
def test_what_was_found_once(name: str, data: bytes, ground: Ground) -> None:
    """Taken, or refused as declared."""
    target = next(one for one in TARGETS if one.name == name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            target.run(data, ground)
        except target.declared:
            return


def test_a_proof_whose_algorithm_is_a_list(ground: Ground) -> None:
    """Was a fault of the service (500) for anybody who sent it."""
    target = next(one for one in TARGETS if one.name == "PC proof")
    told = bent_proof(Tape(b"\x01\x00\x00\x01\x00\x00\x003"), seeds_of(target, ground))
    with pytest.raises(target.declared):
        target.run(told, ground)


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01", "x"]
)
def test_a_moment_at_the_edge_of_the_calendar(ground: Ground, moment: str) -> None:
    """Brought into UTC it is no date any more: an act is dated now, a reading is refused."""
    service = ground.house.service
    access_consents._moment(moment)
    assert envelopes._moment(service, {"created_at": moment})[:2] in {"20", "00"}
    with pytest.raises(Refused):
        readings._moment(SimpleNamespace(moment=instant(service.clock())), {"recorded": moment})  # type: ignore[arg-type]
