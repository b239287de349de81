"""A session's process for the crash tests: opens a vault, files one document, dies where it is told.

``python filing_process.py ROOT STEP`` with the service's public key and the PC's private key on
stdin (base64 lines). Prints ``FILED <op_id> <document_id>`` when ``documents.file`` has returned.
STEP is a ``Step`` or ``never``; ``full-disk`` limits the size of files instead and says what is left.
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import orjson
from conftest import JEANNE, paper
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app import documents
from app.changes import Changes
from app.errors import TandemError
from app.fhir import patient as patients
from app.outbox import Sealer
from app.records import Records
from app.space import Actor, ActorRole, Space
from app.vault.envelope import ServiceKey
from app.vault.keys import Key
from app.vault.patient import PatientVault

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.acts import Step

MARKER = "MARQUEUR-7f3a91c2"
"""In the document's bytes, its name, its text, the person's name and the adviser's."""


def space_in(vault_root: Path, outbox: Path, keys: tuple[bytes, bytes]) -> Space:
    """Open the marked person's space."""
    service, device = keys
    vault = PatientVault.create(vault_root, Key.random())
    patient = patients.make("0193a1b2-0000-7000-8000-000000000001", **JEANNE | {"usual_family": MARKER})
    return Space(
        patient=patient,
        patient_id=patient["id"],
        records=Records(vault.store, Changes()),
        files=vault.files,
        actor=Actor("adviser-1", MARKER, ActorRole.ADVISER, "org-1", "France services de Reims"),
        vault=vault,
        sealer=Sealer(outbox, "pc-17", Ed25519PrivateKey.from_private_bytes(device), service),
    )


def die_at(step: str) -> Callable[[Step], None]:
    """Return what dies, as by a power cut, when the step is reached."""

    def reached(now: Step) -> None:
        if now == step:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

    return reached


def crash(root: Path, step: str) -> None:
    """File one marked document and die at the step."""
    keys = tuple(base64.b64decode(line) for line in sys.stdin.buffer.read().split())
    space = space_in(root / "vault", root.parent.parent / "outbox", keys)
    candidate = paper(f"Ordonnance de {MARKER}".encode() * 5000, words=MARKER)
    filed = documents.file(
        space, candidate, category="ORD_SOIN", date=date(2026, 11, 20), title=MARKER, reached=die_at(step)
    )
    print("FILED", filed.op_id, filed.document_id, flush=True)  # noqa: T201 (the parent listens)
    if step == "acknowledged":
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    space.vault.close()


def full_disk(root: Path) -> None:
    """File a document that does not fit, and tell what is left."""
    import resource

    keys = (ServiceKey.generate().public, Ed25519PrivateKey.generate().private_bytes_raw())
    space = space_in(root / "vault", root / "outbox", keys)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    refused = ""
    try:
        documents.file(
            space, paper(b"x" * 3_000_000), category="ORD_SOIN", date=date(2026, 11, 20), title="Trop gros"
        )
    except TandemError as error:
        refused = error.code
    left = {
        "refused": refused,
        "files": len(list(space.files.folder.iterdir())),
        "outbox": len(list((root / "outbox").iterdir())),
        "rows": space.records.count_documents() + len(space.records.operations()),
    }
    sys.stdout.buffer.write(orjson.dumps(left))
    with contextlib.suppress(TandemError):
        space.vault.close()


if __name__ == "__main__":
    if sys.argv[2] == "full-disk":
        full_disk(Path(sys.argv[1]))
    else:
        crash(Path(sys.argv[1]), sys.argv[2])
