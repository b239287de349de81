"""Bytes inside a resource: put before the transaction that notes them, and none too many or too few."""

from __future__ import annotations

import base64
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from app.ids import mint
from sync.service import binaries, uploads
from sync.service.objects import ObjectsAway
from sync.service.provider.tokens import caller_of
from sync.service.storage import EVERYONE, RecordsAway, RecordsContended, transact
from sync.service.unit import Unit
from tests.sync.service.house import document_bundle
from tests.sync.service.test_documents import TUS, announce, send
from tests.sync.service.test_interactions import observation

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator

    import httpx

    from app.fhir import Resource
    from sync.service.storage import Connection
    from tests.sync.service.house import House

WRITE_SECONDS = 20


class Watched:
    """The store of objects: what is put, what is left, and what happens meanwhile."""

    def __init__(self, house: House, patch: pytest.MonkeyPatch) -> None:
        self.put: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self._objects = house.service.objects
        self._write = self._objects.write
        patch.setattr(self._objects, "write", self._watched)

    def _watched(self, object_id: str, source: io.BytesIO) -> object:
        self.meanwhile()
        self.put.append(object_id)
        return self._write(object_id, source)

    @property
    def left(self) -> int:
        """How many of what was put are still there."""
        return sum(self._objects.has(each) for each in self.put)


