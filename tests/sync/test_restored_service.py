"""A service is lost with its machine and put back from its backup; a desktop gives back what it had filed."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from app.fhir.document_reference import title_of
from app.vault.keys import Key
from sync.guard import Question
from sync.service.backup import commands
from sync.transport import Address, Transport
from tests.sync.service.postgres import Cluster
from tests.sync.visit import (
    FixedTokens,
    RealService,
    Visit,
    pdf,
    service_documents,
    session_tokens,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync.tokens import Tokens

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9")


@pytest.fixture(scope="module")
def own() -> Iterator[Cluster]:
    """Start PostgreSQL; skip where there is none."""
    made = Cluster()
    yield made
    made.close()


@dataclass
class Embedded:
    """One folder, backed up and put back by our own commands."""

    folder: Path

    def more(self) -> tuple[str, ...]:
        """Return what the service is told besides."""
        return ()

    def back_up(self, data: Path) -> None:
        """Copy it while it runs."""
        assert commands.back_up(data, self.folder / "backup") == 0

    def put_back(self, data: Path) -> None:
        """Lose what there is, and put the copy in its place."""
        key = (data / "service.key").read_bytes()
        shutil.rmtree(data)
        data.mkdir()
        (data / "service.key").write_bytes(key)
        assert commands.restore(data, self.folder / "backup") == 0


@dataclass
class Postgres:
    """PostgreSQL, copied by its own tools, and the folder of its documents after it."""

    folder: Path
    cluster: Cluster
    database: str

    def more(self) -> tuple[str, ...]:
        """Return what the service is told besides."""
        return ("--records", self.cluster.address(self.database))

    def back_up(self, data: Path) -> None:
        """Copy it while it runs."""
        self._tool("pg_dump", "-Fc", "-f", str(self.folder / "dump"), self._admin(self.database))
        shutil.copytree(data / "objects", self.folder / "objects")

    def put_back(self, data: Path) -> None:
        """Lose what there is, and put the copy in its place."""
        self.database = self.cluster.database(fresh=True)
        self._tool(
            "pg_restore", "-d", self._admin(self.database), "--exit-on-error", str(self.folder / "dump")
        )
        shutil.rmtree(data / "objects")
        shutil.copytree(self.folder / "objects", data / "objects")
        assert commands.restored(data, records=self.cluster.address(self.database)) == 0

    def _admin(self, database: str) -> str:
        return self.cluster.address(database, self.cluster.admin)

    @staticmethod
    def _tool(*told: str) -> None:
        done = subprocess.run(told, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def start() -> Iterator[Callable[..., RealService]]:
    """Start services that end with the test."""
    made: list[RealService] = []

    def begin(data: Path, **told: Any) -> RealService:  # noqa: ANN401 (what RealService takes)
        made.append(RealService(data, **told))
        return made[-1]

    yield begin
    for each in made:
        each.close()


@pytest.mark.parametrize("engine", ["sqlcipher", "postgresql"])
def test_what_a_restored_service_lost_is_offered_again(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest, start: Callable[..., RealService]
) -> None:
    """Nothing goes from the PC, the person is asked, and then the service has every document again, once."""
    data = tmp_path / "data"
    way: Embedded | Postgres = Embedded(tmp_path)
    if engine == "postgresql":
        cluster: Cluster = request.getfixturevalue("own")
        way = Postgres(tmp_path, cluster, cluster.database())
    service = start(data, people=1, more=way.more())
    port, base = service.port, service.base
    key = Key.random()
    with Visit.begin(tmp_path / "pc", base, session_tokens(service), key=key.copy()).start() as visit:
        visit.know_patient()
        visit.file(pdf(1), "Avant la sauvegarde")
        wait_for(lambda: visit.records.operations() == [])
        way.back_up(data)
        visit.file(pdf(2, 300_000), "Après la sauvegarde")
        wait_for(lambda: visit.records.operations() == [])
        service.kill()
        visit.file(pdf(3), "Pendant la panne")
    way.put_back(data)

    start(data, people=1, port=port, more=way.more())
    tokens = session_tokens(service)
    before = titles(base, tokens)
    assert "Après la sauvegarde" not in before, "the service is that of the backup"
    with Visit.begin(tmp_path / "pc", base, tokens, key=key).start() as visit:
        wait_for(lambda: visit.engine.status.question is Question.SERVICE_RESTORED)
        here = {title_of(each) for each in visit.records.all("DocumentReference")}
        assert {"Avant la sauvegarde", "Après la sauvegarde", "Pendant la panne"} <= here
        assert "Après la sauvegarde" not in titles(base, tokens), "nothing goes back unasked"
        visit.engine.settle_restored(offer_again=True)
        wait_for(lambda: visit.records.operations() == [])
        wait_for(lambda: visit.engine.status.question is None)
    found = titles(base, tokens)
    for title in ("Avant la sauvegarde", "Après la sauvegarde", "Pendant la panne"):
        assert found.count(title) == 1
    assert bytes_of(base, tokens, "Avant la sauvegarde") == pdf(1)
    assert bytes_of(base, tokens, "Après la sauvegarde") == pdf(2, 300_000)


def titles(base: str, tokens: Tokens) -> list[str]:
    """Ask the service which documents it has."""
    return [title_of(each) for each in service_documents(base, tokens)]


def bytes_of(base: str, tokens: Tokens, title: str) -> bytes:
    """Ask the service for a document's bytes."""
    (document,) = (each for each in service_documents(base, tokens) if title_of(each) == title)
    with Transport(Address(base), FixedTokens(tokens.access_token)) as transport:
        found = transport.request("GET", "fhir/" + document["content"][0]["attachment"]["url"]).json()
    return base64.b64decode(found["data"])
