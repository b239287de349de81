"""Thirteen made-up citizens, four advisers, an administrator, a pharmacist and a software, with stories.

The stories are chosen for the screens they exercise: a minor (his mother represents him, from home), a
protected adult (no professional mandate), a usage name that differs from the birth name, a name too long
for one line, places of birth abroad, five documents and four hundred.
"""

from __future__ import annotations

from datetime import date

from app.codes.representation import Capacity
from sync.service.demo.identity import (
    INS_DEMO,
    INS_TEST,
    Contact,
    Gender,
    Helper,
    Illness,
    Organization,
    Person,
    Protection,
    Representative,
    Software,
    made_up_id,
)

__all__ = [
    "ADMINISTRATOR",
    "ADVISERS",
    "CITIZENS",
    "INS_DEMO",
    "INS_TEST",
    "PHARMACIST",
    "PROTECTED_ADVISER",
    "REPRESENTATIVES",
    "SOFTWARE",
    "Contact",
    "Gender",
    "Helper",
    "Illness",
    "Organization",
    "Person",
    "Protection",
    "Representative",
    "Software",
    "chosen",
    "citizen",
    "made_up_id",
]


_DAUGHTER = ("DAU", "Fille")
_SON = ("SON", "Fils")
_ECON, _GUARD = "ECON", "GUARD"

