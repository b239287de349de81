"""Words set as A4 pages in large print."""

from __future__ import annotations

import time

import pytest

from app.reader.drawing import DrawnPages
from app.reader.typesetting import HEIGHT, WIDTH, Line, column_widths, set_pages, wrap
from app.reader.values import Bullets, Paragraph, Section, Table

TABLE = Table("", ("Examen", "Résultat", "Valeurs"), (("TSH", "2,05 mUI/l", "0,27 - 4,20"),))


def lines(*sections: Section, limit: int = 50) -> list[Line]:
    """Every line of words of the pages."""
    pages, _ = set_pages((), sections, limit)
    return [mark for page in pages for mark in page.marks if isinstance(mark, Line)]


def test_every_line_stays_on_its_page() -> None:
    """Neither long words nor long lists run over an edge."""
    section = Section(
        "Titre " * 30,
        1,
        (
            Paragraph("anticonstitutionnellement" * 30),
            Bullets(tuple(f"point {n} " * 20 for n in range(60))),
            TABLE,
        ),
    )
    for line in lines(section):
        assert 0 <= line.x < WIDTH
        assert 0 <= line.y < HEIGHT - line.size


def test_nothing_is_lost_in_wrapping() -> None:
    """All words come out, in order."""
    words = "Prendre un comprimé matin et soir pendant sept jours " * 20
    assert " ".join(wrap(words, 15, 200)).split() == words.split()
    assert "".join(wrap("x" * 900, 15, 200)) == "x" * 900


def test_words_for_people_are_large() -> None:
    """Nothing smaller than 15 points on an A4 page."""
    assert min(line.size for line in lines(Section("Titre", 3, (Paragraph("mots"), TABLE)))) >= 15


def test_a_table_of_few_columns_is_set_as_a_table() -> None:
    """Its cells stand under their headings."""
    assert column_widths(TABLE) is not None
    placed = {line.text: line.x for line in lines(Section("", 1, (TABLE,)))}
    assert placed["Examen"] == placed["TSH"]
    assert placed["Résultat"] == placed["2,05 mUI/l"]


def test_a_table_too_wide_for_large_print_is_set_row_by_row() -> None:
    """Each cell after its column's name."""
    header = tuple(f"Colonne {n}" for n in range(9))
    table = Table("", header, (tuple(f"valeur {n}" for n in range(9)),))
    assert column_widths(table) is None
    said = [line.text for line in lines(Section("", 1, (table,)))]
    assert "valeur 0" in said
    assert "Colonne 8 : valeur 8" in said


def test_too_many_pages_are_cut_and_said_so() -> None:
    """The words stay whole in the sections; only the pictures end."""
    pages, cut = set_pages((), [Section("", 1, (Paragraph("mot\n" * 5000),))], 3)
    assert len(pages) == 3
    assert cut


@pytest.mark.parametrize("text", ["mot " * 1_500_000, "x" * 6_000_000, "\n" * 3_000_000])
def test_a_very_long_text_is_set_quickly(text: str) -> None:
    """Only what is drawn is measured."""
    start = time.monotonic()
    set_pages((), [Section("", 1, (Paragraph(text),))], 300)
    assert time.monotonic() - start < 20


def test_a_page_is_drawn_with_signs_of_every_kind() -> None:
    """Letters missing from the main font come from the spare one; the page is A4 at any width."""
    pages = DrawnPages(["Titre", "Date"], [Section("", 1, (Paragraph("œdème µ ≥ α β Ω Ж 10⁹/L → ✓"),))])
    picture = pages.draw(0, 620)
    assert (picture.width, picture.height) == (620, 877)
    assert picture.getcolors(1) is None
    assert "œdème" in pages.text(0)
