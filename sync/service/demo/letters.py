"""Papers of funds and insurers, which the person files: letters, invoices, statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.service.demo.drafts import Draft, Occasion
from sync.service.demo.practices import DENTIST, HEALTH_INSURANCE, INSURER, PENSION_FUND, Author
from sync.service.demo.sheets import LEFT, RIGHT, SOFT, Column, Sheet
from sync.service.demo.typeface import BOLD
from sync.service.demo.words import euros, french_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.service.demo.people import Person

__all__ = ["LETTERS", "draw_letter", "invoice", "letter"]

_RETIREMENT_AGE = 64
_Letter = tuple[str, Author, str, tuple[str, ...]]

LETTERS: tuple[_Letter, ...] = (
    (
        "Lettre de la caisse de retraite",
        PENSION_FUND,
        "Montant de votre retraite",
        (
            (
                "Votre retraite est revalorisée de 0,9 % à compter du 1er janvier. Le nouveau montant "
                "vous sera versé "
                "le 9 du mois prochain sur votre compte bancaire."
            ),
            "Vous n’avez aucune démarche à faire. Conservez cette lettre sans limitation de durée.",
            "Pour toute question, notre accueil vous reçoit sur rendez-vous, du lundi au vendredi.",
        ),
    ),
    (
        "Attestation de droits à l’assurance maladie",
        HEALTH_INSURANCE,
        "Attestation de droits",
        (
            (
                "Nous attestons que vos droits à la prise en charge de vos soins sont ouverts à la date "
                "de ce "
                "courrier."
            ),
            "Votre médecin traitant déclaré est le docteur Hélène Lefèvre.",
            "Cette attestation peut être présentée à un professionnel de santé.",
        ),
    ),
    (
        "Accord de prise en charge à 100 %",
        HEALTH_INSURANCE,
        "Affection de longue durée",
        (
            (
                "Le médecin-conseil a donné son accord à la prise en charge à 100 % des soins en rapport "
                "avec votre "
                "affection de longue durée."
            ),
            "Cet accord est valable cinq ans. Il sera revu avec votre médecin traitant avant cette échéance.",
            "Pensez à mettre à jour votre carte Vitale dans une pharmacie.",
        ),
    ),
    (
        "Attestation de la mutuelle",
        INSURER,
        "Carte de tiers payant",
        (
            "Vous trouverez ci-dessous l’attestation de votre complémentaire santé pour l’année.",
            (
                "Numéro d’adhérent : FIC-000-018. Tiers payant : pharmacie, laboratoire, radiologie, "
                "hospitalisation."
            ),
            "Présentez-la avec votre carte Vitale.",
        ),
    ),
    (
        "Invitation au rendez-vous de prévention",
        HEALTH_INSURANCE,
        "Mon bilan prévention",
        (
            "Vous pouvez bénéficier d’un rendez-vous de prévention, entièrement pris en charge.",
            "Prenez rendez-vous avec le médecin, l’infirmier, la sage-femme ou le pharmacien de votre choix.",
            "Un questionnaire à remplir avant le rendez-vous est joint à ce courrier.",
        ),
    ),
)


def letter(occasion: Occasion) -> Draft:
    """Draw a letter of a fund or an insurer."""
    is_retired = occasion.person.age_on(occasion.day) >= _RETIREMENT_AGE
    chosen = occasion.chance.choice([each for each in LETTERS if is_retired or each[1] is not PENSION_FUND])
    return Draft(chosen[0], chosen[1], "DOCPAT09", draw_letter(occasion, chosen), is_own=True)


def draw_letter(occasion: Occasion, chosen: _Letter) -> bytes:
    """Draw one letter with the address where a window envelope shows it."""
    title, author, subject, paragraphs = chosen
    person = occasion.person
    sheet = Sheet(title, author, person, occasion.day)
    sheet.letterhead()
    _address(sheet, person)
    sheet.line(f"Objet : {subject}", font=BOLD, size=11)
    sheet.line(
        f"Assuré(e) : {person.title} {person.name}, {person.born_word} le {french_day(person.born)} · INS "
        f"{person.ins}",
        size=9.5,
        color=SOFT,
    )
    sheet.space(14)
    sheet.paragraph(f"{person.title},", size=11.5, after=10)
    for words in paragraphs:
        sheet.paragraph(words, size=11.5, after=10)
    sheet.paragraph(
        f"Veuillez agréer, {person.title}, l’expression de nos salutations distinguées.", size=11.5, after=18
    )
    sheet.signature(occasion.chance)
    return sheet.finish()


def _address(sheet: Sheet, person: Person) -> None:
    y = sheet.y - 6
    for words in (
        f"{person.title} {person.name}",
        *_folded(person.street),
        f"{person.postal_code} {person.city}",
    ):
        sheet.text(330, y, words, size=11)
        y -= 15
    sheet.text(LEFT, sheet.y - 6, f"{sheet.author.practice.town}, le {french_day(sheet.day)}", size=10)
    sheet.space(96)


def _folded(street: str) -> list[str]:
    return [part.strip() for part in street.split(",")]


_Lines = tuple[tuple[str, float], ...]
_DENTAL: _Lines = (
    ("Consultation et bilan bucco-dentaire", 23.00),
    ("Détartrage complet", 28.92),
    ("Couronne céramo-métallique", 500.00),
    ("Radiographie panoramique", 20.16),
    ("Composite deux faces", 45.38),
)


def invoice(occasion: Occasion) -> Draft:
    """Draw a dentist's invoice with its total and what is left to pay."""
    chance, title = occasion.chance, "Facture du dentiste"
    sheet = Sheet(title, DENTIST, occasion.person, occasion.day)
    sheet.letterhead()
    sheet.patient_box()
    sheet.banner("Facture de soins", f"N° FIC-{occasion.day:%Y}-{chance.randint(1000, 9999)}")
    lines = chance.sample(_DENTAL, chance.randint(2, 4))
    total = sum(amount for _, amount in lines)
    columns = (Column("Acte", 6), Column("Honoraires", 491, is_right=True))
    sheet.table(columns, [(name, euros(amount)) for name, amount in lines], leading=20)
    _totals(sheet, total)
    sheet.signature(chance)
    return Draft(title, DENTIST, "DOCPAT09", sheet.finish(), is_own=True)


def _totals(sheet: Sheet, total: float) -> None:
    paid = round(total * 0.7, 2)
    write: Callable[[str, str, str], None] = _total_line(sheet)
    write("Total", euros(total), BOLD)
    write("Part de l’assurance maladie et de la mutuelle", euros(paid), BOLD)
    write("Reste à payer", euros(total - paid), BOLD)
    sheet.space(14)


def _total_line(sheet: Sheet) -> Callable[[str, str, str], None]:
    def write(label: str, value: str, font: str) -> None:
        sheet.text_right(RIGHT - 110, sheet.y - 11, label, size=10.5)
        sheet.text_right(RIGHT - 6, sheet.y - 11, value, font=font, size=10.5)
        sheet.space(18)

    return write
