"""What the person is told about their data: an information, read and understood, and no consent.

Numbered and hashed as a mandate's template is (`app.codes.mandate_texts`): never edited once used. It asks
for nothing and opens nothing; the mandate and the access of a professional are other texts, on other screens.
"""

from __future__ import annotations

import hashlib

__all__ = ["CURRENT", "paragraphs", "sha256_of"]

CURRENT = "information-fr-1"

_INFORMATION_FR_1 = """\
Vos informations de santé

Votre espace de santé garde vos documents, vos mesures et ce que vous y notez.
La loi prévoit cet espace : c’est une mission d’intérêt public. On ne vous demande donc pas votre accord ici.

Vous pouvez vous opposer à l’ouverture de votre espace, ou le fermer quand vous voulez.
Fermé, il est gardé dix ans, puis effacé. Vous pouvez demander qu’il soit effacé plus tôt.

Sur ce poste, rien ne reste après votre visite.
Ce qui est fait est noté dans un journal : qui, quand, quoi. Vous pouvez le lire.

Vous avez le droit de voir vos informations, de les faire corriger et d’en avoir une copie.
Pour cela, demandez à la personne qui vous aide, ou écrivez au délégué à la protection des données du service.
Si la réponse ne vous convient pas, vous pouvez écrire à la CNIL.
"""

_TEXTS = {CURRENT: _INFORMATION_FR_1}


def paragraphs(text_id: str) -> tuple[str, ...]:
    """Return a text's title and paragraphs; ``KeyError`` for an unknown one."""
    return tuple(_TEXTS[text_id].strip().split("\n\n"))


def sha256_of(text_id: str) -> str:
    """Return the SHA-256 of exactly this text, in hex; ``KeyError`` for an unknown one."""
    return hashlib.sha256(_TEXTS[text_id].encode()).hexdigest()
