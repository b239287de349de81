"""Try the voice of this PC once, without a window: for ``tandem self-test``."""

from __future__ import annotations

import subprocess
import threading
from typing import TYPE_CHECKING, Any, cast

import orjson

from ui.speech.errors import error_of
from ui.speech.voice import voice_command, voice_environment

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["try_voice"]

SECONDS = 45.0


def try_voice(words: str, language: str, seconds: float = SECONDS) -> frozenset[str]:
    """Say ``words`` and return the languages of the voice; raises what keeps it from being heard."""
    program, arguments = voice_command()
    process = subprocess.Popen(
        [program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=voice_environment(),
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    watch = threading.Timer(seconds, process.kill)
    watch.start()
    try:
        ready = _answer(process, language)
        line = {"say": words, "number": 1, "language": language, "rate": 0.0}
        cast("BinaryIO", process.stdin).write(orjson.dumps(line) + b"\n")
        cast("BinaryIO", process.stdin).flush()
        _answer(process, language)
        return frozenset(ready.get("ready", ()))
    finally:
        cast("BinaryIO", process.stdin).close()
        process.wait()
        watch.cancel()
        cast("BinaryIO", process.stdout).close()


def _answer(process: subprocess.Popen[bytes], language: str) -> dict[str, Any]:
    line = cast("BinaryIO", process.stdout).readline()
    answer: dict[str, Any] = orjson.loads(line) if line else {"failed": "speech-stopped"}
    if "failed" in answer:
        raise error_of(str(answer["failed"]), language)
    return answer
