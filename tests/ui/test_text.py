"""Words that can be said again."""

from __future__ import annotations

import copy
import gettext
import pickle
from datetime import date
from typing import TYPE_CHECKING

import orjson
import pytest

from ui import formats, text
from ui.text import Words, _, again, joined, ngettext, use_language

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
