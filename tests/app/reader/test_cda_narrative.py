"""Narratives become words, lists and tables, and nothing else passes."""

from __future__ import annotations

import pytest

from app.reader.values import Bullets, Paragraph, Section, Table
from tests.app.reader.cda_files import cda, lines, narrative, opened, section, structured


def blocks(text: str) -> tuple[object, ...]:
    """Read the blocks of a narrative."""
    return tuple(block for part in opened(narrative(text)).opened.sections for block in part.blocks)


def test_running_words_become_one_paragraph() -> None:
    """Blanks collapse, breaks stay, empty lines go."""
    text = "  Le\n\t patient <content styleCode='Bold'>va</content> bien.<br/><br/>À revoir  "
    assert blocks(text) == (Paragraph("Le patient va bien.\nÀ revoir"),)


def test_paragraphs_and_captions_follow_one_another() -> None:
    """Words around blocks are paragraphs of their own."""
    text = "Avant<paragraph><caption>Motif</caption>Toux</paragraph>Après"
    assert blocks(text) == (Paragraph("Avant"), Paragraph("Motif : Toux"), Paragraph("Après"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10<sup>9</sup>/L", "10⁹/L"),
        ("H<sub>2</sub>O", "H₂O"),
        ("150 x 10<sup>9 </sup>/L", "150 x 10⁹ /L"),
        ("10<sup>−9</sup>", "10⁻⁹"),
        ("10<sup>6,5</sup> copies", "10^6,5 copies"),
        ("2<sup>e</sup> dose", "2e dose"),
        ("<content revised='delete'>5 mg</content><content revised='insert'>10 mg</content>", "10 mg"),
        ("<linkHtml href='http://exemple.fr'>le site</linkHtml>", "le site"),
        ("Oui<footnote ID='n1'>à jeun</footnote> et non<footnoteRef IDREF='n1'/>",
         "Oui (note 1 : à jeun) et non (note 1)"),
        ("&lt;b&gt;gras&lt;/b&gt;", "<b>gras</b>"),
        ("<script>alert(1)</script>", "alert(1)"),
    ],
)  # fmt: skip
def test_inline_elements_keep_their_words(text: str, said: str) -> None:
    """What is not known keeps its words alone."""
    assert lines(text) == [said]


def test_lists_keep_their_order_and_captions() -> None:
    """Ordered or not, with a caption and captions of items."""
    text = (
        "<list listType='ordered'><caption>À faire</caption><item>Un</item>"
        "<item><caption>Puis</caption>deux</item><item/></list>"
    )
    assert blocks(text) == (Paragraph("À faire"), Bullets(("Un", "Puis : deux"), ordered=True))


def test_a_list_in_a_list_stays_under_its_item() -> None:
    """Nested items are marked."""
    text = (
        "<list><item>Fruits<list><item>Poire</item><item>Pomme</item></list></item><item>Pain</item></list>"
    )
    assert blocks(text) == (Bullets(("Fruits\n– Poire\n– Pomme", "Pain")),)


def test_a_table_in_a_list_comes_after_its_item() -> None:
    """And the list goes on after it."""
    table = "<table><tr><td>a</td><td>b</td></tr></table>"
    text = f"<list><item>Un{table}</item><item>Deux</item></list>"
    assert blocks(text) == (Bullets(("Un",)), Table("", (), (("a", "b"),)), Bullets(("Deux",)))


