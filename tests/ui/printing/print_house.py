"""A real CUPS of one's own, with one printer whose mood a test decides."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LABEL", "QUEUE", "PrintHouse", "print_house"]

QUEUE = "Accueil"
LABEL = "Imprimante de l’accueil"

# A printer as CUPS sees one: it takes the job from its standard input or a file, and tells its state.
BACKEND = """#!/bin/sh
[ $# -eq 0 ] && echo 'direct paper "Unknown" "Paper"' && exit 0
here='{here}'
mood=$(cat "$here/mood" 2>/dev/null)
alert() {{
  echo "STATE: +$1" >&2
  while [ "$(cat "$here/mood")" = "$mood" ]; do sleep 0.1; done
  echo "STATE: -$1" >&2
}}
case "$mood" in
  fail) exit 1 ;;
  stop) exit 4 ;;
  media-*|door-*|toner-*|offline-*) alert "$mood" ;;
esac
printf '%s\\n' "$3" "$4" "$5" > "$here/$1.told"
cat "${{6:--}}" > "$here/$1.part" && mv "$here/$1.part" "$here/$1.pdf"
"""
FILES = """ServerRoot {root}/etc
RequestRoot {root}/spool
CacheDir {root}/cache
StateDir {root}/state
TempDir {root}/tmp
ServerBin {root}/bin
DataDir /usr/share/cups
ErrorLog {root}/error_log
AccessLog {root}/access_log
PageLog {root}/page_log
FileDevice Yes
Sandboxing relaxed
"""
SETTINGS = """Listen {root}/cups.sock
LogLevel info
WebInterface No
Browsing Off
PreserveJobFiles {keeps}
PreserveJobHistory Yes
<Policy default>
  JobPrivateAccess default
  JobPrivateValues none
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""


@dataclass(frozen=True)
class PrintHouse:
    """A private CUPS with one printer whose mood a test decides."""

    root: Path
    out: Path
    server: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the CUPS; harmless when it has ended."""
        self.server.terminate()
        self.server.wait(20)

    def feel(self, mood: str) -> None:
        """Have the printer work (``ok``), or not."""
        (self.out / "mood").write_text(mood)

    def command(self, *words: str) -> str:
        """Ask CUPS as an administrator."""
        return subprocess.run(words, capture_output=True, check=False, encoding="utf-8", timeout=20).stdout

    @property
    def pages(self) -> list[Path]:
        """What came out."""
        return sorted(self.out.glob("*.pdf"))

    @property
    def told(self) -> list[list[str]]:
        """Title, copies and options of what came out."""
        return [path.read_text().splitlines() for path in sorted(self.out.glob("*.told"))]


def _programs() -> dict[str, str]:
    found = {name: shutil.which(name, path="/usr/sbin:/usr/bin") for name in ("cupsd", "lp", "lpadmin")}
    missing = [name for name, path in found.items() if path is None]
    if missing or not Path("/usr/lib/cups/filter").is_dir():
        pytest.skip(f"CUPS is not installed here: {', '.join(missing) or 'its filters'}")
    return {name: str(path) for name, path in found.items()}


def _folders(root: Path, out: Path, keeps: str) -> None:
    for name in ("etc", "spool", "cache", "state", "tmp", "bin/backend"):
        (root / name).mkdir(parents=True)
    for name in ("filter", "daemon", "cgi-bin", "notifier", "monitor"):
        (root / "bin" / name).symlink_to(f"/usr/lib/cups/{name}")
    backend = root / "bin" / "backend" / "paper"
    backend.write_text(BACKEND.format(here=out))
    # For its owner alone: CUPS then runs it as itself and not as « lp ».
    backend.chmod(0o700)
    (root / "etc" / "cups-files.conf").write_text(FILES.format(root=root))
    (root / "etc" / "cupsd.conf").write_text(SETTINGS.format(root=root, keeps=keeps))


@contextmanager
def print_house(root: Path, out: Path, *, keeps: str = "No") -> Iterator[PrintHouse]:
    """Run it on a socket in ``root``; ``keeps``: how long it keeps the files of what was printed.

    A socket's path is short, and CUPS's own user has to get through the folders above its files.
    """
    programs = _programs()
    root.mkdir(mode=0o755)
    _folders(root, out, keeps)
    with (root / "said").open("wb") as said:
        server = subprocess.Popen(
            [programs["cupsd"], "-f", "-c", f"{root}/etc/cupsd.conf", "-s", f"{root}/etc/cups-files.conf"],
            stdout=said, stderr=said,
        )  # fmt: skip
    before = os.environ.get("CUPS_SERVER")
    os.environ["CUPS_SERVER"] = f"{root}/cups.sock"
    try:
        house = PrintHouse(root, out, server)
        _wait_for(house)
        yield house
    finally:
        server.terminate()
        server.wait(20)
        os.environ.pop("CUPS_SERVER")
        if before is not None:
            os.environ["CUPS_SERVER"] = before
        shutil.rmtree(root, ignore_errors=True)


def _wait_for(house: PrintHouse) -> None:
    for _try in range(100):
        if "scheduler is running" in house.command("lpstat", "-r"):
            break
        if house.server.poll() is not None:
            pytest.skip(f"cupsd does not start here: {(house.root / 'said').read_text()[-300:]}")
        time.sleep(0.1)
    house.command("lpadmin", "-p", QUEUE, "-E", "-v", "paper:/x", "-m", "raw", "-D", LABEL, "-L", "Hall")
    house.command("lpadmin", "-d", QUEUE)
    if QUEUE not in house.command("lpstat", "-p"):
        pytest.skip("cupsd gives us no queue here (it may want to run as root)")
