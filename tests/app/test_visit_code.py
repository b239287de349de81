"""The person's own code: read however it is written, worth nothing without the other half."""

from __future__ import annotations

import math

import pytest

from app import visit_code
from app.codes.slip_words import WORDS
from app.vault.keys import Key
from app.visit_code import COUNT, CodeOfAnother, CodeUnreadable

VISIT = "0123456789abcdef0123456789abcdef"


def test_it_has_more_than_64_bits() -> None:
    """So that nothing need slow a guess down."""
    assert COUNT * math.log2(len(set(WORDS))) > 64


def test_it_is_read_as_people_write_it() -> None:
    """Capitals, accents, spaces, hyphens, the code of the paper."""
    words = visit_code.draw()
    for written in (words, words.upper(), words.replace("-", "  "), visit_code.qr_of(VISIT, words)):
        assert visit_code.read(f" {written}\n", VISIT) == words
    assert visit_code.read("école-" * 7 + "forêt", VISIT) == "ecole-" * 7 + "foret"


def test_another_paper_is_told_from_a_slip_of_the_hand() -> None:
    """Somebody else's visit, a mandate's slip; a word that no paper has is named."""
    words = visit_code.draw()
    for other in (visit_code.qr_of("f" * 32, words), "tandem:mandat:" + words):
        with pytest.raises(CodeOfAnother):
            visit_code.read(other, VISIT)
    with pytest.raises(CodeUnreadable) as refused:
        visit_code.read("chat chat xylophone chat chat chat chat chat", VISIT)
    assert refused.value.fields == {"number": 3}
    with pytest.raises(CodeUnreadable) as refused:
        visit_code.read("chat chat", VISIT)
    assert refused.value.fields == {"number": 3}
    with pytest.raises(CodeUnreadable) as refused:
        visit_code.read("chat " * 9, VISIT)
    assert refused.value.fields == {"number": 9}
    assert visit_code.read_any(["https://exemple.fr", visit_code.qr_of(VISIT, words)], VISIT) == words
    assert visit_code.read_any(["https://exemple.fr"], VISIT) is None


def test_each_half_changes_the_key() -> None:
    """Neither the share nor the words give it alone."""
    share, words = Key.random(), visit_code.draw()
    right = visit_code.visit_key(share, words).data
    assert visit_code.visit_key(share, words).data == right
    assert visit_code.visit_key(share, visit_code.draw()).data != right
    assert visit_code.visit_key(Key.random(), words).data != right
    assert visit_code.visit_key(Key(bytearray(32)), words).data != right
