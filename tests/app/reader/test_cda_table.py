"""Tables read row by row, as a person would."""

from __future__ import annotations

import time

import pytest

from app.reader.errors import TooComplex
from app.reader.values import Block, Table
from tests.app.reader.cda_files import lines, narrative, opened


def row(*cells: str, tag: str = "td") -> str:
    """Write a row."""
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def table(head: str, *rows: str, more: str = "") -> str:
    """Write a table with a head."""
    return f"<table>{more}<thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def read(text: str) -> tuple[Block, ...]:
    """Read the blocks of a narrative."""
    return tuple(block for part in opened(narrative(text)).opened.sections for block in part.blocks)


HEAD = row("Analyse", "Résultat", "Unité", "Valeurs usuelles", tag="th")


def test_a_laboratory_table_reads_as_a_person_reads_it() -> None:
    """The unit joins its number; each value follows its column's name."""
    text = table(
        HEAD, row("Hémoglobine", "13,2", "g/dL", "12,0 à 16,0"), row("CRP", "&lt; 1", "mg/L", "&lt; 5")
    )
    assert lines(text) == [
        "Analyse :",
        "Hémoglobine : Résultat : 13,2 g/dL ; Valeurs usuelles : 12,0 à 16,0",
        "CRP : Résultat : < 1 mg/L ; Valeurs usuelles : < 5",
    ]


def test_units_stay_apart_when_one_of_them_is_no_unit() -> None:
    """Better two columns than a wrong pair."""
    text = table(HEAD, row("Aspect", "clair", "voir plus bas : note", "-"), row("Urée", "0,4", "g/L", "-"))
    assert "Unité : g/L" in lines(text)[2]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (".25 mg", ".25 mg"),
        ("0.5 mg", "0.5 mg"),
        ("&lt; .05", "&lt; .05"),
        ("...... 2 cp", "2 cp"),
        ("…… matin", "matin"),
        ("le soir ......", "le soir"),
        ("..25", "..25"),
    ],
)
def test_a_point_of_a_number_is_never_taken_for_filling(cell: str, said: str) -> None:
    """A quarter of a milligram is not twenty-five."""
    text = table(row("Médicament", "Dose", tag="th"), row("Digoxine", cell), row("Autre", "1 mg"))
    assert lines(text)[1] == f"Digoxine : Dose : {said}".replace("&lt;", "<")


def test_what_tells_two_tables_apart_is_said() -> None:
    """Stopped or going on: the first column's name says it, once."""
    stopped = table(row("Traitements arrêtés", "Posologie", tag="th"), row("Previscan", "1 le soir"))
    current = table(row("Médicament en cours", "Posologie", tag="th"), row("Eliquis", "5 mg x 2"))
    assert lines(stopped + current) == [
        "Traitements arrêtés :",
        "Previscan : Posologie : 1 le soir",
        "Médicament en cours :",
        "Eliquis : Posologie : 5 mg x 2",
    ]


def test_a_table_is_never_cut_on_its_right() -> None:
    """A hundred and thirty columns are said; a table of thousands is refused."""
    assert "c129" in " ".join(lines(table("", row(*(f"c{n}" for n in range(130))))))
    with pytest.raises(TooComplex):
        lines(table("", row(*(f"c{n}" for n in range(1100)))))


def test_a_column_called_code_that_says_words_stays() -> None:
    """Only what each cell shows to be a code goes, and only beside other words."""
    text = table(row("Tri", "Code", tag="th"), row("Accueil", "Bleu (urgence)"))
    assert "Bleu (urgence)" in " ".join(lines(text))
    alone = table(row("Libellé", "Code", tag="th"), row("Soin", "HBMD053"), row("", "FTR"))
    assert "FTR" in " ".join(lines(alone))


@pytest.mark.timeout(30)
def test_cells_full_of_dots_or_blanks_are_read_at_once() -> None:
    """A thousand dots before a word took nine seconds; these would take hours."""
    lines(table("", row("." * 30_000 + " x", "[" + "\u00a0" * 60_000, "E119 [CIM]" + " :" * 30_000)))


def test_columns_that_are_empty_go() -> None:
    """A column without a word is only noise."""
    assert read(table(row("A", "", "B", tag="th"), row("1", "", "2"))) == (
        Table("", ("A", "B"), (("1", "2"),)),
    )


def test_columns_of_codes_go() -> None:
    """The words beside them stay."""
    text = table(row("Date", "Code de l'acte", "Libellé", tag="th"), row("11/07/2019", "HBMD053", "Soin"))
    assert lines(text) == ["Date : 11/07/2019 ; Libellé : Soin"]


def test_a_title_over_the_whole_table_becomes_its_caption() -> None:
    """Not the name of two columns."""
    text = table('<tr><th colspan="2">Mesures</th></tr>', row("Poids", "3900 g"))
    assert read(text) == (Table("Mesures", (), (("Poids", "3900 g"),)),)


def test_a_caption_that_repeats_the_section_goes() -> None:
    """The section is called Résultats already."""
    assert lines(table('<tr><th colspan="2">RÉSULTATS</th></tr>', row("Poids", "3900 g"))) == [
        "Poids : 3900 g"
    ]


def test_a_group_in_capitals_over_the_first_column_becomes_the_caption() -> None:
    """As laboratories write it."""
    text = table(row("BILAN THYROIDIEN", "Résultats", tag="th"), row("TSH", "1,95 mUI/l"))
    assert lines(text) == ["BILAN THYROIDIEN", "TSH : Résultats : 1,95 mUI/l"]


