"""SECURITY.md names tests that exist: a promise without its proof is found out."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
_NAMED = re.compile(r"`(?:(T/[\w/]+\.py)|…)(?:::(\w+))?`")


def named() -> list[tuple[str, str]]:
    """Return the file and the test of each proof; « … » is the file named before it."""
    found, file = [], ""
    for path, test in _NAMED.findall(TEXT):
        file = path.replace("T/", "tests/", 1) if path else file
        found.append((file, test))
    return found


@cache
def _functions(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_proofs_are_named() -> None:
    """The rule can fail: there are many, and most name one test."""
    assert len(named()) > 40
    assert sum(bool(test) for _, test in named()) > 25


@pytest.mark.parametrize(("file", "test"), sorted(set(named())))
def test_each_proof_exists(file: str, test: str) -> None:
    """The file is there, and the test is in it."""
    tests = _functions(file)
    assert any(name.startswith("test_") for name in tests)
    assert not test or test in tests


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`((?:app|sync|ui|packaging)/[\w/.]*)`", TEXT))))
def test_each_place_exists(place: str) -> None:
    """What is said to be held somewhere is there."""
    assert (ROOT / place).exists()
