"""The signed list of who looked: whose right it is, what it says, and that no byte of it can be changed."""

from __future__ import annotations

import io
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest
from asn1crypto import x509 as asn1
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fpdf import FPDF
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from app.access_proof import LIMIT, ListNotTrusted, ListUnreadable, Problem, verify, verify_file
from app.fhir.accesses import Deed, read
from app.vault import merkle
from sync.accesses import fingerprint_of, signed_list
from sync.enrolment import save
from sync.service import access_list, audit, signing
from sync.service.caller import SERVICE_CALLER
from sync.service.storage import EVERYONE
from sync.service.unit import Unit
from sync.transport import Address, Transport
from tests.app.test_accesses import event
from tests.sync.service.house import ADVISER, ADVISER_SCOPE, ORGANIZATION, SLIP, House
from tests.sync.service.test_helpers import mandate
from ui.commands import main
from ui.desk.config import DeskConfig
from ui.desk.post import DEVICE, vault_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH = "/AuditEvent/$signed-list"
NAME = "Chloé Lefèvre-Essai"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service with two people, and an adviser who is in its directory."""
    made = House(tmp_path_factory.mktemp("list"))
    made.add_citizen("anne", "250021234567801")
    made.add_citizen("bruno", "150021234567801")
    made.add_adviser()
    people = {
        "Practitioner": {"id": ADVISER, "name": [{"text": NAME}]},
        "Organization": {"id": ORGANIZATION, "name": "Maison de Bourges"},
    }
    for kind, body in people.items():
        answer = made.system.put(f"/{kind}/{body['id']}", json={"resourceType": kind} | body)
        assert answer.status_code in {200, 201}, answer.text
    yield made
    made.close()


@pytest.fixture(scope="module")
def pinned(house: House) -> str:
    """What a PC of this house pinned when it was enrolled."""
    return fingerprint_of(house.device.policy_key)


@pytest.fixture(scope="module")
def listed(house: House) -> bytes:
    """Anne's list, asked for with her adviser beside her, who opened her record before."""
    together = house.together("anne")
    together.get(f"/Patient/{house.patients['anne']}")
    answer = together.get(PATH, params={"zone": "Europe/Paris"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


def text_of(data: bytes) -> str:
    """Read the pages' words."""
    document = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def events_of(house: House, login: str) -> list[dict[str, Any]]:
    """Read a person's events as they do."""
    found = house.citizen(login).get("/AuditEvent", params={"_count": "200"}).json()
    return [each["resource"] for each in found["entry"]]


def test_it_says_in_words_who_looked_when_and_how(house: House, listed: bytes) -> None:
    """The helper by name and organization, the day, the four kinds; and asking for it is itself audited."""
    said = text_of(listed)
    today = datetime.now().astimezone().year
    assert f"{NAME}, Maison de Bourges" in said
    assert str(today) in said
    for words in ("Ceux qui m’aident", "Mes soignants", "Moi", "Les services", "Avec vous", "Anne Essai"):
        assert words in said
    assert "Demandée le" in said
    assert [read(each).deed for each in events_of(house, "anne")].count(Deed.LISTED) == 1  # type: ignore[union-attr]
    assert "Qui a regardé mon espace ?".encode() in listed  # its title, in XMP
    assert b"/Lang (fr)" in listed
    assert b"pdfaid" in listed


def test_its_root_binds_the_events_behind_it(house: House) -> None:
    """Whoever reads the events later computes the root that stands on the paper."""
    bruno = house.citizen("bruno")
    before = sorted(events_of(house, "bruno"), key=lambda each: (each["recorded"], each["id"]))
    with house.service.store.read(of=EVERYONE) as sql:
        stored = dict(sql.execute("SELECT id, body FROM resource WHERE type = 'AuditEvent'").fetchall())
    said = text_of(bruno.get(PATH).content).replace(" ", "")
    assert merkle.root_of(stored[each["id"]].encode() for each in before).hex() in said


def test_a_pdf_reader_finds_the_signature_good(house: House, listed: bytes) -> None:
    """PAdES, over the whole file, certified against any change, by the key that the PCs pinned."""
    (found,) = (
        PdfFileReader(io.BytesIO(listed)).embedded_regular_signatures
        or PdfFileReader(io.BytesIO(listed)).embedded_signatures
    )
    root = asn1.Certificate.load(house.service.secrets.certificate)
    status = validate_pdf_signature(found, ValidationContext(trust_roots=[root]))
    assert status.bottom_line, status.pretty_print_details()
    assert found.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"


def test_no_byte_can_be_changed(listed: bytes, pinned: str) -> None:
    """Edited anywhere, cut anywhere, added to: said, each as what it is; never taken for whole."""
    found = verify(listed, pinned)
    assert found.ok
    assert found.signed is not None
    assert found.signer == f"Tandem {pinned[:16]}"
    signature = listed.rindex(b"/Contents <")  # what the digest does not cover: each byte of it
    for at in (*range(5, len(listed), 60), *range(signature, signature + 1_800)):
        edited = bytearray(listed)
        edited[at] ^= 1 << (at % 8)
        assert verify(bytes(edited), pinned).problem is Problem.EDITED, at
    for size in (20, 700, 9_000, len(listed) // 2):
        assert verify(listed[:-size], pinned).problem is Problem.CUT
    assert verify(listed + b"\n% more\n%%EOF\n", pinned).problem is Problem.ADDED
    assert verify(b"<html>", pinned).problem is Problem.NOT_A_PDF
    before = listed[: listed.index(b"%%EOF") + 6]
    assert verify(before, pinned).problem is Problem.NOT_SIGNED


def test_another_service_s_key_is_said(tmp_path: Path, listed: bytes, own_house: Any) -> None:  # noqa: ANN401
    """A list that is whole, but of somebody else's service."""
    other = own_house(tmp_path / "other")
    signed = signing.sign_pdf(other.service, listed[: listed.index(b"%%EOF") + 6], "x")
    key = signing.fingerprint(other.service.secrets.signing)
    assert verify(signed, key).ok
    assert verify(signed, "0" * 64).problem is Problem.ANOTHER_KEY


def test_what_is_not_the_pinned_key_s_is_offered_to_nobody(house: House, pinned: str) -> None:
    """The PC checks the bytes when they arrive."""

    class Token:
        def access_token(self) -> str:
            return str(house.sign_in("anne")["access_token"])

        def renewed(self, stale: str) -> str:
            return stale

    with Transport(Address(house.base), Token()) as transport:
        arabic = signed_list(transport, pinned, "ar", "Indian/Reunion")
        assert verify(arabic, pinned).ok
        said = text_of(arabic)
        assert {"Anne", "Essai"} <= set(said.split())
        for key in ("", "0" * 64):
            with pytest.raises(ListNotTrusted):
                signed_list(transport, key)


def test_it_is_the_person_s_own_right(house: House) -> None:
    """A helper by a mandate that does not name the account is refused; a program and a stranger too."""
    consent = mandate(house, "anne", scopes=("documents",), actions=("view", "add"))
    assert house.client(_by_slip(house, "anne", consent)).get(PATH).status_code == 403
    allowed = mandate(house, "anne", scopes=("account",), actions=("view",))
    helper = house.client(_by_slip(house, "anne", allowed))
    answer = [helper.get(PATH) for _ in range(2)][-1]
    assert answer.status_code == 200
    assert "À votre place" in text_of(answer.content)
    assert house.system.get(PATH).status_code == 403
    assert house.client().get(PATH).status_code == 401


def test_what_is_asked_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """No zone, no period and no number of tries that a program makes up."""
    bruno = house.citizen("bruno")
    for asked in ({"zone": "../x"}, {"start": "x"}, {"start": "2031-01-01"}, {"start": "1900-01-01"}):
        assert bruno.get(PATH, params=asked).status_code == 400, asked
    empty = bruno.get(PATH, params={"start": "2020-01-01", "end": "2020-02-01"})
    assert text_of(empty.content).count("Personne pendant cette période.") == 4
    monkeypatch.setattr(access_list, "_TRIES", 5)
    assert bruno.get(PATH).status_code == 429


def test_a_year_of_two_thousand_accesses(house: House, tmp_path: Path) -> None:
    """Is made in bounded time, and holds every one of them, four to a visit."""
    house.add_citizen("lucie", "250021234567802")
    moment = house.service.clock()
    with house.service.store.transaction(of=EVERYONE) as sql:
        unit = Unit.begin(house.service, sql, SERVICE_CALLER)
        key = str(unit.records.key_of_patient(house.patients["lucie"]))
        for number in range(2_000):
            told = (moment - timedelta(hours=17 * (number // 4), minutes=number % 4 + 1)).isoformat()
            body = event("adviser", told, name=NAME, mode="faire_avec", entities=["DocumentReference/x"])
            audit.keep(unit, unit.records, key, {k: v for k, v in body.items() if k != "id"})
    lucie = house.citizen("lucie")
    began = time.monotonic()
    answer = lucie.get(PATH)
    spent = time.monotonic() - began
    assert answer.status_code == 200
    assert spent < 10
    said = text_of(answer.content)
    assert (said.count(NAME), said.count("Accès : 4")) == (500, 500)
    assert len(answer.content) < LIMIT


def test_the_command_says_it_in_words(tmp_path: Path, listed: bytes, pinned: str) -> None:
    """Whole, when, by which key; or what is wrong; a file that is none, or far too large, too."""
    file = tmp_path / "liste.pdf"
    run = CliRunner().invoke

    def said(data: bytes) -> tuple[int, str]:
        file.write_bytes(data)
        done = run(main, ["verify-access-list", str(file)])
        return done.exit_code, done.output

    code, words = said(listed)
    assert code == 0
    assert "Liste entière et signée" in words
    assert pinned[:8] in words
    code, words = said(listed.replace(b"/Type", b"/Tipe", 1))
    assert (code, words) == (1, "Le fichier a été changé après la signature.\n")
    assert said(b"")[0] == 1
    with file.open("wb") as sparse:
        sparse.truncate(LIMIT + 1)
    with pytest.raises(ListUnreadable):
        verify_file(file)
    assert run(main, ["verify-access-list", str(tmp_path / "none")]).exit_code == 1


def test_the_command_knows_the_service_of_this_pc(
    house: House,
    tmp_path: Path,
    listed: bytes,
    own_house: Any,  # noqa: ANN401
) -> None:
    """By its configuration nothing is left to compare: its own service, another one, or none yet."""
    file, place = tmp_path / "liste.pdf", tmp_path / "desk.json"
    file.write_bytes(listed)
    config = DeskConfig(house.base, tmp_path / "poste", demo=True)
    config.save(place)

    def said() -> tuple[int, str]:
        done = CliRunner().invoke(main, ["verify-access-list", str(file), "--config", str(place)])
        return done.exit_code, done.output

    code, words = said()
    assert (code, "Ajoutez-le avec le code" in words) == (1, True), words
    vault = vault_of(config)
    for device, expected, sentence in (
        (house.device, 0, "Signée par le service de ce poste."),
        (own_house(tmp_path / "other").device, 1, "signée par un autre service"),
    ):
        vault.open()
        with vault.key_for(DEVICE) as key:
            save(device, vault.places.device, key)
        vault.close()
        code, words = said()
        assert (code, sentence in words) == (expected, True), words
        assert "Comparez" not in words


def test_an_operator_s_certificate_is_of_the_service_s_own_key(tmp_path: Path, own_house: Any) -> None:  # noqa: ANN401
    """The authority's name stands in the signature; a certificate of another key stops the start."""
    house = own_house(tmp_path / "own")
    house.add_citizen("anne", "250021234567801")
    asked = x509.load_pem_x509_csr(signing.request(house.service.secrets.signing).encode())
    house.close()
    place = tmp_path / "own" / signing.CHAIN
    place.write_bytes(_certified(asked.public_key(), asked.subject))
    again = own_house(tmp_path / "own")
    unsigned = _a_page()
    found = verify(signing.sign_pdf(again.service, unsigned, "x"), fingerprint_of(again.device.policy_key))
    assert found.ok
    assert found.signer.startswith("Tandem ")
    again.close()
    place.write_bytes(_certified(ec.generate_private_key(ec.SECP256R1()).public_key(), asked.subject))
    with pytest.raises(signing.CertificateBad):
        own_house(tmp_path / "own")


def _a_page() -> bytes:
    """Draw some page of the same make."""
    pdf = FPDF()
    pdf.add_page()
    return bytes(pdf.output())


def _certified(public: Any, subject: x509.Name) -> bytes:  # noqa: ANN401 - any public key
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Autorité d’essai")])
    moment = datetime.now().astimezone()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(200)
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=9))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _by_slip(house: House, login: str, consent: str) -> str:
    """Return a token by the words of a mandate's slip."""
    told = house.together(login).post(f"/Consent/{consent}/$slip").json()
    words = next(each["valueString"] for each in told["parameter"] if each["name"] == "words")
    adviser = house.sign_in("chloe", ADVISER_SCOPE)["access_token"]
    answer = house.exchange(SLIP, words, adviser)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])
