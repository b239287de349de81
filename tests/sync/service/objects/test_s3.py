"""What holds for the S3 store besides: what is fetched and acknowledged, and when it is away."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import obstore
import pytest
from obstore.exceptions import AlreadyExistsError, GenericError, PermissionDeniedError

from app.vault.files import DocumentFiles
from app.vault.sealed import CHUNK, FileDamaged, FileMissing
from sync.service.objects import ObjectsAway, ObjectsUnusable, open_objects, s3
from sync.service.objects.address import Bucket
from tests.sync.service.objects.seaweed import BUCKET, OPERATOR, SERVICE, Keys
from tests.sync.service.objects.test_contract import read, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.service.objects import Objects
    from tests.sync.service.objects.conftest import BucketPlace, Opener
    from tests.sync.service.objects.middle import Middle
    from tests.sync.service.objects.seaweed import SeaweedFs

pytestmark = pytest.mark.xdist_group("s3")
LARGE = 32 << 20
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less for a store that does not answer."""
    monkeypatch.setattr(s3, "_SECONDS", timedelta(seconds=1))


@pytest.fixture
def objects(through: BucketPlace, opened: Opener) -> Objects:
    """Open the bucket, through the relay."""
    return opened(through)


# -- what is fetched


def test_a_range_of_a_large_document_fetches_that_range(objects: Objects, middle: Middle) -> None:
    """First segments, last one, the one asked for: not the document. All of it comes once."""
    data = os.urandom(1 << 20) * (LARGE >> 20)
    object_id = write(objects, data)
    middle.came_back = 0
    with objects.open(object_id) as reader:
        assert reader.read_at(LARGE // 2 + 5, 16) == data[LARGE // 2 + 5 : LARGE // 2 + 21]
    assert middle.came_back < 8 * CHUNK
    middle.came_back = 0
    assert read(objects, object_id, whole=True) == data
    assert middle.came_back < LARGE * 1.02


def test_a_small_document_is_one_request(objects: Objects, middle: Middle) -> None:
    """Whole or in part; a piece of an upload too."""
    for size, whole in ((3 * CHUNK, False), (1 << 20, True)):
        object_id = write(objects, os.urandom(size))
        answers: list[bytes] = []
        middle.answers = lambda piece, answers=answers: answers.append(piece) or piece  # type: ignore[misc]
        read(objects, object_id, whole=whole)
        assert sum(piece.startswith(b"HTTP/1.1 206") for piece in answers) == 1


def test_a_large_object_goes_through_the_scratch_folder_sealed(
    objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in clear, and nothing stays."""
    seen: list[bytes] = []
    put = obstore.put
    monkeypatch.setattr(
        obstore, "put", lambda *args, **more: (seen.append(bytes(args[2][:100_000])), put(*args, **more))[1]
    )
    object_id = write(objects, b"MARQUEUR" * (1 << 20))
    assert b"MARQUEUR" not in seen[-1]
    assert not list(objects.scratch.iterdir())
    assert objects.has(object_id)


def test_a_folder_copied_into_the_bucket_is_the_same_store(
    bucket: BucketPlace, opened: Opener, tmp_path: Path
) -> None:
    """Names, keys and bytes are those of the folder: any tool can move it, either way."""
    folder = open_objects("", tmp_path / "folder", opened.key, tmp_path / "scratch", {})
    object_id = write(folder, b"octets" * CHUNK)
    for path in (tmp_path / "folder").iterdir():
        bucket.put_raw(path.name, path.read_bytes())
    assert read(opened(bucket), object_id) == b"octets" * CHUNK
    folder.close()
    before = DocumentFiles(tmp_path / "before", opened.key)
    before.write(object_id, io.BytesIO(b"as before"))
    shutil.copytree(tmp_path / "before", tmp_path / "folder", dirs_exist_ok=True)
    again = open_objects("", tmp_path / "folder", opened.key, tmp_path / "scratch", {})
    assert read(again, object_id) == b"as before"
    again.close()
    before.close()


# -- what is acknowledged


def test_an_answer_that_was_lost_is_no_second_object(
    objects: Objects, middle: Middle, through: BucketPlace
) -> None:
    """The store took it, its answer was cut: the library asks again, the name is taken, by us."""
    middle.swallow = 1
    object_id = write(objects, b"octets")
    assert middle.swallow == 0
    assert read(objects, object_id) == b"octets"
    assert len(through.raw()) == 2


def test_a_digest_that_is_no_md5_is_made_good_by_reading_back(objects: Objects, middle: Middle) -> None:
    """A store that encrypts by itself tells another ETag."""
    middle.answers = lambda piece: re.sub(rb'(?i)(etag: ")[0-9a-f]{32}', rb"\g<1>" + b"0" * 32, piece)
    object_id = write(objects, os.urandom(3 * CHUNK))
    assert objects.has(object_id)


def test_what_the_store_kept_otherwise_is_not_acknowledged(
    objects: Objects, middle: Middle, through: BucketPlace
) -> None:
    """Neither its digest nor its bytes are those that left: refused, and taken away."""
    before = set(through.raw())

    def falsify(piece: bytes) -> bytes:
        piece = re.sub(rb'(?i)(etag: ")[0-9a-f]{32}', rb"\g<1>" + b"0" * 32, piece)
        return piece.replace(b"TANDEMSF", b"TANDEMXX")

    middle.answers = falsify
    with pytest.raises(FileDamaged):
        write(objects, b"octets")
    assert set(through.raw()) == before


def test_what_changed_on_its_way_is_not_acknowledged(
    objects: Objects, middle: Middle, through: BucketPlace
) -> None:
    """Whether the store looks at the signature of the bytes or not."""
    before = set(through.raw())
    middle.requests = lambda piece: piece.replace(b"TANDEMSF", b"TANDEMXX")
    with pytest.raises((FileDamaged, ObjectsAway, ObjectsUnusable)):
        write(objects, b"octets")
    assert set(through.raw()) == before


# -- a store that is away


def test_a_store_that_is_away_is_said_and_asked_again_later(
    objects: Objects, middle: Middle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within seconds, with when to come back; meanwhile nobody waits; then all goes on."""
    monkeypatch.setattr(objects, "_pause", 0.3)
    object_id = write(objects, b"octets")
    middle.cut()
    began = time.monotonic()
    with pytest.raises(ObjectsAway) as told:
        objects.open(object_id)
    assert told.value.fields == {"seconds": 1}
    assert time.monotonic() - began < 3
    tried = middle.connections
    for ask in (objects.has, objects.open, lambda each: objects.write(each, io.BytesIO(b"more"))):
        with pytest.raises(ObjectsAway):
            ask(object_id)
    objects.remove(object_id)
    assert middle.connections == tried
    middle.mend()
    time.sleep(0.35)
    assert read(objects, object_id) == b"octets"
    assert write(objects, b"more")


def test_a_store_that_takes_and_never_answers_is_left(objects: Objects, middle: Middle) -> None:
    """Its time-out, not for ever."""
    middle.is_deaf = True
    began = time.monotonic()
    with pytest.raises(ObjectsAway):
        write(objects, b"octets")
    assert time.monotonic() - began < 6
    assert not list(objects.scratch.iterdir())
    middle.mend()


def test_a_download_that_breaks_in_the_middle_is_said(
    objects: Objects, middle: Middle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is right, the rest is an error and never short."""
    monkeypatch.setattr(objects, "_pause", 0)
    data = os.urandom(9 << 20)
    object_id = write(objects, data)
    with objects.open(object_id) as reader:
        pieces = reader.pieces()
        assert next(pieces) == data[: 64 * CHUNK]
        middle.cut()
        with pytest.raises(ObjectsAway):
            next(pieces)
        middle.mend()
        assert reader.read_at(64 * CHUNK, 100) == data[64 * CHUNK : 64 * CHUNK + 100]


def test_acknowledged_objects_survive_the_store_s_own_kill(
    seaweedfs: SeaweedFs, bucket: BucketPlace, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real store killed and started again under the service: it goes on by itself."""
    objects = opened(bucket)
    monkeypatch.setattr(objects, "_pause", 0)
    kept = [write(objects, os.urandom(2000)) for _ in range(20)]
    seaweedfs.kill()
    with pytest.raises(ObjectsAway):
        write(objects, b"octets")
    seaweedfs.start()
    for object_id in kept:
        assert len(read(objects, object_id)) == 2000
    assert write(objects, b"octets")


# -- a store that lets in whom it should


def test_the_store_lets_nobody_else_in(seaweedfs: SeaweedFs, bucket: BucketPlace, opened: Opener) -> None:
    """The tests' store really asks for keys, and refuses a name that is taken: else they prove nothing."""
    write(opened(bucket), b"octets")
    prefix = bucket.address.rpartition("/")[2]
    for keys in (None, Keys(SERVICE.access, "wrong"), Keys("nobody", "secret")):
        store = seaweedfs.store(keys, prefix=prefix)
        for ask in (
            lambda store=store: obstore.get(store, "mark"),
            lambda store=store: obstore.put(store, "x", b"x", mode="create"),
            lambda store=store: list(obstore.list(store)),
            lambda store=store: obstore.delete(store, "mark"),
        ):
            with pytest.raises((PermissionDeniedError, GenericError), match="403"):
                ask()
    with pytest.raises(AlreadyExistsError):
        obstore.put(seaweedfs.store(SERVICE, prefix=prefix), "mark", b"", mode="create")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "refused"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "refused"),
        ({"bucket": "no-such-bucket"}, "refused"),
        ({"bucket": "no-such-bucket", "operator": "yes"}, "bucket"),
        ({"bucket": "b", "operator": "yes"}, "bucket"),
    ],
)
def test_a_start_without_access_is_said(
    seaweedfs: SeaweedFs, opened: Opener, tmp_path: Path, change: dict[str, str], what: str
) -> None:
    """Which is wrong, the keys or the bucket. A bucket that one may not see is told as a refusal."""
    name = change.pop("bucket", BUCKET)
    keys = Keys(OPERATOR.access, OPERATOR.secret) if change.pop("operator", "") else SERVICE
    with pytest.raises(ObjectsUnusable) as told:
        open_objects(
            f"s3://{name}/p", tmp_path, opened.key, tmp_path, seaweedfs.environment(keys) | change
        ).holds_any()
    assert told.value.fields == {"what": what}


