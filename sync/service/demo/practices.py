"""The made-up professionals who write the papers, and where they work."""

from __future__ import annotations

from dataclasses import dataclass

from sync.service.demo.people import made_up_id

__all__ = [
    "BIOLOGIST",
    "CARDIOLOGIST",
    "DENTIST",
    "EYE_DOCTOR",
    "GENERAL_PRACTITIONER",
    "HEALTH_INSURANCE",
    "HOSPITAL_DOCTOR",
    "INSURER",
    "LUNG_DOCTOR",
    "NURSE",
    "ONCOLOGIST",
    "PENSION_FUND",
    "PHYSIOTHERAPIST",
    "PREVENTION",
    "PSYCHIATRIST",
    "RADIOLOGIST",
    "SURGEON",
    "Author",
    "Practice",
]


@dataclass(frozen=True, slots=True)
class Practice:
    """A place: ``facility`` is TRE_R02 (SAxx), ``setting`` TRE_A01; ``color`` its letterhead's."""

    slug: str
    name: str
    line: str
    street: str
    postal_code: str
    city: str
    phone: str
    number: str
    facility: str
    facility_display: str
    setting: str
    setting_display: str
    color: str
    emblem: str

    @property
    def id(self) -> str:
        """The id of its Organization."""
        return made_up_id("practice", self.slug)

    @property
    def town(self) -> str:
        """The city as a letter dates itself from it."""
        return self.city.removesuffix(" Cedex")


@dataclass(frozen=True, slots=True)
class Author:
    """Who signs. ``rpps`` is 11 digits starting with 999, which no real one does."""

    slug: str
    prefix: str
    given: str
    family: str
    job: str
    profession: str
    rpps: str
    practice: Practice

    @property
    def id(self) -> str:
        """The id of their Practitioner."""
        return made_up_id("author", self.slug)

    @property
    def name(self) -> str:
        """How they are called; empty for a department."""
        return " ".join(word for word in (self.prefix, self.given, self.family) if word)

    @property
    def is_person(self) -> bool:
        """Whether someone signs, and not a department."""
        return bool(self.rpps)


_AMBULATORY = ("AMBULATOIRE", "Ambulatoire")
_HOSPITAL = ("ETABLISSEMENT", "Etablissement de santé")

_HEALTH_HOUSE = Practice(
    "val-auron",
    "Maison de santé du Val d’Auron",
    "Médecine générale · soins infirmiers · kinésithérapie",
    "18 quai des Tanneurs",
    "18000",
    "Bourges",
    "02 99 18 00 01",
    "999180001",
    "SA52",
    "Maison de santé ou Pôle de santé",
    *_AMBULATORY,
    "#0B5C56",
    "leaf",
)
_HOSPITAL_PLACE = Practice(
    "marais",
    "Centre hospitalier des Marais",
    "Établissement public de santé",
    "145 avenue de la Source",
    "18000",
    "Bourges",
    "02 99 18 00 10",
    "999180010",
    "SA01",
    "Etablissement public de santé",
    *_HOSPITAL,
    "#1D3F72",
    "cross",
)
_LABORATORY = Practice(
    "bio18",
    "Laboratoire Bio18",
    "Laboratoire de biologie médicale · site de Bourges",
    "33 rue de Sarrebourg",
    "18000",
    "Bourges",
    "02 99 18 00 20",
    "999180020",
    "SA25",
    "Laboratoire de biologie médicale",
    *_AMBULATORY,
    "#7A1F3D",
    "drop",
)
_IMAGING = Practice(
    "remparts",
    "Imagerie des Remparts",
    "Radiologie · échographie · scanner · IRM",
    "7 boulevard des Remparts",
    "18000",
    "Bourges",
    "02 99 18 00 30",
    "999180030",
    "SA08",
    "Cabinet de groupe",
    *_AMBULATORY,
    "#33404D",
    "rings",
)
_HEART_ROOMS = Practice(
    "auronne",
    "Cabinet de cardiologie de l’Auronne",
    "Cardiologie et maladies vasculaires",
    "2 rue du Cœur-Vaillant",
    "18000",
    "Bourges",
    "02 99 18 00 40",
    "999180040",
    "SA08",
    "Cabinet de groupe",
    *_AMBULATORY,
    "#8A1020",
    "heart",
)
_EYE_ROOMS = Practice(
    "regard",
    "Centre de vision du Regard",
    "Ophtalmologie",
    "51 rue Bourbonnoux",
    "18000",
    "Bourges",
    "02 99 18 00 50",
    "999180050",
    "SA08",
    "Cabinet de groupe",
    *_AMBULATORY,
    "#3B3A86",
    "rings",
)
_DENTAL_ROOMS = Practice(
    "sourire",
    "Cabinet dentaire du Sourire",
    "Chirurgie dentaire",
    "11 rue Coursarlon",
    "18000",
    "Bourges",
    "02 99 18 00 60",
    "999180060",
    "SA07",
    "Cabinet individuel",
    *_AMBULATORY,
    "#0F5132",
    "leaf",
)
_FUND = Practice(
    "cpam",
    "Caisse d’assurance maladie du Cher",
    "Service aux assurés",
    "CS 90000",
    "18031",
    "Bourges Cedex",
    "02 99 18 00 70",
    "",
    "SA24",
    "Organisme de sécurité sociale",
    "AMO",
    "Organisme d'assurance maladie obligatoire",
    "#14418B",
    "rings",
)
_PENSIONS = Practice(
    "retraite",
    "Caisse de retraite du Berry",
    "Retraite du régime général",
    "CS 90001",
    "18032",
    "Bourges Cedex",
    "02 99 18 00 80",
    "",
    "SA24",
    "Organisme de sécurité sociale",
    *_AMBULATORY,
    "#5B3A00",
    "leaf",
)
_MUTUAL = Practice(
    "mutuelle",
    "Mutuelle des Marais",
    "Complémentaire santé",
    "80 rue Nicolas-Leblanc",
    "18000",
    "Bourges",
    "02 99 18 00 90",
    "",
    "SA23",
    "Assurance privée",
    *_AMBULATORY,
    "#6B2A6B",
    "heart",
)
_SCREENING = Practice(
    "depistage",
    "Centre de prévention et de dépistage",
    "Dépistages organisés · vaccinations",
    "3 rue de la Prévention",
    "18000",
    "Bourges",
    "02 99 18 00 95",
    "999180095",
    "SA54",
    "Centre de dépistage et de prévention",
    "DEPISTAGE",
    "Dépistage",
    "#6B3F00",
    "rings",
)

