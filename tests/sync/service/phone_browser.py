"""A real browser, as large as a phone, driven over the DevTools protocol's pipe; none, and the test skips."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# The protocol is spoken on the descriptors 3 and 4.
_STARTER = (
    "import fcntl, os, sys; a, b = (fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3]);"
    " os.dup2(a, 3); os.dup2(b, 4); os.execvp(sys.argv[3], sys.argv[3:])"
)
_SECONDS = 30.0


class PhoneBrowser:
    """One page of one browser."""

    def __init__(
        self,
        profile: Path,
        *,
        script: bool = True,
        language: str = "fr",
        size: tuple[int, int] = (412, 900),
    ) -> None:
        program = shutil.which("chromium") or shutil.which("google-chrome")
        if program is None or os.name != "posix":
            pytest.skip("no Chromium here that could play the phone")
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        command = [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--remote-debugging-pipe", "--disable-background-networking", "--disable-dev-shm-usage",
            f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}", "--lang=fr", "about:blank",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-c", _STARTER, str(to_browser), str(from_browser), *command],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._number = 0
        self._rest = b""
        self.events: list[dict[str, Any]] = []
        targets = self._ask("Target.getTargets")["targetInfos"]
        page = next(each["targetId"] for each in targets if each["type"] == "page")
        attached = self._ask("Target.attachToTarget", targetId=page, flatten=True)
        self._session: str | None = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "DOM", "Network"):
            self._ask(f"{domain}.enable")
        # A page behind another window has no focus, and then no field of it has one.
        self._ask("Emulation.setFocusEmulationEnabled", enabled=True)
        width, height = size
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self._ask("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})
        if not script:
            self._ask("Emulation.setScriptExecutionDisabled", value=True)

    _session: str | None = None

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)
        os.close(self._out)
        os.close(self._in)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, url: str) -> None:
        """Show an address."""
        self._ask("Page.navigate", url=url)
        self.wait(lambda: self.run("document.readyState") == "complete" and self.run("location.href") == url)

    def run(self, script: str) -> Any:  # noqa: ANN401 (whatever the page says)
        """Evaluate a script in the page."""
        told = self._ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def choose(self, selector: str, *files: Path) -> None:
        """Choose files in a field, as the phone's camera or gallery does."""
        root = self._ask("DOM.getDocument")["root"]["nodeId"]
        field = self._ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self._ask("DOM.setFileInputFiles", nodeId=field, files=[str(each) for each in files])

    def tap(self, selector: str) -> None:
        """Touch the middle of something, once the page has come to rest."""
        self.wait(lambda: bool(self.run("Array.from(document.images).every((each) => each.complete)")))
        box = f"document.querySelector({json.dumps(selector)})"
        self.run(f"{box}.scrollIntoView({{block: 'center'}})")
        x, y = self.run(
            f"(() => {{ const r = {box}.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Press a key of a real keyboard: « Tab », « Enter »."""
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self._ask("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait for something to be so."""
        end = time.monotonic() + _SECONDS
        while not until():
            assert time.monotonic() < end
            time.sleep(0.05)

    def photograph(self, path: Path) -> None:
        """Keep what is seen."""
        told = self._ask("Page.captureScreenshot")
        path.write_bytes(base64.b64decode(told["data"]))

    def complaints(self) -> list[str]:
        """What the browser blocked or found wrong."""
        entries = [each["params"]["entry"] for each in self.events if each.get("method") == "Log.entryAdded"]
        return [each["text"] for each in entries if each["level"] == "error"]

    def asked(self) -> list[str]:
        """Every address the page asked for."""
        return [
            each["params"]["request"]["url"]
            for each in self.events
            if each.get("method") == "Network.requestWillBeSent"
        ]

    def ask(self, method: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401 (the protocol's)
        """Ask the browser something of its protocol."""
        return self._ask(method, **params)

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:  # noqa: ANN401 (the protocol's)
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        while True:
            told = self._read()
            if told.get("id") == self._number:
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result
            self.events.append(told)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._in, 1 << 16)
            assert piece, "the browser ended"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found
