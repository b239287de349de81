"""The operator's file ``broker.toml``: which upstreams, how to reach them, what their claims are called.

::

    [[upstream]]
    name = "franceconnect"                 # in our addresses: /broker/franceconnect/callback
    label = "FranceConnect+"               # on the button
    kind = "citizen"                       # or "professional"
    issuer = "https://auth.franceconnect.gouv.fr/api/v2"
    client_id = "…"
    client_secret_file = "franceconnect.secret"   # beside this file, mode 0600
    scopes = ["openid", "given_name", "family_name", "birthdate", "gender", "birthplace", "birthcountry"]
    acr_values = ["eidas2"]
    counts_as_two_factors = false
    [upstream.claims]                      # only what is called otherwise there
    rpps = ["SubjectNameID", "preferred_username"]
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from app.errors import PersonCanAct
from sync.transport import Address, AddressNotAllowed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["CITIZEN_TRAITS", "BrokerFileBad", "Kind", "Upstream", "read"]

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_LABEL = re.compile(r"[^<>{}\x00-\x1f]{1,60}")
_METADATA = ".well-known/openid-configuration"
CITIZEN_TRAITS = ("given_name", "family_name", "birthdate", "gender", "birthplace", "birthcountry")
_RPPS = ("SubjectNameID", "preferred_username")
_KNOWN = frozenset({
    "name", "label", "kind", "issuer", "client_id", "client_secret_file", "scopes", "acr_values",
    "counts_as_two_factors", "claims", "metadata", "proxy",
})  # fmt: skip


class BrokerFileBad(PersonCanAct):
    """The file about the upstream providers is not usable.

    Fields: ``what`` (missing, form, issuer, secret, open-secret), ``path`` where it is missing.
    """

    code: ClassVar[str] = "broker-bad"


class Kind(StrEnum):
    """Whom an upstream signs in."""

    CITIZEN = "citizen"
    PROFESSIONAL = "professional"


@dataclass(frozen=True, slots=True, repr=False)
class Upstream:
    """One provider behind ours. ``acr_values``: the levels that are enough, the weakest first; never none."""

    name: str
    label: str
    kind: Kind
    issuer: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    acr_values: tuple[str, ...]
    counts_as_two_factors: bool = False
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    metadata: str = _METADATA
    """Where its metadata is, below the issuer: Pro Santé Connect has another place than the standard's."""
    proxy: str | None = None

    def called(self, trait: str) -> tuple[str, ...]:
        """Return the claims in which a trait may stand, the best first."""
        return self.claims.get(trait) or (_RPPS if trait == "rpps" else (trait,))


def read(path: Path) -> tuple[Upstream, ...]:
    """Read the file; raises ``BrokerFileBad``, never half of it."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise BrokerFileBad(what="missing", path=str(path)) from error
    except UnicodeDecodeError as error:
        raise BrokerFileBad(what="form") from error
    try:
        told = tomllib.loads(text)
        entries = told.pop("upstream")
        if told or not isinstance(entries, list) or not entries:
            raise BrokerFileBad(what="form")
        found = tuple(_upstream(path.parent, each) for each in entries)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BrokerFileBad(what="form") from error
    if len({each.name for each in found}) != len(found):
        raise BrokerFileBad(what="form")
    return found


def _upstream(folder: Path, told: Mapping[str, Any]) -> Upstream:
    if not set(told) <= _KNOWN or not isinstance(told.get("counts_as_two_factors", False), bool):
        raise BrokerFileBad(what="form")
    texts = {each: told[each] for each in ("name", "label", "issuer", "client_id", "client_secret_file")}
    texts |= {"metadata": told.get("metadata", _METADATA), "proxy": told.get("proxy", "")}
    if not all(isinstance(each, str) for each in texts.values()) or not told["client_id"]:
        raise BrokerFileBad(what="form")
    if not _NAME.fullmatch(told["name"]) or not _LABEL.fullmatch(told["label"]):
        raise BrokerFileBad(what="form")
    scopes = _words(told.get("scopes", ["openid"]))
    levels = _words(told["acr_values"])
    if "openid" not in scopes or not levels or "://" in texts["metadata"]:
        raise BrokerFileBad(what="form")
    _check_issuer(told["issuer"])
    return Upstream(
        name=told["name"],
        label=told["label"],
        kind=Kind(told["kind"]),
        issuer=told["issuer"],
        client_id=told["client_id"],
        client_secret=_secret(folder / told["client_secret_file"]),
        scopes=scopes,
        acr_values=levels,
        counts_as_two_factors=told.get("counts_as_two_factors", False),
        claims=_claims(told.get("claims", {})),
        metadata=texts["metadata"].strip("/"),
        proxy=texts["proxy"] or None,
    )


def _check_issuer(issuer: str) -> None:
    """Only https, or this very machine: our secret and people's identities travel there."""
    try:
        Address(issuer)
    except (AddressNotAllowed, ValueError):
        raise BrokerFileBad(what="issuer") from None


def _words(told: object) -> tuple[str, ...]:
    if not isinstance(told, list) or not all(
        isinstance(each, str) and each.split() == [each] for each in told
    ):
        raise BrokerFileBad(what="form")
    return tuple(told)


def _claims(told: object) -> dict[str, tuple[str, ...]]:
    """Read what claims are called; one name, or several of which the first that is there counts."""
    if not isinstance(told, dict) or not set(told) <= {*CITIZEN_TRAITS, "rpps"}:
        raise BrokerFileBad(what="form")
    return {trait: _words(names if isinstance(names, list) else [names]) for trait, names in told.items()}


def _secret(path: Path) -> str:
    """Read the client's secret; a file that other accounts can read is refused."""
    try:
        text = path.read_text("utf-8").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError):
        raise BrokerFileBad(what="secret") from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BrokerFileBad(what="open-secret")
    if not text:
        raise BrokerFileBad(what="secret")
    return text
