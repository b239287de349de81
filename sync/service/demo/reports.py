"""What doctors write about someone: consultations, hospital stays, images, summaries."""

from __future__ import annotations

from dataclasses import dataclass

from sync.service.demo.drafts import Draft, Occasion
from sync.service.demo.people import Gender, Illness
from sync.service.demo.practices import (
    CARDIOLOGIST,
    EYE_DOCTOR,
    GENERAL_PRACTITIONER,
    HOSPITAL_DOCTOR,
    LUNG_DOCTOR,
    ONCOLOGIST,
    PSYCHIATRIST,
    RADIOLOGIST,
    SURGEON,
    Author,
)
from sync.service.demo.sheets import Sheet, days_before
from sync.service.demo.words import decimal, french_day

__all__ = ["consultation", "hospital_stay", "imaging", "summary"]


@dataclass(frozen=True, slots=True)
class _Story:
    """The words of one illness: who follows it, why they came, what was found, what comes next."""

    author: Author
    history: str
    reason: str
    findings: str
    plan: tuple[str, ...]


_STORIES: dict[Illness, _Story] = {
    Illness.DIABETES: _Story(
        GENERAL_PRACTITIONER,
        "Diabète de type 2 connu depuis 2009. Hypertension artérielle traitée.",
        "consultation de suivi du diabète",
        "Pas de malaise hypoglycémique. Pieds examinés : peau saine, sensibilité au monofilament conservée. "
        "Les chiffres de tension relevés à la maison sont satisfaisants.",
        (
            "Poursuite du traitement.",
            "Prise de sang dans trois mois.",
            "Fond d’œil à faire cette année.",
            "Marche quotidienne encouragée.",
        ),
    ),
    Illness.HEART: _Story(
        CARDIOLOGIST,
        "Insuffisance cardiaque à fraction d’éjection altérée. Fibrillation atriale sous anticoagulant.",
        "suivi de l’insuffisance cardiaque",
        "Essoufflement à la montée d’un étage, stable. Pas d’œdème des chevilles. Auscultation pulmonaire "
        "libre. Échographie : fraction d’éjection à 42 %.",
        (
            "Surveillance du poids chaque matin.",
            "Appeler si prise de 2 kg en trois jours.",
            "Contrôle de l’INR chaque semaine.",
            "Prochaine consultation dans quatre mois.",
        ),
    ),
    Illness.KIDNEY: _Story(
        HOSPITAL_DOCTOR,
        "Insuffisance rénale chronique stade 4. Hypertension artérielle ancienne.",
        "suivi de la fonction rénale",
        "Fatigue modérée. Pas d’œdème. Tension 138/78 mmHg. Le débit de filtration est stable depuis six "
        "mois. "
        "Consultation menée avec un interprète en arabe.",
        (
            "Éviter les anti-inflammatoires.",
            "Régime pauvre en sel.",
            "Vaccination contre l’hépatite B à jour.",
            "Réunion d’information sur les traitements de suppléance.",
        ),
    ),
    Illness.BREATH: _Story(
        LUNG_DOCTOR,
        "Maladie respiratoire suivie depuis plusieurs années. Pas de tabac actuellement.",
        "suivi respiratoire",
        "Gêne à l’effort. Saturation 94 % au repos. La technique d’inhalation a été revue et elle est bonne. "
        "Spirométrie : VEMS à 61 % de la valeur attendue.",
        (
            "Poursuite du traitement de fond.",
            "Vaccin contre la grippe chaque automne.",
            "Plan d’action écrit remis.",
            "Épreuves fonctionnelles dans six mois.",
        ),
    ),
    Illness.PACEMAKER: _Story(
        CARDIOLOGIST,
        "Stimulateur cardiaque double chambre posé pour un bloc auriculo-ventriculaire.",
        "contrôle du stimulateur cardiaque",
        "Cicatrice souple. Seuils de stimulation stables. Pile : durée restante estimée à six ans. Pas de "
        "trouble du rythme enregistré depuis le dernier contrôle.",
        ("Garder la carte de porteur sur soi.", "Télésurveillance maintenue.", "Contrôle dans un an."),
    ),
    Illness.EYES: _Story(
        EYE_DOCTOR,
        "Glaucome chronique évolué des deux yeux, cécité bilatérale.",
        "suivi du glaucome",
        "Tension oculaire 16 mmHg à droite, 15 mmHg à gauche sous collyres. Pas de douleur. La patiente se "
        "déplace avec une canne blanche et utilise un lecteur d’écran.",
        (
            "Poursuite des collyres.",
            "Documents à remettre sous forme lisible par synthèse vocale.",
            "Contrôle dans six mois.",
        ),
    ),
    Illness.PSYCHE: _Story(
        PSYCHIATRIST,
        "Épisodes dépressifs récidivants. Mesure de curatelle renforcée.",
        "consultation de suivi",
        "Humeur stable, sommeil meilleur. Les activités de l’atelier ont repris. Le traitement est bien pris "
        "grâce au pilulier.",
        (
            "Poursuite du traitement.",
            "Entretien infirmier toutes les deux semaines.",
            "La curatrice est informée avec l’accord du patient.",
        ),
    ),
    Illness.CANCER: _Story(
        ONCOLOGIST,
        "Cancer du sein traité par chirurgie puis radiothérapie, sous hormonothérapie.",
        "surveillance après traitement",
        "Examen des seins et des aires ganglionnaires sans particularité. Douleurs articulaires modérées. "
        "La mammographie de l’année est normale.",
        (
            "Hormonothérapie poursuivie.",
            "Mammographie et échographie dans un an.",
            "Activité physique adaptée.",
            "Ostéodensitométrie à prévoir.",
        ),
    ),
    Illness.NONE: _Story(
        GENERAL_PRACTITIONER,
        "Pas d’antécédent notable.",
        "consultation de médecine générale",
        "Examen clinique sans particularité. Vaccinations vérifiées.",
        ("Rappel des conseils de prévention.", "Pas de suivi particulier."),
    ),
}