def test_rows_that_do_not_fit_under_the_header_stand_alone() -> None:
    """A wrong column name before a value is worse than none."""
    odd = '<tr><td colspan="3">Instruction</td><td>Au repas</td></tr>'
    text = table(
        row("Médicament", "Dose", "Fréquence", "Voie", tag="th"), row("A", "1 cp", "3/j", "orale"), odd
    )
    assert lines(text)[-1] == "Instruction : Au repas"


def test_cells_under_one_wide_header_are_put_side_by_side() -> None:
    """As a prescription writes a dose."""
    head = '<tr><th>Médicament</th><th colspan="3">Dose</th></tr>'
    assert lines(table(head, row("A", "de", "2 à", "4 cp"))) == ["Médicament :", "A : Dose : de 2 à 4 cp"]


def test_two_rows_of_header_name_a_column_together() -> None:
    """The group, then the column."""
    head = '<tr><th></th><th colspan="2">Antérieurs</th></tr>' + row("Analyse", "mai", "juin", tag="th")
    assert lines(table(head, row("Urée", "8,5", "7,9"))) == [
        "Analyse :",
        "Urée : Antérieurs – mai : 8,5 ; Antérieurs – juin : 7,9",
    ]


def test_a_cell_that_reaches_down_is_said_again() -> None:
    """Each line must make sense when it is heard alone."""
    rows = '<tr><td rowspan="2">Grippe</td><td>2024</td></tr><tr><td>2025</td></tr>'
    assert lines(table(row("Vaccin", "Année", tag="th"), rows)) == [
        "Vaccin :",
        "Grippe : Année : 2024",
        "Grippe : Année : 2025",
    ]


def test_a_bold_row_names_the_columns_below_it() -> None:
    """Some programs have no header but bold letters."""
    bold = '<tr><td styleCode="Bold">Début</td><td styleCode="Bold">Traitement</td></tr>'
    text = f"<table><tbody>{bold}{row('01/05/2019', 'Radiothérapie')}</tbody></table>"
    assert lines(text) == ["Début : 01/05/2019 ; Traitement : Radiothérapie"]


def test_a_frame_around_a_table_is_unfolded() -> None:
    """Tables used for layout leave no trace."""
    text = f"<table><tr><td>Voici{table(row('A', 'B', tag='th'), row('x', 'y'))}</td></tr></table>"
    assert lines(text) == ["Voici", "A :", "x : B : y"]


def test_a_table_in_a_cell_stays_in_its_cell() -> None:
    """Its lines become the cell's."""
    inner = f"<table>{row('a', 'b')}{row('c', 'd')}</table>"
    assert lines(f"<table>{row('Mesures', inner)}</table>") == ["Mesures : a : b, c : d"]


def test_fillings_are_left_out() -> None:
    """Dots that lead the eye are nothing to the ear."""
    text = table(
        row("DOSAGE......", "", tag="th"), row(".", ""), row("...(méthode)", "1"), row("CRP.....", "2")
    )
    assert lines(text) == ["DOSAGE", "(méthode) : 1", "CRP : 2"]


def test_a_single_column_is_lines_under_its_name() -> None:
    """One line follows its name, several stand below."""
    assert lines(table(row("Statut", tag="th"), row("Enceinte"))) == ["Statut", "Enceinte"]


def test_footers_and_captions_are_kept() -> None:
    """And columns declared apart change nothing."""
    text = (
        "<table><caption>Poids</caption><colgroup><col/></colgroup><tfoot><tr><td>Fin</td><td>juin</td></tr></tfoot>"
        "<tbody><tr><td>mai</td><td>58 kg</td></tr></tbody></table>"
    )
    assert lines(text) == ["Poids", "mai : 58 kg", "Fin : juin"]


@pytest.mark.parametrize("span", ["0", "-3", "abc", "", "1000000000", "99999999999999999999", "²"])
def test_a_mad_span_is_brought_to_reason(span: str) -> None:
    """No table of a thousand million columns."""
    first = f'<tr><td colspan="{span}" rowspan="{span}">a</td><td>b</td></tr>'
    text = f"<table>{first}<tr><td>c</td><td>d</td></tr></table>"
    began = time.perf_counter()
    assert any("a" in line for line in lines(text))
    assert time.perf_counter() - began < 2


def test_cells_that_all_reach_down_are_counted() -> None:
    """99 columns that reach down 3,000 rows are 300,000 cells."""
    wide = "".join('<td rowspan="9999">x</td>' for _ in range(99))
    with pytest.raises(TooComplex):
        opened(narrative(f"<table><tr>{wide}</tr>{'<tr><td/></tr>' * 3000}</table>"))


def test_every_row_is_as_long_as_its_header() -> None:
    """Rows of every length, and cells beyond the header."""
    rows = [row(*("x" for _ in range(count))) for count in range(1, 9)]
    for block in read(table(row("A", "B", "C", tag="th"), *rows)):
        if isinstance(block, Table):
            assert {len(one) for one in block.rows} == {len(block.header or block.rows[0])}


def test_a_header_without_rows_is_still_said() -> None:
    """The columns of an empty table, in one paragraph."""
    assert lines(table(HEAD)) == ["Analyse", "Résultat", "Unité", "Valeurs usuelles"]
    assert lines("<table><caption>Poids</caption></table>") == ["Poids"]
