"""The desk's words for facts: the wipe's checklist, the envelopes that wait."""

from __future__ import annotations

from app.wipe import CheckCode
from ui.text import mark, ngettext

__all__ = ["CHECKED", "FAILED", "missing_words", "waiting_words"]

CHECKED: dict[CheckCode, str] = {
    CheckCode.PROCESS_ENDED: mark("Le programme de la visite est arrêté."),
    CheckCode.STORE_REMOVED: mark("L’espace de la personne n’est plus sur ce poste."),
    CheckCode.DOCUMENTS_REMOVED: mark("Les documents n’y sont plus."),
    CheckCode.TEMPORARY_REMOVED: mark("Les fichiers de travail n’y sont plus."),
    CheckCode.BROWSER_REMOVED: mark("La connexion du navigateur est oubliée."),
    CheckCode.PRINTS_GONE: mark("Rien n’attend plus à l’imprimante."),
    CheckCode.RECENT_FORGOTTEN: mark("La liste des fichiers récents est oubliée."),
    CheckCode.CORES_GONE: mark("Aucune copie de la mémoire n’est restée."),
    CheckCode.CLIPBOARD_EMPTIED: mark("Le presse-papiers est vide."),
    CheckCode.TOKENS_DROPPED: mark("L’accès à l’espace est fermé."),
    CheckCode.OUTBOX_SEALED: mark("Ce qui attend est sous enveloppe fermée."),
    CheckCode.NOTHING_LEFT: mark("Nous avons vérifié : il ne reste rien."),
}

FAILED: dict[CheckCode, str] = {
    CheckCode.PROCESS_ENDED: mark("Le programme de la visite ne s’arrête pas."),
    CheckCode.STORE_REMOVED: mark("L’espace de la personne n’a pas pu être effacé."),
    CheckCode.DOCUMENTS_REMOVED: mark("Des documents n’ont pas pu être effacés."),
    CheckCode.TEMPORARY_REMOVED: mark("Des fichiers de travail n’ont pas pu être effacés."),
    CheckCode.BROWSER_REMOVED: mark("La connexion du navigateur n’a pas pu être oubliée."),
    CheckCode.PRINTS_GONE: mark(
        "Une feuille attend encore à l’imprimante. Annulez-la, puis effacez de nouveau."
    ),
    CheckCode.RECENT_FORGOTTEN: mark("La liste des fichiers récents n’a pas pu être effacée."),
    CheckCode.CORES_GONE: mark("Une copie de la mémoire n’a pas pu être effacée."),
    CheckCode.CLIPBOARD_EMPTIED: mark("Le presse-papiers n’a pas pu être vidé."),
    CheckCode.TOKENS_DROPPED: mark("L’accès à l’espace n’a pas pu être fermé."),
    CheckCode.OUTBOX_SEALED: mark("Un fichier qui attend n’est pas sous enveloppe fermée."),
    CheckCode.NOTHING_LEFT: mark("Il reste quelque chose de la visite."),
}


def waiting_words(waiting: int) -> str:
    """Say how many envelopes wait for the network; nothing where none does."""
    if not waiting:
        return ""
    return ngettext(
        "{count} envoi attend le réseau. Il est sous enveloppe fermée et partira tout seul.",
        "{count} envois attendent le réseau. Ils sont sous enveloppe fermée et partiront tout seuls.",
        waiting,
    ).format(count=waiting)


def missing_words(missing: int) -> str:
    """Say how many lines the PC's journal lacks, and what to do."""
    return ngettext(
        "{count} ligne manque dans le journal de ce poste : elle n’a pas pu être écrite. "
        "Appelez la personne qui s’occupe de ce poste.",
        "{count} lignes manquent dans le journal de ce poste : elles n’ont pas pu être écrites. "
        "Appelez la personne qui s’occupe de ce poste.",
        missing,
    ).format(count=missing)
