"""The escape battery: what succeeds outside fails inside, where the reader process reads its documents."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from app.reader.sandbox import Protection

if TYPE_CHECKING:
    from types import ModuleType

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls of Linux")


class Tries(Protocol):
    """Outside or inside (conftest)."""

    protection: Protection

    def attempt(self, kind: str, facts: dict[str, Any]) -> dict[str, Any]:
        """Try one kind: was it ``managed``, and ``why`` not."""


def _probe() -> ModuleType:
    spec = importlib.util.spec_from_file_location("escape_probe", Path(__file__).with_name("probe.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


KINDS = tuple(_probe().KINDS) if sys.platform == "linux" else ()

REFUSED_BY_SOME_SYSTEMS = {
    "ptrace_a_sibling",
    "read_a_siblings_memory",
    "copy_a_siblings_memory",
    "write_a_siblings_memory",
    "make_a_user_namespace",
    "mount",
    "set_up_io_uring",
    "load_a_bpf_program",
    "listen_to_performance",
    "handle_page_faults",
    "use_the_kernels_keys",
    "exec_from_memory",
}
"""A container, a hardened kernel or Yama may refuse these to everybody: nothing is shown there."""

IN_ROOMS_OF_ITS_OWN = {
    "listen_by_tcp",
    "fork",
    "exec_a_program",
    "set_up_io_uring",
    "load_a_bpf_program",
    "listen_to_performance",
    "handle_page_faults",
    "use_the_kernels_keys",
    "write_code",
    "make_a_user_namespace",
}
"""Without seccomp these are done, where nobody else is: bubblewrap alone is the weakest wall."""


@pytest.mark.parametrize("kind", KINDS)
def test_what_succeeds_outside_fails_inside(
    kind: str, facts: dict[str, Any], outside: Tries, inside: Tries
) -> None:
    """Each kind is tried by the same lines of code on both sides of the wall, in this order."""
    if inside.protection is Protection.BUBBLEWRAP_ALONE and kind in IN_ROOMS_OF_ITS_OWN:
        pytest.skip("without seccomp it is done, in a room where nobody else is")
    out = outside.attempt(kind, facts)
    if not out["managed"] and kind in REFUSED_BY_SOME_SYSTEMS:
        pytest.skip(f"this system refuses it to everybody: {out['why']}")
    assert out["managed"], out["why"]
    within = inside.attempt(kind, facts)
    assert not within["managed"]


def test_the_battery_would_notice(facts: dict[str, Any], outside: Tries) -> None:
    """Of the kinds that no system refuses there are enough, and outside each of them succeeds."""
    sure = [kind for kind in KINDS if kind not in REFUSED_BY_SOME_SYSTEMS]
    assert len(sure) >= 20
    assert [kind for kind in sure if not outside.attempt(kind, facts)["managed"]] == []