_GP = "Médecin - Qualifié en Médecine Générale (SM)"
GENERAL_PRACTITIONER = Author(
    "lefevre", "Docteur", "Hélène", "Lefèvre", "Médecin généraliste", _GP, "99900180017", _HEALTH_HOUSE
)
NURSE = Author("besson", "", "Claire", "Besson", "Infirmière", "Infirmier", "99900180025", _HEALTH_HOUSE)
PHYSIOTHERAPIST = Author(
    "faucher",
    "",
    "Romain",
    "Faucher",
    "Masseur-kinésithérapeute",
    "Masseur-Kinésithérapeute",
    "99900180033",
    _HEALTH_HOUSE,
)
HOSPITAL_DOCTOR = Author(
    "marchand",
    "Docteur",
    "Isabelle",
    "Marchand",
    "Praticien hospitalier, médecine interne",
    "Médecin - Médecine interne (SM)",
    "99900180041",
    _HOSPITAL_PLACE,
)
SURGEON = Author(
    "aubry",
    "Docteur",
    "Philippe",
    "Aubry",
    "Chirurgien orthopédiste",
    "Médecin - Chirurgie orthopédique et traumatologie (SM)",
    "99900180058",
    _HOSPITAL_PLACE,
)
LUNG_DOCTOR = Author(
    "delorme",
    "Docteur",
    "Cécile",
    "Delorme",
    "Pneumologue",
    "Médecin - Pneumologie (SM)",
    "99900180066",
    _HOSPITAL_PLACE,
)
PSYCHIATRIST = Author(
    "vallet",
    "Docteur",
    "Bruno",
    "Vallet",
    "Psychiatre",
    "Médecin - Psychiatrie (SM)",
    "99900180074",
    _HOSPITAL_PLACE,
)
ONCOLOGIST = Author(
    "haddad",
    "Docteur",
    "Nour",
    "Haddad",
    "Oncologue",
    "Médecin - Oncologie option médicale (SM)",
    "99900180082",
    _HOSPITAL_PLACE,
)
BIOLOGIST = Author(
    "quere",
    "Docteur",
    "Nathalie",
    "Quéré",
    "Biologiste médicale",
    "Médecin - Biologie médicale (SM)",
    "99900180090",
    _LABORATORY,
)
RADIOLOGIST = Author(
    "castaing",
    "Docteur",
    "Olivier",
    "Castaing",
    "Radiologue",
    "Médecin - Radio-diagnostic (SM)",
    "99900180108",
    _IMAGING,
)
CARDIOLOGIST = Author(
    "morel",
    "Docteur",
    "Antoine",
    "Morel",
    "Cardiologue",
    "Médecin - Cardiologie et maladies vasculaires (SM)",
    "99900180116",
    _HEART_ROOMS,
)
EYE_DOCTOR = Author(
    "schmitt",
    "Docteur",
    "Anne",
    "Schmitt",
    "Ophtalmologue",
    "Médecin - Ophtalmologie (SM)",
    "99900180124",
    _EYE_ROOMS,
)
DENTIST = Author(
    "amrani",
    "Docteur",
    "Leïla",
    "Amrani",
    "Chirurgienne-dentiste",
    "Chirurgien-Dentiste",
    "99900180132",
    _DENTAL_ROOMS,
)
PREVENTION = Author(
    "renaud", "Docteur", "Gilles", "Renaud", "Médecin de prévention", _GP, "99900180140", _SCREENING
)
HEALTH_INSURANCE = Author("cpam", "", "", "", "Service aux assurés", "", "", _FUND)
PENSION_FUND = Author("retraite", "", "", "", "Service des pensions", "", "", _PENSIONS)
INSURER = Author("mutuelle", "", "", "", "Service des adhérents", "", "", _MUTUAL)
