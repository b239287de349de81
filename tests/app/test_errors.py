"""An error keeps what it says, wherever it is taken."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

import pytest

from app.errors import TandemError
from app.vault.sqlcipher import DiskFull, StoreFault
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable


def _sent(error: Exception) -> Exception:
    found: Exception = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    return found


@pytest.mark.parametrize("taken", [copy.copy, copy.deepcopy, _sent])
@pytest.mark.parametrize("error", [DiskFull(), StoreFault(state="x1"), Refused("too-large", at="a", limit=3)])
def test_an_error_is_copied_whole(taken: Callable[[Exception], Exception], error: Exception) -> None:
    """Its kind, code, fields and what it has beside them; by a thread that tells it, or another process."""
    assert isinstance(error, TandemError)
    again = taken(error)
    assert (type(again), str(again), again.args, vars(again)) == (
        type(error), str(error), error.args, vars(error),
    )  # fmt: skip
