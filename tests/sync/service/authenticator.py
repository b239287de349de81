"""A security key in software: ES256, no attestation, a counter that goes up (WebAuthn §6, §8.7)."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

__all__ = ["SoftKey"]

_PRESENT, _HAS_KEY = 0x01, 0x40


class SoftKey:
    """One key for one site."""

    def __init__(self, origin: str, party: str) -> None:
        self.origin, self.party = origin, party
        self.id = os.urandom(16)
        self.counter = 0
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any]) -> str:
        """Answer ``navigator.credentials.create``."""
        numbers = self._key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        told = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor.encode(public)
        data = self._data(_PRESENT | _HAS_KEY) + told
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._written({"clientDataJSON": client, "attestationObject": attestation})

    def use(self, options: dict[str, Any]) -> str:
        """Answer ``navigator.credentials.get``."""
        self.counter += 1
        data = self._data(_PRESENT)
        client = self._client("webauthn.get", options["challenge"])
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._written({"clientDataJSON": client, "authenticatorData": data, "signature": signature})

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.party.encode()).digest() + struct.pack(">BI", flags, self.counter)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _written(self, response: dict[str, bytes]) -> str:
        told = {name: _text(value) for name, value in response.items()}
        return json.dumps(
            {"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": told}
        )


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
