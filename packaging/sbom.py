"""The parts list of what is built (SBOM, CycloneDX 1.6): ``python packaging/sbom.py FILE.json``.

Made at build from the environment that the lock made, never committed. Decision: no list of known
vulnerabilities can be had without a network (advisory services are asked part by part, and the telling of
a kiosk's parts is not theirs), so the list says itself what to watch: each part that meets untrusted bytes,
secrets or the network carries ``tandem:watch`` with the reason. Whoever releases feeds the file to their
scanner; a part of the lock that is missing here, or here in another version, fails the suite.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

__all__ = ["WATCH", "locked", "main", "sbom"]

LOCK = Path(__file__).parent / "requirements" / "run.txt"
UNTRUSTED, SECRETS, NETWORK, SHOWN = (
    "reads bytes that somebody else made",
    "holds or makes secrets",
    "speaks on the network",
    "shows and prints what was read",
)
WATCH: dict[str, str] = {
    **dict.fromkeys(
        ("lxml", "pikepdf", "pillow", "pi-heif", "pypdfium2", "pydicom", "zxing-cpp", "striprtf", "orjson",
         "python-multipart", "img2pdf", "pyhanko", "asn1crypto"),
        UNTRUSTED,
    ),
    **dict.fromkeys(
        ("cryptography", "sqlcipher3", "keyring", "secretstorage", "jeepney", "joserfc", "fido2"), SECRETS
    ),
    **dict.fromkeys(
        ("httpx", "httpcore", "h11", "truststore", "starlette", "uvicorn", "anyio", "certifi", "aiohttp"),
        NETWORK,
    ),
    **dict.fromkeys(("pyside6", "pyside6-essentials", "pyside6-addons", "shiboken6", "reportlab"), SHOWN),
}  # fmt: skip
# Wheels that do not say their licence; it stands in the project's own LICENSE file.
UNSAID = {"sqlcipher3": "Zlib"}
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)([^\\\n]*)", re.MULTILINE)


def normal(name: str) -> str:
    """Return a project's name in its one form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: Path = LOCK) -> dict[str, tuple[str, str]]:
    """Return version and marker of each part of a lock, by its name."""
    return {
        normal(name): (version, rest.strip(" ;")) for name, version, rest in _PIN.findall(lock.read_text())
    }


def sbom(python: str = sys.executable) -> dict[str, object]:
    """Return the parts of an environment with what to watch; the program's own lock decides which belong."""
    made = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", "environment", python, "--of", "JSON", "--sv", "1.6",
         "--gather-license-texts",
         # Its check takes sixteen seconds, and sees the list before ours is made of it.
         "--no-validate"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    told = json.loads(made.stdout)
    ours = locked()
    told["components"] = [_watched(each) for each in told["components"] if normal(each["name"]) in ours]
    return told  # type: ignore[no-any-return]  # any JSON


def _watched(component: dict[str, object]) -> dict[str, object]:
    name = normal(str(component["name"]))
    made = dict(component)
    if not made.get("licenses") and name in UNSAID:
        made["licenses"] = [{"license": {"id": UNSAID[name], "acknowledgement": "concluded"}}]
    if name in WATCH:
        made["properties"] = [{"name": "tandem:watch", "value": WATCH[name]}]
    return made


def main(arguments: list[str]) -> int:
    """Write the list; 0 when it is written."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python packaging/sbom.py FILE.json\n")
        return 2
    Path(arguments[0]).write_text(json.dumps(sbom(), indent=2, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
