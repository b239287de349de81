"""Asks a running service what it holds, with a made-up person's own token; used by the tour only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

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

    def consent_hashes(self) -> list[str]:
        """Return the SHA-256 (hex) of the texts that the person's mandates were shown with."""
        found = [orjson.dumps(consent).decode() for consent in self.search("Consent", status="active")]
        return [digest for text in found for digest in re.findall(r"\b[0-9a-f]{64}\b", text)]

    def titles(self) -> list[str]:
        """Return the titles of the person's documents, newest first."""
        documents = self.search("DocumentReference", status="current", _count="1000")
        return [document["content"][0]["attachment"].get("title", "") for document in documents]
