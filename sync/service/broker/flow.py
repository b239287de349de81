"""A sign-in elsewhere, from our page to the upstream and back, and its end there.

What comes back is believed in this order, and the first thing that does not hold ends it: our state, in the
browser that began it; the issuer (RFC 9207); the upstream's own error; the tokens; who it is; whether our
request was for such an account. Until the last is passed there is no session of ours. Logs hold the name of
the upstream and of the check, nothing that came from a person.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sync.service import organizations
from sync.service.accounts import Accounts
from sync.service.broker.configuration import Kind
from sync.service.broker.identity import patients_of, practitioners_of, rpps_of, traits_of
from sync.service.broker.proof import LevelTooLow, prove
from sync.service.broker.waiting import Link, Waiting
from sync.service.broker.wire import WHOLE_SECONDS, UpstreamAway, UpstreamError, UpstreamUntrusted, Wire
from sync.service.caller import HELPERS, PEOPLE
from sync.service.provider import authorize, sign_in
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.service.accounts import Account
    from sync.service.broker.configuration import Upstream
    from sync.service.broker.proof import Proof
    from sync.service.broker.waiting import Begun, Pending
    from sync.service.caller import Role
    from sync.service.service import Service
    from sync.service.tongues import Tongue

__all__ = ["Broker", "back_of"]

_LOG = logging.getLogger("tandem.service.broker")
_THREADS, _MOST_WAITING = 4, 64
_KEPT = (
    "client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method", "scope", "state",
    "nonce", "prompt", "max_age", "ui_locales", "screen_keyboard", "organization", "login_hint",
)  # fmt: skip
_PROMPTS = ("login", "select_account")
"""« consent » is for what our client asks of us; the upstream has nothing to do with it."""
_DENIED = frozenset({"access_denied"})
_AGAIN = frozenset({
    "login_required", "interaction_required", "consent_required", "account_selection_required",
    "unmet_authentication_requirements",
})  # fmt: skip
_AWAY = frozenset({"server_error", "temporarily_unavailable"})


class Broker:
    """The upstreams of a service, and the threads that wait for them."""

    def __init__(self, upstreams: Iterable[Upstream], *, seconds: float = WHOLE_SECONDS) -> None:
        """``seconds``: how long one request to an upstream may take, all in all."""
        self._wires = {each.name: Wire(each, seconds=seconds) for each in upstreams}
        self.threads = ThreadPoolExecutor(_THREADS, "tandem-broker")
        self.waiting = 0

    @property
    def is_full(self) -> bool:
        """Say whether too many wait already: an upstream hangs, and who comes now is told so at once."""
        return self.waiting >= _MOST_WAITING

    def close(self) -> None:
        """End the threads; what an upstream has not answered is waited for, a quarter of a minute at most."""
        self.threads.shutdown(wait=True, cancel_futures=True)

    def for_kinds(self, kinds: frozenset[Role]) -> list[Upstream]:
        """Return the upstreams that sign such accounts in."""
        wanted = Kind.PROFESSIONAL if kinds is HELPERS else Kind.CITIZEN
        return [each.upstream for each in self._wires.values() if each.upstream.kind is wanted]

    def upstream(self, name: str) -> Upstream:
        """Return an upstream; refuses a name that the file does not have."""
        return self._wire(name).upstream

    def _wire(self, name: str) -> Wire:
        found = self._wires.get(name)
        if found is None:
            raise Refused("unknown-address")
        return found

    # -- there

    def begin(self, service: Service, name: str, asked: Mapping[str, str]) -> tuple[str, Begun]:
        """Return the upstream's address for the browser, and the cookie that it brings back."""
        wire = self._wire(name)
        upstream = wire.upstream
        if upstream not in self.for_kinds(authorize.kinds(asked)):
            raise Refused("account-kind")
        try:
            metadata = wire.metadata()
        except (UpstreamAway, UpstreamUntrusted) as problem:
            raise _refused(upstream, problem) from None
        kept = {each: asked[each] for each in _KEPT if each in asked}
        begun = Waiting(service).begin(name, kept)
        sent = {
            "response_type": "code",
            "client_id": upstream.client_id,
            "redirect_uri": _callback(service, name),
            "scope": " ".join(upstream.scopes),
            "state": begun.state,
            "nonce": begun.nonce,
            "acr_values": " ".join(upstream.acr_values),
        }
        if metadata.has_pkce:
            digest = hashlib.sha256(begun.verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            sent |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        sent |= _passed_on(asked)
        joint = "&" if "?" in metadata.authorization else "?"
        return f"{metadata.authorization}{joint}{urlencode(sent)}", begun

    # -- and back

    def pending(self, service: Service, name: str, told: Mapping[str, str], cookie: str) -> Pending:
        """Spend the state that came back; refuses one that is nobody's, another browser's, or over."""
        upstream = self.upstream(name)
        pending = Waiting(service).take(told.get("state", ""), cookie)
        if pending is None or not pending.is_ours or pending.is_over or pending.upstream != name:
            _LOG.info("%s: refused (state)", upstream.name)
            raise Refused("broker-state")
        return pending

    def come_back(
        self, service: Service, pending: Pending, told: Mapping[str, str], tongue: Tongue
    ) -> authorize.Page:
        """Take what the upstream sent the browser back with; return the next page, or the way home."""
        wire = self._wire(pending.upstream)
        upstream = wire.upstream
        try:
            proof = _proof(wire, service, pending, told)
        except (UpstreamAway, UpstreamUntrusted, UpstreamError, LevelTooLow) as problem:
            raise _refused(upstream, problem) from None
        try:
            account = _account(service, upstream, proof, pending.asked)
        except Refused as refused:
            _LOG.info("%s: refused (%s)", upstream.name, refused.reason)
            raise
        outcome = sign_in.from_upstream(
            service,
            account,
            authorize.purpose(pending.asked),
            {"upstream": upstream.name, "id_token": proof.id_token},
            is_two_factors=upstream.counts_as_two_factors,
        )
        return authorize.proceed(service, pending.asked, outcome, tongue)

    # -- and the end

    def leaving(self, service: Service, link: Link, back: str) -> str:
        """Return the upstream's address that ends the session there (RP-Initiated Logout 1.0), "" for none.

        It asks nobody: signing out never waits for an upstream.
        """
        wire = self._wires.get(link.upstream)
        metadata = wire.known if wire else None
        if wire is None or metadata is None or metadata.end_session is None:
            return ""
        told = {
            "id_token_hint": link.id_token,
            "client_id": wire.upstream.client_id,
            "post_logout_redirect_uri": f"{service.origin}/broker/{link.upstream}/left",
            "state": service.secrets.seal({"back": back}),
        }
        return f"{metadata.end_session}{'&' if '?' in metadata.end_session else '?'}{urlencode(told)}"

    def leave(self, service: Service, link: Link) -> None:
        """End the session upstream without a browser, as far as it lets us; in a thread of ours."""

        def tell() -> None:
            try:
                wire = self._wires[link.upstream]
                wire.metadata()
                address = self.leaving(service, link, "")
                if address:
                    wire.end_session(address)
            except (UpstreamAway, UpstreamUntrusted) as problem:
                _LOG.info("%s: not told of the end (%s)", link.upstream, problem.what)

        if link.upstream in self._wires and not self.is_full:
            self.threads.submit(tell)


def back_of(asked: Mapping[str, str]) -> str:
    """Return the address of our sign-in page for the same request."""
    return f"/authorize?{urlencode(dict(asked))}"


def _callback(service: Service, name: str) -> str:
    return f"{service.origin}/broker/{name}/callback"


def _passed_on(asked: Mapping[str, str]) -> dict[str, str]:
    """Pass on how fresh a sign-in must be, and the language of the pages."""
    sent = {}
    prompts = [each for each in _PROMPTS if each in asked.get("prompt", "").split()]
    if prompts:
        sent["prompt"] = " ".join(prompts)
    if _max_age(asked) is not None:
        sent["max_age"] = asked["max_age"]
    if asked.get("ui_locales"):
        sent["ui_locales"] = asked["ui_locales"]
    return sent


def _max_age(asked: Mapping[str, str]) -> int | None:
    text = asked.get("max_age", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004


def _proof(wire: Wire, service: Service, pending: Pending, told: Mapping[str, str]) -> Proof:
    metadata = wire.metadata()
    if ("iss" in told or metadata.sends_issuer) and told.get("iss") != wire.upstream.issuer:
        raise UpstreamUntrusted("issuer")
    if "error" in told:
        raise UpstreamError(told["error"])
    if not told.get("code"):
        raise UpstreamUntrusted("code")
    form = {
        "grant_type": "authorization_code",
        "code": told["code"],
        "redirect_uri": _callback(service, pending.upstream),
    }
    if metadata.has_pkce:
        form["code_verifier"] = pending.verifier
    age = _max_age(pending.asked)
    return prove(
        wire,
        wire.token(form),
        nonce=pending.nonce,
        moment=service.clock(),
        not_before=None if age is None else pending.began - age,
    )


def _refused(upstream: Upstream, problem: Exception) -> Refused:
    """Say what went wrong upstream as one of ours; log which check it was."""
    reason, what = "broker-untrusted", ""
    match problem:
        case UpstreamAway(what=what):
            reason = "broker-away"
        case UpstreamUntrusted(what=what):
            pass
        case LevelTooLow():
            reason, what = "broker-level", "acr"
        case UpstreamError(error=error):
            reason, what = _of_error(error)
    _LOG.info("%s: refused (%s)", upstream.name, what)
    return Refused(reason, label=upstream.label)


def _of_error(error: str) -> tuple[str, str]:
    for codes, reason in ((_DENIED, "broker-denied"), (_AGAIN, "broker-again"), (_AWAY, "broker-away")):
        if error in codes:
            return reason, error
    # The word is whatever stood in an address: it is not logged.
    return "broker-untrusted", "error"


def _account(service: Service, upstream: Upstream, proof: Proof, asked: Mapping[str, str]) -> Account:
    """Return the one account that this is; refuses none, several, and one that is closed."""
    if upstream.kind is Kind.PROFESSIONAL:
        return _professional(service, upstream, proof, asked)
    known = Waiting(service).known(upstream, proof.subject)
    if known is not None:
        return _open(service, known, PEOPLE)
    traits = traits_of(upstream, proof.claims)
    if traits is None:
        raise Refused("broker-traits", label=upstream.label)
    with service.store.read(of=EVERYONE) as sql:
        subjects = [f"Patient/{each}" for each in patients_of(sql, traits)]
    # Two records with the same traits are two, whether or not both have an account.
    found = Accounts(service).of_subjects(subjects, PEOPLE)
    account = _only(upstream, found, at_least=len(subjects))
    Waiting(service).remember(upstream, proof.subject, account.login)
    return account


def _professional(service: Service, upstream: Upstream, proof: Proof, asked: Mapping[str, str]) -> Account:
    """Find a professional by their number, anew each time: a number taken away opens nothing any more.

    Who works for several organizations has an account for each; the one whose PC this is counts.
    """
    number = rpps_of(upstream, proof.claims)
    if number is None:
        raise Refused("broker-rpps", label=upstream.label)
    with service.store.read() as sql:
        subjects = [f"Practitioner/{each}" for each in practitioners_of(sql, number)]
    found = Accounts(service).of_subjects(subjects, HELPERS)
    here = [each for each in found if organizations.id_of(each) == asked.get("organization")]
    return _only(upstream, here or found)


def _only(upstream: Upstream, found: list[Account], *, at_least: int = 0) -> Account:
    if not found:
        raise Refused("broker-nobody", label=upstream.label)
    if max(len(found), at_least) > 1:
        raise Refused("broker-several", label=upstream.label)
    return found[0]


def _open(service: Service, login: str, kinds: frozenset[Role]) -> Account:
    account = Accounts(service).get(login)
    if (
        account is None
        or account.kind not in kinds
        or account not in Accounts(service).of_subjects([account.subject], kinds)
    ):
        raise Refused("broker-ended")
    return account
