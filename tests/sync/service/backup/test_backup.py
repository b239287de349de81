"""A backup while the service works, and putting it back: whole or absent, and every trouble a sentence."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from app.ids import mint
from app.vault.keys import Key
from sync.service.backup import making, manifest
from sync.service.backup.commands import back_up, restore, restored
from sync.service.messages import START
from sync.service.service import Service
from tests.sync.service.house import House, document_bundle, metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    from tests.sync.service.postgres import Cluster

Said = tuple[int, str, dict[str, Any]]


def said(capsys: pytest.CaptureFixture[str], code: int) -> Said:
    """Return the exit code, the code of the sentence said, and the JSON line."""
    out, err = capsys.readouterr()
    lines = [line.split(" : ")[0] for line in err.splitlines()]
    spoken = [name for line in lines for name, text in START.items() if text.startswith(line)]
    assert len(spoken) == len(lines), err
    return code, ",".join(spoken), json.loads(out or "{}")


def with_key_of(folder: Path, target: Path) -> Path:
    """Make a folder that holds the service's key and nothing else."""
    target.mkdir()
    shutil.copy(folder / "service.key", target / "service.key")
    return target


def snapshot(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder but its lock."""
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if each.is_file() and each.suffix != ".lock"
    }


@pytest.fixture
def opened() -> Iterator[Callable[..., House]]:
    """Start services that end with the test."""
    made: list[House] = []

    def begin(folder: Path, *, add_software: bool = True, records: str | None = None) -> House:
        made.append(House(folder, add_software=add_software, records=records))
        return made[-1]

    yield begin
    for each in made:
        each.close()


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """Return the folder of a service with two documents, stopped."""
    house = House(tmp_path / "data")
    patient_id = house.add_citizen("anne", "250021234567801")
    for data in (b"un", b"deux" * 50_000):
        assert house.system.post("/", json=document_bundle(patient_id, data)).status_code == 200
    house.close()
    return tmp_path / "data"


@pytest.fixture
def copy(stopped: Path, tmp_path: Path) -> Path:
    """Return a backup of it."""
    making.make(stopped, tmp_path / "copy")
    return tmp_path / "copy"


def test_a_backup_under_load_holds_all_that_was_answered_before_it(
    tmp_path: Path, opened: Callable[..., House]
) -> None:
    """Taken by a process of its own while three write; put back, everything is there and whole."""
    house = opened(tmp_path / "data")
    patient_id = house.add_citizen("anne", "250021234567801")
    filed: list[str] = []
    ended = threading.Event()

    def write(client: httpx.Client) -> None:
        while not ended.is_set():
            sent = document_bundle(patient_id, os.urandom(5000))
            assert client.post("/", json=sent).status_code == 200
            filed.append(sent["entry"][1]["fullUrl"].removeprefix("urn:uuid:"))

    writers = [threading.Thread(target=write, args=(house.client(house.software_token()),)) for _ in range(3)]
    for each in writers:
        each.start()
    while len(filed) < 20:
        ended.wait(0.01)
    before = list(filed)
    command = [sys.executable, "-m", "sync.service", "--data", str(tmp_path / "data")]
    done = subprocess.run(
        [*command, "--backup", str(tmp_path / "copy")], check=False, capture_output=True, text=True
    )
    after = len(filed)
    ended.set()
    for each in writers:
        each.join()
    house.close()
    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr, told["missing"]) == (0, "", 0)
    assert len(before) <= told["documents"] <= after
    assert after > len(before), "it wrote on meanwhile"

    assert restore(with_key_of(tmp_path / "data", tmp_path / "again"), tmp_path / "copy") == 0
    again = opened(tmp_path / "again", add_software=False)
    client = again.client(again.software_token())
    found = {each["id"]: each for each in everything(client, "/DocumentReference?_count=200")}
    assert set(before) <= set(found) <= set(filed)
    for document in found.values():
        attachment = document["content"][0]["attachment"]
        assert len(client.get("/" + attachment["url"]).content) == attachment["size"]
    objects = len(list((tmp_path / "again" / "objects").iterdir()))
    assert objects == told["documents"]


def everything(client: httpx.Client, address: str) -> Iterator[dict[str, Any]]:
    """Yield what a search finds, page by page."""
    while address:
        page = client.get(address).json()
        yield from (each["resource"] for each in page["entry"] if each["search"]["mode"] == "match")
        address = next((each["url"] for each in page["link"] if each["relation"] == "next"), "")


def test_a_restored_service_is_another_life_and_nobody_is_signed_in(
    tmp_path: Path, opened: Callable[..., House]
) -> None:
    """The epoch is new, sign-ins ended, half uploads forgotten; the key is in no backup."""
    house = opened(tmp_path / "data")
    house.add_citizen("anne", "250021234567801")
    token = house.sign_in("anne")
    anne = house.client(token["access_token"])
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": metadata(sha256="0" * 64)}
    begun = anne.post(f"{house.base}/uploads", headers=headers)
    assert begun.status_code == 201, begun.text
    piece = {
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
    }
    assert anne.patch(begun.headers["location"], headers=piece, content=b"abc").status_code == 204
    epoch = house.service.secrets.epoch
    making.make(tmp_path / "data", tmp_path / "copy")
    house.close()
    key = (tmp_path / "data" / "service.key").read_bytes()
    kept = snapshot(tmp_path / "copy")
    assert set(kept) == {"manifest.json", "service.db"}, "pieces of uploads are not taken"
    assert not any(key in data or bytes.fromhex(key.decode()) in data for data in kept.values())
    assert restore(with_key_of(tmp_path / "data", tmp_path / "again"), tmp_path / "copy") == 0
    again = opened(tmp_path / "again", add_software=False)
    assert again.service.secrets.epoch != epoch
    with again.service.store.read() as sql:
        for table in (
            "upload",
            "upload_piece",
            "refresh",
            "code",
            "session WHERE ended IS NULL AND login = 'anne'",
        ):
            assert sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0, table
    assert again.citizen("anne").get("/Patient").status_code == 200


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda copy, _: flip(copy / "service.db", 5000), "backup-damaged"),
        (lambda copy, _: flip(next((copy / "objects").iterdir()), 70), "backup-damaged"),
        (lambda copy, _: flip(copy / "manifest.json", -40), "backup-damaged"),
        (lambda copy, _: next((copy / "objects").iterdir()).unlink(), "backup-damaged"),
        (lambda copy, _: (copy / "service.db").unlink(), "backup-damaged"),
        (lambda copy, _: outgrow(copy / "manifest.json"), "backup-newer"),
        (lambda copy, _: escape(copy / "manifest.json"), "backup-damaged"),
        (lambda copy, _: (copy / "manifest.json").unlink(), "backup-missing"),
        (lambda copy, _: shutil.rmtree(copy), "backup-missing"),
        (lambda _, data: other_key(data), "backup-wrong-key"),
        (lambda _, data: (data / "service.key").write_text("rubbish"), "service-key-bad"),
        (lambda _, data: (data / "service.key").unlink(), "service-key-missing"),
        (lambda _, data: (data / "service.db").write_bytes(b"x"), "restore-not-empty"),
    ],
)
def test_what_cannot_be_put_back_is_said_and_nothing_is_touched(
    copy: Path,
    stopped: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path, Path], None],
    code: str,
) -> None:
    """A changed byte, a missing file, another key, a folder in use: each its own sentence."""
    data = with_key_of(stopped, tmp_path / "again")
    spoil(copy, data)
    before = snapshot(data)
    assert said(capsys, restore(data, copy)) == (69, code, {})
    assert snapshot(data) == before


def flip(path: Path, place: int) -> None:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


def outgrow(path: Path) -> None:
    """Make it a later version's."""
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"form": 2}))


