"""Shown words are whole sentences, or are put together by ``ui.text``: never by hand.

What stands between two parts belongs to a language (« , » is « ، » in Arabic, « : » has no space before it in
English), so does the order of the parts; and a plain string cannot be said again when the language changes.
Found in the syntax tree of ``ui``: an f-string, a sum, ``"…".join`` or ``"…".format`` with words in it, and
``joined`` with a separator that belongs to a language. Words are what ``_``, ``ngettext``, ``mark`` and every
function of ``ui`` that is ``@resayable`` or returns ``Words`` give, and the names they are put in.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from i18n import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
MAKERS = frozenset(
    {"_", "ngettext", "mark", "sentence", "reason", "joined", "commas", "named", "dashed", "dotted"}
)
NEUTRAL = frozenset({"", " ", "\n", ". "})
"""Separators that no language changes."""

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("ui/export_journal.py", ""): "one line of a terminal, its end included",
    ("ui/verify_access_list.py", ""): "one line of a terminal, its end included",
    ("ui/conformance.py", "conformance"): "one line of a terminal, its end included",
    ("ui/verify_journal.py", ""): "one line of a terminal, its end included",
    ("ui/desk/main.py", ""): "one line of a terminal: the program's name, then the sentence",
    ("ui/self_test.py", "run_self_test"): "one line of a terminal: a sign, then the sentence",
    ("ui/desk/wipe_room.py", "_ran"): "codes, for the log",
    ("ui/speech/spoken.py", "_phone"): "French speech only: a breath between two pairs of figures",
    ("ui/start.py", ""): "one line of a terminal: the program's name, then the sentence",
}
"""File (or folder) and function ("": all of them) that may, with the reason."""

NUMBERED = re.compile(r"\{(\w+)\}[ \u00a0](\w{2,}[sx])\b")
NO_NOUNS = frozenset({"dans", "sans", "sous", "vous", "puis", "plus", "mais"})
NUMBERS_THAT_STAY = {
    ("limit", "millions"): "the limit is a fixed number, far above two",
    ("limit", "octets"): "programs read it",
    ("size", "octets"): "programs read it",
}


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    """Give the files of ``ui`` with their trees."""
    paths = sorted((ROOT / "ui").rglob("*.py"))
    return tuple((each.relative_to(ROOT).as_posix(), ast.parse(each.read_text("utf-8"))) for each in paths)


@cache
def makers() -> frozenset[str]:
    """Name every function of ``ui`` that gives words."""
    found = set(MAKERS)
    for _file, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and _gives_words(node):
                found.add(node.name)
    return frozenset(found)


def _gives_words(function: ast.FunctionDef) -> bool:
    decorators = {each.id for each in function.decorator_list if isinstance(each, ast.Name)}
    returned = function.returns
    return "resayable" in decorators or (isinstance(returned, ast.Name) and returned.id == "Words")


class Finder(ast.NodeVisitor):
    """Finds words put together by hand in one file."""

    def __init__(self, file: str, makers: frozenset[str]) -> None:
        self._file, self._makers = file, makers
        self._functions: list[str] = []
        self._names: list[set[str]] = [set()]
        self.found: list[str] = []
        self.excused: set[tuple[str, str]] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Enter a function: its names are its own."""
        self._functions.append(node.name)
        self._names.append({name for each in ast.walk(node) for name in self._named(each)})
        self.generic_visit(node)
        self._names.pop()
        self._functions.pop()

    def _named(self, node: ast.AST) -> Iterator[str]:
        """Give the names that words are put in."""
        match node:
            case ast.Assign(targets=targets, value=value) if self._is_words(value):
                yield from (each.id for each in targets if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if self._is_words(value):
                yield name
            case ast.NamedExpr(target=ast.Name(id=name), value=value) if self._is_words(value):
                yield name
            case _:
                pass

    def _is_words(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Name(id=name)):
                return name in self._makers
            case ast.Call(func=ast.Attribute(value=ast.Name(id="formats" | "messages"))):
                return True
            case ast.Call(func=ast.Attribute(value=value, attr="format")):
                return self._is_words(value)
            case ast.IfExp(body=one, orelse=other):
                return self._is_words(one) or self._is_words(other)
            case ast.Attribute(attr="words"):
                return True
            case ast.Name(id=name):
                return any(name in names for names in self._names)
            case _:
                return False

    def _has_words(self, node: ast.expr) -> bool:
        """Tell whether words are a direct part: those in a call's arguments are that call's business."""
        if self._is_words(node):
            return True
        match node:
            case ast.Call():
                return False
            case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part) | ast.Starred(value=part):
                return self._has_words(part)
            case _:
                return any(self._has_words(each) for each in ast.iter_child_nodes(node) if _is_expr(each))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """An f-string."""
        if any(isinstance(each, ast.FormattedValue) and self._has_words(each.value) for each in node.values):
            self._tell(node, "an f-string")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """A sum."""
        if isinstance(node.op, ast.Add) and any(map(self._is_words, (node.left, node.right))):
            self._tell(node, "a sum")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """``join``, ``joined``, ``format``."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text), attr="join")):
                if _speaks(text) or any(map(self._has_words, node.args)):
                    self._tell(node, f"{text!r}.join")
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
                if any(map(self._has_words, (*node.args, *(each.value for each in node.keywords)))):
                    self._tell(node, "a format that no catalogue knows")
            case ast.Call(func=ast.Name(id="joined"), args=[separator, *_]):
                if not (self._is_words(separator) or _is_neutral(separator)):
                    self._tell(node, "joined by a separator of one language")
            case _:
                pass
        self.generic_visit(node)

    def _tell(self, node: ast.expr, what: str) -> None:
        function = self._functions[-1] if self._functions else ""
        excused = {
            (file, name)
            for file, name in EXCEPTIONS
            if (self._file == file or self._file.startswith(f"{file}/")) and name in {"", *self._functions}
        }
        self.excused |= excused
        if not excused:
            self.found.append(f"{self._file}:{node.lineno} ({function}): {what}")


def _is_expr(node: ast.AST) -> bool:
    return isinstance(node, ast.expr | ast.FormattedValue)


def _is_neutral(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in NEUTRAL


def _speaks(separator: str) -> bool:
    """Tell a separator that belongs to a language from those of addresses, lines and numbers."""
    return bool(re.fullmatch(r"\s*[,;:–·،؛]\s+|\s+[:–·]\s*", separator))


def found_in(text: str) -> list[str]:
    """Try one piece of source."""
    finder = Finder("ui/made_up.py", makers())
    finder.visit(ast.parse(text))
    return finder.found


def test_no_words_are_put_together_by_hand() -> None:
    """Say a whole sentence, or ``commas``, ``named``, ``dashed``, ``dotted``, ``formats.listed``."""
    assert len(makers()) > 20
    found, excused = [], set()
    for file, tree in sources():
        finder = Finder(file, makers())
        finder.visit(tree)
        found += finder.found
        excused |= finder.excused
    assert found == []
    # Exceptions are few, and go when nobody needs them.
    assert set(EXCEPTIONS) == excused


@pytest.mark.parametrize(
    "text",
    [
        "f\"{_('Nom')} : {name}\"",
        'def f():\n    words = _("Nom")\n    return f"{words}, {other}"',
        '_("Nom") + " : " + name',
        '", ".join(names)',
        '" – ".join((title, day))',
        '"".join(_(each) for each in names)',
        'joined(", ", parts)',
        "joined(separator, parts)",
        'joined(" · ", parts)',
        '"{a} : {b}".format(a=_("Nom"), b=name)',
        'f"{formats.day(moment)} {rest}"',
        'f"{screen.heading.words}!"',
    ],
)
def test_what_is_put_together_by_hand_is_found(text: str) -> None:
    """Each of these would be French in Arabic, or stay French when the language changes."""
    assert found_in(text) != []


@pytest.mark.parametrize(
    "text",
    [
        '_("{name} : {value}").format(name=name, value=_(value))',
        'joined(" ", (_("Une phrase."), other))',
        'joined(_(", "), parts)',
        "commas((name, place))",
        'f"<p>{escape(name)}</p>"',
        '"-".join((year, month))',
        '"".join(letter for letter in bare)',
        "count + 1",
    ],
)
def test_what_is_whole_is_not_found(text: str) -> None:
    """So that nobody is asked to mend what is well."""
    assert found_in(text) == []


def test_a_number_before_a_noun_is_counted() -> None:
    """« {seconds} secondes » is wrong for one, and in Arabic for most: that is ``ngettext``'s work."""
    wrong = [
        message.id
        for message in tool.extract()
        if isinstance(message.id, str)
        for field, noun in NUMBERED.findall(message.id)
        if noun not in NO_NOUNS and (field, noun) not in NUMBERS_THAT_STAY
    ]
    assert wrong == []