@pytest.fixture
def watched(house: House, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Watch the store of objects."""
    return Watched(house, monkeypatch)


def binary(text: str = "bonjour") -> Resource:
    """Make a Binary with its bytes inside."""
    data = base64.b64encode(text.encode()).decode()
    return {"resourceType": "Binary", "contentType": "text/plain", "data": data}


def bundle(*resources: Resource) -> Resource:
    """Make a transaction that creates these."""
    entries = [
        {"resource": each, "request": {"method": "POST", "url": each["resourceType"]}} for each in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def simplified(patient_id: str) -> Resource:
    """Make a DocumentReference that carries its bytes (ITI-105)."""
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"reference": f"Patient/{patient_id}"},
        "content": [{"attachment": {"contentType": "text/plain", "data": "Ym9uam91cg=="}}],
    }


def failing(
    house: House, patch: pytest.MonkeyPatch, error: type[Exception], *, times: int, kept: bool
) -> None:
    """Let the next transactions of a person end in an error, with what they wrote kept or not."""
    real, left = house.service.store.transaction, [times]

    @contextmanager
    def transaction(**of: Any) -> Iterator[Connection]:  # noqa: ANN401 (the scope)
        fails = of.get("of") and left[0] > 0
        with real(**of) as sql:
            yield sql
            if fails and not kept:
                left[0] -= 1
                raise error
        if fails:
            left[0] -= 1
            raise error

    patch.setattr(house.service.store, "transaction", transaction)


@pytest.mark.parametrize("how", ["raw", "json", "put", "transaction", "inside a document", "batch"])
def test_a_slow_store_of_objects_holds_up_nothing_of_the_person(
    house: House, anne: httpx.Client, watched: Watched, how: str
) -> None:
    """While the bytes are on their way, the same person's other acts are filed."""
    met: list[int] = []
    patient, other = house.patients["anne"], house.citizen("anne")

    def act_meanwhile() -> None:
        made = threading.Thread(
            target=lambda: met.append(other.post("/Observation", json=observation(patient)).status_code)
        )
        made.start()
        made.join(WRITE_SECONDS / 4)

    watched.meanwhile = act_meanwhile
    own = mint()
    asks: dict[str, Callable[[], httpx.Response]] = {
        "raw": lambda: anne.post("/Binary", content=b"octets", headers={"Content-Type": "text/plain"}),
        "json": lambda: anne.post("/Binary", json=binary()),
        "put": lambda: anne.put(f"/Binary/{own}", json=binary() | {"id": own}),
        "transaction": lambda: anne.post("/", json=document_bundle(patient, b"octets")),
        "inside a document": lambda: anne.post("/DocumentReference", json=simplified(patient)),
        "batch": lambda: anne.post("/", json=bundle(binary()) | {"type": "batch"}),
    }
    answer = asks[how]()
    assert answer.status_code in {200, 201}, answer.text
    assert met == [201]
    assert (len(watched.put), watched.left) == (1, 1)


def test_several_with_the_same_bytes_have_an_object_each(
    house: House, anne: httpx.Client, watched: Watched
) -> None:
    """Two alike and another in one transaction, beside a document that carries the same: four objects."""
    sent = bundle(binary(), binary(), binary("autre"), simplified(house.patients["anne"]))
    answer = anne.post("/", json=sent)
    assert answer.status_code == 200, answer.text
    places = [each["response"]["location"] for each in answer.json()["entry"]]
    ids = [place.partition("/_history")[0].rpartition("/")[2] for place in places[:3]]
    assert [anne.get(f"/Binary/{each}").text for each in ids] == ["bonjour", "bonjour", "autre"]
    with house.service.store.read(of=EVERYONE) as sql:
        named = {row[0] for row in sql.execute('SELECT object_id FROM "binary"')}
    assert (len(watched.put), set(watched.put) - named) == (4, set())


def test_what_is_refused_puts_nothing(house: House, anne: httpx.Client, watched: Watched) -> None:
    """Another person's record, a wrong entry, bytes that are none; an act that is sent again puts no more."""
    other = simplified(house.patients["bruno"])
    wrong = bundle(binary(), {"resourceType": "Observation", "status": "final"})
    bad = binary() | {"data": "?"}
    for sent in (bundle(binary(), other), wrong, bundle(binary(), bad)):
        assert 400 <= anne.post("/", json=sent).status_code < 500
    assert watched.put == []
    act = document_bundle(house.patients["anne"], b"once")
    assert [anne.post("/", json=act).status_code for _ in range(2)] == [200, 200]
    assert (len(watched.put), watched.left) == (1, 1)


def test_who_meets_another_puts_the_bytes_once(
    house: House, anne: httpx.Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is done anew, its object is the same."""
    failing(house, monkeypatch, RecordsContended, times=3, kept=False)
    made = anne.post("/Binary", json=binary())
    assert (made.status_code, len(watched.put), watched.left) == (201, 1, 1)
    assert anne.get(f"/Binary/{made.json()['id']}").text == "bonjour"


def test_work_that_is_never_kept_leaves_no_object(
    house: House, anne: httpx.Client, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever meets others again and again, after the bytes were put: 503, and they are gone."""
    watched.meanwhile = lambda: failing(house, monkeypatch, RecordsContended, times=9, kept=False)
    assert anne.post("/Binary", json=binary()).status_code == 503
    assert (len(watched.put), watched.left) == (1, 0)


def test_a_store_that_goes_away_between_two_objects_leaves_none(
    house: House, anne: httpx.Client, watched: Watched
) -> None:
    """Nothing is filed, and the first one is gone again."""

    def second() -> None:
        if watched.put:
            raise ObjectsAway

    watched.meanwhile = second
    sent = bundle(binary(), binary("autre"), observation(house.patients["anne"], 41.5))
    assert anne.post("/", json=sent).status_code == 503
    assert (len(watched.put), watched.left) == (1, 0)
    assert anne.get("/Observation", params={"value-quantity": "41.5"}).json().get("entry", []) == []


@pytest.mark.parametrize("way", ["inline", "upload"])
def test_an_object_whose_row_may_have_been_kept_is_left(
    house: House, watched: Watched, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The connection is cut at the commit, which was done: the document is there, whole."""
    token, wanted = str(house.sign_in("anne")["access_token"]), mint()
    anne, line = house.client(token), house.client(token, **TUS)
    line.base_url = anne.base_url.copy_with(path="/")
    if way == "inline":
        watched.meanwhile = lambda: failing(house, monkeypatch, RecordsAway, times=1, kept=True)
        answer = anne.put(f"/Binary/{wanted}", json=binary() | {"id": wanted})
    else:
        where = announce(line, b"bonjour", binary_id=wanted).headers["location"]
        real = uploads._make_binary

        def make(*told: Any) -> None:  # noqa: ANN401 (as it is called)
            failing(house, monkeypatch, RecordsAway, times=1, kept=True)
            real(*told)

        monkeypatch.setattr(uploads, "_make_binary", make)
        answer = send(line, where, b"bonjour", 0)
    assert answer.status_code == 503
    assert anne.get(f"/Binary/{wanted}").text == "bonjour"


def test_bytes_are_never_kept_elsewhere(house: House) -> None:
    """Work that puts nothing before cannot note bytes that nobody would put."""
    service = house.service
    caller = caller_of(service, str(house.sign_in("anne")["access_token"]))

    def keep(sql: Connection) -> None:
        unit = Unit.begin(service, sql, caller)
        binaries.keep(unit, binary(), unit.create(binary() | {"data": None}))

    with pytest.raises(RuntimeError):
        transact(service.store, caller.scope, keep)