def consultation(occasion: Occasion) -> Draft:
    """Draw the letter that follows a consultation."""
    person, chance = occasion.person, occasion.chance
    story = _STORIES[person.illness]
    author = story.author
    title = f"Consultation du docteur {author.family}"
    sheet = _opened(title, author, occasion, "Compte rendu de consultation")
    sheet.paragraph("Cher confrère, chère consœur,", after=8)
    sheet.paragraph(
        f"J’ai vu en consultation {person.title} {person.name}, {person.age_on(occasion.day)} ans, pour : "
        f"{story.reason}."
    )
    sheet.heading("Antécédents")
    sheet.paragraph(story.history)
    sheet.heading("Examen")
    sheet.paragraph(_vital_signs(occasion))
    sheet.paragraph(story.findings)
    sheet.heading("Conduite à tenir")
    for words in chance.sample(story.plan, max(1, len(story.plan) - chance.randint(0, 1))):
        sheet.bullet(words)
    sheet.space(8)
    sheet.paragraph("Bien confraternellement,")
    sheet.signature(chance)
    return Draft(title, author, "11488-4", sheet.finish())


def _opened(title: str, author: Author, occasion: Occasion, banner: str, under: str = "") -> Sheet:
    sheet = Sheet(title, author, occasion.person, occasion.day)
    sheet.letterhead()
    sheet.patient_box()
    sheet.banner(banner, under)
    return sheet


def _vital_signs(occasion: Occasion) -> str:
    chance = occasion.chance
    weight = decimal(chance.uniform(52, 88))
    return (
        f"Poids {weight} kg. Tension artérielle {chance.randint(116, 148)}/{chance.randint(66, 86)} mmHg. "
        f"Pouls {chance.randint(58, 88)}/min. Température {decimal(chance.uniform(36.3, 37.2))} °C."
    )


@dataclass(frozen=True, slots=True)
class _Stay:
    """A reason to be in hospital, from which age on, and for which illness if not for all."""

    subject: str
    story: str
    course: str
    advice: tuple[str, ...]
    from_age: int = 0
    illness: Illness | None = None
    nights: tuple[int, int] = (4, 11)


