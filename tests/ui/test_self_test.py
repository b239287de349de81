"""``tandem self-test``: what it says of the walls around the reader."""

from __future__ import annotations

from functools import partial

import pytest

from app.reader import client
from app.reader.client import Reader
from app.reader.sandbox import Protection
from ui import self_test


def test_what_protects_is_named() -> None:
    """As the reader process itself says."""
    with Reader() as process:
        if process.protection is Protection.NONE:
            pytest.skip("this system has no sandbox")
        is_linux = process.protection is not Protection.APP_CONTAINER
    found = self_test.reader()
    assert found.ok
    assert "programme isolé" in found.words
    if is_linux:
        assert "seccomp" in found.words or "bubblewrap" in found.words


def test_without_a_sandbox_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A visit can take place: words are shown; but it is no tick."""
    monkeypatch.setattr(client, "Reader", partial(Reader, means=frozenset()))
    found = self_test.reader()
    assert (found.ok, found.needed) == (False, False)
    assert "seuls leurs mots sont montrés" in found.words


@pytest.mark.parametrize("protection", list(Protection))
def test_each_protection_has_its_words(protection: Protection) -> None:
    """What is unproven is said to be; what to do depends on the system."""
    words = self_test.walls(protection, installs=True)
    if protection is Protection.NONE:
        assert "bubblewrap" in words
        assert "Mettez le système" in self_test.walls(protection, installs=False)
    else:
        assert words.startswith("Les documents sont lus dans un programme isolé")
    assert ("à l’essai" in words) == (protection is Protection.APP_CONTAINER)
