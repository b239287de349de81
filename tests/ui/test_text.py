"""Words that can be said again."""

from __future__ import annotations

import copy
import gettext
import pickle
from datetime import date
from typing import TYPE_CHECKING

import orjson
import pytest

from ui import formats, messages, text
from ui.text import Words, _, again, commas, dashed, joined, named, ngettext, use_language

if TYPE_CHECKING:
    from collections.abc import Iterator


class Shouting(gettext.NullTranslations):
    """A catalogue that can be told from French: everything in capitals but the fields."""

    def gettext(self, message: str) -> str:
        """Shout."""
        return message.upper().replace("{NAME}", "{name}").replace("{COUNT}", "{count}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Shout the right form."""
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def shouting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak French, and leave French behind."""
    use_language("fr")
    yield
    use_language("fr")


def shout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Change the language."""
    monkeypatch.setattr(text, "_catalogue", Shouting())


def test_a_sentence_with_a_field_is_said_again(shouting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The field stays, the sentence changes."""
    said = _("Bonjour {name}").format(name="Jeanne")
    assert said == "Bonjour Jeanne"
    shout(monkeypatch)
    assert again(said) == "BONJOUR Jeanne"
    assert again(again(said)) == "BONJOUR Jeanne"
    monkeypatch.undo()
    assert again(again(again(said))) == "Bonjour Jeanne", "and back, as often as one likes"


def test_words_inside_words_are_said_again(shouting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A field that is itself a sentence, parts that are joined, plurals, lists."""
    who = _("Madame")
    parts = [
        _("Bonjour {name}").format(name=who),
        joined(" · ", (who, "", "Jeanne", _("oui"))),
        ngettext("{count} document", "{count} documents", 3).format(count=3),
        who + " Martin",
        "Chère " + who,
    ]
    assert parts == [
        "Bonjour Madame", "Madame · Jeanne · oui", "3 documents", "Madame Martin", "Chère Madame",
    ]  # fmt: skip
    for _time in range(2):
        shout(monkeypatch)
        parts = again(parts)
        assert parts[0] == "BONJOUR MADAME"
        monkeypatch.undo()
        parts = again(parts)
    shout(monkeypatch)
    assert again(parts) == [
        "BONJOUR MADAME", "MADAME · Jeanne · OUI", "3 DOCUMENTS", "MADAME Martin", "Chère MADAME",
    ]  # fmt: skip


def test_braces_in_a_name_are_only_braces(shouting: None) -> None:
    """What a person typed is never taken for a field."""
    assert _("Bonjour {name}").format(name="{name} {0}").again() == "Bonjour {name} {0}"


def test_dates_follow_the_language(shouting: None) -> None:
    """Formats are words too."""
    said = formats.day(date(2026, 3, 3))
    assert isinstance(said, Words)
    assert said == "mardi 3 mars 2026"
    use_language("en")
    assert again(said).startswith("Tuesday")


def test_words_leave_the_process_as_plain_text(shouting: None) -> None:
    """Copied into a message, pickled, written as JSON: a string like any other."""
    said = _("Bonjour {name}").format(name="Jeanne")
    for copied in (
        copy.deepcopy({"a": said})["a"],
        pickle.loads(pickle.dumps(said)),  # noqa: S301 - made a moment ago
        orjson.loads(orjson.dumps(said)),
    ):
        assert copied == "Bonjour Jeanne"
        assert type(copied) is str


def test_what_is_no_word_is_left_alone(shouting: None) -> None:
    """Anything may be asked."""
    assert again(5) == 5
    assert again(("a", ["b", 3])) == ("a", ["b", 3])
    assert again(None) is None


def test_a_telephone_number_keeps_its_order_in_arabic(shouting: None) -> None:
    """Its groups would be turned round: a mark before them keeps them."""
    number = formats.grouped("06 99 00 18 82")
    assert number == "06 99 00 18 82"
    use_language("ar")
    assert again(number) == "\u200e06 99 00 18 82"
    assert formats.grouped("") == ""


def test_what_stands_between_is_the_languages_own(shouting: None) -> None:
    """Said again with its parts: « ، » in Arabic, a colon without a space in English and Arabic."""
    told = (
        commas(("Karim", "", _("Aide"))),
        named("PDF", _("Retour")),
        dashed((_("Aide"), "PDF")),
    )
    assert [str(each) for each in told] == ["Karim, Aide", "PDF : Retour", "Aide – PDF"]
    use_language("en")
    assert [str(again(each)) for each in told] == ["Karim, Help", "PDF: Back", "Help – PDF"]
    use_language("ar")
    arabic = ["Karim،\u200f مساعدة", "PDF:\u200f رجوع", "مساعدة –\u200f PDF"]
    assert [str(again(each)) for each in told] == arabic
    use_language("fr_FALC")
    assert str(again(told[1])) == "PDF\u00a0: Retour"


def test_a_name_or_a_value_alone_has_no_colon(shouting: None) -> None:
    """Nothing hangs in the air."""
    assert (named("", "PDF"), named("PDF", ""), named("", "")) == ("PDF", "PDF", "")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ["0 seconde", "1 seconde", "2 secondes", "3 secondes", "11 secondes", "100 secondes"]),
        ("en", ["0 seconds", "1 second", "2 seconds", "3 seconds", "11 seconds", "100 seconds"]),
        ("ar", ["0 ثانية", "ثانية واحدة", "ثانيتين", "3 ثوانٍ", "11 ثانية", "100 ثانية"]),
    ],
)
def test_a_number_carries_its_noun(shouting: None, language: str, said: list[str]) -> None:
    """In Arabic in six ways."""
    told = [formats.counted("seconds", number) for number in (0, 1, 2, 3, 11, 100)]
    use_language(language)
    assert [str(again(each)) for each in told] == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "لم يُعثر"), (1, "واحد"), (2, "مستندين"), (3, "3 مستندات"), (11, "11 مستندًا"), (100, "100 مستند"),
     (103, "103 مستندات"), (111, "111 مستندًا")],
)  # fmt: skip
def test_arabic_counts_in_six_ways(shouting: None, number: int, said: str) -> None:
    """The forms of the catalogue stand in the order of its own rule."""
    use_language("ar")
    words = ngettext("{count} document trouvé", "{count} documents trouvés", number).format(count=number)
    assert said in words


@pytest.mark.parametrize(
    ("language", "written"),
    [("fr", "14\u202f235"), ("fr_FALC", "14\u202f235"), ("en", "14,235"), ("ar", "14,235")],
)
def test_a_large_number_has_the_groups_of_its_language(language: str, written: str) -> None:
    """Fourteen thousand documents can be read at a glance; Arabic keeps the figures of the papers."""
    told = formats.number(14_235)
    use_language(language)
    try:
        assert str(again(told)) == written
        assert str(formats.number(7)) == "7"
    finally:
        use_language("fr")


def test_every_counted_field_can_be_said(shouting: None) -> None:
    """And none is said without its noun."""
    for name in formats.COUNTED:
        assert str(formats.counted(name, 18)).startswith("18 ")
    assert "18 ans" in messages.reason("mandate-refused-minor", {"adult": 18})
    assert "1 seconde avant" in messages.reason("vault-wait", {"seconds": 1})
    assert "… avant" in messages.reason("vault-wait", {})
