"""The start line and the desk's configuration: what is written is what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.sessions import IdlePolicy
from ui import messages
from ui.desk.config import ConfigBroken, DeskConfig
from ui.session.start import Start

if TYPE_CHECKING:
    from pathlib import Path


def test_a_start_line_is_one_line_and_comes_back_whole(tmp_path: Path) -> None:
    """Tuples, paths and tokens survive."""
    start = Start(
        service="https://sante.example",
        folder=tmp_path / "s",
        outbox=tmp_path / "o",
        adviser={"access_token": "é\nx", "claims": {}},
        browser=("firefox", "{profile}"),
        idle=(1, 2, 3),
        robot="1:a",
    )
    assert start.line().count(b"\n") == 1
    assert Start.read(start.line()) == start
    assert "access_token" not in repr(start)


def test_a_configuration_comes_back_whole_and_only_its_user_reads_it(tmp_path: Path) -> None:
    """0600, and every field."""
    config = DeskConfig(service="https://sante.example", folder=tmp_path, browser=("x",), demo=True)
    config.save(tmp_path / "a" / "desk.json")
    assert DeskConfig.load(tmp_path / "a" / "desk.json") == config
    assert (tmp_path / "a" / "desk.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"{",
        b"[]",
        b'{"service": 1}',
        b'{"service":"x","folder":"/x","colour":1}',
        b'{"service":"x","folder":"/x","idle":[9,5,1]}',
        b'{"service":"x","folder":"/x","idle":[1,2]}',
    ],
)
def test_a_broken_configuration_is_refused_with_a_sentence(tmp_path: Path, written: bytes) -> None:
    """The desk does not start half set up."""
    (tmp_path / "desk.json").write_bytes(written)
    with pytest.raises(ConfigBroken) as told:
        DeskConfig.load(tmp_path / "desk.json")
    assert "réglage de ce poste" in messages.sentence(told.value)


@pytest.mark.parametrize("seconds", [(0, 1, 2), (3, 2, 1), (180, 240, 99_999)])
def test_the_idle_lock_can_never_be_switched_off(seconds: Any) -> None:  # noqa: ANN401 - made to be wrong
    """Settings, within limits."""
    with pytest.raises(ValueError, match="follow"):
        IdlePolicy.of(seconds)
