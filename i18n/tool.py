"""Keep the catalogues: ``python -m i18n.tool extract|update|compile|check``.

The source is French, sentence for sentence, so French needs no catalogue. ``extract`` writes the template
to the standard output, ``update`` brings each catalogue up to the sources (a new sentence is empty, never
guessed), ``compile`` writes the ``.mo`` files. They are committed beside their ``.po``: an installed program
needs no compiler. ``check`` fails when a catalogue is missing or not compiled, when a translation is stale,
empty, fuzzy, loses a ``{field}`` or has another number of plural forms than its language, and when it breaks
a rule of ``i18n.wording``.

Both files are written without dates and names of tools: the same sentences give the same bytes.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from i18n import displays, sources, wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "LANGUAGES",
    "check",
    "compile_all",
    "compiled",
    "extract",
    "languages",
    "load",
    "po_path",
    "update",
]

HERE = Path(__file__).resolve().parent

LANGUAGES = ("ar", "en", "fr_FALC")
"""The languages besides the French of the source; a catalogue of each must be there."""

HEADERS = {
    "ar": "# Arabic (Modern Standard). Digits are Western, as on the papers of this country.",
    "en": "# English (United Kingdom), in plain words.",
    "fr_FALC": (
        "# Easy-to-read French: written by the European rules (Information for all), one idea a line.\n"
        "# People concerned have not reviewed it yet. So the FALC label is not claimed."
    ),
}

_FORMS = {"ar": 6, "en": 2, "fr_FALC": 2}
_QUOTED = re.compile(r"« (.+?) »")

# Forms for no, one and two things may say so in words: « no document », « one document ».
_MAY_LEAVE_OUT = {"ar": {0: "count", 1: "count", 2: "count"}, "en": {0: "count"}}


class Kept(Catalog):
    """A catalogue that says of itself only what a reader needs, so that it is written the same each time."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The language, its plurals, the encoding."""
        return [
            ("Project-Id-Version", "Tandem"),
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]


def languages() -> list[str]:
    """Return the languages that have a catalogue, besides the French of the source."""
    return sorted(path.parent.parent.name for path in HERE.glob("*/LC_MESSAGES/tandem.po"))


def extract(found_before: Iterable[sources.Found] | None = None) -> Catalog:
    """Put together every sentence of the sources, and the words of the closed lists that are shown."""
    catalog = Catalog(project="Tandem", charset="utf-8", header_comment="# French is the source.")
    for found in found_before or sources.sentences():
        catalog.add(found.words, None, [(found.file, found.line)], auto_comments=found.notes)
    for file, table in displays.SHOWN:
        for line, word in displays.words(file, table):
            catalog.add(word, None, [(file, line)])
    for file, text in displays.PARAGRAPHS:
        for line, paragraph in displays.paragraphs(file, text):
            catalog.add(paragraph, None, [(file, line)])
    return catalog


def two_plurals(messages: Iterable[str | tuple[str, ...]]) -> list[str]:
    """Find the singulars that go with two plurals: gettext knows a sentence by its singular alone."""
    plurals: dict[str, set[str]] = {}
    for message in messages:
        if not isinstance(message, str):
            plurals.setdefault(message[0], set()).add(message[1])
    return [f"source: two plurals: {one!r}: {sorted(many)}" for one, many in plurals.items() if len(many) > 1]


def po_path(language: str) -> Path:
    """Return where a language's sentences are kept."""
    return HERE / language / "LC_MESSAGES" / "tandem.po"


def new(language: str) -> Kept:
    """Make an empty catalogue."""
    locale = language.partition("_FALC")[0]
    return Kept(locale=locale, charset="utf-8", header_comment=HEADERS[language], fuzzy=False)


def load(language: str) -> Kept:
    """Read a language's sentences; empty when it has no catalogue."""
    kept = new(language)
    if not po_path(language).exists():
        return kept
    with po_path(language).open("rb") as stream:
        for message in read_po(stream, locale=kept.locale):
            if message.id:
                kept.add(
                    message.id,
                    message.string,
                    flags=message.flags,
                    auto_comments=message.auto_comments,
                    user_comments=message.user_comments,
                    context=message.context,
                )
    return kept


def save(language: str, catalog: Kept) -> None:
    """Write a language's sentences, in their order."""
    po_path(language).parent.mkdir(parents=True, exist_ok=True)
    with po_path(language).open("wb") as stream:
        write_po(stream, catalog, width=110, sort_output=True, ignore_obsolete=True, no_location=True)


