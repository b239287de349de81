"""What the service's commands say: one JSON line for a program, one sentence for the operator."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import orjson

from app.errors import TandemError
from app.vault.disk import world
from app.vault.sqlcipher import DiskFull, StoreUnreadable
from sync.service.messages import START, sentence
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.errors import Field

__all__ = ["EX_DATAERR", "EX_UNAVAILABLE", "attempt", "say", "sorry"]

EX_UNAVAILABLE: Final = 69
"""It could not be done (sysexits.h)."""
EX_DATAERR: Final = 65
"""It was done, and something is wrong with what it found."""


def say(told: Mapping[str, Any]) -> None:
    """Write the line."""
    sys.stdout.write(orjson.dumps(told).decode() + "\n")
    sys.stdout.flush()


def sorry(code: str, fields: Mapping[str, Field] | None = None, exit_code: int = EX_UNAVAILABLE) -> int:
    """Write the sentence of a code; returns the exit code."""
    sys.stderr.write(START.get(code, START["other"]).format_map(fields or {}) + "\n")
    return exit_code


def attempt(work: Callable[[], int], of: str = "") -> int:
    """Do it and return its exit code; what keeps it from being done is a sentence.

    ``of``: what is done, where a full disk or a folder that cannot be read has words of its own for it.
    """
    try:
        return work()
    except Refused as refused:
        sys.stderr.write(sentence(refused.reason, refused.fields) + "\n")
        return EX_UNAVAILABLE
    except TandemError as error:
        return sorry(_code(error, of), error.fields)
    except OSError as error:
        return sorry(_code(world(error), of))
    except UnicodeDecodeError:
        return sorry(_code(StoreUnreadable(), of))


def _code(error: TandemError, of: str) -> str:
    """Find the sentence that says most."""
    if of and isinstance(error, DiskFull | StoreUnreadable):
        return f"{of}-{error.code.removeprefix('store-')}"
    closer = f"{error.code}-{error.fields.get('what')}"
    return closer if closer in START else error.code
