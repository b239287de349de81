"""Where sentences end: not at « Dr. », nor at 1.5; and no word is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.speech.sentences import LONGEST, spans, split

TEXTS = {
    "Dr. Martin vous a vu. Il reviendra.": ["Dr. Martin vous a vu.", "Il reviendra."],
    "M. Dupont et Mme. Roy. Puis J. Petit.": ["M. Dupont et Mme. Roy.", "Puis J. Petit."],
    "Prenez 1.5 mg. Le n° 5.": ["Prenez 1.5 mg. Le n° 5."],
    "Le 3 mars 2026. Revenez.": ["Le 3 mars 2026.", "Revenez."],
    "1. Doliprane": ["1. Doliprane"],
    "Il a dit : « Oui. » Puis non !  Et voilà ?": ["Il a dit : « Oui. »", "Puis non !", "Et voilà ?"],
    "Tél. 02 48": ["Tél. 02 48"],
    "Prendre un comprimé\nle matin.\nDoliprane 500 mg\n3 fois par jour": [
        "Prendre un comprimé le matin.", "Doliprane 500 mg", "3 fois par jour",
    ],
    "Titre\n\nsuite": ["Titre", "suite"],
    "هل أنت بخير؟ نعم.": ["هل أنت بخير؟", "نعم."],
    "ترى كل اختيار فورًا. «رجوع» يعيدك.": ["ترى كل اختيار فورًا.", "«رجوع» يعيدك."],
    "This is someone else’s. Compare.": ["This is someone else’s.", "Compare."],
    "Le rapport de l’A. Dupont.": ["Le rapport de l’A. Dupont."],
    "": [],
    " \n ": [],
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentences"), TEXTS.items())
def test_sentences(text: str, sentences: list[str]) -> None:
    """As one would say them."""
    assert split(text) == sentences


WORDS = st.sampled_from(
    ["Dr.", "mg.", "1.5", "Oui.", "non !", "n°", "\n", "\n\n", " ", "le", "Il", "2", "… ", ";", ", "]
)


@given(st.one_of(st.text(max_size=900), st.lists(WORDS, max_size=150).map(" ".join)))
def test_every_word_is_said_once(text: str) -> None:
    """The spans follow each other and leave out nothing but space; none is too long for a breath."""
    end = 0
    for first, last in spans(text):
        assert not text[end:first].strip()
        assert first < last
        assert last - first <= LONGEST
        end = last
    assert not text[end:].strip()


def test_a_long_sentence_is_cut_between_words_and_not_after_a_number() -> None:
    """A number stays with what it counts."""
    text = " ".join(f"prendre {n} comprimés le matin" for n in range(60))
    parts = split(text)
    assert " ".join(parts) == text
    assert not any(part[-1].isdecimal() for part in parts)