_STAYS: tuple[_Stay, ...] = (
    _Stay(
        "Chute à domicile avec fracture du col du fémur",
        "Chute de sa hauteur dans la cuisine, sans perte de connaissance. Douleur de la hanche droite, "
        "impotence.",
        "Prothèse intermédiaire de hanche posée le lendemain de l’entrée, suites simples. Premier lever "
        "à J1 avec le "
        "kinésithérapeute. Pas de fièvre. Cicatrice propre à la sortie.",
        (
            "Marche avec deux cannes, appui complet autorisé.",
            "Pansement tous les deux jours, fils à retirer à J15.",
            "Anticoagulant préventif pendant 35 jours.",
            "Radiographie de contrôle à six semaines.",
        ),
        from_age=60,
    ),
    _Stay(
        "Décompensation cardiaque",
        "Essoufflement croissant depuis une semaine, prise de 4 kg, œdèmes des deux jambes.",
        "Traitement diurétique par voie veineuse puis relais par comprimés. Perte de 5 kg en six jours. "
        "L’essoufflement a disparu au repos. L’éducation sur le poids et le sel a été faite avec la famille.",
        (
            "Poids chaque matin, noté dans le carnet.",
            "Régime à 6 g de sel par jour.",
            "Prise de sang (sodium, potassium, créatinine) dans huit jours.",
            "Cardiologue dans un mois.",
        ),
        illness=Illness.HEART,
    ),
    _Stay(
        "Pneumopathie infectieuse",
        "Fièvre à 39 °C, toux et crachats depuis trois jours, gêne respiratoire.",
        "Antibiotique par voie veineuse puis orale, oxygène pendant quatre jours. Apyrexie à 48 heures. "
        "La radiographie de contrôle est en cours d’amélioration.",
        (
            "Antibiotique à poursuivre cinq jours.",
            "Kinésithérapie respiratoire, cinq séances.",
            "Radiographie du thorax dans six semaines.",
            "Vaccins grippe et pneumocoque à vérifier.",
        ),
    ),
    _Stay(
        "Bilan programmé",
        "Entrée programmée pour bilan annuel en hôpital de jour.",
        "Examens réalisés dans la journée sans incident : prise de sang, électrocardiogramme, échographie, "
        "consultation diététique.",
        (
            "Résultats commentés avec la personne.",
            "Pas de changement de traitement.",
            "Prochain bilan dans un an.",
        ),
        nights=(0, 0),
    ),
)


def _possible_stays(occasion: Occasion) -> list[_Stay]:
    age, illness = occasion.person.age_on(occasion.day), occasion.person.illness
    return [stay for stay in _STAYS if age >= stay.from_age and stay.illness in {None, illness}]


def hospital_stay(occasion: Occasion) -> Draft:
    """Draw the report of a hospital stay: two pages, with the treatment on leaving."""
    person, chance = occasion.person, occasion.chance
    stay = chance.choice(_possible_stays(occasion))
    author = SURGEON if "fracture" in stay.subject else HOSPITAL_DOCTOR
    entered = days_before(occasion.day, chance.randint(*stay.nights))
    title = "Sortie de l’hôpital de Bourges"
    sheet = _opened(title, author, occasion, "Lettre de liaison à la sortie", stay.subject)
    sheet.facts(
        [
            ("Entrée le", french_day(entered)),
            ("Sortie le", french_day(occasion.day)),
            ("Mode de sortie", "Retour à domicile"),
            ("Médecin traitant", f"{GENERAL_PRACTITIONER.name}, {GENERAL_PRACTITIONER.practice.name}"),
        ]
    )
    sheet.heading("Motif et histoire")
    sheet.paragraph(f"{person.title} {person.name}, {person.age_on(occasion.day)} ans. {stay.story}")
    sheet.paragraph(_STORIES[person.illness].history)
    sheet.heading("Examen à l’entrée")
    sheet.paragraph(_vital_signs(occasion))
    sheet.heading("Évolution dans le service")
    sheet.paragraph(stay.course)
    sheet.heading("À la sortie")
    for words in stay.advice:
        sheet.bullet(words)
    sheet.heading("À surveiller")
    sheet.paragraph(
        "En cas de fièvre, de douleur qui augmente ou d’essoufflement, appeler le médecin traitant ; en cas "
        "d’urgence, faire le 15. Les résultats en attente seront adressés au médecin traitant."
    )
    sheet.signature(chance)
    return Draft(title, author, "11490-0", sheet.finish())


