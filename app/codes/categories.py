"""The nine categories a person files under, and the category under which any document is shown.

Mon espace santé files by nine categories; professionals send some 115 types in a dozen classes. So
a document's category is, in this order: the category named by its own type when the citizen filed
it (DOCPAT01-09, EXPPAT_1-3); a type that has a better home than its class (biology is a report by
class, people look for it under biology); its class (TRE_A03), from the type or as written in the
document; and *Autres documents* for all that is left: nothing is ever hidden by its type.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.codes.document_types import CLASSES, TRE_A03, TRE_A05, TYPES
from app.fhir import Resource, codeable, codes, nodes

__all__ = ["CATEGORIES", "Category", "CategoryInfo", "category_of", "category_of_type", "class_of", "type_of"]


class Category(StrEnum):
    """A category of Mon espace santé, in the order it shows them."""

    SYNTHESE = "SYNTHESE"
    ORD_SOIN = "ORD_SOIN"
    RADIO_SC = "RADIO_SC"
    BIOLOGIE = "BIOLOGIE"
    CPT_REND = "CPT_REND"
    DEPISTAG = "DEPISTAG"
    CERT_MED = "CERT_MED"
    DOC_ADM = "DOC_ADM"
    AUTR_DOC = "AUTR_DOC"


@dataclass(frozen=True, slots=True)
class CategoryInfo:
    """A category's French label, and the type and class of what a citizen files under it."""

    code: Category
    label: str
    type_code: str
    class_code: str


CATEGORIES: dict[str, CategoryInfo] = {
    info.code: info
    for info in (
        CategoryInfo(Category.SYNTHESE, "Ma santé en résumé", "DOCPAT01", "11"),
        CategoryInfo(Category.ORD_SOIN, "Ordonnances et soins", "DOCPAT02", "42"),
        CategoryInfo(Category.RADIO_SC, "Radio, écho, scanner, IRM", "DOCPAT04", "31"),
        CategoryInfo(Category.BIOLOGIE, "Résultats de biologie", "DOCPAT05", "10"),
        CategoryInfo(Category.CPT_REND, "Comptes rendus", "DOCPAT03", "10"),
        CategoryInfo(Category.DEPISTAG, "Prévention et dépistages", "DOCPAT06", "10"),
        CategoryInfo(Category.CERT_MED, "Certificats médicaux", "DOCPAT07", "52"),
        CategoryInfo(Category.DOC_ADM, "Pièces administratives", "DOCPAT09", "95"),
        CategoryInfo(Category.AUTR_DOC, "Autres documents", "EXPPAT_2", "90"),
    )
}

_BY_TYPE: dict[str, Category] = {info.type_code: info.code for info in CATEGORIES.values()} | {
    "DOCPAT08": Category.SYNTHESE,
    "EXPPAT_1": Category.AUTR_DOC,
    "EXPPAT_3": Category.AUTR_DOC,
    "11502-2": Category.BIOLOGIE,
    "11526-1": Category.BIOLOGIE,
    "60568-3": Category.BIOLOGIE,
    "51969-4": Category.BIOLOGIE,
    "96173-0": Category.BIOLOGIE,
    "75482-0": Category.DEPISTAG,
    "75492-9": Category.DEPISTAG,
    "11369-6": Category.DEPISTAG,
    "87273-9": Category.DEPISTAG,
    "96874-3": Category.DEPISTAG,
    "68817-6": Category.DEPISTAG,
    "83869-8": Category.DEPISTAG,
    "28617-9": Category.DEPISTAG,
    "34120-6": Category.CPT_REND,
    "60280-5": Category.CPT_REND,
    "78341-5": Category.CPT_REND,
    "89233-1": Category.CPT_REND,
    "PRESC-AAT": Category.ORD_SOIN,
    "101881-1": Category.ORD_SOIN,
    "51851-4": Category.DOC_ADM,
    "56446-8": Category.DOC_ADM,
    "PIECE-IDENTITE": Category.DOC_ADM,
    "FICHE-CONTACTS": Category.DOC_ADM,
    "EXPORT_DUI": Category.DOC_ADM,
}

_BY_CLASS: dict[str, Category] = {
    "10": Category.CPT_REND,
    "11": Category.SYNTHESE,
    "31": Category.RADIO_SC,
    "42": Category.ORD_SOIN,
    "43": Category.ORD_SOIN,
    "44": Category.ORD_SOIN,
    "45": Category.ORD_SOIN,
    "52": Category.CERT_MED,
    "60": Category.DOC_ADM,
    "90": Category.AUTR_DOC,
    "95": Category.DOC_ADM,
}


def category_of_type(type_code: str) -> Category | None:
    """Return the category of a type of document, ``None`` where neither the type nor a class decides."""
    if type_code in _BY_TYPE:
        return _BY_TYPE[type_code]
    known = TYPES.get(type_code)
    return _BY_CLASS.get(known.class_code) if known and known.class_code else None


def category_of(document_reference: Resource) -> Category:
    """Return the category a DocumentReference is shown under."""
    for type_code in codes(document_reference.get("type")):
        found = category_of_type(type_code)
        if found:
            return found
    for concept in nodes(document_reference, "category"):
        for class_code in codes(concept):
            if class_code in CATEGORIES:
                return Category(class_code)
            if class_code in _BY_CLASS:
                return _BY_CLASS[class_code]
    return Category.AUTR_DOC


def type_of(category: str) -> Resource:
    """Make ``DocumentReference.type`` of what a citizen files under a category."""
    code = CATEGORIES[category].type_code
    return codeable(TRE_A05, code, TYPES[code].label)


def class_of(category: str) -> Resource:
    """Make ``DocumentReference.category`` (the XDS class) of what a citizen files under a category."""
    code = CATEGORIES[category].class_code
    return codeable(TRE_A03, code, CLASSES[code])
