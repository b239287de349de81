"""The text of a mandate: a numbered template that is never edited once used, and its filling.

The person sees the filled text and nothing else; what is hashed is exactly that text, in UTF-8. A
template that needs another word gets another number, so that any mandate can be written out again
from its facts and its hash verified, by the program and by the service alike. Only the French text
binds: a translation is shown beside it so that the person understands, made of the same paragraphs
(``paragraphs``, which the catalogues of the screens translate) and the same facts; it is neither
hashed nor kept. Times are those of the clock on the wall where it was written: whoever verifies it later,
in another place or by another clock, tries the clocks of France (``written_as``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from app.codes.mandate_words import ACTION_LABELS, SCOPE_LABELS, Action, Duration, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = [
    "CARER",
    "CURRENT",
    "LANGUAGE",
    "REPRESENTATIVE",
    "ZONES",
    "MandateFacts",
    "Zones",
    "digest",
    "fill",
    "paragraphs",
    "spoken_day",
    "until",
    "written_as",
]

CURRENT = "mandat-fr-1"
LANGUAGE = "fr"

_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)

Zones = tuple[timedelta, timedelta]

_FRENCH_HOURS = (1, 2, 0, -10, -9.5, -9, -4, -3, -2, 3, 4, 5, 11, 12)
ZONES: tuple[Zones, ...] = tuple(
    (timedelta(hours=hours), timedelta(hours=hours + turned))
    for hours in _FRENCH_HOURS
    for turned in (0, 1, -1)
)
"""The clocks on the walls of France and of its territories, summer time begun or ended in between."""

_MANDAT_FR_1 = """\
Mandat

Je m’appelle {patient}.
Ma date de naissance : {birth_date}.

Je donne ce mandat à {adviser}, de la structure « {organization} ».
{adviser} m’aide et peut agir à ma place dans mon espace de santé.

Ce mandat concerne :
{scopes}

{adviser} peut :
{actions}

Ce mandat commence le {start}.
{end}

Ce que {adviser} doit respecter :
• agir seulement pour moi, et me dire ce qui est fait ;
• garder secret ce que contient mon espace ;
• ne jamais me demander mes mots de passe ni mes codes ;
• ne jamais décider à ma place. Mes directives anticipées, le don d’organes, la fermeture de mon espace \
et le choix de ce qui est caché restent mes décisions.

Tout ce qui est fait est noté dans mon espace. Je peux le relire.
Je peux arrêter ce mandat quand je veux, sans donner de raison, ici ou auprès de cette structure.
Si je donne un nouveau mandat à cette structure, il remplace celui-ci.
"""

_UNTIL_THE_END_OF_THE_VISIT = "Il s’arrête à la fin de cette visite, et au plus tard le {end}."
_UNTIL = (
    "Il s’arrête le {end}.\n"
    "Si {adviser} n’est pas là, une autre personne de la même structure peut m’aider avec ce mandat."
)

_AIDANT_FR_1 = """\
Accord pour un proche aidant

Je m’appelle {patient}.
Ma date de naissance : {birth_date}.

Je donne cet accord à {adviser}, qui m’aide sans être payé pour cela.
{adviser} ouvre mon espace de santé depuis son propre compte, et agit pour moi.

Cet accord concerne :
{scopes}

{adviser} peut :
{actions}

Cet accord commence le {start}.
{end}

{adviser} ne pourra jamais :
• faire entrer quelqu’un d’autre dans mon espace ;
• changer mes mots de passe ou mes codes ;
• fermer mon espace ou supprimer mon compte ;
• emporter tous mes documents d’un coup.

Ce que j’ai choisi de cacher à mes représentants ne lui est pas montré.
Tout ce qui est fait est noté dans mon espace. Je peux le relire.
Je peux arrêter cet accord quand je veux, sans donner de raison. {adviser} peut l’arrêter aussi.
"""

_REPRESENTANT_FR_1 = """\
Accès d’un représentant légal

Cet accès concerne l’espace de santé de {patient}.
Date de naissance : {birth_date}.

{adviser} représente {patient} devant la loi : parent, tuteur, ou personne habilitée par un juge.
Le service a vu le document qui le prouve, et l’a noté.
{adviser} ouvre cet espace depuis son propre compte, et agit pour {patient}.

