"""The text a person agrees to."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from app.codes.mandate_texts import CURRENT, MandateFacts, digest, fill, spoken_day
from app.codes.mandate_words import ACTION_LABELS, DURATION_LABELS, SCOPE_LABELS, Action, Duration, Scope

_START = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)


def _facts(duration: Duration = Duration.SESSION) -> MandateFacts:
    return MandateFacts(
        patient="Jeanne Martin",
        birth_date="1952-08-14",
        adviser="Claire Petit",
        organization="France services de Reims",
        scopes=frozenset({Scope.DOCUMENTS, Scope.MEASURES}),
        actions=frozenset({Action.ADD, Action.VIEW}),
        duration=duration,
        start=_START,
        end=_START + duration.length,
    )


@pytest.mark.usefixtures("paris")
def test_a_template_once_used_is_never_edited() -> None:
    """Its hash is fixed here: another word needs another template, with another number."""
    assert (
        digest(fill(CURRENT, _facts())) == "5d8aaf0bebcf0e38f7e447bd908c395d40eb533378475f2a601475beb8af5e76"
    )
    assert (
        digest(fill(CURRENT, _facts(Duration.MONTH)))
        == "8885d3b3234961795524f124ac8868891263798cb3187b35a100238558b0e6c0"
    )


@pytest.mark.usefixtures("paris")
def test_the_text_says_who_what_and_until_when() -> None:
    """In the order of the lists, in the time of the clock on the wall."""
    text = fill(CURRENT, _facts())
    assert "Je m’appelle Jeanne Martin.\nMa date de naissance : 14 août 1952.\n" in text
    assert "Ce mandat concerne :\n• mes documents\n• mes mesures de santé\n" in text
    assert "Claire Petit peut :\n• regarder\n• ajouter\n" in text
    assert "commence le 22 novembre 2026 à 14 h 05." in text
    assert "à la fin de cette visite, et au plus tard le 23 novembre 2026 à 2 h 05." in text
    assert "{" not in text


def test_a_longer_mandate_says_that_a_colleague_may_act() -> None:
    """What the rule allows, the text says."""
    assert "une autre personne de la même structure" in fill(CURRENT, _facts(Duration.YEAR))
    assert "une autre personne" not in fill(CURRENT, _facts())


def test_a_name_with_braces_is_only_a_name() -> None:
    """Nothing in a name is read as a place to fill."""
    odd = MandateFacts(
        **{name: getattr(_facts(), name) for name in MandateFacts.__slots__} | {"adviser": "{patient}"}
    )
    assert "Je donne ce mandat à {patient}, de la structure" in fill(CURRENT, odd)
    assert fill(CURRENT, odd) != fill(CURRENT, _facts())


def test_every_code_has_its_words() -> None:
    """The lists are whole."""
    assert (set(SCOPE_LABELS), set(ACTION_LABELS), set(DURATION_LABELS)) == (
        set(Scope),
        set(Action),
        set(Duration),
    )
    assert all(shorter.length < longer.length for shorter, longer in pairwise(Duration))


@pytest.mark.parametrize(
    ("recorded", "spoken"),
    [("1979-03-01", "1er mars 1979"), ("1950", "1950"), ("1950-00-00", "1950-00-00"), ("", "")],
)
def test_a_partial_date_is_left_as_recorded(recorded: str, spoken: str) -> None:
    """A lunar date is not made into another."""
    assert spoken_day(recorded) == spoken
