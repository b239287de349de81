"""What the tour writes down: pictures, checks, durations, ``tour.json``.

``{"ok": bool, "steps": [{"name", "picture", "ms", "checks": [{"what", "ok"}]}]}``. It is written anew after
each step, so that a tour that is killed has still told what it saw.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from ui.tour.conductor import Hands, TourFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["STEPS", "Notebook", "Page", "TourEnded"]

STEPS = ("sign_in", "mandate", "home", "documents", "read", "file", "offline", "online", "end", "wiped")


class TourEnded(Exception):
    """The tour ends here, with what is in the notebook."""


class Page:
    """One step while it is being lived: its checks and its pictures."""

    def __init__(self, notebook: Notebook, name: str) -> None:
        self._notebook = notebook
        self.name = name
        self.picture = ""
        self.checks: list[dict[str, Any]] = []

    def check(self, what: str, ok: object) -> None:
        """Write down what was looked at, and whether it held."""
        self.checks.append({"what": what, "ok": bool(ok)})

    def look(self, hands: Hands, about: str = "") -> None:
        """Take a picture of what the person sees; the last one without a word stands for the step."""
        name = self._notebook.next_picture(f"{self.name}-{about}" if about else self.name)
        hands.ask("picture", path=str(self._notebook.folder / name))
        if not about or not self.picture:
            self.picture = name


class Notebook:
    """The tour's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps: list[dict[str, Any]] = []
        self._pictures = 0
        folder.mkdir(parents=True, exist_ok=True)
        for old in (*folder.glob("[0-9][0-9]-*.png"), folder / "tour.json"):
            old.unlink(missing_ok=True)

    @property
    def ok(self) -> bool:
        """Whether every step was lived and every check held."""
        held = all(check["ok"] for step in self.steps for check in step["checks"])
        return held and [step["name"] for step in self.steps] == list(STEPS)

    def next_picture(self, about: str) -> str:
        """Name the next picture, in the order of the visit."""
        self._pictures += 1
        return f"{self._pictures:02d}-{about.replace('_', '-')}.png"

    @contextmanager
    def step(self, name: str) -> Iterator[Page]:
        """Live one step; what goes wrong is a check that did not hold, and ends the tour."""
        page = Page(self, name)
        started = time.perf_counter()
        problem: TourFailed | None = None
        try:
            yield page
        except TourFailed as failed:
            problem = failed
            page.check(str(failed), ok=False)
        finally:
            self._write(page, round((time.perf_counter() - started) * 1000))
        if problem is not None:
            raise TourEnded from problem

    def _write(self, page: Page, milliseconds: int) -> None:
        self.steps.append(
            {"name": page.name, "picture": page.picture, "ms": milliseconds, "checks": page.checks}
        )
        told = {"ok": self.ok, "steps": self.steps}
        (self.folder / "tour.json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
