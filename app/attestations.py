"""A mandate's attestation: the document that proves it, filed in the person's own space with the grant.

Decision: it is a text file filed as any paper of the person's is; they read, print and keep it. The mandate's
page leads to it; it is not among the papers in the list, where each visit would add one. It holds the exact
text, its SHA-256, its number and the code that the enrolled PC signed (`app.mandate_papers`), so that it
verifies by itself: years later, after the organization took another name, after a newer template, after the
PC left. Nothing is looked up but the PC's key.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.acts import NotSealed
from app.codes import attestation_texts
from app.codes.categories import Category
from app.codes.mandate_texts import digest
from app.fhir import document_reference, reference, submission_set
from app.ids import mint
from app.mandate_papers import PREFIX, Checked, Verdict, check, code_of, number_of, proof_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from app.codes.mandate_texts import MandateFacts
    from app.codes.mandate_words import SigningMode
    from app.fhir import Resource
    from app.mandate_papers import Here, KnownPc
    from app.space import Space

__all__ = ["Attestation", "code_for", "made", "verify_attestation", "written"]

_TITLE, _TITLE_LIMIT = "Mandat", 50
_WITHOUT_DEVICE = "home"


@dataclass(frozen=True, slots=True)
class Attestation:
    """The file's bytes and what is filed of it: the deposit (List), the DocumentReference."""

    document_id: str
    data: bytes
    resources: tuple[Resource, Resource]


def code_for(
    space: Space, mandate_id: str, facts: MandateFacts, template_id: str, text: str, mode: SigningMode
) -> str:
    """Return the signed code of a mandate; "" where this PC has no key, or the names fit on no paper."""
    signer = space.sealer
    if signer is None:
        return ""
    proof = proof_of(
        mandate_id,
        facts,
        template_id,
        digest(text),
        mode,
        signer,
        patient_id=space.patient_id,
        organization_id=space.actor.organization_id,
    )
    try:
        return code_of(proof, signer)
    except ValueError:
        return ""


def made(
    space: Space,
    mandate_id: str,
    template_id: str,
    text: str,
    mode: SigningMode,
    code: str,
) -> Attestation:
    """Make the attestation of a mandate that is being granted; ``context.related`` names its Consent."""
    sha256 = digest(text)
    words = attestation_texts.sheet(
        text,
        mandate_template=template_id,
        number=number_of(sha256),
        sha256=sha256,
        signing_mode=mode,
        code=code,
    )
    data, document_id, moment = words.encode(), mint(), space.clock()
    actor = space.actor
    document = document_reference.make(
        document_id,
        binary=mint(),
        patient=space.patient,
        custodian=reference("Organization", actor.organization_id, actor.organization_name),
        category=Category.DOC_ADM,
        day=moment.astimezone().date(),
        title=f"{_TITLE} : {actor.organization_name}"[:_TITLE_LIMIT].strip(" :"),
        media_type="text/plain",
        content=document_reference.digests(data),
        moment=moment,
    )
    document["context"]["related"] = [reference("Consent", mandate_id)]
    deposit = submission_set.make(
        mint(),
        patient_id=space.patient_id,
        organization=(actor.organization_id, actor.organization_name),
        device_id=space.sealer.device_id if space.sealer else _WITHOUT_DEVICE,
        documents=[document_id],
        moment=moment,
    )
    return Attestation(document_id, data, (deposit, document))


@contextlib.contextmanager
def written(space: Space, attested: Attestation) -> Iterator[None]:
    """Write the file before the act that tells of it; gone again if the act fails."""
    space.files.write(attested.document_id, io.BytesIO(attested.data))
    try:
        yield
    except NotSealed:
        raise
    except BaseException:
        with contextlib.suppress(OSError):
            space.files.remove(attested.document_id)
        raise


def verify_attestation(
    data: bytes, here: Here, known: Callable[[str], KnownPc | None], moment: datetime
) -> Checked:
    """Say what an attestation's file is worth; raises as ``mandate_papers.read_code``.

    A text above the rule that is not the one the code proves, by one letter, is ``EDITED``.
    """
    words = data.decode("utf-8", "replace")
    checked = check(attestation_texts.code_in(words, PREFIX), here, known, moment)
    if checked.text and attestation_texts.text_in(words) != checked.text:
        return Checked(Verdict.EDITED, checked.proof)
    return checked
