"""``tandem show``: one document at the terminal, and the sentence where it is refused."""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pikepdf
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ui.show import show

if TYPE_CHECKING:
    from pathlib import Path

CDA = """<?xml version="1.0" encoding="ISO-8859-1"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><code code="34133-9" displayName="Synthèse"/>
<title>Synthèse médicale</title><effectiveTime value="20260312101500+0100"/><languageCode code="fr-FR"/>
<recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="279035121518989"/><patient><name>
<family qualifier="BR">PAT-TROIS</family><given qualifier="BR">DOMINIQUE</given></name>
<birthTime value="19790328"/></patient></patientRole></recordTarget>
<component><structuredBody><component><section><title>Traitements</title><text><table><thead>
<tr><th>Médicament</th><th>Dose</th><th>Durée</th></tr></thead><tbody>
<tr><td>Paracétamol</td><td>1 g</td><td>7 jours</td></tr></tbody></table></text></section></component>
</structuredBody></component></ClinicalDocument>""".encode("latin-1")


@dataclass(frozen=True)
class Shown:
    """What the command wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The answer to ``--json``."""
        answer: dict[str, Any] = orjson.loads(self.out)
        return answer


def shown(folder: Path, data: bytes, *, as_json: bool = True, pictures: Path | None = None) -> Shown:
    """Write the bytes to a file without an extension and show it."""
    path = folder / "fichier"
    path.write_bytes(data)
    return shown_file(path, as_json=as_json, pictures=pictures)


def shown_file(path: Path, *, as_json: bool = True, pictures: Path | None = None) -> Shown:
    """Show a file."""
    out, err = io.StringIO(), io.StringIO()
    code = show(path, as_json=as_json, pictures=pictures, out=out, err=err)
    return Shown(code, out.getvalue(), err.getvalue())


def pdf(pages: int = 1, **encryption: str) -> bytes:
    """A prescription."""
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=A4)
    for number in range(pages):
        canvas.drawString(72, 770, "Ordonnance du docteur Lefèvre, faite le 12 mars 2026")
        canvas.drawString(72, 740, f"feuille {number + 1}")
        canvas.showPage()
    canvas.save()
    if not encryption:
        return sink.getvalue()
    with pikepdf.open(sink) as document:
        locked = io.BytesIO()
        document.save(locked, encryption=pikepdf.Encryption(**encryption))  # type: ignore[arg-type]
        return locked.getvalue()


def picture(kind: str, side: int = 300, frames: int = 1) -> bytes:
    """A picture file."""
    sink = io.BytesIO()
    papers = [Image.new("RGB", (side, side), (200, 220, 240)) for _ in range(frames)]
    more: dict[str, Any] = {"save_all": True, "append_images": papers[1:]} if frames > 1 else {}
    papers[0].save(sink, kind, **more)
    return sink.getvalue()


def test_a_pdf_has_one_section_a_page(tmp_path: Path) -> None:
    """With the words of that page."""
    answer = shown(tmp_path, pdf(3)).json
    assert (answer["title"], answer["date"], answer["pages"]) == (
        "Ordonnance du docteur Lefèvre",
        "2026-03-12",
        3,
    )
    assert [section["title"] for section in answer["sections"]] == ["Page 1", "Page 2", "Page 3"]
    assert "feuille 2" in answer["sections"][1]["text"]


def test_a_clinical_document_is_read_as_a_person_reads(tmp_path: Path) -> None:
    """Its header in words, its tables by row, no code and no markup; foreign encodings too."""
    answer = shown(tmp_path, CDA).json
    assert answer["title"] == "Synthèse médicale"
    assert answer["date"] == "2026-03-12"
    assert answer["patient"] == {
        "name": "DOMINIQUE PAT-TROIS",
        "birth_date": "1979-03-28",
        "ins": "279035121518989",
    }
    (section,) = answer["sections"]
    assert section["title"] == "Traitements"
    assert re.search(r"Paracétamol.*Dose : 1 g.*Durée : 7 jours", section["text"])
    assert answer["pages"] == 1


