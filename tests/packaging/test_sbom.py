"""The parts list: whole, with versions, licences and what to watch."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]


def module() -> ModuleType:
    """Load the script, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("tandem_sbom", ROOT / "packaging" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Make the list as a release does; returns its parts by name."""
    file = tmp_path_factory.mktemp("sbom") / "parts.json"
    script = module()
    assert script.main([str(file)]) == 0
    told = json.loads(file.read_text("utf-8"))
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    return {script.normal(each["name"]): each for each in told["components"]}


def test_each_part_of_the_lock_is_in_it_in_that_version(parts: dict[str, dict[str, Any]]) -> None:
    """What another system needs (its marker says so) may be missing; nothing else."""
    lock = module().locked()
    assert len(lock) > 30
    for name, (version, marker) in lock.items():
        assert name in parts or marker, name
        assert name not in parts or Version(parts[name]["version"]) == Version(version), name


def test_each_part_says_where_it_is_from_and_under_which_licence(parts: dict[str, dict[str, Any]]) -> None:
    """A package address; a licence expression, name or text."""
    for name, part in parts.items():
        assert part["purl"].startswith("pkg:pypi/"), name
        assert part.get("licenses"), name


def test_what_to_watch_is_said_of_parts_that_are_there(parts: dict[str, dict[str, Any]]) -> None:
    """Each watched name is a part of the lock, so that none is watched in vain."""
    script = module()
    assert set(script.WATCH) <= set(script.locked())
    told = {name for name, part in parts.items() if is_watched(part)}
    assert told == set(script.WATCH) & set(parts)
    assert {"lxml", "pikepdf", "pypdfium2", "pillow", "pydicom", "cryptography", "sqlcipher3"} <= told


def is_watched(part: dict[str, Any]) -> bool:
    """Say whether the list says to watch it."""
    return any(each["name"] == "tandem:watch" for each in part.get("properties", ()))


def test_without_a_file_it_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    """One argument."""
    assert module().main([]) == 2
    assert "usage" in capsys.readouterr().err
