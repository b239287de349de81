"""The vault."""

from app.vault.patient import PatientVault

__all__ = ["PatientVault"]
