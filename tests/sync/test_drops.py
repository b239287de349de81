"""The visit's side of a phone drop, through a network that a test can spoil, to the real service process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app.vault.parcels import ParcelDamaged, ParcelKey, seal_parcel
from sync.drops import Drop, DropOver, Picture
from sync.failures import Forbidden, Offline, ServiceBroken, TransportError
from sync.transport import Address, Transport
from tests.sync.service.drop_visit import photo, send
from tests.sync.visit import FixedTokens, RealService, session_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.tokens import Tokens
    from tests.sync.rough_server import Asked, RoughServer


@pytest.fixture
def transport(between: RoughServer, tokens: Tokens) -> Iterator[Transport]:
    """The session's own way to the service, in the person's name."""
    with Transport(Address(between.base), FixedTokens(tokens.access_token), stall=5) as made:
        yield made


@pytest.fixture
def drop(transport: Transport) -> Iterator[Drop]:
    """A page that is open."""
    made = Drop.open(transport)
    yield made
    made.close()


def page(service: RealService, drop: Drop) -> str:
    """Where the phone goes, by a network of its own."""
    return service.base + "/d/" + drop.url.rpartition("/")[2]


def test_what_the_phone_sent_is_collected_whole(
    service: RealService, between: RoughServer, drop: Drop
) -> None:
    """Nothing at first, then all of it in order, then nothing is left there."""
    assert drop.url.startswith(f"{between.base}/d/")
    assert drop.words_url == f"{between.base}/d"
    assert len(drop.words.split("-")) == 5
    assert drop.look() == 0
    assert 590 <= drop.seconds_left <= 600
    sent = [photo((n + 5, 9)) for n in range(3)]
    assert send(page(service, drop), *[("x.jpg", each) for each in sent]).status_code == 200
    assert drop.look() == 3
    told: list[tuple[int, int]] = []
    assert drop.collect(lambda done, whole: told.append((done, whole))) == tuple(
        Picture(each, "image/jpeg") for each in sent
    )
    assert told == [(0, 3), (1, 3), (2, 3)]
    with pytest.raises(DropOver):
        drop.look()
    with pytest.raises(DropOver):
        drop.collect()


def test_a_cut_while_collecting_loses_nothing(service: RealService, between: RoughServer, drop: Drop) -> None:
    """The second picture does not come through: all of it is still there for the next try."""
    send(page(service, drop), ("a.jpg", photo()), ("b.jpg", photo((5, 5))))

    def cut(asked: Asked) -> bool:
        return asked.path.endswith("/pictures/2") and asked.cut()

    between.rules.append(cut)
    with pytest.raises(TransportError):
        drop.collect()
    between.rules.clear()
    assert [each.data for each in drop.collect()] == [photo(), photo((5, 5))]


def test_a_picture_that_was_changed_on_the_way_is_none(
    service: RealService, between: RoughServer, drop: Drop
) -> None:
    """Sealed by someone else, or not sealed at all."""
    send(page(service, drop), ("a.jpg", photo()))
    forged = seal_parcel(photo((8, 8)), ParcelKey.draw().public, f"{drop.id}/1")
    for body in (photo(), forged, b""):
        between.rules[:] = [
            lambda asked, body=body: (
                "/pictures/" in asked.path and asked.answer(200, body, "application/octet-stream")
            )
        ]
        with pytest.raises(ParcelDamaged):
            drop.collect()
    between.rules.clear()
    assert drop.look() == 1


def test_the_key_never_leaves(between: RoughServer, drop: Drop) -> None:
    """What travels is its public half."""
    drop.look()
    secret = drop._key._x25519.private_bytes_raw()
    for asked in between.asked:
        assert secret not in asked.body
        assert "d/" not in asked.path.removeprefix("/drops")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"id": "x"},
        {"id": "x", "path": "https://elsewhere.example/d/a", "words": "a-b", "seconds": 600},
        {"id": "x", "path": "/d/a", "words": "a-b", "seconds": "soon"},
        {"id": "x", "path": "/d/a", "words": "a-b", "seconds": None},
    ],
)
def test_half_an_answer_is_none(rough: RoughServer, told: dict[str, Any]) -> None:
    """No QR leads to another host, or nowhere."""
    rough.rules.append(lambda asked: asked.answer(201, orjson.dumps(told)))
    with Transport(Address(rough.base)) as transport, pytest.raises(ServiceBroken):
        Drop.open(transport)


@pytest.mark.parametrize(
    "state",
    [
        {"state": "sent", "seconds": 5},
        {"state": "sent", "seconds": 5, "pictures": [{}] * 11},
        {"state": "sent", "seconds": "x", "pictures": []},
    ],
)
def test_a_state_that_makes_no_sense_is_refused(rough: RoughServer, state: dict[str, Any]) -> None:
    """Rather than wait for what never comes."""
    told = {"id": "x", "path": "/d/a", "words": "a-b", "seconds": 600}
    rough.rules.append(
        lambda asked: asked.answer(200, orjson.dumps(told if asked.method == "POST" else state))
    )
    with Transport(Address(rough.base)) as transport:
        drop = Drop.open(transport)
        with pytest.raises(ServiceBroken):
            drop.look()


def test_without_a_network_there_is_no_page(rough: RoughServer) -> None:
    """It is said at once; closing what cannot be reached troubles nobody."""
    told = {"id": "x", "path": "/d/a", "words": "a-b", "seconds": 600}
    rough.rules.append(lambda asked: asked.answer(201, orjson.dumps(told)))
    with Transport(Address(rough.base)) as transport:
        drop = Drop.open(transport)
        rough.close()
        with pytest.raises(Offline):
            Drop.open(transport)
        drop.close()


def test_who_may_not_file_gets_no_page(service: RealService) -> None:
    """A program with a right to everything has no visit."""
    bearer = FixedTokens(service.identity("software")["access_token"])
    with Transport(Address(service.base), bearer) as transport, pytest.raises(Forbidden):
        Drop.open(transport)


def test_the_service_may_start_again_meanwhile(tmp_path: Path) -> None:
    """Killed as by a power cut between the send and its collecting: the picture is there."""
    first = RealService(tmp_path / "service", people=1)
    port = int(first.base.rpartition(":")[2])
    bearer = FixedTokens(session_tokens(first).access_token)
    with Transport(Address(first.base), bearer) as transport:
        drop = Drop.open(transport)
        assert send(drop.url, ("a.jpg", photo())).status_code == 200
        first.process.kill()
        first.close()
        second = RealService(tmp_path / "service", people=1, port=port)
        try:
            assert [each.data for each in drop.collect()] == [photo()]
        finally:
            second.close()
