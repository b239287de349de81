"""Every error has words, whole and usable, and no code ever reaches a person."""

from __future__ import annotations

import importlib
import pkgutil
import random
import string

import orjson
import pytest

import app
import sync
import ui
from app.errors import PersonCanAct, concrete_errors
from sync.failures import failure_of
from sync.service.refusals import REFUSALS
from sync.verdicts import Fate, verdict
from ui import messages


def _import_all() -> None:
    for package in (app, sync, ui):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)


_import_all()
# Errors made up inside other tests are theirs.
ERRORS = sorted(
    (each for each in concrete_errors() if each.__module__.partition(".")[0] in {"app", "sync", "ui"}),
    key=lambda each: each.code,
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: each.code)
def test_every_error_has_a_sentence_with_what_to_do(error: type[Exception]) -> None:
    """Without its fields too: the sentence stays whole."""
    code = error.code  # type: ignore[attr-defined]  # every one of them has a code
    assert code in messages.SENTENCES or code in messages.OUR_FAULTS
    said = messages.sentence(error())
    assert said[0].isupper()
    assert said.endswith(".")
    assert code not in said
    assert "{" not in said
    if issubclass(error, PersonCanAct):
        assert said.count(".") >= 2 or ":" in said, "one sentence for what happened, one for what to do"


def test_at_the_door_nobody_is_told_to_go_on() -> None:
    """Before a space is open nothing is kept: one tries again, or calls someone."""
    for code in messages.AT_THE_DOOR:
        assert code in messages.SENTENCES
        said = messages.reason(code, at_the_door=True)
        assert "recommencez" in said or "Appelez" in said
        assert "gardé" not in said
        assert "continuer" not in said
    assert messages.reason("file-empty", at_the_door=True) == messages.reason("file-empty")
    assert messages.sentence(ValueError(), at_the_door=True) == messages.sentence(ValueError())


def test_sentences_are_short_enough_to_follow() -> None:
    """Plain French: few words a sentence."""
    for code, words in (*messages.SENTENCES.items(), *messages.AT_THE_DOOR.items()):
        for sentence in words.replace(" : ", ". ").split(". "):
            assert len(sentence.split()) <= 20, (code, sentence)


def test_fields_are_said_as_people_say_them() -> None:
    """Sizes in Mo, minutes counted, kinds of file named."""
    said = messages.reason("file-too-heavy", {"size": 6_234_000, "limit": 5_000_000})
    assert "6,2\u00a0Mo" in said
    assert "5\u00a0Mo" in said
    assert "5 minutes" in messages.reason("too-many-tries", {"minutes": 5})
    assert "1 minute " in messages.reason("too-many-tries", {"minutes": 1})
    assert "une archive ZIP" in messages.reason("file-not-accepted", {"kind": "zip"})
    assert "60 millions" in messages.reason("file-image-too-large", {"megapixels": 90, "limit": 60})


_NOT_OF_AN_ACT = frozenset({
    "unknown", "unknown-type", "unknown-address", "unknown-match", "deleted", "several-match", "too-large",
    "upload-version", "upload-stalled", "upload-expired", "bad-cursor", "cursor-ahead", "device-key",
    "put-back",
    "factor-missing", "office-form", "envelope-damaged", "envelope-too-new", "envelope-untrusted",
    "envelope-not-for-us", "enrolment-code", "enrolment-used", "enrolment-expired", "login-form",
    "password-short", "invitation-over", "carer-form", "representative-form", "representative-person",
    "journal-head", "slip-unknown", "drop-closed", "drop-key", "drop-empty", "drop-cut", "drop-kind",
    "drop-heavy", "drop-many", "too-many-entries", "broker-state", "broker-denied", "broker-traits",
    "broker-level",
    "broker-nobody", "broker-taken", "broker-rpps", "broker-ended", "broker-several",
})  # fmt: skip
"""What our service says elsewhere than of an act, and what the class of the failure says as exactly."""


@pytest.mark.parametrize("refusal", REFUSALS)
def test_whatever_the_service_refuses_an_act_with_has_words(refusal: str) -> None:
    """Through the engine's own reading of the answer and its verdict: why, and what to do."""
    status, _type = REFUSALS[refusal]
    told = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "invalid", "details": {"coding": [{"code": refusal}]}}],
    }
    failure = failure_of(status, {}, orjson.dumps(told))
    assert failure is not None
    decided = verdict(failure, 1, random.Random(1), alike=9)
    said = messages.reason(failure.code, failure.fields)
    assert said not in {messages.reason("never-heard-of"), messages.reason("operation-unknown")}
    if decided.fate is Fate.PARK:
        assert said.count(".") >= 2 or ":" in said, "one sentence for what happened, one for what to do"
        assert (refusal in messages.REFUSED_BECAUSE) is not (refusal in _NOT_OF_AN_ACT)


def test_what_is_unknown_still_gets_a_sentence() -> None:
    """A bug or a later version's code: a sentence, never a trace."""
    for said in (
        messages.reason("never-heard-of", {}),
        messages.sentence(ValueError("x")),
        messages.reason(None),
    ):
        assert said.endswith(".")
        assert "never" not in said


def test_every_field_of_a_sentence_has_a_word_when_it_is_missing() -> None:
    """No sentence can fail to be said."""
    for code, words in messages.SENTENCES.items():
        fields = [name for _text, name, _spec, _conversion in string.Formatter().parse(words) if name]
        assert "{" not in messages.reason(code, {}), fields
