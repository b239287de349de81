#!/usr/bin/env python3
"""Set everything up, then start Tandem or its tests. Standard library only; Python 3.11 or later.

    python3 packaging/run.py               all set-up, then ``tandem demo``
    python3 packaging/run.py test [ARGS]   all set-up, then the whole test suite
    python3 packaging/run.py -- ARGS       all set-up, then ``tandem ARGS``
    --no-system (first)                    do not install system libraries, only name them

How it keeps its word:

- The environment is made from a lock whose every file has its SHA-256; pip refuses anything else.
- Each environment lives in its own folder, ``.venv/<stamp>/``, the stamp being the digest of lock,
  Python and platform. ``.venv/current-*`` names the one in use and is replaced atomically, only after
  the new environment has opened a window and an encrypted store. A broken download leaves the old one.
- Missing system libraries are installed by apt as root, which is said first; otherwise one command is named.
- The tests meet a real screen reader, speech, scanner, printer and text recognition. What of it is missing is
  installed likewise, for ``test`` only; where it can't be had, those tests skip and the run goes on.
- This script writes to standard error only; the program it becomes has standard output for itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".venv"
REQUIREMENTS = ROOT / "packaging" / "requirements"
OLDEST_PYTHON = (3, 11)
# Four for two cores: near half of a test's time is spent waiting for other processes. The suite took
# 12 min 24 with four and 15 min 24 with three, one hour apart on one machine.
# A worker that dies ends the run at once and names its test: replacing it makes xdist 3.8 wait for ever.
WORKERS = ("-n", "4", "--dist", "loadgroup", "--max-worker-restart", "0")

INSTALL = ("install", "-y", "-q", "--no-install-recommends")
# Shared object -> Debian package. Qt loads these; a wheel cannot bring them.
LIBRARIES_ALWAYS = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libbrotlidec.so.1": "libbrotli1",
}
LIBRARIES_WINDOW = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
}
# What the tests meet for real: Debian package -> a program or file by which it is known to be there.
PACKAGES_FOR_TESTS = {
    # a screen nobody sees, the accessibility bus, a screen reader
    "xvfb": "Xvfb",
    "xdotool": "xdotool",
    "openbox": "openbox",
    "dbus": "dbus-daemon",
    "at-spi2-core": "/usr/libexec/at-spi-bus-launcher",
    "python3-gi": "/usr/lib/python3/dist-packages/gi",
    "gir1.2-atspi-2.0": "/usr/lib/*/girepository-1.0/Atspi-2.0.typelib",
    "orca": "orca",
    "python3-speechd": "/usr/lib/python3/dist-packages/speechd",
    # speech, and a sound card that is none
    "speech-dispatcher": "speech-dispatcher",
    "speech-dispatcher-espeak-ng": "/usr/lib/**/speech-dispatcher-modules/sd_espeak-ng",
    "espeak-ng": "espeak-ng",
    "libspeechd2": "/usr/lib/*/libspeechd.so.2",
    "libpulse0": "/usr/lib/*/libpulse.so.0",
    "pulseaudio": "pulseaudio",
    "pulseaudio-utils": "pactl",
    # a browser, for the pages of the service
    "chromium": "chromium",
    # where the service keeps its records at scale, and the pooler before it
    "postgresql": "/usr/lib/postgresql/*/bin/initdb",
    "pgbouncer": "pgbouncer",
    # paper
    "sane-utils": "scanimage",
    # writes down each write and sync, for the power cuts
    "strace": "strace",
    # where a kernel has no Landlock, the reader is isolated by it
    "bubblewrap": "bwrap",
    "tesseract-ocr": "tesseract",
    "tesseract-ocr-fra": "/usr/share/tesseract-ocr/*/tessdata/fra.traineddata",
    "cups": "cupsd",
    "cups-client": "lp",
    "cups-filters": "/usr/lib/cups/filter/texttopdf",
    "printer-driver-cups-pdf": "/usr/lib/cups/backend/cups-pdf",
}
# The new environment is proven by what the program cannot do without.
PROOF = """
import os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([]); label = QLabel("é"); label.show(); label.grab(); label.close()
import sqlcipher3
db = sqlcipher3.connect(":memory:"); db.execute("PRAGMA key = 'probe'")
assert db.execute("PRAGMA cipher_version").fetchone(), "no SQLCipher"
db.execute("CREATE VIRTUAL TABLE probe USING fts5(words)"); db.close()
import babel, click, cryptography, httpx, joserfc, keyring
import lxml.etree, orjson, pikepdf, PIL.Image, pydicom, pypdfium2, starlette, uvicorn, fido2
"""


def say(text: str) -> None:
    """Tell the person at the terminal what is being done."""
    print(f"tandem: {text}", file=sys.stderr, flush=True)


def stop(text: str, code: int = 1) -> NoReturn:
    """End with a sentence that says what to do."""
    say(text)
    raise SystemExit(code)


def main(arguments: list[str]) -> NoReturn:
    """Set up what the arguments need, then become that program."""
    if sys.version_info < OLDEST_PYTHON:
        stop(f"Python 3.11 or later is needed, not {platform.python_version()}. Install it, then run again.")
    install_system = "--no-system" not in arguments[:1]
    if not install_system:
        arguments = arguments[1:]
    testing = arguments[:1] == ["test"]
    if testing:
        command = ["-m", "pytest", *(arguments[1:] or WORKERS)]
    elif not arguments:
        command = ["-m", "ui", "demo"]
    elif arguments[0] == "--":
        command = ["-m", "ui", *arguments[1:]]
    else:
        stop("Usage: run.py [--no-system] [test [ARGS] | -- ARGS]", 2)
    ensure_system(install=install_system)
    with (
        alongside(lambda: ensure_test_programs(install=install_system))
        if testing
        else contextlib.nullcontext()
    ):
        python = ensure_environment("test" if testing else "run")
    become(python, command)


@contextlib.contextmanager
def alongside(work: Callable[[], None]) -> Iterator[None]:
    """Do something while the block runs: the system's packages and ours come from different places."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def become(python: Path, command: list[str]) -> NoReturn:
    """Run the program in our place: its signals, its output, its exit code."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH", "")]))
    # Tests run from the repository; the program runs where the person is.
    if command[1] == "pytest":
        os.chdir(ROOT)
        # Else each of the hundreds of processes that tests start compiles the whole program anew.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if os.name == "posix":
        os.execve(python, [str(python), *command], environment)  # noqa: S606  no shell is meant
    raise SystemExit(subprocess.call([str(python), *command], env=environment))


# ---------------------------------------------------------------- system libraries


def missing_packages() -> list[str]:
    """Name the Debian packages whose library cannot be loaded here."""
    if not sys.platform.startswith("linux"):
        return []
    wanted = dict(LIBRARIES_ALWAYS)
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        wanted |= LIBRARIES_WINDOW
    missing = [package for library, package in wanted.items() if not loads(library)]
    if not has_module("ensurepip"):
        missing.append("python3-venv")
    return missing


def loads(library: str) -> bool:
    """Whether the dynamic loader finds the library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_module(name: str) -> bool:
    """Whether this Python has the module."""
    import importlib.util

    return importlib.util.find_spec(name) is not None


