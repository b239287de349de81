"""Who decides what, by type and element: the table of ``sync.md`` §3, each row with its reason.

A row applies where both sides changed its element, to different ends: what one side alone changed is taken.
Exceptions, said in their reason: ``THEIRS``, and a stopped Consent, which stays stopped. The first row that
fits an element counts; ``elements`` of a ``TOGETHER`` row are judged as one. A path names elements by dots;
``[]`` is an item of a list, ``[URL]`` an extension.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.codes.personal_acts import PersonalAct
from app.codes.relationships import role_of_code
from app.fhir import Resource, codes, node, nodes, string
from app.fhir.consent import REVOKED_URL
from app.fhir.merging import judges
from app.fhir.merging.trees import choice_stem

__all__ = ["ROWS", "Row", "Rule", "Rules", "rules_for"]

ALL = "*"
"""In a row: the whole resource."""


class Rule(StrEnum):
    """How an element that both changed is decided."""

    UNION = "union"
    THEIRS = "theirs"
    PROTECTIVE = "protective"
    FINAL = "final"
    CHOOSE = "choose"
    TOGETHER = "together"


When = Callable[[Sequence[Resource]], bool]


@dataclass(frozen=True, slots=True)
class Row:
    """One row; no ``types`` means all, ``when`` looks at all versions.

    ``always``: judged even where one side alone changed something and nothing else happened.
    """

    types: tuple[str, ...]
    elements: tuple[str, ...]
    rule: Rule
    reason: str
    when: When | None = None
    judge: judges.Judge | None = None
    always: bool = False

    def covers(self, name: str) -> bool:
        """Say whether a top element is its own, by its name in JSON (``valueString`` of ``value[x]``)."""
        bare = name.removeprefix("_")
        return self.elements == (ALL,) or not {bare, f"{choice_stem(bare)}[x]"}.isdisjoint(self.elements)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rows that apply to one merge: by path, and those that bind several elements.

    ``watched``: the paths at or above a row that is ``always`` judged, "" for the resource.
    """

    by_path: dict[str, Row] = field(default_factory=dict)
    together: tuple[Row, ...] = ()
    watched: frozenset[str] = frozenset()

    @property
    def theirs_holds(self) -> bool:
        """Whether the service's body holds as it is."""
        return ALL in self.by_path and self.by_path[ALL].rule is Rule.THEIRS


def _is_measured(versions: Sequence[Resource]) -> bool:
    return any(node(each, "device") for each in versions)


def _is_close(versions: Sequence[Resource]) -> bool:
    concepts = (concept for each in versions for concept in nodes(each, "relationship"))
    return any(role_of_code(code) for concept in concepts for code in codes(concept))


def _permits(versions: Sequence[Resource]) -> bool:
    return all(string(each, "provision", "type") != "deny" for each in versions)


def _is_own_decision(versions: Sequence[Resource]) -> bool:
    said = {
        code for each in versions for concept in nodes(each, "category") for code in codes(concept)
    } | {f"scope {code}" for each in versions for code in codes(each.get("scope"))}  # fmt: skip
    return bool(said & _OWN_DECISIONS)


_OWN_DECISIONS = {each.value for each in PersonalAct if each is not PersonalAct.PROFESSIONAL_ACCESS} | {
    "scope adr"  # advance directives, as other programs write them
}
_ALLERGY, _CONDITION = "AllergyIntolerance", "Condition"

