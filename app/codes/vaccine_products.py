"""Vaccines by the number on their box: a short closed list, and a question for every other box.

Decision: the public medicines database is not shipped yet, so a product is listed only where its number was
seen in a public source. What is not listed is asked (« Contre quelle maladie ? »); lot and expiry are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.codes.gs1 import cip13

__all__ = ["PRODUCTS", "Product", "product_of"]


@dataclass(frozen=True, slots=True)
class Product:
    """A product: the vaccine (key of ``app.codes.vaccines``) and its name on the box."""

    vaccine: str
    name: str


PRODUCTS: dict[str, Product] = {
    # Base de données publique des médicaments (ANSM), CIS 63156183.
    "3400933652166": Product("flu", "Influvac"),
    # Made up, for the demonstration and the tests: 34009 999… is no number of a product.
    "3400999900010": Product("flu", "Grippe (vaccin d’essai)"),
    "3400999900027": Product("covid", "Covid-19 (vaccin d’essai)"),
}
"""CIP13 → product."""


def product_of(gtin: str) -> Product | None:
    """Return the product of a GTIN, ``None`` for one that is not listed."""
    return PRODUCTS.get(cip13(gtin))