def ensure_system(*, install: bool) -> None:
    """Install missing system libraries as root, or name the one command that does."""
    missing = missing_packages()
    if not missing:
        return
    command = " ".join(("apt-get", *INSTALL, *missing))
    if not (install and can_install()):
        text = f"System libraries are missing. Run this, then try again:\n    sudo {command}"
        if "python3-venv" in missing or install:
            stop(text)
        say(text)
        return
    say(f"System libraries are missing; installing them: {' '.join(missing)}")
    if not apt_install(missing):
        stop(f"They could not be installed. Look at the lines above, then run:\n    {command}")


def ensure_test_programs(*, install: bool) -> None:
    """Install what the tests meet for real, as far as it can be had; say once what is left out."""
    missing = missing_test_packages()
    if missing and install and can_install():
        say(f"The tests need more of the system; installing it: {' '.join(missing)}")
        if not apt_install(missing):
            # One package that this system does not know would keep out all the others.
            apt_install(known_to_apt(missing))
        missing = missing_test_packages()
    if missing:
        command = " ".join(("apt-get", *INSTALL, *missing))
        say(f"Some tests will skip, and say so. They need:\n    sudo {command}")


def missing_test_packages() -> list[str]:
    """Name the Debian packages of which the tests need something that is not here."""
    if not sys.platform.startswith("linux"):
        return []
    window = [package for library, package in LIBRARIES_WINDOW.items() if not loads(library)]
    return window + [package for package, sign in PACKAGES_FOR_TESTS.items() if not is_there(sign)]