ROWS: tuple[Row, ...] = (
    # The service wins
    Row(
        ("ExplanationOfBenefit", "Claim", "ClaimResponse"), (ALL,), Rule.THEIRS,
        "the insurance fund's accounts: nobody at a desk corrects them",
    ),
    Row(
        ("Observation",), (ALL,), Rule.THEIRS,
        "a device measured it: what was read from it is not written over", when=_is_measured,
    ),
    # The more protective wins
    Row(
        ("DocumentReference",), ("securityLabel",), Rule.PROTECTIVE,
        "what was hidden can be shown later, what was shown cannot be hidden again", judge=judges.most_masked,
    ),
    Row(
        (), ("meta.security",), Rule.PROTECTIVE,
        "as for a document's labels", judge=judges.most_masked,
    ),
    # Consent: the person's own decisions, before the permissions
    Row(
        ("Consent",), (ALL,), Rule.TOGETHER,
        "organ donation, opposition, directives: the words were read back and confirmed as one, "
        "and only the person decides between two", when=_is_own_decision,
    ),
    Row(
        ("Consent",), ("status",), Rule.PROTECTIVE,
        "a stopped permission never comes back, even where one side alone revived it: "
        "whoever wants it again gives a new one", when=_permits, judge=judges.stopped, always=True,
    ),
    Row(
        ("Consent",), (f"extension[{REVOKED_URL}]",), Rule.PROTECTIVE,
        "when it was stopped, and by whom, is not unsaid; of two, the earlier end",
        when=_permits, judge=judges.first_revocation, always=True,
    ),
    Row(
        ("Consent",), ("provision.type",), Rule.PROTECTIVE,
        "a no is not overruled by a yes that did not know of it", judge=judges.refusal,
    ),
    Row(
        ("Consent",), ("provision.period",), Rule.PROTECTIVE,
        "the shorter permission", when=_permits, judge=judges.shortest,
    ),
    Row(
        ("Consent",),
        tuple(f"provision.{name}" for name in ("actor", "action", "class", "code", "purpose", "data",
                                               "securityLabel", "provision")),
        Rule.CHOOSE, "to whom, for what: two changes put together would permit what nobody agreed to",
    ),
    # A person chooses
    Row(
        ("RelatedPerson",),
        ("active", "period", "relationship", "name", "telecom", "address", "gender", "birthDate", "photo"),
        Rule.TOGETHER,
        "the trusted person, those to call: a name from one side with a number from the other is nobody",
        when=_is_close,
    ),
    Row(
        ("Patient",), ("contact[]",), Rule.CHOOSE,
        "as for RelatedPerson: a contact is one person, never put together from two",
    ),
    Row(
        ("MedicationStatement", "MedicationRequest", "MedicationDispense", "MedicationAdministration"),
        ("medication[x]", "dosage", "dosageInstruction"), Rule.TOGETHER,
        "a dosage is of its medicine: a wrong dose harms",
    ),
    Row(
        ("Observation",), ("code", "value[x]", "dataAbsentReason", "component"), Rule.TOGETHER,
        "a reading is one: a figure under another's code or beside another's half was never measured",
    ),
    Row(
        ("Immunization",), ("vaccineCode", "lotNumber", "expirationDate"), Rule.TOGETHER,
        "a lot is of the vaccine on whose box it stands",
    ),
    Row(
        (_ALLERGY, _CONDITION), ("clinicalStatus", "verificationStatus"), Rule.TOGETHER,
        "whether it is so is one judgment; an entry made in error is final",
        judge=judges.no_status_of_an_error,
    ),
    Row(
        (_ALLERGY,), ("criticality", "type", "reaction.severity"), Rule.CHOOSE,
        "how bad it is: no rule knows which of two is true",
    ),
    Row((_CONDITION,), ("severity",), Rule.CHOOSE, "how bad it is: no rule knows which of two is true"),
    # Union
    Row(
        (_ALLERGY,),
        ("category", "reaction", "reaction.manifestation", "reaction.note", "note", "identifier"),
        Rule.UNION, "a reaction that is forgotten can kill; one too many is asked about",
    ),
    Row(
        (_CONDITION,), ("category", "bodySite", "stage", "evidence", "evidence.code", "note", "identifier"),
        Rule.UNION, "what either side added is true until someone says otherwise",
    ),
    Row((), ("meta.tag", "meta.profile"), Rule.UNION, "marks of several programs stand beside each other"),
    # Final
    Row(
        (), ("status", "docStatus"), Rule.FINAL,
        "entered-in-error and superseded are the end of a resource (R4 life cycles)",
        judge=judges.final_status,
    ),
)  # fmt: skip


def rules_for(kind: str, versions: Sequence[Resource]) -> Rules:
    """Return the rows that apply to the versions of one resource."""
    by_path: dict[str, Row] = {}
    together: list[Row] = []
    for row in ROWS:
        if (row.types and kind not in row.types) or (row.when and not row.when(versions)):
            continue
        if row.rule is Rule.TOGETHER:
            together.append(row)
            continue
        for path in row.elements:
            by_path.setdefault(path, row)
    watched = {above for path, row in by_path.items() if row.always for above in ("", path.partition("[")[0])}
    return Rules(by_path, tuple(together), frozenset(watched))
