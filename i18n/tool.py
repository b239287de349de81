"""Keep the catalogues: ``python -m i18n.tool extract|update|compile|check``.

The source is French, sentence for sentence, so the template needs no French catalogue. The compiled
``.mo`` files are committed beside their ``.po``: an installed program needs no compiler, and ``check``
fails when they disagree, or when a translation is stale, empty, fuzzy, or loses a ``{field}``.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

__all__ = ["check", "compile_all", "extract", "languages", "update"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TEMPLATE = HERE / "tandem.pot"
KEYWORDS = {"_": None, "ngettext": (1, 2), "mark": None}
SOURCES = ("ui", "sync/service")


def languages() -> list[str]:
    """Return the languages that have a catalogue, besides the French of the source."""
    return sorted(path.parent.parent.name for path in HERE.glob("*/LC_MESSAGES/tandem.po"))


def extract() -> Catalog:
    """Read every sentence out of the sources."""
    catalog = Catalog(project="Tandem", charset="utf-8", header_comment="# French is the source.")
    for source in SOURCES:
        found = extract_from_dir(
            ROOT / source, method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
        )
        for name, line, message, comments, context in found:
            place = [(f"{source}/{Path(name).as_posix()}", line)]
            catalog.add(message, None, place, auto_comments=comments, context=context)
    return catalog


def po_path(language: str) -> Path:
    """Return where a language's sentences are kept."""
    return HERE / language / "LC_MESSAGES" / "tandem.po"


def load(language: str) -> Catalog:
    """Read a language's sentences."""
    with po_path(language).open("rb") as stream:
        return read_po(stream, locale=language.partition("_FALC")[0])


def update() -> None:
    """Write the template and bring each catalogue up to it; what is new is empty, never guessed."""
    template = extract()
    with TEMPLATE.open("wb") as stream:
        write_po(stream, template, width=110, omit_header=True, sort_output=True, no_location=True)
    for language in languages():
        catalog = load(language)
        catalog.update(template, no_fuzzy_matching=True)
        with po_path(language).open("wb") as stream:
            write_po(stream, catalog, width=110, sort_output=True, ignore_obsolete=True, no_location=True)


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
    wanted = {message.id for message in extract() if message.id}
    problems: list[str] = []
    for language in languages():
        catalog = load(language)
        problems += [f"{language}: not extracted yet: {i!r}" for i in wanted - {m.id for m in catalog}]
        problems += [
            f"{language}: {problem}: {message.id!r}"
            for message in catalog
            if message.id
            for problem in problems_of(message.id, message.string, fuzzy=message.fuzzy)
        ]
        problems += [f"{language}: stale: {m.id!r}" for m in catalog if m.id and m.id not in wanted]
        mo = po_path(language).with_suffix(".mo")
        if not mo.exists() or mo.read_bytes() != compiled(language):
            problems.append(f"{language}: not compiled; run python -m i18n.tool compile")
    return problems


Sentence = str | list[str] | tuple[str, ...] | None


def problems_of(source: Sentence, translation: Sentence, *, fuzzy: bool) -> list[str]:
    """Compare one sentence with its translation."""
    sources = [source] if isinstance(source, str) else list(source or ())
    translations = [translation] if isinstance(translation, str) else list(translation or ())
    if fuzzy:
        return ["fuzzy"]
    if not translations or not all(translations):
        return ["empty"]
    # A singular may leave out the count, so the fields of a plural are those of its last form.
    if fields(translations[-1]) != fields(sources[-1]):
        return ["other {fields}"]
    return []


def fields(sentence: str) -> set[str]:
    """Return the names between braces."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def main(arguments: list[str]) -> int:
    """Run one of the four."""
    match arguments:
        case ["extract" | "update"]:
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
