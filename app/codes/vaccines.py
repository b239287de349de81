"""Vaccines as people name them, with their ATC class (WHO index, J07).

The class is as exact as what the person can know: « Covid-19 » is the group J07BN, not a product; who
has the booklet writes the product's name and the lot. Products (CIS, CIP) come with what
professionals record, and are shown by their own words.
"""

from __future__ import annotations

from app.codes.terms import ATC, Term, keyed

__all__ = ["VACCINES"]

VACCINES: dict[str, Term] = keyed(
    (
        Term("flu", "Grippe", ATC, "J07BB"),
        Term("covid", "Covid-19", ATC, "J07BN"),
        Term("dtp", "Diphtérie, tétanos, polio (DTP)", ATC, "J07CA01"),
        Term("dtcap", "DTP et coqueluche", ATC, "J07CA02"),
        Term("pneumococcus", "Pneumocoque", ATC, "J07AL"),
        Term("zoster", "Zona", ATC, "J07BK"),
        Term("rsv", "Bronchiolite (VRS)", ATC, "J07BX05"),
        Term("mmr", "Rougeole, oreillons, rubéole (ROR)", ATC, "J07BD52"),
        Term("hepatitis-b", "Hépatite B", ATC, "J07BC01"),
        Term("hepatitis-a", "Hépatite A", ATC, "J07BC02"),
        Term("meningococcus", "Méningocoque", ATC, "J07AH"),
        Term("hpv", "Papillomavirus (HPV)", ATC, "J07BM"),
        Term("bcg", "Tuberculose (BCG)", ATC, "J07AN"),
        Term("yellow-fever", "Fièvre jaune", ATC, "J07BL"),
        Term("typhoid", "Typhoïde", ATC, "J07AP"),
        Term("rabies", "Rage", ATC, "J07BG"),
    )
)
