"""Asks a running service what it holds, with a made-up person's own token; for the tour and a benchmark."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import httpx

__all__ = ["Witness"]


@dataclass(frozen=True, slots=True)
class Witness:
    """``fhir`` is the service's FHIR base."""

    fhir: str
    token: str

    def search(self, resource_type: str, **parameters: str) -> list[dict[str, Any]]:
        """Return the resources that a POST _search finds (R4 §3.1.1.1.3)."""
        answer = httpx.post(
            f"{self.fhir}/{resource_type}/_search",
            data=parameters,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
            trust_env=False,
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return [entry["resource"] for entry in found.get("entry", [])]

    def send(self, bundle: dict[str, Any]) -> None:
        """Send a transaction (R4 §3.1.0.11.2), as another device of the person would."""
        httpx.post(
            self.fhir,
            json=bundle,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/fhir+json"},
            timeout=30,
            trust_env=False,
        ).raise_for_status()

    def signed_texts(self) -> list[tuple[str, str]]:
        """Return text and SHA-256 (hex) of what the person signed, for each running mandate."""
        found = self.search("Consent", status="active")
        return [
            (_text(consent["sourceAttachment"]), _digest(consent["sourceAttachment"])) for consent in found
        ]

    def titles(self) -> list[str]:
        """Return the titles of the person's documents, newest first."""
        documents = self.search("DocumentReference", status="current", _count="1000")
        return [document["content"][0]["attachment"].get("title", "") for document in documents]


def _text(attachment: dict[str, Any]) -> str:
    return base64.b64decode(attachment["data"]).decode()


def _digest(attachment: dict[str, Any]) -> str:
    return str(attachment["extension"][0]["valueString"])