def escape(path: Path) -> None:
    """Name a file outside, as whoever has no key would."""
    told = json.loads(path.read_text())
    told["files"]["../outside"] = told["files"]["service.db"]
    path.write_text(json.dumps(told))


def other_key(data: Path) -> None:
    """Lay another key there."""
    with Key.random() as key:
        (data / "service.key").write_text(key.data.hex())


def test_a_disk_that_fills_while_it_is_put_back_leaves_the_folder_as_it_was(
    copy: Path, stopped: Path, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the key stays; with room it goes."""
    data = with_key_of(stopped, small / "again")
    filler = small / "filler"
    filler.write_bytes(bytes(room(small) - 100_000))
    before = snapshot(data)
    assert said(capsys, restore(data, copy))[:2] == (69, "restore-disk-full")
    assert snapshot(data) == before
    filler.unlink()
    assert said(capsys, restore(data, copy))[:2] == (0, "restored-look")


def test_a_full_disk_leaves_nothing_that_looks_whole(
    stopped: Path, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence, and not a file; with room it is made."""
    filler = small / "filler"
    for spare in (20_000, room(small) // 20):
        filler.write_bytes(bytes(room(small) - spare))
        assert said(capsys, back_up(stopped, small / "copy")) == (69, "backup-disk-full", {})
        assert list(small.iterdir()) == [filler]
        filler.unlink()
    assert said(capsys, back_up(stopped, small / "copy"))[:2] == (0, "")


def room(folder: Path) -> int:
    """Return how many bytes are free."""
    return shutil.disk_usage(folder).free


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 12 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if (
        sys.platform != "linux"
        or os.geteuid() != 0
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_backup_that_was_cut_short_is_no_backup(
    stopped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut at its last step, as a kill would: what lies there is refused, and another goes through."""

    class Cut(BaseException):
        pass

    def cut(*_: object) -> None:
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(manifest.Manifest, "write", cut)
        patched.setattr(shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Cut):
            making.make(stopped, tmp_path / "copy")
    (half,) = tmp_path.glob("copy*")
    assert half.name.endswith(".part")
    data = with_key_of(stopped, tmp_path / "again")
    assert said(capsys, restore(data, half))[:2] == (69, "backup-missing")
    assert said(capsys, back_up(stopped, tmp_path / "copy"))[:2] == (0, "")
    assert said(capsys, restore(data, tmp_path / "copy"))[:2] == (0, "restored-look")


def test_a_backup_replaces_none(
    stopped: Path, copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is one made of nothing, nor into a place that cannot be written."""
    before = snapshot(copy)
    assert said(capsys, back_up(stopped, copy)) == (69, "backup-exists", {})
    assert snapshot(copy) == before
    assert said(capsys, back_up(tmp_path / "none", tmp_path / "x")) == (69, "service-key-missing", {})
    (tmp_path / "file").write_text("x")
    assert said(capsys, back_up(stopped, tmp_path / "file" / "x")) == (69, "backup-unreadable", {})
    assert said(capsys, back_up(stopped, tmp_path / "x", records="postgresql://x")) == (
        69,
        "backup-records",
        {},
    )
    assert not (tmp_path / "x").exists()


def test_documents_that_were_lost_already_are_counted_and_the_rest_is_kept(
    stopped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One damaged, one gone: the backup is made and says so, and so does the restore."""
    one, other = sorted((stopped / "objects").iterdir())
    flip(one, one.stat().st_size - 5)
    other.unlink()
    code, sentence, told = said(capsys, back_up(stopped, tmp_path / "copy"))
    assert (code, sentence, told["documents"], told["missing"]) == (65, "backup-incomplete", 2, 2)
    data = with_key_of(stopped, tmp_path / "again")
    code, sentence, told = said(capsys, restore(data, tmp_path / "copy"))
    assert (code, sentence, told["missing"]) == (65, "restored-look,restored-incomplete", 2)
    Service.open(data).close()


def test_documents_that_lie_elsewhere_are_looked_at_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is mounted, an S3 store: their copies are theirs; what is missing is counted."""
    elsewhere = tmp_path / "elsewhere"
    address = elsewhere.as_uri()
    with closing(Service.open(tmp_path / "data", objects=address)) as service:
        kept = service.objects.write("a", io.BytesIO(b"octets"))
        with service.store.transaction() as sql:
            for name in ("a", "b"):
                sql.execute(
                    'INSERT INTO "binary" (patient_key, id, version, object_id, content_type, size, sha256,'
                    " sha1) VALUES ('', ?, 1, ?, 'text/plain', ?, ?, '')",
                    (mint(), name, kept.size, kept.sha256),
                )
    code, sentence, told = said(capsys, back_up(tmp_path / "data", tmp_path / "copy", objects=address))
    assert (code, sentence, told["missing"]) == (65, "backup-incomplete", 1)
    data = with_key_of(tmp_path / "data", tmp_path / "again")
    code, sentence, told = said(capsys, restore(data, tmp_path / "copy", objects=address))
    assert (code, told["documents"], told["missing"]) == (65, 2, 1)


def test_records_put_back_by_hand_are_told_so(
    stopped: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--restored`` on a folder: another epoch, and the documents counted; not where nothing is."""
    with closing(Service.open(stopped)) as service:
        epoch = service.secrets.epoch
        assert said(capsys, restored(stopped)) == (69, "store-busy", {})
    code, sentence, told = said(capsys, restored(stopped))
    assert (code, sentence, told["documents"], told["missing"]) == (0, "restored-look", 2, 0)
    with closing(Service.open(stopped)) as service:
        assert epoch != service.secrets.epoch == told["epoch"]
    next((stopped / "objects").iterdir()).unlink()
    assert said(capsys, restored(stopped))[0] == 65
    assert said(capsys, restored(tmp_path / "none")) == (69, "store-missing", {})
    (tmp_path / "empty").mkdir()
    assert said(capsys, restored(tmp_path / "empty")) == (69, "store-missing", {})


def test_restored_records_of_postgresql_are_renewed_while_nobody_serves_them(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A worker that goes on would tell the old epoch: it is refused until the last has ended."""
    address = cluster.new()
    with closing(Service.open(tmp_path / "data", records=address)) as service:
        epoch = service.secrets.epoch
        assert said(capsys, restored(tmp_path / "data", records=address)) == (69, "records-in-use", {})
    code, _, told = said(capsys, restored(tmp_path / "data", records=address))
    assert (code, told["documents"]) == (0, 0)
    with closing(Service.open(tmp_path / "data", records=address)) as service:
        assert epoch != service.secrets.epoch == told["epoch"]
    other_key(tmp_path / "data")
    assert said(capsys, restored(tmp_path / "data", records=address)) == (69, "store-wrong-key", {})
    empty = cluster.new()
    assert said(capsys, restored(tmp_path / "data", records=empty)) == (69, "store-missing", {})


def test_postgresql_s_own_copy_is_whole_and_only_who_sees_all_makes_it(
    cluster: Cluster, tmp_path: Path, opened: Callable[..., House], capsys: pytest.CaptureFixture[str]
) -> None:
    """As the README says it: the service's role is refused (it sees nobody), a superuser's goes back."""
    name, data = cluster.database(), tmp_path / "data"
    house = opened(data, records=cluster.address(name))
    patient_id = house.add_citizen("anne", "250021234567801")
    sent = document_bundle(patient_id, b"gardez-moi")
    assert house.system.post("/", json=sent).status_code == 200
    house.close()

    def tool(*words: str) -> int:
        told = [cluster._bin / words[0], "-h", cluster.folder, *words[1:]]
        return subprocess.run(told, check=False, capture_output=True).returncode

    dump = str(tmp_path / "records.dump")
    assert tool("pg_dump", "-U", cluster.role, "-Fc", "-f", dump, name) != 0
    assert tool("pg_dump", "-U", cluster.admin, "-Fc", "-f", dump, name) == 0
    assert tool("createdb", "-U", cluster.admin, "-O", cluster.role, f"{name}back") == 0
    assert tool("pg_restore", "-U", cluster.admin, "--exit-on-error", "-d", f"{name}back", dump) == 0
    back = cluster.address(f"{name}back")
    code, sentence, told = said(capsys, restored(data, records=back))
    assert (code, sentence, told["documents"], told["missing"]) == (0, "restored-look", 1, 0)
    house = opened(data, records=back)
    binary = sent["entry"][0]["fullUrl"].removeprefix("urn:uuid:")
    assert b"gardez-moi" in house.citizen("anne").get(f"/Binary/{binary}").content
