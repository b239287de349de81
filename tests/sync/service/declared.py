"""Requests made from what the service declares, bent in every place; and what must hold of each answer.

The CapabilityStatement says which types, interactions, search parameters and operations there are. A *tape*
(as in ``tests/fuzz``) chooses among them, and among honest and odd values: so what is declared later is asked
for too, and a failing example is found again from its tape. (Schemathesis reads OpenAPI, which a FHIR service
has none of: it would have to be written for it, and would know neither references nor bundles.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson

from app.ids import mint
from tests.fuzz.changing import ODD, bent_json
from tests.sync.service.access.cast import body_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from app.fhir import Resource
    from sync.service.service import Service
    from tests.fuzz.changing import Tape

__all__ = ["Asked", "Declared", "Ground", "ask", "asked", "faults_of", "marks_of"]

_DEEPEST = 100
LATE = "019a0000-0000-7000-8000-00000000dead"
_JSON, _PATCH = "application/fhir+json", "application/json-patch+json"
_KINDS = (
    _JSON, _JSON, _JSON, "application/json", "application/fhir+json; charset=utf-8", "application/fhir+xml",
    "application/fhir+json; charset=latin-1", "text/plain", "",
    "application/pdf", "multipart/form-data; boundary=x",
)  # fmt: skip
_CONTROL = (
    "_count", "_sort", "_include", "_revinclude", "_summary", "_elements", "_total", "_page", "_since",
    "_cursor", "_format", "_type", "_lastUpdated", "_id", "_has:Observation:patient:code",
    "_filter", "_contained", "_pretty",
    "_text", "_list", "_at", "_query", "_include:iterate", "_security", "_profile", "_tag", "",
)  # fmt: skip
_MODIFIERS = (
    ":not",
    ":exact",
    ":contains",
    ":missing",
    ":Patient",
    ":below",
    ":identifier",
    ":above",
    ":in",
    ":",
)
_CHAINS = (
    ".identifier",
    ".name",
    ":Patient.given",
    ".patient.identifier",
    ".",
    "._id",
    ":DocumentReference.description",
)
_BY_TYPE = {
    "token": ("x", "http://loinc.org|29463-7", "|x", "x|", "|", "true", "urn:a|b|c"),
    "string": ("a", "Anne", "%", "_", "É", "a\\,b", "a,b", "*", "["),
    "date": ("2026", "gt2020-01", "lt2026-11-01T10:00:00Z", "ne2026",
             "ap2026-02-30", "gt", "eb0001", "sa9999-12-31"),
    "reference": ("Patient/{id}", "{id}", "urn:uuid:{id}", "{base}/Patient/{id}", "Device/x/_history/2", "#a",
                  "/", "//"),
    "uri": ("urn:oid:1.2", "http://x.example/", "x"),
    "number": ("1", "gt1e3", "1.50", "-0", "nan", "inf", "1e999"),
    "quantity": ("70|http://unitsofmeasure.org|kg", "lt5||kg", "1e400|x", "|||", "ap0"),
}  # fmt: skip
_GUARDS = ('W/"1"', '"1"', "*", 'W/"0"', 'W/"99999999999999999999"', "1", "W/1", '"a"', 'W/"1", W/"2"', "")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a CapabilityStatement says."""

    kinds: tuple[str, ...]
    interactions: tuple[str, ...]
    operations: tuple[tuple[str, str], ...]
    params: Mapping[str, tuple[tuple[str, str], ...]]

    @classmethod
    def of(cls, statement: Resource) -> Declared:
        """Read it; every interaction that it names must be one that is asked for here."""
        (rest,) = statement["rest"]
        codes = {each["code"] for each in rest["interaction"]}
        for kind in rest["resource"]:
            codes |= {each["code"] for each in kind["interaction"]}
            codes |= {each for each in ("conditionalCreate", "conditionalUpdate") if kind.get(each)}
            codes |= {"conditionalDelete", "conditional-patch"} if kind.get("conditionalDelete") else set()
        assert codes <= WAYS.keys(), codes - WAYS.keys()
        return cls(
            tuple(kind["type"] for kind in rest["resource"]),
            tuple(sorted(codes)),
            tuple(
                (kind["type"], each["name"])
                for kind in rest["resource"]
                for each in kind.get("operation", ())
            ),
            {
                kind["type"]: tuple((each["name"], each["type"]) for each in kind.get("searchParam", ()))
                for kind in rest["resource"]
            },
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """Whose record it is: ids by type of what stands in it, and in another's.

    A person is never taken away: there would be nothing left to ask about.
    """

    base: str
    patient: str
    own: dict[str, str]
    foreign: Mapping[str, str]

    @property
    def foreign_patient(self) -> str:
        """Point to the other person."""
        return f"Patient/{self.foreign['Patient']}"


def asked(tape: Tape, declared: Declared, ground: Ground) -> Asked:
    """Make one request."""
    return WAYS[tape.pick([*declared.interactions, "operation"])](_Making(tape, declared, ground))


class _Making:
    def __init__(self, tape: Tape, declared: Declared, ground: Ground) -> None:
        self.tape, self.declared, self.ground = tape, declared, ground
        known = tape.number(4) > 0
        self.kind = tape.pick(sorted(ground.own)) if known else tape.pick(declared.kinds)
        if tape.number(40) == 0:
            self.kind = tape.pick(
                ("Pateint", "patient", "$x", "Observation ", "Parameters", "Bundle", "", "%2e%2e")
            )

    # -- an address

    def id(self) -> str:
        ways = ("own", "own", "own", "new", "foreign", "odd")
        match self.tape.pick(ways):
            case "own":
                return self.ground.own.get(self.kind, LATE)
            case "foreign":
                return self.ground.foreign.get(self.kind, LATE)
            case "odd":
                odd = (
                    "x" * 65,
                    "..",
                    "$x",
                    "%00",
                    "a%2Fb",
                    "%C3%28",
                    "_history",
                    "a b",
                    "é",
                    "-",
                    "0",
                    "$changes",
                )
                return self.tape.pick(odd)
        return mint()

    def value(self, kind: str) -> str:
        if self.tape.number(4) == 0:
            return str(self.tape.pick(ODD))[:400]
        text = self.tape.pick(_BY_TYPE[kind])
        person = self.tape.pick((self.ground.patient, self.ground.foreign["Patient"], LATE))
        return text.replace("{id}", person).replace("{base}", self.ground.base)

    def query(self, most: int = 3) -> str:
        pairs = []
        for _ in range(self.tape.number(most + 1)):
            if self.tape.number(3) == 0:
                pairs.append((self.tape.pick(_CONTROL), self.control()))
                continue
            name, kind = self.tape.pick(self.declared.params.get(self.kind) or (("_id", "token"),))
            if self.tape.number(4) == 0:
                name += self.tape.pick(_MODIFIERS + _CHAINS)
            pairs.append((name, self.value(kind)))
        if self.tape.number(30) == 0:
            pairs *= 40
        return "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in pairs)

    def control(self) -> str:
        some = ("1", "0", "-1", "50", "1000000", "٣", "", "true", "count", "text", "date", "-date,code", "x",
                f"{self.kind}:subject", "*", f"{self.kind}:*", "Provenance:target", "json", "2026-11-01",
                "Observation", "none", "accurate", self.ground.patient)  # fmt: skip
        return self.tape.pick(some) if self.tape.number(5) else str(self.tape.pick(ODD))[:400]

    # -- a body

    def resource(self, resource_id: str = "") -> bytes:
        made = body_of(self.kind, self.ground.patient, self.ground.own["Binary"]) if self.kind else {}
        if resource_id:
            made["id"] = resource_id
        match self.tape.number(12):
            case 0 | 1 | 2:
                return orjson.dumps(made)
            case 3:
                return _SHAPES[self.tape.number(len(_SHAPES))](made, self.ground)
            case _:
                binary = self.ground.own["Binary"]
                others = [body_of(each, self.ground.patient, binary) for each in ("Patient", "List")]
                return bent_json(self.tape, [orjson.dumps(each) for each in (*[made] * 4, *others)])

    def patch(self) -> bytes:
        ops = [
            {"op": self.tape.pick(("add", "replace", "remove", "test", "move", "copy", "x")),
             "path": self.tape.pick(("/status", "/note", "/note/-", "/code/coding/0/code", "", "/", "/id",
                                     "/meta", "/subject/reference", "/~2",
                                     "/note/99999999999", "/resourceType", "/a/b/c")),
             "value": self.tape.pick(ODD), "from": self.tape.pick(("/status", "/", "", "/note"))}
            for _ in range(1 + self.tape.number(3))
        ]  # fmt: skip
        return orjson.dumps(ops) if self.tape.number(4) else bent_json(self.tape, [orjson.dumps(ops)])

    def headers(self, kind: str = _JSON) -> dict[str, str]:
        made = {"content-type": kind if self.tape.number(6) else self.tape.pick(_KINDS)}
        for name, values in (
            ("if-match", _GUARDS), ("if-none-match", _GUARDS),
            ("if-modified-since", ("Mon, 01 Nov 2026 10:00:00 GMT", "x", "")),
            ("prefer", ("return=minimal", "return=representation", "handling=strict", "x;;=")),
            ("accept", ("application/fhir+json", "*/*", "application/fhir+xml", ";q=", "text/html")),
            ("range", ("bytes=0-1", "bytes=5-", "bytes=-3", "bytes=9-2", "bytes=0-1,3-4", "bytes=99999999-")),
        ):  # fmt: skip
            if self.tape.number(8) == 1:
                made[name] = self.tape.pick(values)
        return made

    def bundle(self, kind: str) -> Asked:
        entries = [self.entry() for _ in range(self.tape.number(5))]
        body: Resource = {"resourceType": "Bundle", "type": kind, "entry": entries}
        sent = orjson.dumps(body)
        if self.tape.number(3) == 0:
            sent = bent_json(self.tape, [sent])
        return Asked("POST", "/", self.headers(), sent)

    def entry(self) -> Resource:
        one = WAYS[
            self.tape.pick(
                [each for each in self.declared.interactions if each not in {"batch", "transaction"}]
            )
        ]
        inner = one(_Making(self.tape, self.declared, self.ground))
        request: Resource = {"method": inner.method, "url": inner.url.removeprefix("/")}
        for name, header in (
            ("ifMatch", "if-match"),
            ("ifNoneExist", "if-none-exist"),
            ("ifNoneMatch", "if-none-match"),
        ):
            if header in inner.headers:
                request[name] = inner.headers[header]
        made: Resource = {"request": request}
        if inner.body:
            made["resource"] = _loaded(inner.body)
        match self.tape.number(6):
            case 0:
                made["fullUrl"] = f"urn:uuid:{mint()}"
            case 1:
                made["fullUrl"] = f"urn:uuid:{LATE}"
            case 2:
                made["fullUrl"] = str(self.tape.pick(ODD))[:400]
        return made


def _loaded(body: bytes) -> object:
    """Read a body for an entry; what no JSON writer here would write again is left out."""
    try:
        return orjson.loads(body) if body.count(b"[") < _DEEPEST else None
    except ValueError:
        return None


def _one(method: str, *, body: bool = False, vread: bool = False) -> Callable[[_Making], Asked]:
    def make(on: _Making) -> Asked:
        resource_id = mint() if (method, on.kind) == ("DELETE", "Patient") else on.id()
        where = f"/{on.kind}/{resource_id}"
        if vread:
            where += "/_history/" + on.tape.pick(("1", "2", "0", "-1", "x", "99999999999999999999", "١"))
        sent = on.resource(resource_id) if body else b""
        return Asked(method, where, on.headers(), sent)

    return make


def _where(method: str, make: Callable[[_Making], bytes], kind: str = _JSON) -> Callable[[_Making], Asked]:
    return lambda on: Asked(method, f"/{on.kind}?{on.query()}", on.headers(kind), make(on))


def _delete_where(on: _Making) -> Asked:
    on.kind = "Basic" if on.kind == "Patient" else on.kind
    return Asked("DELETE", f"/{on.kind}?{on.query()}", on.headers())


def _search(on: _Making) -> Asked:
    if on.tape.number(4) == 0:
        form = on.query().encode()
        return Asked("POST", f"/{on.kind}/_search", on.headers("application/x-www-form-urlencoded"), form)
    return Asked(on.tape.pick(("GET", "GET", "HEAD")), f"/{on.kind}?{on.query()}", on.headers())


def _conditional_create(on: _Making) -> Asked:
    return Asked("POST", f"/{on.kind}", on.headers() | {"if-none-exist": on.query(2)}, on.resource())


def _operation(on: _Making) -> Asked:
    kind, name = on.tape.pick((*on.declared.operations, ("Consent", "slip"), ("Patient", "signed-list")))
    on.kind = kind
    body = b"" if on.tape.number(2) else on.resource()
    method = on.tape.pick(("GET", "GET", "POST", "PUT"))
    return Asked(method, f"/{kind}/{on.id()}/${name}?{on.query()}", on.headers(), body)


WAYS: dict[str, Callable[[_Making], Asked]] = {
    "read": _one("GET"),
    "vread": _one("GET", vread=True),
    "update": _one("PUT", body=True),
    "delete": _one("DELETE"),
    "patch": lambda on: Asked("PATCH", f"/{on.kind}/{on.id()}", on.headers(_PATCH), on.patch()),
    "create": lambda on: Asked("POST", f"/{on.kind}", on.headers(), on.resource()),
    "search-type": _search,
    "history-instance": lambda on: Asked("GET", f"/{on.kind}/{on.id()}/_history?{on.query(1)}", on.headers()),
    "history-type": lambda on: Asked("GET", f"/{on.kind}/_history?{on.query(1)}", on.headers()),
    "history-system": lambda on: Asked("GET", f"/_history?{on.query(1)}", on.headers()),
    "transaction": lambda on: on.bundle("transaction"),
    "batch": lambda on: on.bundle("batch"),
    "conditionalCreate": _conditional_create,
    "conditionalUpdate": _where("PUT", lambda on: on.resource()),
    "conditional-patch": _where("PATCH", lambda on: on.patch(), _PATCH),
    "conditionalDelete": _delete_where,
    "operation": _operation,
}


# -- bodies that are wrong by their shape


_RING = (("a", "#b"), ("b", "#a"), ("c", "#"))


def _around(made: Resource, ground: Ground) -> bytes:
    """Two contained resources that point to each other, and to what contains them."""
    rings = [{"resourceType": "List", "id": each, "status": "current", "mode": "working",
              "entry": [{"item": {"reference": other}}]} for each, other in _RING]  # fmt: skip
    return orjson.dumps(made | {"contained": rings, "partOf": [{"reference": "#a"}]})


def _within_itself(made: Resource, ground: Ground) -> bytes:
    own = {"reference": f"{made.get('resourceType')}/{made.get('id', LATE)}"}
    return orjson.dumps(
        made | {"id": made.get("id", LATE), "partOf": [own], "hasMember": [own], "entry": [{"item": own}]}
    )


def _deep(floors: int) -> Callable[[Resource, Ground], bytes]:
    def make(made: Resource, ground: Ground) -> bytes:
        within = b'{"url":"urn:x","valueString":"x"}'
        within = b'{"url":"urn:x","extension":[' * floors + within + b"]}" * floors
        return orjson.dumps(made)[:-1] + b',"extension":[' + within + b"]}"

    return make


def _brackets(made: Resource, ground: Ground) -> bytes:
    return b'{"resourceType":"Basic","a":' + b"[" * 60_000 + b"]" * 60_000 + b"}"


def _contained_bundles(made: Resource, ground: Ground) -> bytes:
    for _ in range(20):
        made = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": made}]}
    return orjson.dumps(made)


_SHAPES: tuple[Callable[[Resource, Ground], bytes], ...] = (
    _around, _within_itself, _deep(3), _deep(40), _deep(110), _deep(900), _brackets, _contained_bundles,
    lambda made, ground: orjson.dumps(made | {"note": [{"text": "x" * 300_000}]}),
    lambda made, ground: orjson.dumps(made | {"identifier": [{"value": str(n)} for n in range(3000)]}),
    lambda made, ground: orjson.dumps(made)[:-1] + b',"resourceType":"Patient"}',
    lambda made, ground: orjson.dumps(made)[:-1] + b',"status":NaN}',
    lambda made, ground: orjson.dumps(made)[:-1] + b',"a":' + b"9" * 5000 + b"}",
    lambda made, ground: orjson.dumps(made)[:-1] + b',"a":"\\ud800"}',
    lambda made, ground: orjson.dumps(made)[:-1] + b',"a":"\xff\xfe"}',
    lambda made, ground: b"\xef\xbb\xbf" + orjson.dumps(made),
    lambda made, ground: b"[" + orjson.dumps(made) + b"]",
    lambda made, ground: orjson.dumps(made).decode().encode("utf-16"),
    lambda made, ground: b"<Patient xmlns='http://hl7.org/fhir'/>",
    lambda made, ground: orjson.dumps(made | {"subject": {"reference": ground.foreign_patient}}),
    lambda made, ground: orjson.dumps(made | {"subject": {"reference": f"Patient?_id={ground.patient}"}}),
    lambda made, ground: orjson.dumps({"resourceType": "Parameters", "parameter": [{"name": "x"}]}),
    lambda made, ground: b"",
)  # fmt: skip


# -- what must hold


def ask(client: httpx.Client, one: Asked) -> httpx.Response:
    """Send it."""
    headers = [(name.encode(), value.encode("utf-8")) for name, value in one.headers.items()]
    return client.request(one.method, one.url, content=one.body, headers=headers)


_COUNTED = (
    "citizen", "directory", "resource", "version", "answer", '"binary"', "upload", "upload_piece",
    # Events are indexed when somebody asks for them, whatever they are answered: it says nothing new.
    "search_index WHERE type <> 'AuditEvent'",
)  # fmt: skip


def marks_of(service: Service) -> tuple[int, ...]:
    """Count all that lies in the records, with versions and change numbers: what is half-written shows."""
    counts = [f"(SELECT count(*) FROM {table})" for table in _COUNTED]
    sums = ["(SELECT sum(last_change) FROM citizen)", "(SELECT sum(version) FROM resource)"]
    with service.store.read(of="*") as sql:
        row = sql.execute(f"SELECT {', '.join([*counts, *sums])}").fetchone()
    return tuple(int(each or 0) for each in row)


def faults_of(one: Asked, told: httpx.Response, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """Say what is wrong with an answer; "" for nothing."""
    if told.status_code >= 500 or b'"status":"5' in told.content:
        return "our failure"
    if told.status_code >= 400:
        if before != after:
            return f"refused, and written: {before} {after}"
        if one.method != "HEAD" and not _is_said(told):
            return "refused without a sentence"
    elif told.content and told.headers["content-type"].startswith("application/fhir+json"):
        told.json()
    return ""


def _is_said(told: httpx.Response) -> bool:
    try:
        issue = told.json()["issue"][0]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(issue["details"]["text"] and issue["details"]["coding"][0]["code"])