Cet accès concerne :
{scopes}

{adviser} peut :
{actions}

Cet accès commence le {start}.
{end}

{adviser} ne pourra jamais :
• faire entrer quelqu’un d’autre dans cet espace ;
• changer les mots de passe ou les codes ;
• fermer cet espace ou supprimer le compte ;
• emporter tous les documents d’un coup ;
• décider des directives anticipées, du don d’organes, ni de ce qui est caché.

Ce que {patient} a choisi de cacher à ses représentants n’est pas montré à {adviser}.
Tout ce qui est fait est noté dans l’espace. {patient} peut le relire.
Le service arrête cet accès quand le document ne vaut plus.
"""

_UNTIL_THAT_DAY = "Il s’arrête le {end}."

CARER = "aidant-fr-1"
"""The template of a carer's consent."""
REPRESENTATIVE = "representant-fr-1"
"""The template of a legal representative's access: nobody's consent, the service notes it."""
_TEMPLATES = {CURRENT: _MANDAT_FR_1, CARER: _AIDANT_FR_1, REPRESENTATIVE: _REPRESENTANT_FR_1}
_ENDS = {
    CURRENT: (_UNTIL_THE_END_OF_THE_VISIT, _UNTIL),
    CARER: (_UNTIL_THAT_DAY, _UNTIL_THAT_DAY),
    REPRESENTATIVE: (_UNTIL_THAT_DAY, _UNTIL_THAT_DAY),
}


@dataclass(frozen=True, slots=True)
class MandateFacts:
    """What fills a template. Names as they stand on the day; ``birth_date`` as FHIR writes it."""

    patient: str
    birth_date: str
    adviser: str
    organization: str
    scopes: frozenset[Scope]
    actions: frozenset[Action]
    duration: Duration
    start: datetime
    end: datetime


def fill(template_id: str, facts: MandateFacts, *, zones: Zones | None = None) -> str:
    """Return the whole text; ``KeyError`` for a template this version does not know.

    ``zones``: how far the clock on the wall was from UTC at the start and at the end, where the text was
    written elsewhere; this PC's own where nothing is said.
    """
    template = _TEMPLATES[template_id]
    first, last = zones or (None, None)
    names = {"patient": facts.patient, "adviser": facts.adviser, "organization": facts.organization}
    return template.format(
        **names,
        birth_date=spoken_day(facts.birth_date),
        scopes=_bullets(SCOPE_LABELS[scope] for scope in Scope if scope in facts.scopes),
        actions=_bullets(ACTION_LABELS[action] for action in Action if action in facts.actions),
        start=_spoken(facts.start, first),
        end=until(template_id, facts.duration).format(**names, end=_spoken(facts.end, last)),
    )


def written_as(template_id: str, facts: MandateFacts, text: str) -> bool:
    """Say whether these facts write this text, by any clock of France; ``KeyError`` as ``fill``."""
    return fill(template_id, facts) == text or any(
        fill(template_id, facts, zones=zones) == text for zones in ZONES
    )


def paragraphs(template_id: str) -> tuple[str, ...]:
    """Return a template's paragraphs, their ``{fields}`` not filled in; ``KeyError`` for an unknown one."""
    return tuple(_TEMPLATES[template_id].strip().split("\n\n"))


def until(template_id: str, duration: Duration) -> str:
    """Return what a template's ``{end}`` says, its own fields not filled in."""
    session, longer = _ENDS[template_id]
    return session if duration is Duration.SESSION else longer


def digest(text: str) -> str:
    """Return the SHA-256 of exactly this text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"• {line}" for line in lines)


def spoken_day(text: str) -> str:
    """Write a FHIR date as it is spoken; what is no full date is left as it is recorded."""
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):  # noqa: PLR2004 (year, month, day)
        return text
    year, month, day = (int(part) for part in parts)
    if not 1 <= month <= len(_MONTHS) or not day:
        return text
    return f"{'1er' if day == 1 else day} {_MONTHS[month - 1]} {year}"


def _spoken(moment: datetime, zone: timedelta | None = None) -> str:
    local = moment.astimezone(None if zone is None else timezone(zone))
    return f"{spoken_day(local.date().isoformat())} à {local.hour} h {local.minute:02d}"