class Overwriting(BaseHTTPRequestHandler):
    """A store that takes everything and ignores ``If-None-Match``, as some do."""

    def do_PUT(self) -> None:
        """Take it."""
        data = self.rfile.read(int(self.headers["content-length"]))
        assert self.headers["if-none-match"] == "*"
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def overwriting() -> Iterator[str]:
    """Start it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Overwriting) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_store_that_would_overwrite_is_not_used(overwriting: str, opened: Opener, tmp_path: Path) -> None:
    """Found at the start, before any document is there."""
    environment = KEYS | {"AWS_ENDPOINT_URL": overwriting}
    with pytest.raises(ObjectsUnusable) as told:
        open_objects("s3://bucket/p", tmp_path, opened.key, tmp_path, environment)
    assert told.value.fields == {"what": "overwrites"}


# -- how it is told where the store is


@pytest.mark.parametrize(
    ("address", "environment", "what"),
    [
        ("s3:/bucket", KEYS, "address"),
        ("s3://user:secret@bucket/p", KEYS, "address"),
        ("s3://bucket/p?x=1", KEYS, "address"),
        ("gs://bucket/p", KEYS, "address"),
        ("bucket", KEYS, "address"),
        ("file://elsewhere/p", {}, "address"),
        ("s3://bucket", KEYS | {"AWS_ENDPOINT_URL": "objects.example"}, "address"),
        ("s3://bucket", KEYS | {"AWS_ENDPOINT_URL": "https://[::1"}, "address"),
        ("s3://bucket", KEYS | {"AWS_ENDPOINT_URL": "http://objects.example"}, "plain"),
        ("s3://bucket", KEYS | {"AWS_ENDPOINT_URL": "http://127.0.0.1.example"}, "plain"),
        ("s3://bucket", {}, "keys"),
        ("s3://bucket", {"AWS_ACCESS_KEY_ID": "a"}, "keys"),
        ("s3://bucket", {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY_FILE": "/no/such"}, "keys"),
        ("s3://bucket", KEYS | {"AWS_CA_BUNDLE": "/no/such"}, "authority"),
    ],
)
def test_an_address_that_cannot_be_is_said(
    opened: Opener, tmp_path: Path, address: str, environment: dict[str, str], what: str
) -> None:
    """Before anything is sent anywhere."""
    with pytest.raises(ObjectsUnusable) as told:
        open_objects(address, tmp_path, opened.key, tmp_path, environment)
    assert told.value.fields == {"what": what}


@pytest.mark.skipif(os.name != "posix", reason="the rights of POSIX")
def test_a_secret_may_lie_in_a_file_of_its_owner_s(seaweedfs: SeaweedFs, tmp_path: Path) -> None:
    """0600, or it is not taken; and it shows nowhere."""
    file = tmp_path / "secret"
    file.write_text(SERVICE.secret + "\n")
    file.chmod(0o640)
    environment = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY_FILE": str(file)}
    with pytest.raises(ObjectsUnusable) as told:
        Bucket.of("s3://bucket", environment)
    assert told.value.fields == {"what": "open-file"}
    file.chmod(0o600)
    found = Bucket.of("s3://bucket/a%20b/", environment | {"AWS_ENDPOINT_URL": "http://localhost:1/"})
    assert (found.secret_key, found.prefix, found.endpoint) == (SERVICE.secret, "a b", "http://localhost:1")
    assert SERVICE.secret not in repr(found)
    assert found.is_loopback
    assert not Bucket.of("s3://bucket", environment).is_loopback


def test_other_variables_of_the_environment_do_nothing(
    seaweedfs: SeaweedFs, bucket: BucketPlace, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an unsigned request nor another endpoint by a name that only the library knows."""
    for name, value in (
        ("AWS_SKIP_SIGNATURE", "true"),
        ("AWS_ENDPOINT", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
        ("AWS_UNSIGNED_PAYLOAD", "true"),
        ("AWS_REQUEST_PAYER", "true"),
        ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true"),
        ("AWS_BUCKET", "another"),
        ("AWS_CONDITIONAL_PUT", "disabled"),
    ):
        monkeypatch.setenv(name, value)
    objects = opened(bucket)
    assert read(objects, write(objects, b"octets")) == b"octets"


def test_a_removed_object_is_missing_while_it_is_read(objects: Objects) -> None:
    """And not damaged."""
    object_id = write(objects, os.urandom(9 << 20))
    with objects.open(object_id) as reader:
        objects.remove(object_id)
        with pytest.raises(FileMissing):
            reader.read_at(4 << 20, 10)
