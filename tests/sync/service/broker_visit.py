"""A house whose people sign in elsewhere: what the upstreams know, and a browser that goes there and back."""

from __future__ import annotations

import html
import json
import re
import threading
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

from app.fhir import patient
from sync.service.accounts import Accounts
from sync.service.broker.configuration import Kind, Upstream
from sync.service.broker.flow import Broker
from sync.service.caller import Role
from tests.sync.service.house import INS, ORGANIZATION, REDIRECT, House

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED = {
    "client_id": "tandem-desktop",
    "redirect_uri": REDIRECT,
    "response_type": "code",
    "code_challenge": "a" * 43,
    "code_challenge_method": "S256",
    "scope": "openid profile fhirUser launch/patient patient/*.cruds",
    "state": "ours",
    "nonce": "n",
    "prompt": "login",
    "max_age": "0",
}
HELPING = ASKED | {"scope": "openid profile fhirUser adviser"}
SECRET = "s" * 40
TRAITS = ("given_name", "family_name", "birthdate", "gender", "birthplace", "birthcountry")
ANGELA = {
    "given_name": "Angela Claire Louise",
    "family_name": "Dubois-Lemaître",
    "birthdate": "1962-08-24",
    "gender": "female",
    "birthplace": "75107",
    "birthcountry": "99100",
}
AHMED = {
    "given_name": "Ahmed Larbi",
    "family_name": "Benyahia",
    "birthdate": "1951-02-14",
    "gender": "male",
    "birthplace": "",
    "birthcountry": "99352",
}
TWIN = ANGELA | {"given_name": "Zoé", "birthdate": "1980-01-01"}
STRANGER = ANGELA | {"family_name": "Personne"}
RPPS = "99900000011"
SOPHIE = {
    "SubjectNameID": f"8{RPPS}",
    "preferred_username": f"8{RPPS}",
    "SubjectRefPro": {"codeCivilite": "MME", "exercices": [{"codeProfession": "21"}]},
    "family_name": "Essai",
    "given_name": "Sophie",
}


def upstream(issuer: str, name: str = "fc", **more: Any) -> Upstream:  # noqa: ANN401 (its fields)
    """Configure an upstream as the operator's file does."""
    told: dict[str, Any] = {
        "label": "FranceConnect+",
        "kind": Kind.CITIZEN,
        "client_id": "tandem",
        "client_secret": SECRET,
        "scopes": ("openid", *TRAITS),
        "acr_values": ("eidas2",),
    }
    return Upstream(name=name, issuer=issuer, **told | more)


def serve(house: House, *upstreams: Upstream, seconds: float = 15) -> None:
    """Give a house its upstreams, in the place of those it had."""
    if house.service.broker:
        house.service.broker.close()
    house.service.broker = Broker(upstreams, seconds=seconds)


def add_citizen(house: House, login: str, number: str, traits: dict[str, str]) -> str:
    """Create a Patient whose identity was verified, as the civil register writes it, and its account."""
    code = traits["birthplace"] or traits["birthcountry"]
    made = patient.make(
        "unused",
        ins_value=number,
        ins_system=INS,
        family=traits["family_name"].upper().replace("Î", "I").replace("-", " "),
        given=traits["given_name"].upper().split(),
        gender=traits["gender"],
        born=traits["birthdate"],
        place=("Là", code),
    )
    del made["id"]
    answer = house.system.post("/Patient", json=made)
    assert answer.status_code == 201, answer.text
    patient_id = str(answer.json()["id"])
    claims = {"name": login.title(), "birthdate": traits["birthdate"]}
    Accounts(house.service).add(login, login, Role.CITIZEN, f"Patient/{patient_id}", claims, made_up=True)
    house.patients[login] = patient_id
    return patient_id


def add_professional(house: House, login: str, rpps: str) -> str:
    """Create a Practitioner with an RPPS number, and the account."""
    made = {
        "resourceType": "Practitioner",
        "identifier": [{"system": "https://rpps.esante.gouv.fr", "value": rpps}],
        "name": [{"family": "Essai", "given": ["Sophie"]}],
    }
    answer = house.system.post("/Practitioner", json=made)
    assert answer.status_code == 201, answer.text
    claims = {"name": "Sophie Essai", "organization": {"id": ORGANIZATION, "name": "Maison"}}
    subject = f"Practitioner/{answer.json()['id']}"
    Accounts(house.service).add(login, login, Role.PHARMACIST, subject, claims)
    return subject


def count(house: House, table: str) -> int:
    """Count the rows of a table."""
    with house.service.store.read() as sql:
        return int(sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


class Web:
    """A browser: cookies, redirections up to the program's own address, forms."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.client = httpx.Client(trust_env=False, timeout=30)
        self.asked: dict[str, Any] = {}
        self.went: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def follow(self, answer: httpx.Response, stop: str = "/callback") -> httpx.Response:
        """Follow redirections, but not to the program's own listener."""
        while answer.is_redirect:
            target = urljoin(str(answer.request.url), answer.headers["location"])
            self.went.append(target)
            if urlsplit(target).path == stop:
                return answer
            answer = self.client.get(target)
        return answer

    def out(self, asked: dict[str, str] = ASKED, name: str = "fc", **headers: str) -> httpx.Response:
        """Press the button of an upstream on our page; returns our answer, which leads there."""
        page = self.client.get(f"{self.house.base}/authorize", params=asked, headers=headers)
        found = re.search(rf'href="(/broker/{name}\?[^"]+)"', page.text)
        assert found, page.text
        return self.client.get(self.house.base + html.unescape(found[1]), headers=headers)

    def form(self, asked: dict[str, str] = ASKED, name: str = "fc") -> httpx.Response:
        """Go as far as the upstream's own form, and keep what it was asked."""
        page = self.follow(self.out(asked, name))
        told = re.search(r"<!--(.*)-->", page.text)
        assert told, (page.status_code, page.text)
        self.asked = json.loads(told[1])
        return page

    def through(
        self, said: dict[str, str], asked: dict[str, str] = ASKED, name: str = "fc"
    ) -> httpx.Response:
        """Sign in there with what is typed in its form, and come back as far as that leads."""
        page = self.form(asked, name)
        action = re.search(r'action="([^"]+)"', page.text)
        assert action, page.text
        answer = self.client.post(urljoin(str(page.url), action[1]), data=said)
        return self.follow(answer)


def opening(
    web: Web,
    said: dict[str, str],
    name: str,
    then: Callable[[httpx.Response], httpx.Response] = lambda answer: answer,
) -> Callable[[str], None]:
    """Play the browser for the desktop's client: our page, the upstream, and back to the program."""

    def opened(url: str) -> None:
        asked = dict(httpx.URL(url).params)
        answer = then(web.through(said, asked, name))
        assert answer.is_redirect, answer.text
        back = answer.headers["location"]
        threading.Thread(target=httpx.get, args=(back,), kwargs={"trust_env": False}, daemon=True).start()

    return opened
