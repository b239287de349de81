"""The interactions of the matrix as requests: what is asked for, of one resource, in some way."""

from __future__ import annotations

import base64
import dataclasses
from enum import StrEnum
from typing import TYPE_CHECKING

import orjson

from app.ids import mint
from tests.sync.service.access.cast import body_of
from tests.sync.service.access.policy import Deed, Whose

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.fhir import Resource
    from sync.service.caller import Caller
    from tests.sync.service.access.cast import Answered, Cast, OverHttp, Person, Stage

__all__ = ["NOTHING", "WAYS", "Form", "play"]


class Form(StrEnum):
    """How an interaction is sent: by itself, or as an entry."""

    ALONE = "alone"
    BATCH = "batch"
    TRANSACTION = "transaction"


NOTHING = "019a0000-0000-7000-8000-00000000dead"
"""An id that nothing has."""
_PATCH = b'[{"op":"add","path":"/language","value":"fr"}]'
_PATCH_OF = {"DocumentReference": b'[{"op":"replace","path":"/status","value":"superseded"}]'}
_PATCHES = "application/json-patch+json"
_FORM = "application/x-www-form-urlencoded"


def play(
    people: Cast,
    stage: Stage | OverHttp,
    caller: Caller,
    deed: Deed,
    kind: str,
    whose: Whose,
    form: Form = Form.ALONE,
) -> Answered:
    """Ask for one cell of the matrix."""
    owner = people.bruno if whose is Whose.ANOTHER else people.anne
    resource_id = NOTHING if whose is Whose.NOBODY else owner.of[kind]
    return WAYS[deed](_Scene(people, stage, caller, kind, resource_id, form))


class _Scene:
    def __init__(
        self, people: Cast, stage: Stage | OverHttp, caller: Caller, kind: str, resource_id: str, form: Form
    ) -> None:
        self.people, self.stage, self.caller, self.kind, self.id = people, stage, caller, kind, resource_id
        self.form = form

    def ask(self, method: str, where: str, body: object = None, **headers: str) -> Answered:
        if self.form is Form.ALONE:
            return self.stage.ask(self.caller, method, where, body, **headers)
        entry = _entry(method, where, body, headers)
        bundle = {"resourceType": "Bundle", "type": self.form.value, "entry": [entry]}
        told = self.stage.ask(self.caller, "POST", "", bundle)
        return _taken_out(told) if told.status == 200 else told

    def put_new(self) -> Answered:
        new = mint()
        return self.ask("PUT", f"{self.kind}/{new}", self.body(new))

    @property
    def patch(self) -> bytes:
        return _PATCH_OF.get(self.kind, _PATCH)

    def body(self, resource_id: str | None = None, person: Person | None = None) -> Resource:
        """Write the resource that is sent: about Anne, and for a program about whose it is."""
        anne = self.people.anne
        theirs = self.people.bruno if self.id == self.people.bruno.of.get(self.kind) else anne
        about = person or (theirs if self.caller.is_system else anne)
        # The bytes are Anne's own: whose the document is said to be is what is tried.
        binary = (about if self.caller.is_system else anne).of.get("Binary", "")
        made = body_of(self.kind, about.id, binary)
        if self.kind == "AuditEvent" and self.caller.helper is not None:
            made["agent"] = [{"who": {"reference": self.caller.helper.reference}, "requestor": True}]
        if self.kind == "Patient" and person is None and self.id != NOTHING:
            held = self.stage.ask(self.people.system, "GET", f"Patient/{about.id}").json()
            made = {name: value for name, value in held.items() if name not in {"meta", "id"}}
        return made | ({"id": resource_id} if resource_id else {})


def _entry(method: str, where: str, body: object, headers: dict[str, str]) -> Resource:
    request = {"method": method, "url": where}
    if "if_none_exist" in headers:
        request["ifNoneExist"] = headers["if_none_exist"]
    if isinstance(body, bytes):
        data = base64.b64encode(body).decode()
        body = {"resourceType": "Binary", "contentType": headers["content_type"], "data": data}
    return {"request": request} | ({"resource": body} if body is not None else {})


def _taken_out(told: Answered) -> Answered:
    """Return an entry's own answer."""
    (entry,) = told.json()["entry"]
    response = entry["response"]
    body = orjson.dumps(response.get("outcome") or entry.get("resource") or {})
    return dataclasses.replace(told, status=int(response["status"][:3]), body=body)


WAYS: dict[Deed, Callable[[_Scene], Answered]] = {
    Deed.READ: lambda on: on.ask("GET", f"{on.kind}/{on.id}"),
    Deed.VREAD: lambda on: on.ask("GET", f"{on.kind}/{on.id}/_history/1"),
    Deed.HISTORY: lambda on: on.ask("GET", f"{on.kind}/{on.id}/_history"),
    Deed.HISTORY_TYPE: lambda on: on.ask("GET", f"{on.kind}/_history"),
    Deed.SEARCH: lambda on: on.ask("GET", f"{on.kind}?_id={on.id}"),
    Deed.SEARCH_POST: lambda on: on.ask(
        "POST", f"{on.kind}/_search", f"_id={on.id}".encode(), content_type=_FORM
    ),
    Deed.CREATE: lambda on: on.ask("POST", on.kind, on.body()),
    Deed.CREATE_FOR_ANOTHER: lambda on: on.ask("POST", on.kind, on.body(person=on.people.bruno)),
    Deed.PUT_NEW: lambda on: on.put_new(),
    Deed.UPDATE: lambda on: on.ask("PUT", f"{on.kind}/{on.id}", on.body(on.id)),
    Deed.PATCH: lambda on: on.ask("PATCH", f"{on.kind}/{on.id}", on.patch, content_type=_PATCHES),
    Deed.DELETE: lambda on: on.ask("DELETE", f"{on.kind}/{on.id}"),
    Deed.CREATE_IF_NONE: lambda on: on.ask("POST", on.kind, on.body(), if_none_exist=f"_id={on.id}"),
    Deed.UPDATE_WHERE: lambda on: on.ask("PUT", f"{on.kind}?_id={on.id}", on.body()),
    Deed.PATCH_WHERE: lambda on: on.ask("PATCH", f"{on.kind}?_id={on.id}", on.patch, content_type=_PATCHES),
    Deed.DELETE_WHERE: lambda on: on.ask("DELETE", f"{on.kind}?_id={on.id}"),
}