_BREAST_AGE, _HIP_AGE, _NEVER = 40, 60, 999
_IMAGES: tuple[tuple[str, str, str, str], ...] = (
    (
        "Radiographie du thorax",
        "Toux persistante.",
        (
            "Incidence de face, debout, en inspiration. Silhouette cardiaque de taille normale. Pas de foyer "
            "parenchymateux. Culs-de-sac pleuraux libres. Pas d’anomalie osseuse visible."
        ),
        "Radiographie du thorax sans anomalie décelable.",
    ),
    (
        "Échographie de l’abdomen",
        "Douleurs de l’hypocondre droit.",
        (
            "Foie de contours réguliers, homogène. Vésicule alithiasique. Voies biliaires fines. Reins "
            "de taille "
            "normale, sans dilatation. Rate et pancréas sans particularité. Aorte de calibre normal."
        ),
        "Échographie abdominale normale.",
    ),
    (
        "Scanner du thorax",
        "Contrôle d’un nodule connu.",
        (
            "Acquisition sans injection, coupes millimétriques. Nodule du lobe supérieur droit mesuré à "
            "5 mm, "
            "inchangé par rapport au précédent examen. Pas de nouveau nodule. Pas d’adénopathie."
        ),
        "Nodule stable. Contrôle dans douze mois.",
    ),
    (
        "IRM du genou droit",
        "Gonalgie mécanique depuis six mois.",
        (
            "Séquences T1, T2 et densité de protons avec saturation du signal de la graisse. Ligaments "
            "croisés "
            "continus. Fissure de la corne postérieure du ménisque interne. Épanchement minime."
        ),
        "Fissure méniscale interne. Cartilage conservé.",
    ),
    (
        "Mammographie et échographie",
        "Dépistage et surveillance.",
        (
            "Deux incidences par sein. Densité de type B. Pas d’opacité suspecte, pas de foyer de "
            "microcalcifications. Échographie complémentaire sans particularité."
        ),
        "Examen classé ACR 2 des deux côtés.",
    ),
    (
        "Radiographie de la hanche droite",
        "Contrôle après prothèse.",
        "Bassin de face, hanche de profil. Prothèse en place, sans liseré ni déplacement. Pas de fracture.",
        "Aspect satisfaisant de la prothèse.",
    ),
)


def _possible_images(occasion: Occasion) -> list[tuple[str, str, str, str]]:
    person, age = occasion.person, occasion.person.age_on(occasion.day)
    from_ages = {
        "Mammographie": _BREAST_AGE if person.gender is Gender.FEMALE else _NEVER,
        "hanche": _HIP_AGE,
    }
    return [
        each for each in _IMAGES if all(age >= least for word, least in from_ages.items() if word in each[0])
    ]


def imaging(occasion: Occasion) -> Draft:
    """Draw an imaging report."""
    _person, chance = occasion.person, occasion.chance
    title, reason, technique, conclusion = chance.choice(_possible_images(occasion))
    sheet = _opened(title, RADIOLOGIST, occasion, f"Compte rendu : {title.lower()}")
    sheet.facts([("Demandé par", GENERAL_PRACTITIONER.name), ("Indication", reason)])
    sheet.heading("Technique et résultats")
    for sentence in technique.split(". "):
        sheet.paragraph(sentence.rstrip(".") + ".", after=2)
    sheet.heading("Conclusion")
    sheet.paragraph(conclusion, size=11.5, after=12)
    sheet.signature(chance)
    return Draft(title, RADIOLOGIST, "18748-4", sheet.finish())


def summary(occasion: Occasion) -> Draft:
    """Draw the general practitioner's summary of someone's health."""
    person, chance = occasion.person, occasion.chance
    story = _STORIES[person.illness]
    title = "Ma santé en résumé, par le docteur Lefèvre"
    sheet = _opened(title, GENERAL_PRACTITIONER, occasion, "Volet de synthèse médicale")
    sheet.heading("Problèmes suivis")
    for words in story.history.split(". "):
        sheet.bullet(words.rstrip(".") + ".")
    sheet.heading("Allergies et intolérances")
    sheet.paragraph(
        chance.choice(("Aucune connue.", "Pénicilline : éruption en 1988.", "Aspirine : urticaire."))
    )
    sheet.heading("Points de vigilance")
    for words in story.plan:
        sheet.bullet(words)
    sheet.heading("Dernières mesures")
    sheet.paragraph(_vital_signs(occasion))
    if person.contacts:
        contact = person.contacts[0]
        sheet.heading("Personne à prévenir")
        sheet.paragraph(f"{contact.name} ({contact.relation_display.lower()}), {contact.phone}")
    sheet.signature(chance)
    return Draft(title, GENERAL_PRACTITIONER, "60591-5", sheet.finish())
