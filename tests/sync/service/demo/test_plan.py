"""Which papers each person has."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sync.service.demo.papers import Kind
from sync.service.demo.people import CITIZENS, Person, citizen
from sync.service.demo.plan import FIRST_DAY, plan

TODAY = date(2026, 11, 22)
each_citizen = pytest.mark.parametrize("person", CITIZENS, ids=lambda person: str(person.login))


@each_citizen
def test_everyone_has_their_number_of_papers_in_order_until_these_days(person: Person) -> None:
    """Between five and four hundred, none before birth, none tomorrow, the last within ten days."""
    papers = plan(person, TODAY, CITIZENS[0])
    days = [each.day for each in papers]
    assert len(papers) == person.papers
    assert days == sorted(days)
    assert max(FIRST_DAY, person.born) < days[0]
    assert TODAY - timedelta(days=10) <= days[-1] < TODAY
    assert len({each.seed for each in papers}) == len(papers)
    assert plan(person, TODAY, CITIZENS[0]) == papers


def test_the_tours_person_has_a_paper_of_every_form_on_top() -> None:
    """So that the tour reads each of them; the newest is a prescription."""
    papers = plan(CITIZENS[0], TODAY, CITIZENS[0])
    newest = papers[::-1]
    assert {each.kind for each in newest[:30]} >= {
        Kind.PRESCRIPTION,
        Kind.LAB,
        Kind.HOSPITAL,
        Kind.NOTE,
        Kind.REFERRAL_RTF,
        Kind.PHOTO,
        Kind.SCAN_PNG,
        Kind.SCAN_TIFF,
        Kind.CDA_LAB,
        Kind.CDA_LETTER,
        Kind.CDA_AUTO_PRESENTING,
    }


def test_someone_has_nothing_but_prescriptions() -> None:
    """So that empty categories are seen."""
    assert {each.kind for each in plan(citizen("minh"), TODAY, CITIZENS[0])} <= {Kind.PRESCRIPTION, Kind.CARE}


def test_years_are_spread() -> None:
    """The list by year has many years to show."""
    years = {each.day.year for each in plan(citizen("germaine"), TODAY, CITIZENS[0])}
    assert years == set(range(2009, 2027))
