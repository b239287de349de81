"""What a made-up person is: traits, contacts, the helper beside them. Ids and passwords follow from names."""

from __future__ import annotations

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from app.codes.ins import key_of

if TYPE_CHECKING:
    from datetime import date

    from app.codes.representation import Capacity

__all__ = [
    "INS_DEMO",
    "INS_TEST",
    "Contact",
    "Gender",
    "Helper",
    "Illness",
    "Organization",
    "Person",
    "Protection",
    "Representative",
    "Software",
    "made_up_id",
]

INS_TEST = "urn:oid:1.2.250.1.213.1.4.10"
INS_DEMO = "urn:oid:1.2.250.1.213.1.4.11"
_NAMESPACE = uuid.UUID("6d1f2b0c-9c5e-5b0a-8f5d-7a6d1e0c3b52")


def made_up_id(*parts: str) -> str:
    """Return the id that these words always give (a name-based UUID, RFC 9562 §5.5)."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


class Gender(StrEnum):
    """FHIR ``administrative-gender``, the two that the national identity knows."""

    FEMALE = "female"
    MALE = "male"


class Protection(StrEnum):
    """Legal protection of an adult (Code civil, art. 425): no professional mandate under it."""

    CURATELLE = "curatelle"
    TUTELLE = "tutelle"
    SAUVEGARDE = "sauvegarde"


class Illness(StrEnum):
    """What a story turns around; it chooses treatments, tests and reports."""

    DIABETES = "diabetes"
    HEART = "heart"
    KIDNEY = "kidney"
    BREATH = "breath"
    PACEMAKER = "pacemaker"
    EYES = "eyes"
    PSYCHE = "psyche"
    CANCER = "cancer"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone close: ``role`` is HL7 RoleClass, ``relation`` HL7 RoleCode."""

    given: str
    family: str
    phone: str
    role: str
    relation: str
    relation_display: str

    @property
    def name(self) -> str:
        """How they are called."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up citizen. ``number`` is the 13 characters of the test INS, without its key."""

    login: str
    given: tuple[str, ...]
    family: str
    gender: Gender
    born: date
    birth_city: str
    birth_code: str
    number: str
    street: str
    postal_code: str
    city: str
    phone: str
    illness: Illness
    papers: int
    story: str
    usage_family: str = ""
    usage_given: str = ""
    system: str = INS_TEST
    language: str = "fr"
    protection: Protection | None = None
    contacts: tuple[Contact, ...] = field(default_factory=tuple)
    only_prescriptions: bool = False

    @property
    def id(self) -> str:
        """The id of their resource."""
        return made_up_id("patient", self.login)

    @property
    def password(self) -> str:
        """A password for the form; nobody's."""
        return f"{self.login}-essai"

    @property
    def ins(self) -> str:
        """The 15 characters of the test INS."""
        return self.number + key_of(self.number)

    @property
    def shown_family(self) -> str:
        """The family name in use."""
        return self.usage_family or self.family

    @property
    def shown_given(self) -> str:
        """The given name in use."""
        return self.usage_given or self.given[0]

    @property
    def name(self) -> str:
        """How they are called."""
        return f"{self.shown_given} {self.shown_family}"

    @property
    def title(self) -> str:
        """Madame or Monsieur."""
        return "Madame" if self.gender is Gender.FEMALE else "Monsieur"

    @property
    def born_word(self) -> str:
        """Née or né."""
        return "née" if self.gender is Gender.FEMALE else "né"

    def age_on(self, day: date) -> int:
        """Return the age in whole years on that day."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


@dataclass(frozen=True, slots=True)
class Organization:
    """Where a helper works; ``number`` is a made-up SIRET or FINESS."""

    slug: str
    name: str
    number: str
    street: str
    postal_code: str
    city: str

    @property
    def id(self) -> str:
        """The id of their resource."""
        return made_up_id("organization", self.slug)


@dataclass(frozen=True, slots=True)
class Helper:
    """An adviser (or the pharmacist): someone who signs in to help, not to be helped."""

    login: str
    given: str
    family: str
    job: str
    organization: Organization
    number: str

    @property
    def id(self) -> str:
        """The id of their resource."""
        return made_up_id("practitioner", self.login)

    @property
    def password(self) -> str:
        """A password for the form; nobody's."""
        return f"{self.login}-essai"

    @property
    def totp(self) -> str:
        """The secret of an authenticator app (base32), for those who sign in with one; nobody's."""
        return base64.b32encode(hashlib.sha256(f"tandem demo {self.login}".encode()).digest()[:20]).decode()

    @property
    def name(self) -> str:
        """How they are called."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Software:
    """A professionals' software that calls with ``system/*.cruds``."""

    login: str
    name: str
    organization: Organization

    @property
    def password(self) -> str:
        """A password for the form; nobody's."""
        return f"{self.login}-essai"


@dataclass(frozen=True, slots=True)
class Representative:
    """Who acts for whom by the law (logins), in what quality, and the document that was seen."""

    login: str
    person: str
    capacity: Capacity
    evidence: str
