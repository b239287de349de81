"""Notes in plain text and letters in RTF, as people and word processors save them."""

from __future__ import annotations

from sync.service.demo.drafts import Draft, Occasion
from sync.service.demo.practices import GENERAL_PRACTITIONER, NURSE
from sync.service.demo.words import decimal, french_day, grouped_ins, short_day

__all__ = ["note", "referral"]


def note(occasion: Occasion) -> Draft:
    """Write the nurse's note of a week, in UTF-8."""
    person, chance = occasion.person, occasion.chance
    lines = [
        "Carnet de suivi à domicile",
        f"{person.title} {person.name}, {person.born_word} le {short_day(person.born)}",
        f"INS {grouped_ins(person.ins)} (matricule de test)",
        f"Semaine du {french_day(occasion.day)}",
        "",
    ]
    weekdays = ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche")
    lines += [
        f"{weekday} : tension {chance.randint(115, 150)}/{chance.randint(64, 88)}, pouls "
        f"{chance.randint(58, 88)}, "
        f"poids {decimal(chance.uniform(54, 82))} kg"
        for weekday in weekdays
    ]
    lines += ["", chance.choice(_REMARKS), "", f"{NURSE.name}, infirmière", "Document fictif"]
    data = "\r\n".join(lines).encode("utf-8")
    return Draft("Note de l’infirmière", NURSE, "EXPPAT_2", data, "text/plain", "txt", is_own=True)


_REMARKS = (
    "Remarque : mange bien, sort au jardin l’après-midi. Le cœur est régulier.",
    "Remarque : chaussures neuves un peu serrées, rougeur au talon à surveiller.",
    "Remarque : pilulier complet, rien d’oublié cette semaine.",
)


def referral(occasion: Occasion) -> Draft:
    """Write a letter to a colleague in RTF, accents as a word processor escapes them."""
    person = occasion.person
    who = f"{person.title} {person.name}, {person.born_word} le {short_day(person.born)}, INS {person.ins}"
    body = [
        _centred(f"{GENERAL_PRACTITIONER.name}", bold=True),
        _centred(f"{GENERAL_PRACTITIONER.job} · {GENERAL_PRACTITIONER.practice.name}"),
        _line(f"Bourges, le {french_day(occasion.day)}"),
        _line(""),
        _line(who, bold=True),
        _line(""),
        _line("Chère consœur, cher confrère,"),
        _line(occasion.chance.choice(_REASONS)),
        _line("Je vous remercie de l’accueillir et de me tenir au courant."),
        _line("Bien confraternellement,"),
        _line(GENERAL_PRACTITIONER.name),
        _line("Document fictif"),
    ]
    head = (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}}{\info{\title "
        + _escaped("Courrier")
        + "}}"
    )
    data = (head + r"\f0\fs24 " + "\r\n".join(body) + "}").encode("ascii")
    return Draft(
        "Courrier du docteur Lefèvre", GENERAL_PRACTITIONER, "96349-6", data, "application/rtf", "rtf"
    )


_REASONS = (
    (
        "Je vous adresse cette personne pour un avis sur des douleurs du genou qui gênent la marche "
        "depuis l’été. "
        "La radiographie montre un pincement modéré. Pas d’anti-inflammatoire en raison des traitements "
        "en cours."
    ),
    (
        "Je vous adresse cette personne pour un fond d’œil de contrôle. La vue a un peu baissé au dire "
        "de ses proches. "
        "Le dernier examen date de plus d’un an."
    ),
    (
        "Je vous adresse cette personne pour un bilan d’audition : elle fait répéter et n’entend plus le "
        "téléphone."
    ),
)


def _line(words: str, *, bold: bool = False) -> str:
    text = _escaped(words)
    return (r"{\b " + text + "}" if bold else text) + r"\par"


def _centred(words: str, *, bold: bool = False) -> str:
    return r"{\qc " + _line(words, bold=bold) + "}"


def _escaped(words: str) -> str:
    """Escape for RTF: one byte of Windows-1252 where there is one, else a Unicode escape."""
    return "".join(_escaped_char(char) for char in words)


def _escaped_char(char: str) -> str:
    if char in "\\{}":
        return "\\" + char
    if char.isascii():
        return char
    code = char.encode("cp1252", "ignore")
    return f"\\'{code[0]:02x}" if code else f"\\u{ord(char)}?"
