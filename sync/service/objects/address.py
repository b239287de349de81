"""Where the objects lie: ``--objects`` on the command line, the rest in the environment.

``s3://bucket/prefix`` with ``AWS_ENDPOINT_URL``, ``AWS_REGION``, ``AWS_ACCESS_KEY_ID``,
``AWS_SECRET_ACCESS_KEY``, where needed ``AWS_SESSION_TOKEN``, and ``AWS_CA_BUNDLE`` for a store with a
certificate of its own; or ``file:///path``. Each of the three secrets may lie in a file instead, which
only its owner reads (0600): ``AWS_SECRET_ACCESS_KEY_FILE`` and so on. Other variables that an S3 library
may know (no signature, http, a metadata server) do nothing here.

Without TLS only this machine is spoken to.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from app.vault.sealed import FileDamaged
from sync.service.objects.folder import FolderObjects
from sync.service.objects.port import ObjectsUnusable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.vault.keys import Key
    from sync.service.objects.port import Objects

__all__ = ["Bucket", "open_objects"]

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_MARK, _MARKED = "mark", b"tandem objects 1"
_OTHERS_MAY_READ = 0o077


@dataclass(frozen=True, slots=True)
class Bucket:
    """A place in an S3 store, and how to get in."""

    name: str
    prefix: str
    endpoint: str
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)
    authority: bytes = b""
    """Certificates to trust besides the system's (PEM)."""

    @classmethod
    def of(cls, address: str, environment: Mapping[str, str]) -> Bucket:
        """Read the address and the environment; raises ``ObjectsUnusable``."""
        parts = urlsplit(address)
        if not parts.netloc or parts.query or parts.fragment or parts.username or parts.port:
            raise ObjectsUnusable(what="address")
        return cls(
            parts.netloc,
            unquote(parts.path).strip("/"),
            _endpoint(environment.get("AWS_ENDPOINT_URL", "")),
            environment.get("AWS_REGION") or "us-east-1",
            _secret(environment, "AWS_ACCESS_KEY_ID"),
            _secret(environment, "AWS_SECRET_ACCESS_KEY"),
            _secret(environment, "AWS_SESSION_TOKEN", needed=False),
            _authority(environment.get("AWS_CA_BUNDLE", "")),
        )

    @property
    def is_loopback(self) -> bool:
        """Whether it may be spoken to without TLS."""
        return urlsplit(self.endpoint).hostname in _LOOPBACK


def open_objects(
    address: str, folder: Path, key: Key, scratch: Path, environment: Mapping[str, str] = os.environ
) -> Objects:
    """Open the store at ``address``; ``folder`` where none is given.

    A store that others may use too is claimed: it holds a mark that only this service's key opens.
    Raises ``ObjectsUnusable``, ``ObjectsAway``, ``StoreUnreadable``.
    """
    if not address:
        return FolderObjects(folder, key, scratch)
    scheme = urlsplit(address).scheme
    if scheme == "file":
        elsewhere = FolderObjects(_path(address), key, scratch, is_shared=True)
        _claim(elsewhere)
        return elsewhere
    if scheme != "s3":
        raise ObjectsUnusable(what="address")
    from sync.service.objects.s3 import S3Objects

    objects = S3Objects(Bucket.of(address, environment), key, scratch)
    _claim(objects)
    return objects


class _Claimable(Protocol):
    def mark(self, name: str, data: bytes, /) -> bool: ...
    def read_mark(self, name: str, /) -> bytes: ...


def _claim(objects: _Claimable) -> None:
    """Put the service's mark there, or find it.

    Two services on one place would each take the other's objects for orphans; and a store that does
    not refuse a name that is taken (some ignore ``If-None-Match``) would overwrite documents.
    """
    if objects.mark(_MARK, _MARKED) and objects.mark(_MARK, _MARKED):
        raise ObjectsUnusable(what="overwrites")
    try:
        objects.read_mark(_MARK)
    except FileDamaged:
        raise ObjectsUnusable(what="another") from None


def _path(address: str) -> Path:
    parts = urlsplit(address)
    path = Path(url2pathname(parts.path))
    if parts.netloc or parts.query or parts.fragment or not path.is_absolute():
        raise ObjectsUnusable(what="address")
    return path


def _endpoint(text: str) -> str:
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        found = parts.scheme, parts.hostname, parts.port
    except ValueError:
        raise ObjectsUnusable(what="address") from None
    if found[0] not in {"http", "https"} or not found[1] or parts.username or parts.query:
        raise ObjectsUnusable(what="address")
    if found[0] == "http" and found[1] not in _LOOPBACK:
        raise ObjectsUnusable(what="plain")
    return text.rstrip("/")


def _secret(environment: Mapping[str, str], name: str, *, needed: bool = True) -> str:
    value, file = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    if file:
        try:
            path = Path(file)
            if os.name == "posix" and path.stat().st_mode & _OTHERS_MAY_READ:
                raise ObjectsUnusable(what="open-file")
            value = path.read_text("utf-8").strip()
        except (OSError, ValueError):
            raise ObjectsUnusable(what="keys") from None
    if needed and not value:
        raise ObjectsUnusable(what="keys")
    return value


def _authority(file: str) -> bytes:
    try:
        return Path(file).read_bytes() if file else b""
    except OSError:
        raise ObjectsUnusable(what="authority") from None