def test_a_block_inside_content_is_still_a_block() -> None:
    """Some programs wrap everything."""
    table = "<table><tr><td>a</td><td>b</td></tr></table>"
    assert blocks(f"<content>Voici{table}</content>") == (Paragraph("Voici"), Table("", (), (("a", "b"),)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[CIM-10 : I10] Hypertension", "Hypertension"),
        ("Urticaire [CIM-10 : T78.3]", "Urticaire"),
        ("LIDOCAÏNE [ATC: N01BB02]", "LIDOCAÏNE"),
        ("Lit médical [LPP 1215702]", "Lit médical"),
        ("[1.2.250.1.213.1.1.9.9 (OID de test)] Prothèse", "Prothèse"),
        ("120 mm[Hg]", "120 mmHg"),
        ("4.60 10*12/L", "4.60 10¹²/L"),
        ("0,5 {paq}/j", "0,5 paq/j"),
        ("37,5 Cel", "37,5 °C"),
        ("Dr Roux (801234567897)", "Dr Roux"),
        ("[Grade II]", "[Grade II]"),
        ("Vitamine B12 (2 fois)", "Vitamine B12 (2 fois)"),
        ("Sérotype 19.1.2.3", "Sérotype 19.1.2.3"),
        ("ECQH010 [CCAM] Scanner", "Scanner"),
        ("B12 [LOINC]", "B12 [LOINC]"),
        ("12 [CIS]", "12 [CIS]"),
        ("HLA [B2705]", "HLA [B2705]"),
        ("Allergène [F245]", "Allergène [F245]"),
        ("score 1.2.3.4.5.6.7", "score 1.2.3.4.5.6.7"),
        ("bloc 2.5.1.0.3.2", "bloc 2.5.1.0.3.2"),
        ("le 01/02/2026 à 10.30", "le 01/02/2026 à 10.30"),
        ("Lot {01}0084{17}141120", "Lot {01}0084{17}141120"),
    ],
)
def test_codes_for_machines_are_left_out_and_words_stay(text: str, said: str) -> None:
    """What only a program can read is not shown; what people need is never lost."""
    assert lines(text) == [said]


def test_sections_nest_and_say_their_title_once() -> None:
    """A subsection that repeats its parent's title goes under it."""
    inner = section("Tout va bien", "", f"<component>{section('Fond', 'Détail')}</component>")
    outer = section("", "Biochimie", f"<component>{inner}</component>")
    assert opened(cda(structured(outer))).opened.sections == (
        Section("Biochimie", 1, (Paragraph("Tout va bien"),)),
        Section("Détail", 2, (Paragraph("Fond"),)),
    )


def test_a_group_without_title_is_called_by_its_table() -> None:
    """And never comes under the title of the group before it."""
    table = "<table><caption>{}</caption><tr><td>a</td><td>b</td></tr></table>"
    groups = (section("Bien", "Lipides"), section(table.format("Thyroïde"), "Biochimie"), section("Fin", ""))
    outer = section("", "Biochimie", "".join(f"<component>{one}</component>" for one in groups))
    assert [(one.title, one.level) for one in opened(cda(structured(outer))).opened.sections] == [
        ("Biochimie", 1),
        ("Lipides", 2),
        ("Thyroïde", 2),
        ("", 2),
    ]


def test_a_section_without_title_is_named_by_its_code() -> None:
    """By the code's words, never the code."""
    assert opened(cda(structured(section("x", "")))).opened.sections[0].title == "Biochimie"


def test_a_very_deep_section_keeps_a_level_that_can_be_shown() -> None:
    """Levels end at 4."""
    deep = section("Fond", "Niveau 10")
    for level in range(9, 0, -1):
        deep = section("", f"Niveau {level}", f"<component>{deep}</component>")
    assert [one.level for one in opened(cda(structured(deep))).opened.sections] == [
        1,
        2,
        3,
        4,
        4,
        4,
        4,
        4,
        4,
        4,
    ]


def test_a_break_in_a_title_parts_its_words() -> None:
    """« Titre suite », not « Titresuite »."""
    told = opened(cda(structured(section("<paragraph>Oui.</paragraph>", "Titre<br/>suite H<sub>2</sub>O"))))
    assert told.opened.sections[0].title == "Titre suite H2O"


def test_an_empty_section_says_nothing() -> None:
    """No title without anything under it."""
    assert (
        opened(cda(structured(section("", "Vide"), section("<table/>", "Vide aussi")))).opened.sections == ()
    )
