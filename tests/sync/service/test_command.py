"""What the operator types: what cannot be meant is refused before anything is opened, the rest is said."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from sync.service.command import service
from sync.service.messages import START
from ui.commands import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sync.service.house import House
    from tests.sync.service.postgres import Cluster


README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")


def commanded(*words: str) -> Result:
    """Give the service a command, in this process."""
    return CliRunner().invoke(service, words)


@pytest.mark.parametrize(
    "words",
    [
        "--workers 0", "--workers -1", "--workers 257", "--port -1", "--port 65536", "--port eighty",
        "--drain -3", "--drain nan", "--drain 1e9", "--people nobody", "--people 3",
        "--origin tandem.example.org", "--origin ftp://tandem.example.org", "--origin https://",
        "--origin https://a:b@tandem.example.org", "--origin https://tandem.example.org/?x=1",
        "--origin https://[", "--origin https://x:99999", "--origin", "--backup a --restore b",
        "--migrate --backup a", "--restored --migrate", "--untie a --administrator b", "--name Sonia",
        "--until 2027-01-01 --administrator a", "--ends", "--administrator=", "--untie=", "--representative=",
        "--backup=", "--restore=", "--records=", "--objects=", "--mail=", "--broker=", "--origin=",
    ],
)  # fmt: skip
def test_what_cannot_be_meant_ends_before_anything_is_opened(tmp_path: Path, words: str) -> None:
    """With 2 and the option's name; no folder is made."""
    data = tmp_path / "data"
    said = commanded("--data", str(data), *words.split())
    assert said.exit_code == 2, said.output
    assert words.split(maxsplit=1)[0].rstrip("=") in said.stderr
    assert not data.exists()


@pytest.mark.parametrize("words", [[], ["--migrate"], ["--data="], ["--backup", "x", "--records", "y"]])
def test_a_folder_is_named(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable of a script is not the folder that one happens to be in."""
    monkeypatch.chdir(tmp_path)
    assert (commanded(*words).exit_code, list(tmp_path.iterdir())) == (2, [])


def test_both_programs_take_the_same_command() -> None:
    """``tandem service`` and ``python -m sync.service``."""
    assert main.commands["service"] is service
    told = [sys.executable, "-m", "sync.service", "--workers", "0", "--data", "nowhere"]
    ended = subprocess.run(told, check=False, capture_output=True, text=True)
    assert (ended.returncode, "--workers" in ended.stderr, "python -m sync.service" in ended.stderr) == (
        2, True, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    "words",
    ["--migrate", "--untie angela", "--representative a --represents b --capacity parent --evidence c"],
)
def test_a_mistyped_folder_does_not_become_a_service(tmp_path: Path, words: str) -> None:
    """Neither one that is empty nor one that is not there."""
    for folder in (tmp_path / "typo", tmp_path):
        said = commanded("--data", str(folder), *words.split())
        assert (said.exit_code, said.stderr) == (69, START["service-none"] + "\n")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "code"),
    [("--mail", "mail-server-bad-missing"), ("--broker", "broker-bad-missing"), ("--records", "@")],
)
def test_a_file_that_is_not_there_is_named(tmp_path: Path, option: str, code: str) -> None:
    """The data folder is not blamed, nor made."""
    at = "@" if code == "@" else ""
    path = tmp_path / "absent"
    said = commanded("--data", str(tmp_path / "data"), option, f"{at}{path}")
    why = START["records-file-missing" if at else code].format(path=path)
    assert (said.exit_code, said.stderr) == (69, why + "\n")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "mail-server-bad"),
        ('{"host": "m.example", "port": 25, "sender": "a@b.example", "security": "none"}', "security"),
        ('{"host": "m.example", "port": 465, "sender": "nobody"}', "sender"),
    ],
)
def test_what_is_wrong_in_the_mail_s_file_is_said(tmp_path: Path, text: str, code: str) -> None:
    """As far as it is known."""
    (tmp_path / "mail.json").write_text(text)
    said = commanded("--data", str(tmp_path / "data"), "--mail", str(tmp_path / "mail.json"))
    why = START[code if code in START else f"mail-server-bad-{code}"]
    assert (said.exit_code, said.stderr) == (69, why + "\n")


def test_a_service_is_brought_forward_by_a_command(own_house: Callable[..., House]) -> None:
    """Up to date, nothing is done, and that is said; both engines."""
    house = own_house()
    house.close()
    records = ["--records", house.records] if house.records else []
    said = commanded("--data", str(house.folder), "--migrate", *records)
    assert (said.exit_code, json.loads(said.stdout)) == (0, {"migrated": True, "steps": 0})


def test_a_database_that_cannot_be_used_is_said(cluster: Cluster, tmp_path: Path) -> None:
    """A role that may make no tables is another fault than a database that is not there."""
    name = cluster.database(fresh=True)
    with cluster.connect("postgres") as sql:
        sql.execute("DROP ROLE IF EXISTS stranger")
        sql.execute("CREATE ROLE stranger LOGIN NOSUPERUSER NOBYPASSRLS")
    told = {
        cluster.address(name, "stranger"): "records-denied",
        cluster.address("nowhere"): "records-away",
        cluster.address(name, "nobody"): "records-away",
    }
    for address, code in told.items():
        for more in ((), ("--migrate",)):
            said = commanded("--data", str(tmp_path / "data"), "--records", address, *more)
            assert (said.exit_code, said.stderr) == (69, START[code] + "\n")
    filled = cluster.database()
    said = commanded("--data", str(tmp_path / "data"), "--records", cluster.address(filled, "stranger"))
    assert (said.exit_code, said.stderr) == (69, START["records-denied"] + "\n")


def test_the_readme_names_the_options_that_there_are() -> None:
    """In its chapter for operators; those of PostgreSQL's own programs aside."""
    chapter = README[README.index("(****) **Backing up.**") : README.index("## What it is made of")]
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", chapter))
    there = {option for each in service.params for option in each.opts}
    assert named - there == {"--exit-on-error", "--enable-row-security"}
    assert {"--drain", "--access-log", "--migrate", "--workers", "--records"} <= named


def test_the_readme_s_role_and_database_are_enough(cluster: Cluster, tmp_path: Path) -> None:
    """As typed, but for their name."""
    typed = [each.replace("tandem", "readme") for each in re.findall(r'psql -U postgres -c "(.*)"', README)]
    assert len(typed) == 2
    with cluster.connect("postgres") as sql:
        for each in typed:
            sql.execute(each.encode())
    said = commanded(
        "--data", str(tmp_path / "data"), "--records", cluster.address("readme", "readme"),
        "--certificate-request",
    )  # fmt: skip
    assert (said.exit_code, said.stdout.startswith("-----BEGIN CERTIFICATE REQUEST")) == (0, True), (
        said.stderr
    )
