"""``tandem export-journal``: a signed file, or a sentence; never half of one, never over another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.journal_proof import verify_export
from sync.enrolment import Device, save
from ui.commands import main
from ui.desk.config import DeskConfig
from ui.desk.post import DEVICE, vault_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def config(tmp_path: Path) -> DeskConfig:
    """Return a configured PC."""
    made = DeskConfig(service="http://127.0.0.1:9", folder=tmp_path / "poste", demo=True)
    made.save(tmp_path / "desk.json")
    return made


def export(folder: Path) -> Result:
    """Run the command."""
    arguments = ["export-journal", str(folder / "journal.jsonl"), "--config", str(folder / "desk.json")]
    return CliRunner().invoke(main, arguments)


def use(config: DeskConfig, *, events: int, device: Device | None) -> None:
    """Leave the PC as after some visits."""
    vault = vault_of(config)
    vault.open()
    for _ in range(events):
        vault.append({"resourceType": "AuditEvent", "action": "R"})
    if device is not None:
        with vault.key_for(DEVICE) as key:
            save(device, vault.places.device, key)
    vault.close()


def pc() -> Device:
    """Return an enrolled PC."""
    return Device("pc-17", Ed25519PrivateKey.generate(), b"k" * 1216, "k1")


def test_the_journal_is_signed_by_the_enrolled_pc(config: DeskConfig, tmp_path: Path) -> None:
    """With the key that the service knows it by."""
    device = pc()
    use(config, events=3, device=device)
    done = export(tmp_path)
    assert done.exit_code == 0
    assert "Journal exporté et signé : 3 entrées." in done.stdout
    found = verify_export(tmp_path / "journal.jsonl", key=device.signing_key.public_key().public_bytes_raw())
    assert found.ok
    assert found.entries == 3


@pytest.mark.parametrize("used", [False, True])
def test_an_empty_journal_is_a_sentence(config: DeskConfig, tmp_path: Path, used: bool) -> None:  # noqa: FBT001 - a case
    """Nobody was helped here yet: no file, no error; a PC never started stays so."""
    if used:
        use(config, events=0, device=pc())
    done = export(tmp_path)
    assert done.exit_code == 0
    assert "Le journal de ce poste est vide" in done.stdout
    assert not (tmp_path / "journal.jsonl").exists()
    assert config.folder.exists() == used


def test_an_export_is_not_written_over(config: DeskConfig, tmp_path: Path) -> None:
    """It may be somebody's proof."""
    use(config, events=1, device=pc())
    assert export(tmp_path).exit_code == 0
    before = (tmp_path / "journal.jsonl").read_bytes()
    again = export(tmp_path)
    assert again.exit_code == 1
    assert "Ce fichier existe déjà. Choisissez un autre nom." in again.stderr
    assert (tmp_path / "journal.jsonl").read_bytes() == before


def test_without_its_key_a_pc_signs_nothing(config: DeskConfig, tmp_path: Path) -> None:
    """It says what to do."""
    use(config, events=1, device=None)
    done = export(tmp_path)
    assert done.exit_code == 1
    assert "il ne peut pas signer son journal" in done.stderr


def test_a_vault_without_its_key_file_is_a_sentence(config: DeskConfig, tmp_path: Path) -> None:
    """And stays as it is: the command moves nothing."""
    use(config, events=1, device=pc())
    (config.folder / "vault.key").unlink()
    before = sorted(path.name for path in config.folder.rglob("*"))
    done = export(tmp_path)
    assert done.exit_code == 1
    assert done.stderr.startswith("Le journal n’a pas été exporté. Le coffre de ce poste ne s’ouvre pas.")
    assert sorted(path.name for path in config.folder.rglob("*")) == before


def test_a_folder_that_is_not_there_is_a_sentence(config: DeskConfig, tmp_path: Path) -> None:
    """No traceback."""
    use(config, events=1, device=pc())
    where = str(tmp_path / "nowhere" / "journal.jsonl")
    done = CliRunner().invoke(main, ["export-journal", where, "--config", str(tmp_path / "desk.json")])
    assert done.exit_code == 1
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.stderr.startswith("Le journal n’a pas été exporté. ")


def test_a_pc_that_is_not_configured_says_so(tmp_path: Path) -> None:
    """A configuration that is broken, too."""
    done = export(tmp_path)
    assert done.exit_code == 1
    assert "réglage" in done.stderr


def verified(folder: Path, *more: str) -> Result:
    """Verify what was exported."""
    return CliRunner().invoke(main, ["verify-journal", str(folder / "journal.jsonl"), *more])


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (
            lambda lines: [*lines[:1], lines[1].replace(b'"R"', b'"D"'), *lines[2:]],
            "La ligne 2 a été changée",
        ),
        (lambda lines: lines[:1] + lines[2:], "Il manque une ligne ou plusieurs, avant la ligne 2."),
        (
            lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
            "ont changé de place, à partir de la ligne 2.",
        ),
        (
            lambda lines: [*lines[:2], lines[1], *lines[2:]],
            "Une ligne a été ajoutée ou répétée, à la ligne 3.",
        ),
        (lambda lines: lines[:2], "La fin du journal manque : il a été coupé."),
    ],
)
def test_what_was_done_to_it_is_said_in_words(
    config: DeskConfig, tmp_path: Path, tamper: Callable[[list[bytes]], list[bytes]], words: str
) -> None:
    """Edited, removed, put in another order, added, cut: each with its line."""
    use(config, events=4, device=pc())
    assert export(tmp_path).exit_code == 0
    assert verified(tmp_path).exit_code == 0
    file = tmp_path / "journal.jsonl"
    file.write_bytes(b"".join(line + b"\n" for line in tamper(file.read_bytes().splitlines())))
    done = verified(tmp_path)
    assert done.exit_code == 1
    assert words in done.stderr


def test_an_older_journal_signed_by_the_pc_itself_does_not_reach_the_head_kept_outside(
    config: DeskConfig, tmp_path: Path
) -> None:
    """Whole and well signed, and yet cut: only the head kept elsewhere tells."""
    device = pc()
    use(config, events=3, device=device)
    assert export(tmp_path).exit_code == 0
    here = ("--config", str(tmp_path / "desk.json"))
    assert verified(tmp_path, *here).exit_code == 0
    use(config, events=2, device=None)
    assert verified(tmp_path).exit_code == 0
    done = verified(tmp_path, *here)
    assert done.exit_code == 1
    assert "plus court que ce qui est connu ailleurs" in done.stderr
