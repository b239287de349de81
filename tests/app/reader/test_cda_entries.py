"""What coded entries say where there is no narrative."""

from __future__ import annotations

import pytest

from tests.app.reader.cda_files import cda, opened, section, structured


def said(entries: str) -> list[str]:
    """Read a section that has entries and no text."""
    found = opened(cda(structured(section("", "Mesures", entries)))).opened.sections
    return [line.removeprefix("• ") for part in found for line in part.text.splitlines()]


def observation(value: str, *, name: str = "Poids", time: str = "", more: str = "") -> str:
    """Write an entry with one observation."""
    when = f'<effectiveTime value="{time}"/>' if time else ""
    return (
        f'<entry><observation classCode="OBS" moodCode="EVN"><code code="x" displayName="{name}"/>'
        f"{when}{value}{more}</observation></entry>"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ('<value xsi:type="PQ" value="58.5" unit="kg"/>', "Poids : 58,5 kg"),
        ('<value xsi:type="PQ" value="120" unit="mm[Hg]"/>', "Poids : 120 mmHg"),
        ('<value xsi:type="PQ" value="37.5" unit="Cel"/>', "Poids : 37,5 °C"),
        ('<value xsi:type="PQ" value="3" unit="d"/>', "Poids : 3 jours"),
        ('<value xsi:type="PQ" value="1" unit="d"/>', "Poids : 1 jour"),
        ('<value xsi:type="PQ" value="2" unit="{verres}/d"/>', "Poids : 2 verres/d"),
        ('<value xsi:type="INT" value="4"/>', "Poids : 4"),
        ('<value xsi:type="BL" value="true"/>', "Poids : Oui"),
        ('<value xsi:type="BL" value="false"/>', "Poids : Non"),
        ('<value xsi:type="TS" value="20260301"/>', "Poids : 01/03/2026"),
        ('<value xsi:type="CD" code="x" displayName="Normal"/>', "Poids : Normal"),
        ('<value xsi:type="CD" code="x"><translation displayName="Normal"/></value>', "Poids : Normal"),
        ('<value xsi:type="ST">bien</value>', "Poids : bien"),
        (
            '<value xsi:type="IVL_PQ"><low value="12" unit="g"/><high value="16" unit="g"/></value>',
            "Poids : 12 à 16 g",
        ),
        ('<value xsi:type="IVL_PQ"><low value="12" unit="g"/></value>', "Poids : 12 g ou plus"),
        ('<value xsi:type="IVL_PQ"><high value="12" unit="g"/></value>', "Poids : 12 g ou moins"),
        (
            '<value xsi:type="RTO"><numerator value="1"/><denominator value="8"/></value>',
            "Poids : 1 / 8",
        ),
        ('<value xsi:type="PQ" nullFlavor="UNK"/>', "Poids"),
        ('<value xsi:type="PQ"/>', "Poids"),
        ('<value xsi:type="CD" code="G45.9"/>', "Poids"),
        ("", "Poids"),
    ],
)  # fmt: skip
def test_a_value_is_said_with_its_unit_and_never_its_code(value: str, words: str) -> None:
    """Every type of value of CDA."""
    assert said(observation(value)) == [words]


def test_a_date_follows_its_value() -> None:
    """In French order."""
    assert said(observation('<value xsi:type="PQ" value="58" unit="kg"/>', time="20260301")) == [
        "Poids : 58 kg (01/03/2026)"
    ]


def test_a_period_is_said_as_one() -> None:
    """From, until, or both."""
    for ends, words in (
        ('<low value="20260301"/><high value="20260305"/>', "Poids : oui (du 01/03/2026 au 05/03/2026)"),
        ('<low value="20260301"/>', "Poids : oui (01/03/2026)"),
        ('<low nullFlavor="UNK"/><high value="20260305"/>', "Poids : oui (jusqu’au 05/03/2026)"),
    ):
        more = f'<effectiveTime xsi:type="IVL_TS">{ends}</effectiveTime><value xsi:type="ST">oui</value>'
        assert said(observation("", more=more)) == [words]


def test_statements_inside_statements_are_said_too() -> None:
    """Organizers and acts hold what counts."""
    inner = observation('<value xsi:type="PQ" value="170" unit="cm"/>', name="Taille")
    inner = inner.removeprefix("<entry>").removesuffix("</entry>")
    entry = (
        f'<entry><organizer><code displayName="Mesures"/><component>{inner}</component></organizer></entry>'
    )
    assert said(entry) == ["Mesures", "Taille : 170 cm"]


def test_a_medicine_is_said_by_its_name() -> None:
    """Of the product, not of the act."""
    entry = (
        "<entry><substanceAdministration><consumable><manufacturedProduct><manufacturedMaterial>"
        "<code code='1'/><name>PARACÉTAMOL 500 mg</name></manufacturedMaterial></manufacturedProduct>"
        "</consumable></substanceAdministration></entry>"
    )
    assert said(entry) == ["PARACÉTAMOL 500 mg"]


def test_the_same_thing_twice_is_said_once() -> None:
    """Entries repeat themselves for machines."""
    one = observation('<value xsi:type="INT" value="4"/>')
    assert said(one * 3) == ["Poids : 4"]


def test_entries_without_any_words_leave_the_section_out() -> None:
    """Codes alone say nothing to a person."""
    assert said('<entry><observation><code code="8302-2"/></observation></entry>') == []


def test_ten_thousand_entries_are_cut_to_what_can_be_read() -> None:
    """A fallback stays short."""
    many = "".join(observation(f'<value xsi:type="INT" value="{n}"/>') for n in range(10_000))
    assert len(said(many)) == 500
