"""The pages of an organization: plain HTML, large, no script at all; each change is a form with one verb.

What cannot be taken back is asked on a page of its own that says what will happen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from app.codes.access_words import REASON_LABELS
from app.codes.mandate_words import Duration
from app.policy import LIMITS, FilePlace, Printing
from sync.service import web_page
from sync.service.messages import PAGES
from sync.service.office_words import OFFICE
from sync.service.provider import factor_pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.policy import Policy
    from sync.service.devices import Device
    from sync.service.office import Adviser, Office
    from sync.service.organizations import Event
    from sync.service.provider.sign_in import Wanted
    from sync.service.reports import Report
    from sync.service.tongues import Tongue

__all__ = [
    "POLICY",
    "Told",
    "address",
    "confirm",
    "factor",
    "home",
    "invitation",
    "join",
    "notice",
    "rules",
    "shown_code",
    "sign_in",
]

_STYLE = (
    web_page.STYLE
    + factor_pages.STYLE
    + """
main { max-width: 48rem; }
h2 { margin: 2.5rem 0 1rem; }
h3 { font-size: 1.375rem; margin: 0 0 .5rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 16px; padding: 1rem;
  margin: 0 0 1rem; }
.card p { margin: 0 0 .25rem; }
.card a, .action { display: inline-flex; align-items: center; min-height: 56px; font-weight: 700;
  color: var(--accent); }
.over { color: var(--bad); font-weight: 700; }
.code { font: 700 2rem/1.4 ui-monospace, monospace; text-align: center; border: 3px solid var(--accent);
  border-radius: 12px; padding: 1rem; }
