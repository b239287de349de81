"""A small upstream on the rough server, whose honesty a test can bend in every place."""

from __future__ import annotations

import base64
import time
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from tests.sync.service.broker_visit import ANGELA, SECRET

if TYPE_CHECKING:
    from tests.sync.rough_server import Asked, RoughServer

__all__ = ["LyingUpstream"]


class LyingUpstream:
    """``bent`` changes what it says: ``metadata``, ``jwks``, ``back``, ``claims``, ``header`` and so on."""

    def __init__(self, server: RoughServer) -> None:
        self.server = server
        self.key = ECKey.generate_key("P-256", parameters={"kid": "one"})
        self.published = self.key
        self.bent: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.forms: list[dict[str, str]] = []
        self.paths: list[str] = []
        server.rules.append(self.serve)

    def serve(self, asked: Asked) -> bool:
        """Answer each endpoint."""
        path = urlsplit(asked.path).path
        self.paths.append(path)
        match path:
            case "/.well-known/openid-configuration":
                return asked.answer(200, orjson.dumps(self.metadata() | self.bent.get("metadata", {})))
            case "/jwks":
                return asked.answer(200, self.bent.get("jwks") or self.jwks())
            case "/authorize":
                self.asked = flat(urlsplit(asked.path).query)
                back = {"code": "c0de", "state": self.asked["state"], "iss": self.server.base}
                told = {name: each for name, each in (back | self.bent.get("back", {})).items() if each}
                target = f"{self.asked['redirect_uri']}?{urlencode(told)}"
                if "page" in self.bent:
                    return asked.answer(200, f'<a href="{escape(target)}">Go</a>'.encode(), "text/html")
                return asked.answer(302, Location=target)
            case "/token":
                self.forms.append(flat(asked.body.decode()))
                return self.token(asked)
            case "/userinfo":
                return self.userinfo(asked)
        return False

    def metadata(self) -> dict[str, Any]:
        """Tell the endpoints; no PKCE, and secrets by post, as FranceConnect does."""
        base = self.server.base
        return {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/jwks",
            "userinfo_endpoint": f"{base}/userinfo",
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
        }

    def jwks(self) -> bytes:
        """Tell the public keys."""
        return orjson.dumps({"keys": [self.published.as_dict(private=False)]})

    def token(self, asked: Asked) -> bool:
        """Give tokens."""
        if "token" in self.bent:
            return bool(self.bent["token"](asked))
        told = {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": self.id_token()}
        return asked.answer(200, orjson.dumps(told))

    def id_token(self) -> str:
        """Sign an ID token."""
        moment = int(time.time())
        claims = {
            "iss": self.server.base,
            "aud": "tandem",
            "sub": "42",
            "nonce": self.asked["nonce"],
            "iat": moment,
            "exp": moment + 60,
            "acr": "eidas2",
        }
        claims |= self.bent.get("claims", {})
        header = {"alg": "ES256", "kid": "one"} | self.bent.get("header", {})
        if header["alg"] == "none":
            parts = (base64.urlsafe_b64encode(orjson.dumps(each)).rstrip(b"=") for each in (header, claims))
            return b".".join([*parts, b""]).decode()
        key = OctKey.import_key(SECRET) if header["alg"] == "HS256" else self.key
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])

    def userinfo(self, asked: Asked) -> bool:
        """Say who it is."""
        if "userinfo" in self.bent:
            return bool(self.bent["userinfo"](asked))
        return asked.answer(200, orjson.dumps({"sub": "42", **ANGELA}))

    def signed_userinfo(self, key: ECKey, **bent: Any) -> bytes:  # noqa: ANN401 (claims)
        """Sign userinfo."""
        claims = {"iss": self.server.base, "aud": "tandem", "sub": "42", **ANGELA, **bent}
        return jwt.encode({"alg": "ES256", "kid": "one"}, claims, key).encode()


def flat(text: str) -> dict[str, str]:
    """Read a form or a query."""
    return {name: values[0] for name, values in parse_qs(text).items()}