def is_there(sign: str) -> bool:
    """Whether a file (its path, with ``*``) or a program (its name) is on this system."""
    if sign.startswith("/"):
        return any(Path("/").glob(sign[1:]))
    # A user's own path often leaves out the programs of the system.
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    return shutil.which(sign, path=path) is not None


def can_install() -> bool:
    """Whether packages can be installed here without asking anybody."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: list[str]) -> bool:
    """Install packages; some systems have no lists of packages before they are asked for."""
    if not packages or apt_get(*INSTALL, *packages):
        return True
    apt_get("update", "-q")
    return apt_get(*INSTALL, *packages)


def apt_get(*arguments: str) -> bool:
    """Run apt-get, which asks nothing and talks on standard error; say whether it went well."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", *arguments]  # found by PATH on purpose
    return subprocess.call(command, stdout=sys.stderr, env=environment) == 0


def known_to_apt(packages: list[str]) -> list[str]:
    """Return those that this system's lists know."""
    told = subprocess.run(
        ["apt-cache", "show", "--no-all-versions", *packages],  # noqa: S607  found by PATH on purpose
        capture_output=True,
        text=True,
        check=False,
    )
    named = {line.partition(": ")[2] for line in told.stdout.splitlines() if line.startswith("Package: ")}
    return [package for package in packages if package in named]


# ---------------------------------------------------------------- the Python environment


def stamp_of(lock: Path) -> str:
    """Digest of everything that the environment depends on."""
    digest = hashlib.sha256(lock.read_bytes())
    digest.update(
        f"{sys.version}|{sys.executable}|{platform.system()}-{platform.machine()}|{ROOT}|{PROOF}".encode()
    )
    return digest.hexdigest()[:16]


def python_in(folder: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def current(kind: str) -> Path | None:
    """Return the proven environment in use for ``run`` or ``test``, if its lock is still this one."""
    pointer = ENVIRONMENTS / f"current-{kind}"
    with contextlib.suppress(OSError):
        stamp = pointer.read_text("utf-8").strip()
        folder = ENVIRONMENTS / stamp
        if stamp == stamp_of(REQUIREMENTS / f"{kind}.txt") and python_in(folder).exists():
            return folder
    return None


def ensure_environment(kind: str) -> Path:
    """Return the interpreter of a proven environment, making it where needed."""
    folder = current(kind) or (current("test") if kind == "run" else None)
    if folder is None:
        ENVIRONMENTS.mkdir(exist_ok=True)
        with only_one_at_a_time():
            folder = current(kind) or make(kind)
    return python_in(folder)


def make(kind: str) -> Path:
    """Build a new environment beside the old one, prove it, then point to it."""
    lock = REQUIREMENTS / f"{kind}.txt"
    stamp = stamp_of(lock)
    folder = ENVIRONMENTS / stamp
    shutil.rmtree(folder, ignore_errors=True)
    started = time.monotonic()
    say(f"preparing the program's own environment ({kind}); this happens once and takes a minute or two…")
    run([sys.executable, "-m", "venv", str(folder)], "The environment could not be created.")
    python = str(python_in(folder))
    options = [
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--disable-pip-version-check",
        "--no-input",
        "-q",
    ]
    install = [python, "-m", "pip", "install", *options, "-r", str(lock)]
    run(
        install,
        "The libraries could not be fetched or did not match the lock. Check the network, then try again.",
    )
    run([python, "-c", PROOF], "The new environment does not work; the old one, if any, is untouched.")
    point_to(kind, stamp)
    say(f"ready ({time.monotonic() - started:.0f} s).")
    return folder


def run(command: list[str], failure: str) -> None:
    """Run one step with its output on standard error; stop with the sentence if it fails."""
    if subprocess.call(command, stdout=sys.stderr) != 0:
        stop(failure)


def point_to(kind: str, stamp: str) -> None:
    """Swap atomically, then drop environments that nothing points to any more."""
    pointer = ENVIRONMENTS / f"current-{kind}"
    fresh = pointer.with_suffix(".new")
    fresh.write_text(stamp, "utf-8")
    fresh.replace(pointer)
    kept = {p.read_text("utf-8").strip() for p in ENVIRONMENTS.glob("current-*")}
    for folder in ENVIRONMENTS.iterdir():
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold a lock on the environments; the system drops it if we die."""
    with (ENVIRONMENTS / "lock").open("a+b") as handle:
        if os.name == "nt":
            import msvcrt

            while True:
                with contextlib.suppress(OSError):
                    msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main(sys.argv[1:])