fieldset { border: 0; margin: 0 0 1rem; padding: 0; }
legend { font-weight: 700; padding: 0; margin-bottom: .5rem; }
.pick { display: flex; align-items: center; gap: 1rem; min-height: 56px; font-weight: 400; margin: 0; }
input { accent-color: var(--accent); }
.pick input { width: 2rem; min-height: 2rem; height: 2rem; flex: none; }
ol { padding-inline-start: 1.5rem; }
"""
)
POLICY = (
    f"default-src 'none'; style-src {web_page.hashed(_STYLE)}; script-src "
    f"{web_page.hashed(factor_pages.SCRIPT)}; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
_HERE = "/organization"


@dataclass(frozen=True, slots=True)
class Told:
    """What the home page shows: each PC with its envelopes by state, the advisers, the last acts."""

    pcs: tuple[tuple[Device, Mapping[str, int]], ...]
    advisers: tuple[Adviser, ...]
    events: tuple[Event, ...]
    moment: datetime
    reports: tuple[Report, ...] = ()


# -- signing in


def sign_in(tongue: Tongue, error: str = "") -> str:
    """Make the page that asks for a login and its password."""
    body = (
        f"<h1>{_w(tongue, 'signs-in')}</h1>{_error(error)}<p>{_w(tongue, 'no-records')}</p>"
        f'<form method="post" action="{_at(tongue)}">'
        f"{_field('login', web_page.words(tongue, PAGES['login']), more=_PLAIN)}"
        f"{_field('password', web_page.words(tongue, PAGES['password']), kind='password')}"
        f'<button class="main" type="submit">{web_page.words(tongue, PAGES["sign-in"])}</button></form>'
    )
    return _page(tongue, "signs-in", body)


def factor(tongue: Tongue, wanted: Wanted) -> str:
    """Make the next page of a sign-in."""
    title, body, script = factor_pages.body(tongue, wanted, address(tongue))
    return web_page.page(tongue, tongue.say(PAGES[title]), body, style=_STYLE, scripts=(script,))


# -- the home page


def home(tongue: Tongue, office: Office, told: Told, said: str = "", error: str = "") -> str:
    """Make the page with everything on it."""
    who = _w(tongue, "who").format(
        name=escape(office.account.name), organization=escape(office.organization.name)
    )
    rules_at = _at(tongue, "/rules")
    note = f'<p role="status">{_w(tongue, said)}</p>' if said else ""
    body = (
        f"<h1>{_w(tongue, 'title')}</h1>{_error(error)}{note}<p>{who}</p>"
        f'<p class="soft">{_w(tongue, "no-records")}</p>'
        f"{_reports(tongue, office, told.reports)}{_pcs(tongue, told)}{_add(tongue, office)}"
        f"{_advisers(tongue, told.advisers)}{_invite(tongue, office)}"
        f"<h2>{_w(tongue, 'rules')}</h2>"
        f'<p><a class="action" href="{rules_at}">{_w(tongue, "rules-change")}</a></p>'
        f"{_journal(tongue, told.events)}"
        f"{_form(tongue, office, 'out', _button(tongue, 'out'))}"
    )
    return _page(tongue, "title", body)


def _reports(tongue: Tongue, office: Office, found: Iterable[Report]) -> str:
    cards = "".join(_report(tongue, office, each) for each in found)
    what = f'<p class="soft">{_w(tongue, "reports-what")}</p>' if cards else ""
    return f"<h2>{_w(tongue, 'reports')}</h2>{what}{cards or _p(tongue, 'no-reports')}"


def _report(tongue: Tongue, office: Office, report: Report) -> str:
    """Show one: who of theirs, when, how, why; no person, no document."""
    start, said = report.start.astimezone(), web_page.words(tongue, REASON_LABELS[report.reason])
    when = _w(tongue, "report-when").format(
        day=escape(tongue.day(start.date())), time=f"{start:%H:%M}", zone=escape(f"{start:%Z}")
    )
    mode = "report-for" if report.mode == "faire_pour" else "report-with"
    lines = [when, _w(tongue, mode if report.is_covered else "report-uncovered")]
    lines.append(_w(tongue, "report-said").format(reason=said))
    lines.append(_w(tongue, "report-sent").format(day=_day(tongue, report.sent.isoformat())))
    inside = "".join(f"<p>{line}</p>" for line in lines)
    if report.seen:
        state = f"<p>{_w(tongue, 'report-seen').format(day=_day(tongue, report.seen.isoformat()))}</p>"
    else:
        hidden = f'<input type="hidden" name="id" value="{escape(report.id, quote=True)}">'
        state = f'<p class="over">{_w(tongue, "report-open")}</p>' + _form(
            tongue, office, "seen", hidden + _button(tongue, "seen")
        )
    name = escape(report.name) or _w(tongue, "report-nameless")
    return f'<div class="card"><h3><bdi>{name}</bdi></h3>{inside}{state}</div>'


def _pcs(tongue: Tongue, told: Told) -> str:
    cards = "".join(_pc(tongue, device, counts, told.moment) for device, counts in told.pcs)
    return f"<h2>{_w(tongue, 'pcs')}</h2>{cards or _p(tongue, 'no-pcs')}"


def _pc(tongue: Tongue, device: Device, counts: Mapping[str, int], moment: datetime) -> str:
    lines = [_w(tongue, "place").format(place=escape(device.place))] if device.place else []
    lines.append(_w(tongue, "since").format(day=_day(tongue, device.enrolled)))
    if device.last_contact:
        past = moment - datetime.fromisoformat(device.last_contact)
        lines.append(_w(tongue, "contact").format(ago=escape(tongue.ago(past))))
    for name, state in (("sent", "filed"), ("sent-refused", "refused")):
        if counts.get(state):
            lines.append(_w(tongue, name).format(count=counts[state]))
    if device.revoked:
        state = f'<p class="over">{_w(tongue, "removed").format(day=_day(tongue, device.revoked))}</p>'
    else:
        state = f"<p>{_w(tongue, 'in-use')}</p>{_link(tongue, 'remove', device.id)}"
    inside = "".join(f"<p>{line}</p>" for line in lines)
    return f'<div class="card"><h3><bdi>{escape(device.name)}</bdi></h3>{inside}{state}</div>'


def _add(tongue: Tongue, office: Office) -> str:
    field = _field("place", _w(tongue, "add-place"), help_=_w(tongue, "add-example"), more='maxlength="100"')
    return f"<h2>{_w(tongue, 'add')}</h2>{_form(tongue, office, 'code', field + _button(tongue, 'add-code'))}"


def _advisers(tongue: Tongue, found: Iterable[Adviser]) -> str:
    cards = "".join(_adviser(tongue, each) for each in found)
    return f"<h2>{_w(tongue, 'advisers')}</h2>{cards or _p(tongue, 'no-advisers')}"


def _adviser(tongue: Tongue, adviser: Adviser) -> str:
    if adviser.ended:
        state = f'<p class="over">{_w(tongue, "ended").format(day=_day(tongue, adviser.ended))}</p>'
    else:
        name = "invited" if adviser.is_invited else "has-two" if adviser.has_two else "has-one"
        again = _link(tongue, "reset", adviser.login) + " " if adviser.has_two else ""
        state = f"<p>{_w(tongue, name)}</p>{again}{_link(tongue, 'end', adviser.login)}"
    return f'<div class="card"><h3><bdi>{escape(adviser.name)}</bdi></h3>{state}</div>'


def _invite(tongue: Tongue, office: Office) -> str:
    fields = _field("name", _w(tongue, "invite-name"), more='maxlength="100"') + _field(
        "login", _w(tongue, "invite-login"), more=_PLAIN
    )
    form = _form(tongue, office, "invite", fields + _button(tongue, "invite-now"))
    return f"<h2>{_w(tongue, 'invite')}</h2>{form}"


def _journal(tongue: Tongue, events: Iterable[Event]) -> str:
    lines = "".join(
        "<li>"
        + _w(tongue, "act").format(
            moment=_day(tongue, each.moment), what=_w(tongue, f"act-{each.act}"), who=escape(each.login)
        )
        + "</li>"
        for each in events
    )
    return f"<h2>{_w(tongue, 'journal')}</h2><ol>{lines}</ol>"


# -- one thing at a time


def confirm(tongue: Tongue, office: Office, act: str, subject: str, name: str) -> str:
    """Ask before what cannot be taken back; ``act`` is « remove », « end » or « reset »."""
    told = _w(tongue, f"{act}-what").format(name=escape(name))
    more = _p(tongue, "remove-late") if act == "remove" else ""
    hidden = f'<input type="hidden" name="id" value="{escape(subject, quote=True)}">'
    body = (
        f"<h1>{_w(tongue, f'{act}-title')}</h1><h3><bdi>{escape(name)}</bdi></h3><p>{told}</p>{more}"
        f"{_form(tongue, office, act, hidden + _button(tongue, act))}"
        f'<p><a class="action" href="{_at(tongue)}">{_w(tongue, "keep")}</a></p>'
    )
    return _page(tongue, f"{act}-title", body)


def shown_code(tongue: Tongue, code: str) -> str:
    """Show a new PC's code, this once."""
    body = (
        f"<h1>{_w(tongue, 'code-title')}</h1>{_p(tongue, 'code-how')}"
        f'<p class="code" dir="ltr">{escape(code)}</p>{_p(tongue, "code-once")}{_back(tongue)}'
    )
    return _page(tongue, "code-title", body)


