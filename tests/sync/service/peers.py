"""Two providers that the program's sign-in is tried against: ours, and another maker's certified one."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from joserfc.jwk import ECKey

from app.clock import now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    import pytest

    from tests.sync.node_programs import NodeProgram
    from tests.sync.service.house import House

__all__ = ["SCOPE", "Ours", "Peer", "Theirs"]

SCOPE = "openid profile"


class Peer(Protocol):
    """A provider that a test can move."""

    issuer: str
    scope: str

    def rotate(self) -> None:
        """Sign with a new key from now on."""

    def expire(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the tokens that were given so far be old."""

    def proof(self) -> str:
        """Sign as a PC that it knows."""
        ...

    def brief(self, monkeypatch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
        """Give codes for a phone that live a second."""
        ...


@dataclass
class Ours:
    """The service of this repository."""

    house: House
    issuer: str = field(init=False)
    scope: str = "openid profile launch/patient patient/*.rs"

    def __post_init__(self) -> None:
        """Take its address."""
        self.issuer = self.house.base

    def rotate(self) -> None:
        """Draw a new key."""
        fresh = ECKey.generate_key("P-256", parameters={"kid": f"fresh-{time.time_ns()}", "use": "sig"})
        object.__setattr__(self.house.service.secrets, "signing", fresh)

    def expire(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Set its clock on."""
        later = now() + timedelta(seconds=self.house.service.limits.token_seconds + 1)
        monkeypatch.setattr(self.house.service, "clock", lambda: later)

    def proof(self) -> str:
        """Sign as the house's PC."""
        return self.house.device.proof(self.house.base)

    @contextmanager
    def brief(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Change its limits."""
        limits = replace(self.house.service.limits, device_code_seconds=1)
        with monkeypatch.context() as changed:
            changed.setattr(self.house.service, "limits", limits)
            yield


@dataclass
class Theirs:
    """oidc-provider on Node."""

    program: NodeProgram
    issuer: str
    scope: str = SCOPE

    def rotate(self) -> None:
        """Draw a new key."""
        self.program.tell(rotate=f"fresh-{time.time_ns()}")

    def expire(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Wait: tokens of one second were asked for."""
        time.sleep(1.1)

    def proof(self) -> str:
        """Sign nothing: it knows no PCs."""
        return ""

    @contextmanager
    def brief(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Change its settings."""
        self.program.tell(settings={"deviceSeconds": 1})
        try:
            yield
        finally:
            self.program.tell(settings={"deviceSeconds": 600})
