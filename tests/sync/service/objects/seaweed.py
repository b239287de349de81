"""A real S3 store for the tests: SeaweedFS in a process of its own, which enforces keys and conditions."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BUCKET", "OPERATOR", "SERVICE", "Keys", "SeaweedFs"]

BUCKET = "tandem-objects"


@dataclass(frozen=True, slots=True)
class Keys:
    """An access key and its secret."""

    access: str
    secret: str


OPERATOR = Keys("operator", "operator-secret")
"""May do anything, as whoever sets a bucket up."""
SERVICE = Keys("tandem", "tandem-secret")
"""May read, write, list and delete in the one bucket: what the service is given."""


class SeaweedFs:
    """``weed mini`` on loopback, its data in ``folder``; ``start`` may be called again after ``kill``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ports = dict(zip(_PORTS, _free(len(_PORTS)), strict=True))
        self.port = self._ports["s3.port"]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._was_ready = False
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "data").mkdir(parents=True)
        rights = [f"{each}:{BUCKET}" for each in ("Read", "Write", "List")]
        who = [_identity("operator", OPERATOR, ["Admin"]), _identity("tandem", SERVICE, rights)]
        (folder / "s3.json").write_text(json.dumps({"identities": who}))

    def start(self) -> None:
        """Start it and wait until the bucket is there."""
        weed = shutil.which("weed", path=sysconfig.get_path("scripts")) or "weed"
        command = [
            weed, "-logtostderr=true", "mini", f"-dir={self.folder / 'data'}", "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1", f"-s3.config={self.folder / 's3.json'}", "-master.telemetry=false",
            "-s3.autoCreateBucket=false", "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            *(f"-{name}={port}" for name, port in self._ports.items()),
        ]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        store, until = self.store(OPERATOR, prefix="ready"), time.monotonic() + 30
        while True:
            try:
                if self._was_ready:
                    obstore.get(store, "ready").bytes()
                obstore.put(store, "ready", b"octets", mode="overwrite")
            except (BaseError, FileNotFoundError):
                self._make_bucket()
                assert self._process.poll() is None, "see the log"
                assert time.monotonic() < until
                time.sleep(0.05)
            else:
                self._was_ready = True
                return

    def _make_bucket(self) -> None:
        """A bucket is a folder of its filer."""
        with contextlib.suppress(httpx.HTTPError):
            httpx.post(f"http://127.0.0.1:{self._ports['filer.port']}/buckets/{BUCKET}/", trust_env=False)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
        for port in self._ports.values():
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 - it makes them there
                with contextlib.suppress(OSError):
                    left.unlink()

    def store(self, keys: Keys | None, *, prefix: str, bucket: str = BUCKET) -> S3Store:
        """Speak to it directly; without keys, as anybody."""
        config = {"endpoint": self.endpoint, "region": "us-east-1", "skip_signature": keys is None}
        if keys is not None:
            config |= {"access_key_id": keys.access, "secret_access_key": keys.secret}
        return S3Store(
            bucket, prefix=prefix, config=config, client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )  # fmt: skip

    def environment(self, keys: Keys = SERVICE, endpoint: str = "") -> dict[str, str]:
        """Return what a service's environment says of it."""
        return {
            "AWS_ENDPOINT_URL": endpoint or self.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": keys.access,
            "AWS_SECRET_ACCESS_KEY": keys.secret,
        }


_PORTS = (
    "s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
    "filer.port", "filer.port.grpc", "admin.port", "admin.port.grpc",
)  # fmt: skip


def _identity(name: str, keys: Keys, actions: list[str]) -> dict[str, object]:
    credentials = [{"accessKey": keys.access, "secretKey": keys.secret}]
    return {"name": name, "credentials": credentials, "actions": actions}


def _free(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def running(folder: Path) -> Iterator[SeaweedFs]:
    """Start one, and end it."""
    made = SeaweedFs(folder)
    try:
        made.start()
        yield made
    finally:
        made.kill()
