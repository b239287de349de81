"""History (R4 §3.1.0.12) of an instance, a type or the whole system, newest first, by pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.service import carers, helpers
from sync.service.dates import is_number, period_of
from sync.service.exchange import Answer, Ask, bundle, of_resource
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.records import Held
    from sync.service.unit import Unit

__all__ = ["entry_of", "history"]

_COUNT, _MOST = 50, 500


def history(unit: Unit, ask: Ask, resource_type: str | None, resource_id: str | None) -> Answer:
    """``GET [Type[/id]]/_history?_count&_since``."""
    unit.permit("r" if resource_id else "s", resource_type or "Patient")
    if resource_id is None:
        carers.check_whole(unit, resource_type or "")
    elif carers.is_somebody_elses(unit, resource_type or "", resource_id):
        raise Refused("unknown")
    helpers.check_versions(unit, resource_type or "", resource_id)
    given = dict(ask.query)
    key = _key(unit, resource_type, resource_id)
    count = _count(given.get("_count"))
    versions = unit.records.history(
        patient_key=key,
        resource_type=resource_type,
        resource_id=resource_id,
        since=_since(given.get("_since")),
        before=_before(unit, given.get("_page")),
        limit=count + 1,
        see_hidden=unit.caller.is_system,
        close=unit.caller.is_close,
    )
    if resource_id and not versions and not given:
        raise Refused("unknown")
    opened = {kind for kind in {each.type for each in versions} if unit.may_read(kind)}
    page = [held for held in versions[:count] if held.type in opened]
    unit.seen(*{held.key: held for held in page}.values())
    return of_resource(_page(unit, ask, versions, page, count))


def _page(unit: Unit, ask: Ask, versions: list[Held], shown: list[Held], count: int) -> Resource:
    address = "/".join([unit.service.fhir, *ask.path])
    links = [{"relation": "self", "url": address}]
    if len(versions) > count:
        page = unit.service.secrets.seal({"before": versions[count - 1].change})
        since = dict(ask.query).get("_since")
        kept = f"&_since={since.replace('+', '%2B')}" if since else ""
        links.append({"relation": "next", "url": f"{address}?_page={page}&_count={count}{kept}"})
    return bundle("history", [entry_of(unit, each) for each in shown], link=links)


def entry_of(unit: Unit, held: Held) -> Resource:
    """Make the entry of one version."""
    entry: Resource = {"fullUrl": f"{unit.service.fhir}/{held.key}"}
    method = "DELETE" if held.body is None else held.method
    if held.body is not None:
        entry["resource"] = held.resource()
    status = {"POST": "201", "DELETE": "204"}.get(method, "201" if held.version == 1 else "200")
    entry["request"] = {"method": method, "url": held.type if method == "POST" else held.key}
    entry["response"] = {"status": status, "etag": held.etag, "lastModified": held.updated}
    return entry


def _key(unit: Unit, resource_type: str | None, resource_id: str | None) -> str | None:
    if resource_type and resource_id:
        return unit.place_of(resource_type, resource_id)
    return unit.visibility(resource_type or "Patient").patient_key


def _count(text: str | None) -> int:
    if text is None:
        return _COUNT
    if not is_number(text) or int(text) == 0:
        raise Refused("bad-parameter", at="_count", name="_count")
    return min(int(text), _MOST)


def _since(text: str | None) -> str | None:
    if text is None:
        return None
    period = period_of(text.replace(" ", "+"))
    if period is None:
        raise Refused("bad-parameter", at="_since", name="_since")
    from datetime import UTC, datetime

    from app.clock import instant

    return instant(datetime.fromtimestamp(period[0], UTC))


def _before(unit: Unit, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        found = unit.service.secrets.unseal(text)
    except ValueError:
        raise Refused("bad-cursor", at="_page") from None
    return int(found["before"]) if isinstance(found, dict) and "before" in found else None