def invitation(tongue: Tongue, name: str, login: str, code: str, address: str) -> str:
    """Show a new adviser's invitation, this once."""
    title = _w(tongue, "invite-title").format(name=escape(name))
    where = _w(tongue, "invite-address").format(address=escape(address))
    who = f"{web_page.words(tongue, PAGES['login'])} : <bdi>{escape(login)}</bdi>"
    body = (
        f"<h1>{title}</h1>{_p(tongue, 'invite-how')}<p>{where}</p><p>{who}</p>"
        f'<p class="code" dir="ltr">{escape(code)}</p>{_back(tongue)}'
    )
    return _page(tongue, "invite", body)


def rules(tongue: Tongue, office: Office, policy: Policy, error: str = "") -> str:
    """Make the form of the rules."""
    numbers = "".join(
        _field(
            name,
            _w(tongue, name).format(least=least, most=most),
            kind="number",
            value=str(getattr(policy, name)),
            more=f'min="{least}" max="{most}"',
        )
        for name, (least, most) in LIMITS.items()
    )
    durations = [(each.value, each in policy.durations) for each in Duration if each is not Duration.SESSION]
    places = [(each.value, each in policy.places) for each in FilePlace]
    printing = [(each.value, each is policy.printing) for each in Printing]
    inside = (
        f"{numbers}{_picks(tongue, 'durations', durations)}{_picks(tongue, 'places', places)}"
        f"{_picks(tongue, 'printing', printing, kind='radio')}{_button(tongue, 'rules-save')}"
    )
    form = _form(tongue, office, "rules", inside)
    body = f"<h1>{_w(tongue, 'rules')}</h1>{_error(error)}{form}{_back(tongue)}"
    return _page(tongue, "rules", body)