def update() -> None:
    """Bring each catalogue up to the sources; what is new is empty, never guessed."""
    template = extract()
    for language in LANGUAGES:
        catalog = load(language)
        catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
        save(language, catalog)


def compiled(language: str) -> bytes:
    """Return the compiled catalogue."""
    buffer = io.BytesIO()
    write_mo(buffer, load(language))
    return buffer.getvalue()


def compile_all() -> None:
    """Write each ``.mo`` beside its ``.po``."""
    for language in languages():
        po_path(language).with_suffix(".mo").write_bytes(compiled(language))


def check() -> list[str]:
    """Return what is wrong with the catalogues, one line each; nothing when all is well."""
    read = list(sources.sentences())
    wanted = {message.id for message in extract(read) if message.id}
    problems = [f"source: made of pieces: {place}" for place in sources.in_pieces()]
    problems += two_plurals(found.words for found in read)
    for language in LANGUAGES:
        problems += [f"{language}: {problem}" for problem in problems_in(language, wanted)]
    return problems


def problems_in(language: str, wanted: set[str | tuple[str, ...] | list[str]]) -> list[str]:
    """Return what is wrong with one catalogue."""
    if language not in languages():
        return ["no catalogue"]
    catalog = load(language)
    messages = [message for message in catalog if message.id]
    missing = wanted - {message.id for message in messages}
    problems = [f"not extracted yet; run python -m i18n.tool update: {found!r}" for found in missing]
    problems += [f"stale: {message.id!r}" for message in messages if message.id not in wanted]
    said = {message.id: message.string for message in messages}
    for message in messages:
        problems += [f"{problem}: {message.id!r}" for problem in misnamed(message.id, message.string, said)]
        found = problems_of(language, message.id, message.string, fuzzy=message.fuzzy)
        problems += [f"{problem}: {message.id!r}" for problem in found]
    mo = po_path(language).with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(language):
        problems.append("not compiled; run python -m i18n.tool compile")
    return problems


Sentence = str | list[str] | tuple[str, ...] | None


def problems_of(language: str, source: Sentence, translation: Sentence, *, fuzzy: bool = False) -> list[str]:
    """Compare one sentence with its translation."""
    sources = [source] if isinstance(source, str) else list(source or ())
    translations = [translation] if isinstance(translation, str) else list(translation or ())
    if fuzzy:
        return ["fuzzy"]
    if not translations or not all(translations):
        return ["empty"]
    forms = 1 if isinstance(source, str) else _FORMS[language]
    if len(translations) != forms:
        return [f"{len(translations)} forms, not {forms}"]
    problems = [
        f"other {{fields}} in form {at}" for at in _forms_of_other_fields(language, sources, translations)
    ]
    for text in translations:
        problems += wording.problems(language, sources[-1], text)
    return problems


def misnamed(source: Sentence, translation: Sentence, said: Mapping[Any, Sentence]) -> list[str]:
    """Find the buttons that a sentence calls otherwise than they are called: « Retour » is one word."""
    if not isinstance(source, str) or not isinstance(translation, str):
        return []
    return [
        f"says « {name} » otherwise than its button"
        for name in _QUOTED.findall(source)
        if isinstance(button := said.get(name), str) and button not in translation
    ]


def _forms_of_other_fields(language: str, sources: list[str], translations: list[str]) -> list[int]:
    wanted = fields(sources[-1])
    may_leave_out = _MAY_LEAVE_OUT.get(language, {}) if len(sources) > 1 else {}
    return [
        at
        for at, text in enumerate(translations)
        if fields(text) != wanted
        and fields(text) | {may_leave_out.get(at, "")} != wanted
        and not (at == 0 and len(sources) > 1 and fields(text) == fields(sources[0]))
    ]


def fields(sentence: str) -> set[str]:
    """Return the names between braces; a brace that never closes is a field of its own."""
    try:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
    except ValueError:
        return {sentence}


def main(arguments: list[str]) -> int:
    """Run one of the four."""
    match arguments:
        case ["extract"]:
            write_po(sys.stdout.buffer, extract(), width=110, omit_header=True, sort_output=True)
        case ["update"]:
            update()
        case ["compile"]:
            compile_all()
        case ["check"]:
            problems = check()
            sys.stderr.writelines(f"{problem}\n" for problem in problems)
            return 1 if problems else 0
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
