"""The words of a mandate's attestation: the text agreed to, then how it can be verified by anyone.

As with the mandate's own templates: what was used is never edited, another word is another number.
What stands above the rule is the text, letter by letter; below it stand its number, its SHA-256, how it was
agreed to and the signed code, in lines that fit a sheet.
"""

from __future__ import annotations

from app.codes.mandate_words import SigningMode

__all__ = ["CURRENT", "RULE", "SIGNED_WORDS", "code_in", "sheet", "text_in"]

CURRENT = "attestation-fr-1"
RULE = "\n――――――――――\n"

_ATTESTATION_FR_1 = """\
Attestation de mandat ({template})

Le texte ci-dessus est celui que la personne a accepté, lettre pour lettre.
{signed}
Modèle du texte : {mandate_template}
Numéro du mandat : {number}
Empreinte du texte (SHA-256) :
{sha256}

Ce mandat peut être arrêté à tout moment, sans donner de raison :
dans l’espace de santé, page « Mon mandat », ou auprès de la structure.
"""
_CODE = """
Code qui prouve ce texte, même sans internet :
{code}
"""

SIGNED_WORDS: dict[SigningMode, str] = {
    SigningMode.ON_SCREEN: "La personne l’a accepté à l’écran.",
    SigningMode.ON_PAPER: "La personne l’a signé sur papier, en deux exemplaires.",
}
_LINE = 64


def sheet(
    text: str, *, mandate_template: str, number: str, sha256: str, signing_mode: SigningMode, code: str = ""
) -> str:
    """Write an attestation; ``code`` is "" where no enrolled PC signs."""
    said = _ATTESTATION_FR_1.format(
        template=CURRENT,
        signed=SIGNED_WORDS[signing_mode],
        mandate_template=mandate_template,
        number=number,
        sha256=sha256,
    )
    lines = "\n".join(code[at : at + _LINE] for at in range(0, len(code), _LINE))
    return text + RULE + said + (_CODE.format(code=lines) if code else "")


def text_in(attestation: str) -> str:
    """Return the text that an attestation is about: what stands above the rule."""
    return attestation.partition(RULE)[0]


def code_in(attestation: str, prefix: str) -> str:
    """Return the signed code, "" where there is none; ``prefix`` is how it begins."""
    _above, found, code = attestation.partition(RULE)[2].partition(prefix)
    return found + "".join(code.split())
