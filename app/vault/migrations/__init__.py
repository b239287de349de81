"""The two kinds of store the desktop has: one per person, and the desk's own."""

from app.vault.migrations.main import MAIN
from app.vault.migrations.patient import PATIENT

__all__ = ["MAIN", "PATIENT"]
