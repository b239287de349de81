"""Whose paper: many papers beside one person; a wrong alarm is as bad as a missed one is dangerous."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.codes.ins import key_of, spaced
from app.fhir import patient as patients
from app.identity_check import Fact, Verdict, check
from app.reader.client import Reader
from app.reader.ins_datamatrix import Identity, write

NIR = "1.2.250.1.213.1.4.8"


def matricule(first: str) -> str:
    """Thirteen digits with their key."""
    return first + key_of(first)


INS = matricule("2460518033991")
JEANNE = patients.make(
    "p1",
    ins_value=INS,
    ins_system="urn:oid:1.2.250.1.213.1.4.8",
    family="LEFÈVRE-DUPONT",
    given=["JEANNE", "MARIE", "ANNE-SOPHIE"],
    gender="female",
    born="1946-05-03",
    usual_family="de Martin",
    usual_given="Jeannette",
)

THEIRS = {
    "civility and birth": "Madame Jeanne MARTIN\nnée le 03/05/1946 (80 ans)",
    "in words": "Mme Jeannette de Martin, née le 3 mai 1946",
    "birth name": "Nom de naissance : LEFEVRE DUPONT\nPrénom(s) : Jeanne Marie\nNé(e) le : 03/05/1946",
    "both names": "Nom de naissance : LEFEVRE-DUPONT Nom utilisé : MARTIN\nPrénom : JEANNE\nDDN : 03/05/1946",
    "labelled": "Patient : MARTIN Jeanne\nDate de naissance : 03/05/1946",
    "capital line": "MARTIN Jeanne\nNée le 03/05/1946",
    "hyphen lost": "Patiente : Jeanne LEFEVRE",
    "the ins alone": f"Matricule INS : {spaced(INS)}",
    "the number alone": f"N° de sécurité sociale {INS[:13]}",
    "one letter misread": "Madame Jeanne MARTlN\nnée le 03/05/1946",
    "a married name unknown to the space, same birth": "Mme Jeanne MARTIN-ROUSSEAU née le 03/05/1946",
    "theirs, and the trusted person": (
        "Patient : Jeanne MARTIN, née le 03/05/1946\nPersonne de confiance : M. Paul MARTIN, né le 12/01/1944"
    ),
}


@pytest.mark.parametrize("words", THEIRS.values(), ids=THEIRS)
def test_a_paper_of_the_person_is_known(words: str) -> None:
    """However the name is written."""
    assert check(JEANNE, text=words).verdict is Verdict.SAME


OTHERS = {
    "spouse": "Monsieur Paul MARTIN\nné le 12/01/1944\nAmoxicilline 1 g",
    "stranger": "Patient : Karim BENALI\nDate de naissance : 14/07/1988",
    "labelled parts": "Nom : BERNARD\nPrénom : Luc\nNé le : 30/11/1972",
    "same given name": "Madame Jeanne ROUSSEAU, née le 21 février 1951",
    "an official layout, without colons": (
        "Nom de naissance NESSI\nPrénom(s) de naissance Ruth Isabelle\nDate de naissance 14/07/1977"
    ),
    "birth name of another": "Nom de naissance : PETIT\nPrénoms : Anne\nDate de naissance : 02/02/1980",
    "her second given name": "Mme Marie PETIT, née le 14/07/1988",
    "child": "Nom et prénom : MARTIN Léo\nNé le 12/05/2015\nVaccin ROR",
    "an ins that says so": "Patient :\nINS : " + matricule("1880714118234"),
    "the doctor is the person": "Docteur Jeanne MARTIN\n\nMonsieur Paul BERNARD, né le 12/01/1944",
}


@pytest.mark.parametrize("words", OTHERS.values(), ids=OTHERS)
def test_a_paper_of_another_is_known(words: str) -> None:
    """Name and birth date both say so, or the INS."""
    found = check(JEANNE, text=words)
    assert found.verdict is Verdict.OTHER
    assert found.differing
    assert found.seen is not None


SILENT = {
    "nothing": "",
    "no name": "Ordonnance\nParacétamol 1 g, 3 fois par jour",
    "doctor": "Docteur Hélène ROUX\nMédecin généraliste\nRPPS 10001234567",
    "doctor with M.": "M. le docteur Hélène ROUX\nBourges, le 3 mars 2026",
    "spouse without birth date": "Monsieur Paul MARTIN\nOrdonnance du 3 mars 2026",
    "another name without birth date": "Patient : Paul BERNARD",
    "another birth date without name": "Date de naissance : 12/01/1944",
    "couple": "M. et Mme MARTIN, 12 rue des Marais",
    "insured is the spouse": f"Assuré : M. Paul MARTIN\nN° sécurité sociale : {matricule('1440118033123')}",
    "initial": "Mme J. MARTIN, née le 13/05/1947",
    "married name unknown": "Mme Jeanne ROUSSEAU, née le 03/05/1946",
    "slip of a digit in the date": "Monsieur Paul BERNARD, né le 03/05/1948",
    "day and month swapped": "Madame Jane MARTINE, née le 05/03/1946",
    "family name only": "Madame MARTIN\nnée le 12/01/1944",
    "child told to the mother": (
        "Madame Jeanne MARTIN\n12 rue des Marais\n\nJ’ai vu votre petit-fils Léo MARTIN, né le 12/05/2015."
    ),
    "newborn": "Compte rendu d’accouchement\nMme MARTIN a accouché d’une fille née le 02/11/2026",
    "birth date of the person elsewhere": (
        "Contact : Nom : MARTIN Prénom : Paul né le 12/01/1944\n\nLa patiente, date de naissance : 03/05/1946"
    ),
    "two digits of an ins misread": "INS : " + matricule("2460518083891"),
    "a key that fails": "INS : 1 88 07 14 118 234 00",
    "homonym": "Patient : Jeanne MARTIN\nDate de naissance : 12/01/1984",
}


@pytest.mark.parametrize("words", SILENT.values(), ids=SILENT)
def test_without_strong_evidence_nobody_is_alarmed(words: str) -> None:
    """A doctor, a spouse, a child told to the mother, a slip of a digit."""
    assert check(JEANNE, text=words).verdict is not Verdict.OTHER


def code(first: str, given: str, family: str, born: str) -> str:
    """The message of a DataMatrix."""
    return write(Identity(matricule(first), NIR, tuple(given.split()), family, "F", born, "18033"))


def test_the_code_stands_above_the_words() -> None:
    """A code of the person beside words about another, and the other way round."""
    theirs = code("2460518033991", "JEANNE MARIE", "LEFEVRE DUPONT", "1946-05-03")
    others = code("1440118033123", "PAUL", "MARTIN", "1944-01-12")
    assert check(JEANNE, text=OTHERS["stranger"], codes=[theirs]).verdict is Verdict.SAME
    found = check(JEANNE, text=THEIRS["labelled"], codes=[others])
    assert found.verdict is Verdict.OTHER
    assert found.differing == (Fact.INS, Fact.NAME, Fact.BIRTH_DATE)


def test_an_older_matricule_of_the_same_person_is_no_alarm() -> None:
    """A person born abroad has an INS-NIA first, an INS-NIR later."""
    earlier = code("2460599999991", "JEANNE", "LEFEVRE DUPONT", "1946-05-03")
    assert check(JEANNE, codes=[earlier]).verdict is Verdict.SAME


def test_a_code_of_something_else_is_passed_over() -> None:
    """Parcels and medicines have DataMatrix codes too."""
    assert check(JEANNE, codes=["010340093000120917", "https://example.org"]).verdict is Verdict.UNKNOWN


def test_a_person_without_ins_is_compared_by_name_and_birth() -> None:
    """At home a space may not have a qualified identity yet."""
    bare = {
        "resourceType": "Patient",
        "name": [{"family": "Nguyen", "given": ["Thị Hoa"]}],
        "birthDate": "1970-01-02",
    }
    assert check(bare, text="Mme Hoa NGUYEN née le 02/01/1970").verdict is Verdict.SAME
    assert check(bare, codes=[code("1440118033123", "PAUL", "MARTIN", "1944-01-12")]).verdict is Verdict.OTHER


def test_a_year_of_birth_alone_proves_nothing() -> None:
    """A lunar birth date is only a year."""
    lunar = {**JEANNE, "birthDate": "1946"}
    assert check(lunar, text="Monsieur Paul BERNARD né le 12/01/1944").verdict is Verdict.UNKNOWN


def test_a_name_of_sixty_letters_with_every_accent() -> None:
    """Accents, ligatures and apostrophes are no difference."""
    long = patients.make(
        "p2",
        ins_value=INS,
        ins_system="urn:oid:1.2.250.1.213.1.4.8",
        family="D'ŒÇÀÉÈÊËÎÏÔÙÛÜŸÑ-SAINT-HILAIRE-DE-LA-ROCHEFOUCAULD",
        given=["MARIE-FRANÇOISE"],
        gender="female",
        born="1950-12-31",
    )
    words = "Nom : D’OECAEEEEIIOUUUYN SAINT HILAIRE DE LA ROCHEFOUCAULD\nPrénom : Marie Francoise"
    assert check(long, text=words).verdict is Verdict.SAME


@pytest.mark.skipif("TANDEM_SAMPLES" not in os.environ, reason="TANDEM_SAMPLES names no folder of samples")
def test_real_samples_alarm_nobody_about_their_own_person() -> None:
    """The words of each official sample, beside the person its header names.

    The PDF inside one sample is about someone else than its header: that is an alarm, and rightly.
    """
    alarmed = set()
    with Reader() as reader:
        for path in sorted(Path(os.environ["TANDEM_SAMPLES"], "cda").glob("*.xml")):
            opened = reader.open(path.read_bytes())
            named = opened.patient
            assert named is not None
            text = "\n".join([opened.text, *(reader.page_text(n) for n in range(opened.drawn_pages))])
            given, _, family = named.name.rpartition(" ")
            own = patients.make(
                "p3",
                ins_value=named.ins or "",
                ins_system="urn:oid:1.2.250.1.213.1.4.8",
                family=family,
                given=given.split() or [family],
                gender="female",
                born=named.birth_date or "",
            )
            assert check(own, text=text).verdict is not Verdict.OTHER, path.name
            inside = "\n".join(reader.page_text(n) for n in range(opened.drawn_pages, opened.pages))
            if check(own, text=inside).verdict is Verdict.OTHER:
                alarmed.add(path.name)
    assert alarmed == {"BIO-CR-BIO_2024.01_CR-2nde-intention-PDF.xml"}
