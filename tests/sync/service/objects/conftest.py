"""The two stores of objects, for the same tests: a folder, and a bucket of a real S3 store."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Protocol

import obstore
import pytest

from app.vault.keys import Key
from sync.service.objects import Objects, open_objects
from tests.sync.service.objects import seaweed
from tests.sync.service.objects.middle import Middle
from tests.sync.service.objects.seaweed import BUCKET, OPERATOR, SeaweedFs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_COUNT = itertools.count()


class Place(Protocol):
    """Where objects lie. ``raw`` is what whoever runs the store sees, by name."""

    address: str
    environment: Mapping[str, str]

    def names(self) -> set[str]:
        """Return the names of all that lies there."""

    def raw(self) -> dict[str, bytes]:
        """Return all that lies there."""

    def put_raw(self, name: str, data: bytes) -> None:
        """Put bytes there past the service."""


class FolderPlace:
    """A folder."""

    environment: Mapping[str, str] = {}

    def __init__(self, folder: Path) -> None:
        self.folder, self.address = folder, folder.as_uri()

    def names(self) -> set[str]:
        """Return the names of its files."""
        return {path.name for path in self.folder.iterdir()} if self.folder.exists() else set()

    def raw(self) -> dict[str, bytes]:
        """Return its files."""
        return {name: (self.folder / name).read_bytes() for name in self.names()}

    def put_raw(self, name: str, data: bytes) -> None:
        """Write a file."""
        (self.folder / name).write_bytes(data)


class BucketPlace:
    """A prefix of a bucket, of its own."""

    def __init__(self, store: SeaweedFs, endpoint: str = "") -> None:
        prefix = f"p{next(_COUNT)}"
        self.address, self.environment = f"s3://{BUCKET}/{prefix}", store.environment(endpoint=endpoint)
        self._operator = store.store(OPERATOR, prefix=prefix)

    def names(self) -> set[str]:
        """Return the names of its objects."""
        return {each["path"] for page in obstore.list(self._operator) for each in page}

    def raw(self) -> dict[str, bytes]:
        """Return its objects."""
        return {name: bytes(obstore.get(self._operator, name).bytes()) for name in self.names()}

    def put_raw(self, name: str, data: bytes) -> None:
        """Put an object."""
        obstore.put(self._operator, name, data, mode="overwrite")


class Opener:
    """Opens the objects of a place, as one of several services would; all are closed with the test."""

    def __init__(self, tmp_path: Path) -> None:
        self._scratch = tmp_path / "scratch"
        self._opened: list[Objects] = []
        self.key = Key.random()

    def __call__(self, place: Place, key: Key | None = None) -> Objects:
        """Open it with the test's key, or another."""
        made = open_objects(
            place.address, self._scratch, key or self.key, self._scratch, place.environment
        )  # fmt: skip
        self._opened.append(made)
        return made

    def close(self) -> None:
        """Close all."""
        for each in self._opened:
            each.close()


@pytest.fixture(scope="package")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFs]:
    """Start the S3 store once; it costs while it runs."""
    yield from seaweed.running(tmp_path_factory.mktemp("seaweedfs"))


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Return one store of objects after the other."""
    if request.param == "folder":
        return FolderPlace(tmp_path / "objects")
    return BucketPlace(request.getfixturevalue("seaweedfs"))


@pytest.fixture
def bucket(seaweedfs: SeaweedFs) -> BucketPlace:
    """Return a place in the bucket."""
    return BucketPlace(seaweedfs)


@pytest.fixture
def middle(seaweedfs: SeaweedFs) -> Iterator[Middle]:
    """Stand between the service and the S3 store."""
    with Middle(seaweedfs.port) as made:
        yield made


@pytest.fixture
def through(seaweedfs: SeaweedFs, middle: Middle) -> BucketPlace:
    """Return a place in the bucket that is reached through the relay."""
    return BucketPlace(seaweedfs, middle.endpoint)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Open stores."""
    made = Opener(tmp_path)
    yield made
    made.close()