CITIZENS: tuple[Person, ...] = (
    Person(
        login="jeanne",
        given=("Jeanne", "Marie", "Louise"),
        family="Martin",
        gender=Gender.FEMALE,
        born=date(1946, 5, 3),
        birth_city="Bourges",
        birth_code="18033",
        number="2460518033991",
        street="12 rue des Marais",
        postal_code="18000",
        city="Bourges",
        phone="02 99 00 18 01",
        illness=Illness.DIABETES,
        papers=64,
        story="Diabète de type 2 et tension ; vit seule, ne se sert pas d’un ordinateur.",
        contacts=(Contact("Paul", "Martin", "06 99 00 18 02", _ECON, *_SON),),
    ),
    Person(
        login="simone",
        given=("Simone", "Andrée"),
        family="Roche",
        gender=Gender.FEMALE,
        born=date(1938, 11, 21),
        birth_city="Vierzon",
        birth_code="18279",
        number="2381118279992",
        street="3 impasse du Moulin",
        postal_code="18100",
        city="Vierzon",
        phone="02 99 00 18 11",
        illness=Illness.HEART,
        papers=48,
        story="Insuffisance cardiaque ; a donné un mandat à Karim Benali pour ses documents.",
        contacts=(Contact("Martine", "Roche-Petit", "06 99 00 18 12", _ECON, *_DAUGHTER),),
    ),
    Person(
        login="ahmed",
        given=("Ahmed", "Larbi"),
        family="Benyahia",
        gender=Gender.MALE,
        born=date(1951, 2, 14),
        birth_city="Oran",
        birth_code="99352",
        number="1510299352993",
        street="8 avenue des Prés-Fichaux, bâtiment C",
        postal_code="18000",
        city="Bourges",
        phone="06 99 00 18 21",
        illness=Illness.KIDNEY,
        papers=27,
        story="Parle arabe, lit peu le français ; insuffisance rénale suivie à l’hôpital.",
        language="ar",
        contacts=(Contact("Samira", "Benyahia", "06 99 00 18 22", _ECON, *_DAUGHTER),),
    ),
    Person(
        login="odette",
        given=("Odette", "Claire"),
        family="Vasseur",
        gender=Gender.FEMALE,
        born=date(1955, 8, 30),
        birth_city="Lille",
        birth_code="59350",
        number="2550859350994",
        street="21 rue Porte-Jaune",
        postal_code="18000",
        city="Bourges",
        phone="02 99 00 18 31",
        illness=Illness.EYES,
        papers=31,
        story="Aveugle depuis dix ans ; écoute ses papiers, se sert bien du clavier.",
        contacts=(Contact("Luc", "Vasseur", "06 99 00 18 32", _ECON, "BRO", "Frère"),),
    ),
    Person(
        login="lucas",
        given=("Lucas", "Théo"),
        family="Girard",
        gender=Gender.MALE,
        born=date(2010, 4, 9),
        birth_city="Tours",
        birth_code="37261",
        number="1100437261995",
        street="5 allée des Tilleuls",
        postal_code="18230",
        city="Saint-Doulchard",
        phone="06 99 00 18 41",
        illness=Illness.BREATH,
        papers=9,
        story="16 ans, asthme ; sa mère est sa représentante légale : pas de mandat professionnel.",
        contacts=(Contact("Sophie", "Girard", "06 99 00 18 42", _GUARD, "MTH", "Mère"),),
    ),
    Person(
        login="thierry",
        given=("Thierry",),
        family="Delmas",
        gender=Gender.MALE,
        born=date(1972, 1, 17),
        birth_city="Aurillac",
        birth_code="15014",
        number="1720115014996",
        street="40 rue Jean-Baffier",
        postal_code="18000",
        city="Bourges",
        phone="06 99 00 18 51",
        illness=Illness.PSYCHE,
        papers=22,
        story="Sous curatelle renforcée : son curateur l’assiste, pas de mandat professionnel.",
        protection=Protection.CURATELLE,
        contacts=(Contact("Brigitte", "Charlot", "02 99 00 18 52", _GUARD, "GUARD", "Curatrice"),),
    ),
    Person(
        login="marie-therese",
        given=("Marie-Thérèse", "Yvonne"),
        family="Lemoine",
        usage_family="Dupont",
        gender=Gender.FEMALE,
        born=date(1947, 12, 1),
        birth_city="Nevers",
        birth_code="58194",
        number="2471258194997",
        street="17 place Gordaine",
        postal_code="18000",
        city="Bourges",
        phone="02 99 00 18 61",
        illness=Illness.PACEMAKER,
        papers=42,
        story="Porte le nom de son mari ; stimulateur cardiaque.",
        contacts=(Contact("Henri", "Dupont", "02 99 00 18 61", _ECON, "HUSB", "Époux"),),
    ),
    Person(
        login="anne-charlotte",
        given=("Anne-Charlotte", "Élisabeth", "Marie-Antoinette"),
        family="Vandenbroucke-Saint-Aubin",
        usage_family="de La Rochefontaine-Montbrison",
        gender=Gender.FEMALE,
        born=date(1981, 6, 26),
        birth_city="Bruxelles",
        birth_code="99131",
        number="2810699131998",
        system=INS_DEMO,
        street="Résidence du Parc-Saint-Paul, escalier B, 112 avenue du Général-Leclerc",
        postal_code="18000",
        city="Bourges",
        phone="06 99 00 18 71",
        illness=Illness.CANCER,
        papers=36,
        story="Des noms très longs ; suivie après un cancer du sein.",
        contacts=(Contact("Édouard", "Vandenbroucke", "06 99 00 18 72", _ECON, "FTH", "Père"),),
    ),
    Person(
        login="germaine",
        given=("Germaine", "Augustine"),
        family="Perrin",
        gender=Gender.FEMALE,
        born=date(1930, 3, 12),
        birth_city="Sancerre",
        birth_code="18241",
        number="2300318241999",
        street="Résidence Les Tilleuls, 2 chemin des Vignes",
        postal_code="18300",
        city="Sancerre",
        phone="02 99 00 18 81",
        illness=Illness.HEART,
        papers=400,
        story="96 ans, prise de sang chaque semaine : quatre cents documents.",
        contacts=(Contact("Michel", "Perrin", "06 99 00 18 82", _ECON, *_SON),),
    ),
    Person(
        login="ines",
        given=("Inès",),
        family="Fontaine",
        gender=Gender.FEMALE,
        born=date(2007, 9, 18),
        birth_city="Ajaccio",
        birth_code="2A004",
        number="207092A004988",
        street="9 rue Moyenne",
        postal_code="18000",
        city="Bourges",
        phone="06 99 00 18 91",
        illness=Illness.NONE,
        papers=5,
        story="19 ans, étudiante, cinq documents.",
        contacts=(Contact("Laure", "Fontaine", "06 99 00 18 92", _ECON, "MTH", "Mère"),),
    ),
    Person(
        login="fernando",
        given=("Fernando", "José"),
        family="da Silva Ribeiro",
        gender=Gender.MALE,
        born=date(1960, 7, 5),
        birth_city="Braga",
        birth_code="99139",
        number="1600799139987",
        street="26 route de La Charité",
        postal_code="18390",
        city="Saint-Germain-du-Puy",
        phone="06 99 00 18 95",
        illness=Illness.BREATH,
        papers=40,
        story="Maçon retraité, insuffisance respiratoire, oxygène à la maison.",
        language="pt",
        contacts=(Contact("Maria", "da Silva Ribeiro", "06 99 00 18 96", _ECON, "WIFE", "Épouse"),),
    ),
    Person(
        login="minh",
        given=("Minh", "Paul"),
        family="Nguyen",
        usage_given="Paul",
        gender=Gender.MALE,
        born=date(1988, 10, 2),
        birth_city="Paris 13e",
        birth_code="75113",
        number="1881075113986",
        system=INS_DEMO,
        street="1 rue d’Auron",
        postal_code="18000",
        city="Bourges",
        phone="06 99 00 18 98",
        illness=Illness.NONE,
        papers=6,
        story="Rien que des ordonnances : les autres rubriques sont vides.",
        only_prescriptions=True,
    ),
    Person(
        login="sophie",
        given=("Sophie", "Anne"),
        family="Girard",
        gender=Gender.FEMALE,
        born=date(1981, 6, 24),
        birth_city="Tours",
        birth_code="37261",
        number="2810637261985",
        street="5 allée des Tilleuls",
        postal_code="18230",
        city="Saint-Doulchard",
        phone="06 99 00 18 42",
        illness=Illness.NONE,
        papers=5,
        story="La mère de Lucas ; le représente de chez elle, livret de famille vu.",
        contacts=(Contact("Lucas", "Girard", "06 99 00 18 41", _ECON, *_SON),),
    ),
)

