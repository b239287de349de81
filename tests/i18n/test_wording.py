"""Each rule of wording finds what it is for, and leaves good sentences alone."""

from __future__ import annotations

import pytest

from i18n import wording

GOOD = [
    ("fr_FALC", "Rien n’est perdu. Appuyez pour revenir.", "Rien n’est perdu.\nAppuyez pour revenir."),
    ("fr_FALC", "1. Ouvrez. Visez.", "1. Ouvrez le téléphone.\nVisez."),
    ("fr_FALC", "Où ?", "Où est le papier\u00a0?"),
    ("fr_FALC", "« Retour » revient.", "«\u00a0Retour\u00a0» revient."),
    (
        "en",
        "Par exemple : « Ordonnance du docteur Lefèvre ».",
        "For example: “Prescription from Dr Lefèvre”.",
    ),
    ("en", "{count} pages", "{count} pages"),
    ("en", " à {place}", " in {place}"),
    ("ar", "Que faire ?", "ماذا نفعل؟"),
    ("ar", "PDF", "PDF"),
    ("ar", "Par exemple : 06 12 34", "مثلًا: \u200e06 12 34"),
    ("ar", "« Retour » revient.", "«رجوع» يعيدك إلى الوراء."),
    ("ar", "Avec {helper}, {place}.", "مع {helper}،\u200f {place}."),
    ("ar", "Avec {helper} à {place}.", "مع {helper} في {place}."),
]

BAD = [
    ("fr_FALC", "Vérifiez.", "Vérifiez le nom. Vérifiez la date.", "two sentences in a line"),
    (
        "fr_FALC",
        "Vérifiez.",
        "Un deux trois quatre cinq six sept huit neuf dix onze douze treize.",
        "13 words",
    ),
    ("fr_FALC", "Où ?", "Où ?", "no-break space"),
    ("fr_FALC", "« Retour »", "« Retour »", "no-break space"),
    ("fr_FALC", "Ce poste est prêt.", "Ce poste est prêt.", "hard word 'poste'"),
    ("fr_FALC", "Lisez.", "Lisez.\n\nRelisez.", "an empty line"),
    ("fr_FALC", "Ouvrir", "Ouvrir\nle document", "too long for a label"),
    ("en", "Ouvrir", "Ouvrir", "left in French"),
    ("en", "Dites « oui ».", "Say « yes ».", "French quotes"),
    ("en", "Où ?", "Where ?", "a space before a sign"),
    ("en", "L’élève lit.", "The élève reads.", "a French word"),
    ("en", "Attendez…", "Wait...", "three stops"),
    ("en", "Ce n’est pas lui.", "It isn't him.", "typewriter quotes"),
    ("en", "Ouvrir le document", "Open the document that you want to read now", "too long for a label"),
    ("en", "Bonjour à vous.", "Hello  you.", "spaces too many"),
    ("ar", "Ouvrir", "Open", "no Arabic letter"),
    ("ar", "Où ?", "أين?", "Latin signs"),
    ("ar", "Un, deux", "واحد, اثنان", "Latin signs"),
    ("ar", "Par exemple : 06 12 34", "مثلًا: 06 12 34", "groups of digits"),
    ("ar", "Avec {helper}, {place}.", "مع {helper}، {place}.", "two fields"),
    ("ar", "31 jours", "٣١ يومًا", "Eastern digits"),
    ("ar", "« Retour »", "« رجوع »", "a space inside the quotes"),
]


@pytest.mark.parametrize(("language", "source", "text"), GOOD)
def test_a_good_sentence_passes(language: str, source: str, text: str) -> None:
    """A rule that is too strict is switched off by tired people."""
    assert wording.problems(language, source, text) == []


@pytest.mark.parametrize(("language", "source", "text", "problem"), BAD)
def test_a_bad_sentence_is_found(language: str, source: str, text: str, problem: str) -> None:
    """Each rule fails on what it is for."""
    assert any(problem in found for found in wording.problems(language, source, text))


def test_a_label_is_short_and_has_no_stop() -> None:
    """What ends or pauses like a sentence is one."""
    assert wording.is_label("Terminer la visite")
    assert not wording.is_label("Il y a un problème.")
    assert not wording.is_label("L’année suffit. Par exemple : 2019")
    assert not wording.is_label("Choisissez la sorte de papier que vous avez devant vous")


def test_words_are_counted_as_they_are_read() -> None:
    """A field is one word, a dash alone is none, an elision is part of its word."""
    assert wording.word_count("{name} aide – l’ordinateur marche") == 4