def test_words_are_for_people(tmp_path: Path) -> None:
    """Without ``--json``: French labels, no brace, no tag."""
    found = shown(tmp_path, CDA, as_json=False)
    assert "Titre : Synthèse médicale" in found.out
    assert "28 mars 1979" in found.out
    assert not re.search(r"[<>{}]", found.out)
    assert found.code == 0


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (picture("JPEG"), "jpeg", ""),
        (picture("PNG"), "png", ""),
        (picture("TIFF"), "tiff", ""),
        ("Bonjour été".encode(), "text", "Bonjour été"),
        ("Bonjour été".encode("utf-16"), "text", "Bonjour été"),
        ("Bonjour été €".encode("cp1252"), "text", "Bonjour été €"),
        (rb"{\rtf1\ansi\ansicpg1252 Bonjour {\b \'e9t\'e9}\par}", "rtf", "Bonjour été"),
    ],
)
def test_each_kind_is_known_by_its_content(tmp_path: Path, data: bytes, kind: str, words: str) -> None:
    """The file has no extension."""
    answer = shown(tmp_path, data).json
    assert answer["kind"] == kind
    assert answer["pages"] == 1
    assert words in "".join(section["text"] for section in answer["sections"])


def test_pictures_are_written_one_a_page(tmp_path: Path) -> None:
    """Text too is drawn."""
    for name, data, pages in (("pdf", pdf(2), 2), ("tiff", picture("TIFF", frames=3), 3), ("cda", CDA, 1)):
        folder = tmp_path / name
        assert shown(tmp_path, data, pictures=folder).code == 0
        assert sorted(p.name for p in folder.iterdir()) == [f"{n:02d}.png" for n in range(1, pages + 1)]
        with Image.open(folder / "01.png") as page:
            page.load()
            assert page.format == "PNG"


def test_a_script_is_not_run_and_said_so(tmp_path: Path) -> None:
    """The document itself is shown."""
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('x')")
        sink = io.BytesIO()
        document.save(sink)
    found = shown(tmp_path, sink.getvalue())
    assert found.json["notices"] == ["script-not-run"]
    assert "Ordonnance" in found.json["sections"][0]["text"]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        pytest.param(b"", "vide", id="zero bytes"),
        pytest.param(pdf()[:-400], "abîmé", id="truncated"),
        pytest.param(pdf(user="secret", owner="x"), "mot de passe", id="password"),
        pytest.param(b"MZ" + bytes(300), "programme", id="program"),
        pytest.param(bytes(300), "ne connaissons pas", id="zeros"),
        pytest.param(b'<!DOCTYPE a [<!ENTITY b "c">]>' + CDA[44:], "dangereuses", id="entities"),
        pytest.param(b"<?xml version='1.0'?>" + b"<a>" * 200_000, "compliqué", id="nesting"),
        pytest.param(b"<?xml version='1.0'?><a/>", "technique", id="other xml"),
    ],
)
def test_a_refused_file_ends_with_a_sentence(tmp_path: Path, data: bytes, word: str) -> None:
    """Exit code 1, what happened and what to do, and nothing on standard output."""
    found = shown(tmp_path, data)
    assert (found.code, found.out) == (1, "")
    assert word in found.err
    assert found.err.count(".") >= 2
    assert not re.search(r"[{}<>]|Error|Traceback", found.err)


def test_a_file_of_200_megabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    """It is not even read; both sizes are said."""
    path = tmp_path / "gros.pdf"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 200_000_000)
    found = shown_file(path)
    assert found.code == 1
    assert "200" in found.err
    assert "100" in found.err


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """Nor is a folder a document."""
    assert shown_file(tmp_path / "absent.pdf").code == 1
    assert shown_file(tmp_path).code == 1


def test_every_sample_is_read_without_codes(samples: Path) -> None:
    """No markup, no identifier of machines in the sections' words; each names its person and its day."""
    files = sorted((samples / "cda").glob("*.xml"))
    assert files
    for path in files:
        answer = shown_file(path).json
        assert answer["title"], path.name
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", answer["date"]), path.name
        assert answer["patient"]["name"], path.name
        assert answer["patient"]["ins"], path.name
        assert answer["pages"] >= 1, path.name
        words = "\n".join(s["text"] for s in answer["sections"] if not s["title"].startswith("Page "))
        assert not re.search(r"</?\w+>|\b\d(?:\.\d+){6,}|urn:|nullFlavor", words), path.name