REPRESENTATIVES: tuple[Representative, ...] = (
    Representative("sophie", "lucas", Capacity.PARENT, "Livret de famille"),
)
"""Whom the service noted as a legal representative, after its operator saw the document."""

FRANCE_SERVICES_BOURGES = Organization(
    "fs-bourges", "France services de Bourges", "99900018000011", "4 place Cujas", "18000", "Bourges"
)
FRANCE_SERVICES_SANCERRE = Organization(
    "fs-sancerre", "Bus France services du Sancerrois", "99900018300012", "Mairie", "18300", "Sancerre"
)
TOWN_HALL = Organization(
    "ccas-vierzon",
    "Centre communal d’action sociale de Vierzon",
    "99900018100013",
    "Hôtel de ville",
    "18100",
    "Vierzon",
)
PHARMACY = Organization(
    "pharmacie-halle", "Pharmacie de la Halle", "999018014", "6 place de la Halle", "18000", "Bourges"
)
REGISTRY_OFFICE = Organization(
    "logiciel",
    "Éditeur fictif de logiciels de cabinet",
    "99900018000015",
    "1 rue du Test",
    "18000",
    "Bourges",
)

ADVISERS: tuple[Helper, ...] = (
    Helper("karim", "Karim", "Benali", "Conseiller numérique", FRANCE_SERVICES_BOURGES, "99918000101"),
    Helper("lea", "Léa", "Moreau", "Agente d’accueil", FRANCE_SERVICES_SANCERRE, "99918000102"),
    Helper("yves", "Yves", "Tanguy", "Travailleur social", TOWN_HALL, "99918000103"),
)
PROTECTED_ADVISER = Helper(
    "sonia", "Sonia", "Lefort", "Conseillère numérique", FRANCE_SERVICES_BOURGES, "99918000105"
)
"""The adviser who signs in as real ones do: a password, then a code."""
ADMINISTRATOR = Helper(
    "gaelle", "Gaëlle", "Le Bihan", "Responsable des postes", FRANCE_SERVICES_BOURGES, "99918000106"
)
"""Who looks after the PCs of France services in Bourges."""
PHARMACIST = Helper("claire", "Claire", "Roussel", "Pharmacienne", PHARMACY, "99918000104")
SOFTWARE = Software("logiciel", "Logiciel de cabinet (essai)", REGISTRY_OFFICE)


def chosen(people: int | str | None) -> tuple[Person, ...]:
    """Return the first so many citizens, or those named (``lucas,sophie``); all for ``None``.

    Raises ``KeyError`` for a stranger.
    """
    if isinstance(people, str) and not people.isdecimal():
        return tuple(citizen(login.strip()) for login in people.split(","))
    return CITIZENS[: None if people is None else int(people)]


def citizen(login: str) -> Person:
    """Return the person with this login; raises ``KeyError`` for a stranger."""
    for person in CITIZENS:
        if person.login == login:
            return person
    raise KeyError(login)
