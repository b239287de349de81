"""``tandem conformance``: what a FHIR server really does, in words, and what a person at a desk would notice.

Read-only unless writing is allowed; then on made-up resources, taken away after; what a server keeps for good
(ours keeps a Provenance) is counted. The exit code is 0 when a person's records can be read from the server,
those of the person who was named too, and nothing it claims was found untrue, else 1. What fails is said to
whoever operates a server, not to someone in the middle of a visit.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from app.errors import TandemError
from sync.conformance import Check, Finding, Report, Tier, Verdict, examine
from sync.failures import Absent, Forbidden, Offline, Unauthorised
from sync.rest import Rest
from sync.transport import Address, AddressNotAllowed, Transport
from ui.messages import sentence
from ui.text import _, joined, mark, named, ngettext

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NOTICED", "SUBJECTS", "conformance"]

SUBJECTS: dict[Check, str] = {
    Check.STATEMENT: mark("Le serveur dit ce qu’il sait faire (FHIR R4)"),
    Check.ABSENCE: mark("Ce qui n’existe pas est dit absent"),
    Check.PATIENT: mark("La personne se lit"),
    Check.FEED: mark("Fil des changements de Tandem"),
    Check.SYSTEM_HISTORY: mark("Historique de tout le serveur"),
    Check.TYPE_HISTORY: mark("Historique par type"),
    Check.HISTORY_PAGES: mark("Pages de l’historique"),
    Check.SINCE_ON_NEXT: mark("La suite de l’historique garde sa date"),
    Check.PERSON_SEARCH: mark("Recherche par personne"),
    Check.PERSON_ONLY: mark("Une recherche ne montre personne d’autre"),
    Check.LAST_UPDATED: mark("Recherche par date de modification"),
    Check.SORT: mark("Tri par date de modification"),
    Check.SEARCH_PAGES: mark("Pages des recherches"),
    Check.ELEMENTS: mark("Liste sans les contenus"),
    Check.VERSION_READ: mark("Lecture d’une ancienne version"),
    Check.UPLOADS: mark("Envoi des fichiers, avec reprise"),
    Check.CLIENT_IDS: mark("Identifiants donnés par le poste"),
    Check.CREATE_ONLY: mark("Créer sans écraser"),
    Check.IF_MATCH: mark("Modifier seulement la version lue"),
    Check.CONDITIONAL_CREATE: mark("Créer une seule fois"),
    Check.ROLLBACK: mark("Tout ou rien (transaction)"),
    Check.BATCH: mark("Envoi par lots"),
    Check.DELETE: mark("Suppression"),
    Check.GONE: mark("Ce qui est supprimé est dit supprimé"),
    Check.DELETE_IF_MATCH: mark("Supprimer seulement la version lue"),
    Check.DELETIONS_TOLD: mark("L’historique dit les suppressions"),
    Check.PROVENANCE: mark("Preuve d’un envoi (Provenance)"),
    Check.PROVENANCE_SEARCH: mark("Preuves retrouvées par personne"),
    Check.CLEANED: mark("Les essais ont été effacés"),
}

NOTICED: dict[Check, str] = {
    Check.STATEMENT: mark("Ce n’est pas un serveur FHIR R4 : rien ne peut en venir."),
    Check.ABSENCE: mark("Aucune de ses réponses n’est sûre : rien ne peut en venir."),
    Check.PATIENT: mark("L’espace de cette personne ne s’ouvre pas."),
    Check.FEED: mark("Les nouveautés arrivent par une autre voie, un peu plus lentement."),
    Check.SYSTEM_HISTORY: mark("Les nouveautés sont cherchées type par type."),
    Check.TYPE_HISTORY: mark("Les suppressions faites ailleurs se voient à la visite suivante."),
    Check.HISTORY_PAGES: mark("L’historique peut sauter un document : il n’est pas utilisé."),
    Check.SINCE_ON_NEXT: mark("Une mise à jour importante demande plus de temps."),
    Check.PERSON_SEARCH: mark("Une partie du dossier n’arrive pas. Types en cause : {failed} sur {types}."),
    Check.PERSON_ONLY: mark("Le serveur envoie les données d’autres personnes. Le poste ne les garde pas."),
    Check.LAST_UPDATED: mark("Tout le dossier est relu à chaque fois : c’est plus lent."),
    Check.SORT: mark("Rien ne se remarque : le poste ne s’y fie pas."),
    Check.SEARCH_PAGES: mark("Un document peut manquer jusqu’à la comparaison des listes."),
    Check.ELEMENTS: mark("Comparer les listes est plus lent."),
    Check.VERSION_READ: mark("Un serveur remis en arrière se remarque moins bien."),
    Check.UPLOADS: mark("Les documents ne peuvent pas être envoyés : le serveur ne prend pas les fichiers."),
    Check.CLIENT_IDS: mark("Ce qui est ajouté au poste reçoit un autre numéro sur le serveur."),
    Check.CREATE_ONLY: mark("Deux postes peuvent s’écraser en créant la même chose."),
    Check.IF_MATCH: mark("Une modification peut écraser celle d’un autre, sans un mot."),
    Check.CONDITIONAL_CREATE: mark("Un envoi coupé peut être fait deux fois."),
    Check.ROLLBACK: mark("Un dépôt peut rester à moitié fait : le poste envoie pièce par pièce."),
    Check.BATCH: mark("Les envois partent un par un : c’est plus lent."),
    Check.DELETE: mark("Rien ne peut être supprimé depuis le poste."),
    Check.GONE: mark("Supprimé et inconnu se ressemblent : le poste demande avant de retirer."),
    Check.DELETE_IF_MATCH: mark("Une suppression peut emporter ce qu’un autre vient de changer."),
    Check.DELETIONS_TOLD: mark("Les suppressions se voient à la comparaison des listes."),
    Check.PROVENANCE: mark("Un envoi est prouvé en relisant son contenu, sans dire qui l’a fait."),
    Check.PROVENANCE_SEARCH: mark("Chaque envoi est relu un par un."),
    Check.CLEANED: mark("Des essais sont restés sur le serveur : {count}."),
}

_TIERS: dict[Tier | None, str] = {
    Tier.FEED: mark("Les dossiers arrivent par le fil des changements : rien ne se perd, et c’est rapide."),
    Tier.HISTORY: mark("Les dossiers arrivent par l’historique, relu un peu en arrière à chaque fois."),
    Tier.SEARCH: mark("Les dossiers arrivent par recherches, puis les listes sont comparées."),
    None: mark("Aucun dossier ne peut venir de ce serveur."),
}
_SIGNS = {Verdict.WORKS: "✓", Verdict.LACKS: "–", Verdict.LIES: "✗", Verdict.UNKNOWN: "?"}


_FAILED: dict[type[TandemError], str] = {
    Offline: mark("Rien ne répond à cette adresse. Vérifiez --base, et que le serveur est en marche."),
    AddressNotAllowed: mark(
        "Cette adresse ne convient pas. Écrivez --base https://serveur/fhir ; "
        "sans https, seul un serveur de cette machine est permis."
    ),
    Unauthorised: mark("Le serveur refuse ce jeton. Il a peut-être expiré : demandez-en un autre."),
    Forbidden: mark("Ce jeton ne donne pas le droit de lire sur ce serveur. Demandez-en un autre."),
    Absent: mark("Il n’y a pas de serveur FHIR à cette adresse. Souvent, elle finit par /fhir."),
}
_NO_TOKEN = mark("Le serveur demande un jeton. Mettez-le dans un fichier, et donnez --token-file.")
_NO_FILE = mark("Le fichier du jeton ne se lit pas, ou il est vide.")


class _Token:
    """The token given, and no other."""

    def __init__(self, token: str) -> None:
        self._token = token

    def access_token(self) -> str:
        return self._token

    def renewed(self, stale: str) -> str:
        from sync.failures import Unauthorised

        raise Unauthorised


def conformance(
    base: str,
    token_file: Path | None,
    patient_id: str | None,
    out: TextIO,
    err: TextIO,
    *,
    may_write: bool = False,
    as_json: bool = False,
) -> int:
    """Examine a server and write what was found."""
    try:
        token = _token(token_file) if token_file else None
        with Transport(Address(base), token) as transport:
            report = examine(Rest(transport, ""), patient_id, may_write=may_write)
    except TandemError as problem:
        err.write(f"{_failed(problem, has_token=token_file is not None)}\n")
        return 1
    except (OSError, ValueError):
        err.write(_(_NO_FILE) + "\n")
        return 1
    out.write(_as_json(report) if as_json else _in_words(report))
    is_read = patient_id is None or any(
        each.check is Check.PATIENT and each.verdict is Verdict.WORKS for each in report.findings
    )
    return 0 if report.tier is not None and is_read and not _untrue(report) else 1


def _token(path: Path) -> _Token:
    """Read the file; raises ``OSError`` and ``ValueError``."""
    told = path.read_text(encoding="utf-8").strip()
    if not told:
        raise ValueError
    return _Token(told)


def _failed(problem: TandemError, *, has_token: bool) -> str:
    """Say it to whoever operates a server."""
    if isinstance(problem, Unauthorised) and not has_token:
        return _(_NO_TOKEN)
    own = _FAILED.get(type(problem))
    return _(own) if own else sentence(problem)


def _untrue(report: Report) -> int:
    return sum(each.verdict is Verdict.LIES for each in report.findings)


def _in_words(report: Report) -> str:
    lines = [
        f"{report.base} — {report.software}, FHIR {report.fhir_version or '?'}",
        str(_(_TIERS[report.tier])),
        "",
        *(_line(each) for each in report.findings),
        "",
    ]
    untrue = _untrue(report)
    if untrue:
        lines.append(
            ngettext(
                "{count} chose est annoncée ou acceptée, et n’est pas faite (✗).",
                "{count} choses sont annoncées ou acceptées, et ne sont pas faites (✗).",
                untrue,
            ).format(count=untrue)
        )
    return "\n".join(lines).rstrip() + "\n"


def _line(finding: Finding) -> str:
    words = _(SUBJECTS[finding.check])
    if finding.verdict in {Verdict.LACKS, Verdict.LIES}:
        fields = {"failed": 0, "types": 0, "count": 0, **finding.fields}
        words = named(words, _(NOTICED[finding.check]).format(**fields))
    elif finding.verdict is Verdict.UNKNOWN:
        words = named(words, _("pas essayé"))
    return joined(" ", [_SIGNS[finding.verdict], words])


def _as_json(report: Report) -> str:
    told = {
        "base": report.base,
        "software": report.software,
        "fhirVersion": report.fhir_version,
        "tier": report.tier,
        "findings": [
            {"check": each.check, "verdict": each.verdict, **each.fields, "words": _line(each)}
            for each in report.findings
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
