"""The network of one device: it loses, repeats, delays, cuts, and lets others answer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from sync.failures import CaptivePortal, Offline, ServiceBroken, Stalled, Unauthorised, failure_of
from sync.transport import Answer
from tests.simulation.service import Asked, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from tests.simulation.service import Service
    from tests.simulation.world import World

__all__ = ["Wire"]

_BUSY_SECONDS = "7"


class Wire:
    """What ``sync.transport.Transport`` is to the engine."""

    clock_offset = None

    def __init__(
        self, world: World, service: Service, trouble: Callable[[str], bool], still_alive: Callable[[], None]
    ) -> None:
        self._world = world
        self._service = service
        self._trouble = trouble
        self._still_alive = still_alive
        self.is_up = True
        self.requests = self.written = 0
        self._is_spared = False

    def url(self, path: str) -> str:
        """Make an absolute address."""
        return path if "://" in path else f"http://x/{path}"

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        also: Collection[int] = (),
        limit: int = 0,
        bearer: bool = True,
    ) -> Answer:
        """Send and read the whole answer, or raise what the real one raises."""
        asked = Asked(method, path, params or {}, form or {}, headers or {}, content or b"")
        self.requests += 1
        self.written += method not in {"GET", "HEAD"}
        self._wait()
        if not self.is_up:
            raise Offline
        if self._is_spared:
            return self._believed(self._service.handle(asked), also)
        self._before(asked)
        told = self._handled(asked)
        self._wait()
        return self._after(asked, told, also)

    @contextmanager
    def spared(self) -> Iterator[None]:
        """Let nothing go wrong but the cable: what a server can do is tried on a good day."""
        self._is_spared = True
        try:
            yield
        finally:
            self._is_spared = False

    def _wait(self) -> None:
        self._world.pause(self._world.rng.uniform(0.01, 0.4))
        self._still_alive()

    def _before(self, asked: Asked) -> None:
        if self._trouble("lost-request"):
            raise Stalled(status=0)
        if self._trouble("ghost"):
            self._later(asked)
            raise Stalled(status=0)
        if self._trouble("captive"):
            raise CaptivePortal
        if self._trouble("signed-out"):
            raise Unauthorised
        if self._trouble("busy"):
            raise _raised(Told(503, b"", {"retry-after": _BUSY_SECONDS}))
        if self._trouble("broken"):
            raise ServiceBroken(status=500)

    def _handled(self, asked: Asked) -> Told:
        if _is_act(asked) and self._trouble("phantom"):
            return self._service.transaction(orjson.loads(asked.body), keep=False)
        if self._trouble("twice"):
            first = self._service.handle(asked)
            self._service.handle(asked)
            return first
        return self._service.handle(asked)

    def _after(self, asked: Asked, told: Told, also: Collection[int]) -> Answer:
        if not self.is_up or self._trouble("lost-answer"):
            raise Stalled(status=0)
        if self._trouble("broken-after") or self._trouble("cut-answer"):
            raise ServiceBroken(status=0)
        if _is_act(asked) and told.status == 200 and self._trouble("entry-busy"):
            told = Told(200, _with_a_refusal(told.body), told.headers)
        return self._believed(told, also)

    def _believed(self, told: Told, also: Collection[int]) -> Answer:
        failure = failure_of(told.status, told.headers, told.body)
        if failure is None or told.status in also:
            return Answer(told.status, dict(told.headers), told.body)
        raise failure

    def _later(self, asked: Asked) -> None:
        """Deliver it all the same, when nobody expects it any more."""

        def arrive() -> None:
            self._world.pause(self._world.rng.uniform(1, 90))
            self._world.note(f"ghost of {asked.method} {asked.path[:30]}")
            self._service.handle(asked)

        self._world.spawn(arrive)


def _is_act(asked: Asked) -> bool:
    return asked.method == "POST" and asked.path == "fhir" and b'"transaction"' in asked.body


def _with_a_refusal(body: bytes) -> bytes:
    answer: dict[str, Any] = orjson.loads(body)
    answer["entry"][-1] = {"response": {"status": "429 Too Many Requests"}}
    return orjson.dumps(answer)


def _raised(told: Told) -> Exception:
    failure = failure_of(told.status, told.headers, told.body)
    assert failure is not None
    return failure
