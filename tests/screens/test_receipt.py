"""The receipt goes into the person's own space, as the paper it would be, with a mail or without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import documents
from app.codes.receipt_marks import TELL_BY_MAIL, VISIT_RECEIPT
from app.codes.systems import RECEIPT
from app.fhir import nodes
from app.relatives import RelativeDetails, add_contact
from tests.screens.test_health import quiet
from ui.screens.receipt_keep import MAIL, NO_MAIL

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# The fixtures' classes live in conftest, which no test imports.
Visit = Any
Shown = Any
ANNE = RelativeDetails("Anne", "Petit", "06 99 00 18 12", "daughter")


@pytest.fixture
def with_mail(visit: Visit) -> Visit:
    """Let the person's record hold an address."""
    address = {"system": "email", "value": "jeanne.martin@courrier.example"}
    visit.space.mails = True
    visit.space.patient = visit.space.patient | {"telecom": [address]}
    return visit


def ask(visit: Visit, qtbot: QtBot) -> Shown:
    """Come to the question from the last screen."""
    add_contact(visit.space, ANNE)
    visit.window.go("finish")
    finish = quiet(visit, qtbot)
    assert finish.keep.isVisible()
    finish.keep.click()
    qtbot.waitUntil(lambda: visit.window.screen_name == "receipt_keep")
    return visit.window.shown


def kept(visit: Visit, qtbot: QtBot, shown: Shown) -> list[str]:
    """Press, twice; return the receipt's marks, once it is the only one."""
    shown.pressed()
    shown.pressed()
    qtbot.waitUntil(lambda: visit.window.screen_name == "finish", timeout=20_000)
    finish = quiet(visit, qtbot)
    assert not finish.keep.isVisible()
    assert sum("Reçu rangé" in str(line) for line in texts(finish)) == 1
    (row,) = visit.space.records.documents()
    assert row.title == "Reçu de la visite"
    assert row.category == "DOC_ADM"
    data = documents.read(visit.space, row.id)
    opened = visit.context.reader.open(data)
    words = "".join(visit.context.reader.page_text(page) for page in range(opened.pages)).replace(
        "\u00a0", " "
    )
    assert "Anne" in words
    assert "@" not in words
    body = visit.space.records.get("DocumentReference", row.id)
    marks = nodes(body, "meta", "tag")
    assert {each["system"] for each in marks} == {RECEIPT}
    return [str(each["code"]) for each in marks]


def texts(shown: Shown) -> list[str]:
    """Return the words of the lines of a screen."""
    from ui.widgets import IconLine

    return [str(each._text.words) for each in shown.findChildren(IconLine) if each.isVisible()]


def test_a_receipt_goes_into_the_space_once_and_a_mail_is_not_asked_of_who_has_none(
    visit: Visit, qtbot: QtBot
) -> None:
    """No question, one document however often it is pressed, its line on the last screen."""
    shown = ask(visit, qtbot)
    assert shown.choices is None
    assert kept(visit, qtbot, shown) == [VISIT_RECEIPT]
    (operation,) = [each for each in visit.space.records.operations() if each.document_id]
    assert operation.document_id


@pytest.mark.parametrize("answer", [MAIL, NO_MAIL])
def test_a_mail_is_sent_only_to_who_says_so(with_mail: Visit, qtbot: QtBot, answer: str) -> None:
    """The address is shown shortened; nothing is filed before the question is answered."""
    shown = ask(with_mail, qtbot)
    shown.pressed()
    assert "mail" in shown.summary.accessibleName()
    assert with_mail.window.shown is shown
    assert "j•••@courrier.example" in str(shown.choices.cards[1].choice.second)
    assert "jeanne" not in str(shown.choices.cards[1].choice.second)
    shown.choices.choose(answer)
    marks = kept(with_mail, qtbot, shown)
    assert (TELL_BY_MAIL in marks) == (answer == MAIL)


def test_what_is_done_after_a_receipt_gets_another(visit: Visit, qtbot: QtBot) -> None:
    """The button is there again; the first receipt stays."""
    kept(visit, qtbot, ask(visit, qtbot))
    visit.window.back()
    add_contact(visit.space, RelativeDetails("Paul", "Petit", "06 99 00 18 13", "son"))
    visit.window.go("finish")
    finish = quiet(visit, qtbot)
    assert finish.keep.isVisible()
