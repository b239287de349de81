"""A document's text as it is laid out."""

from __future__ import annotations

from app.reader.values import Bullets, Paragraph, Section, Table
from ui.widgets.reading import Inks, sections_html

LAB = Table(
    "Glycémie",
    ("Analyse", "Résultat", "Unité", "Valeurs de référence"),
    (("Glucose à jeun", "1,32", "g/L", "0,70 à 1,10"), ("HbA1c", "7,4", "%", "4,0 à 6,0")),
)


def laid_out(*blocks: Paragraph | Bullets | Table, characters: int = 70, title: str = "") -> str:
    """Lay out one section of these blocks, so many characters wide."""
    inks = Inks("#000000", "#444444", "#cccccc", "#ddeeee", "#004444", characters)
    return sections_html([Section(title, 1, blocks)], inks)


def test_a_table_with_room_keeps_its_columns() -> None:
    """Every value is under the name of its column, the result in bold beside its usual range."""
    html = laid_out(LAB)
    assert html.count("<tr>") == 3
    assert "<b>7,4</b>" in html
    assert "<b>4,0 à 6,0</b>" not in html


def test_a_table_without_room_becomes_cards() -> None:
    """Each value follows the name of its column, so nothing needs to be scrolled sideways."""
    html = laid_out(LAB, characters=24)
    assert "<th" not in html
    assert "<b>Glucose à jeun</b>" in html
    assert "Résultat :</span> <b>1,32</b>" in html
    assert "Valeurs de référence :</span> 0,70 à 1,10" in html


def test_nothing_of_a_document_becomes_a_tag() -> None:
    """A document brings no picture, link or style of its own."""
    evil = '<img src="file:///etc/passwd"><a href="http://x">x</a>'
    table = Table(evil, (evil,), ((evil,),))
    html = laid_out(Paragraph(evil), Bullets((evil,)), table, title=evil)
    assert "<img" not in html
    assert "<a " not in html


def test_a_ragged_table_is_still_read() -> None:
    """Rows shorter or longer than the header lose nothing."""
    html = laid_out(Table("", ("A", "B"), (("1",), ("2", "3", "4"))))
    assert all(f"{n}" in html for n in (1, 2, 3, 4))


def test_a_table_without_a_header_is_read_in_cards() -> None:
    """There is no name to put before the values."""
    html = laid_out(Table("", (), (("Tension", "13/8"),)), characters=5)
    assert "13/8" in html


def test_lines_of_the_author_are_kept() -> None:
    """Empty lines part paragraphs, others break the line."""
    html = laid_out(Paragraph("Un\ndeux\n\ntrois"))
    assert "Un<br>deux" in html
    assert html.count("<p") == 2