def join(tongue: Tongue, error: str = "", login: str = "") -> str:
    """Make the page that takes an invitation."""
    hint = escape(login, quote=True)
    fields = (
        _field("login", web_page.words(tongue, PAGES["login"]), value=hint, more=_PLAIN)
        + _field("code", _w(tongue, "join-code"), more=_PLAIN)
        + _field("password", _w(tongue, "join-password"), kind="password", more='minlength="12"')
    )
    body = (
        f"<h1>{_w(tongue, 'join')}</h1>{_error(error)}{_p(tongue, 'join-how')}"
        f'<form method="post" action="/invitation?{web_page.LOCALES}={tongue.tag}">'
        f"{fields}{_button(tongue, 'join-now')}</form>"
    )
    return _page(tongue, "join", body)


def notice(tongue: Tongue, title: str, said: str) -> str:
    """Say one thing."""
    return _page(tongue, title, f"<h1>{_w(tongue, title)}</h1>{_p(tongue, said)}")


# -- parts


def address(tongue: Tongue, path: str = "") -> str:
    """Return the address of a page, in the language that one reads now."""
    return f"{_HERE}{path}?{web_page.LOCALES}={tongue.tag}"


def _at(tongue: Tongue, path: str = "") -> str:
    return escape(address(tongue, path), quote=True)


_PLAIN = 'dir="ltr" autocapitalize="none" spellcheck="false" maxlength="40"'


def _page(tongue: Tongue, title: str, body: str) -> str:
    above = web_page.row_of_languages(tongue)
    return web_page.page(tongue, tongue.say(OFFICE[title]), body, style=_STYLE, above=above)


def _form(tongue: Tongue, office: Office, act: str, inside: str) -> str:
    return (
        f'<form method="post" action="{_at(tongue)}"><input type="hidden" name="act" value="{act}">'
        f'<input type="hidden" name="word" value="{office.word}">{inside}</form>'
    )


def _field(
    name: str, label: str, *, kind: str = "text", value: str = "", help_: str = "", more: str = ""
) -> str:
    told = f'<p class="soft" id="{name}-help">{help_}</p>' if help_ else ""
    about = f' aria-describedby="{name}-help"' if help_ else ""
    return (
        f'<div class="field"><label for="{name}">{label}</label>{told}<input id="{name}" name="{name}"'
        f' type="{kind}" value="{value}" autocomplete="off" required {more}{about}></div>'
    )


def _picks(tongue: Tongue, name: str, offered: Iterable[tuple[str, bool]], kind: str = "checkbox") -> str:
    inside = "".join(
        f'<label class="pick"><input type="{kind}" name="{name}" value="{value}"'
        f"{' checked' if chosen else ''}>{_w(tongue, value)}</label>"
        for value, chosen in offered
    )
    return f"<fieldset><legend>{_w(tongue, name)}</legend>{inside}</fieldset>"


def _button(tongue: Tongue, name: str) -> str:
    return f'<button class="main" type="submit">{_w(tongue, name)}</button>'


def _link(tongue: Tongue, act: str, subject: str) -> str:
    return f'<a href="{_at(tongue, f"/{act}/{subject}")}">{_w(tongue, act)}</a>'


def _back(tongue: Tongue) -> str:
    return f'<p><a class="action" href="{_at(tongue)}">{_w(tongue, "back")}</a></p>'


def _error(said: str) -> str:
    return f'<p class="error" role="alert">{escape(said)}</p>' if said else ""


def _p(tongue: Tongue, name: str) -> str:
    return f"<p>{_w(tongue, name)}</p>"


def _w(tongue: Tongue, name: str) -> str:
    return web_page.words(tongue, OFFICE[name])


def _day(tongue: Tongue, moment: str) -> str:
    return escape(tongue.day(datetime.fromisoformat(moment).date()))
