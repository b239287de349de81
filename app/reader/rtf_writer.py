r"""RTF written anew, token by token, for what striprtf would get wrong.

- letters of the Symbol font and ``SYMBOL`` fields become what they look like; what such a font shows and
  nobody knows here becomes U+FFFD, never a wrong letter;
- raised digits become Unicode superscripts, raised letters stay (1er), other raised signs follow a ``^``;
- deleted (tracked) and hidden text goes; text boxes, results of objects and ``\ud`` stay;
- pictures and objects go (hexadecimal by the megabyte, or raw behind ``\bin``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.reader.rtf_fonts import SYMBOL, letters_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["rewritten", "written"]

_TOKEN = re.compile(
    rb"(?P<unstar>\\\*\s*(?=\\(?:shpinst|do|ud)(?![a-zA-Z])))"
    rb"|\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?"
    rb"|\\'(?P<hexadecimal>[0-9a-fA-F]{2})"
    rb"|\\(?P<sign>[^a-zA-Z])"
    rb"|(?P<brace>[{}])"
    rb"|(?P<text>[^\\{}]+)"
)
_GLUED = re.compile(rb"[a-zA-Z0-9 \-]")
_SYMBOL_FIELD = re.compile(r"\s*SYMBOL\s+(0x[0-9a-f]{1,4}|\d{1,5})(.*)", re.IGNORECASE | re.DOTALL)
_DATA = frozenset({"pict", "objdata", "datastore", "themedata", "colorschememapping", "blipuid"})
_OPENED = frozenset({"shp", "shpinst", "do", "object", "result"})
_BOXES = frozenset({"shptxt", "dptxbxtext"})
_LETTERS = frozenset(
    [
        "tab",
        "line",
        "emdash",
        "endash",
        "emspace",
        "enspace",
        "qmspace",
        "bullet",
        "lquote",
        "rquote",
        "ldblquote",
        "rdblquote",
    ]
)
_RAISED = dict(zip("0123456789+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾", strict=True)) | {"\u2212": "⁻", "\u2013": "⁻"}
_UNKNOWN = "\ufffd"
_SYMBOL_CHARSET = 2
_PRIVATE = 0xF0
_FIRST_ACCENT = 0x80
_FIRST_RAISED_LETTER = 0xC0  # of the western code pages; below are signs
_LAST_BYTE = 0xFF


def rewritten(data: bytes) -> bytes:
    """Return the RTF in words that striprtf reads rightly."""
    return _Writer(data).rewritten()


def written(letters: str) -> bytes:
    r"""Write letters by their number, in a group of their own so that the file's ``\uc`` does not matter."""
    units = letters.encode("utf-16-le", "surrogatepass")
    numbers = (int.from_bytes(units[place : place + 2], "little") for place in range(0, len(units), 2))
    return b"{\\uc0" + b"".join(b"\\u%d " % number for number in numbers) + b"}"


@dataclass(frozen=True, slots=True)
class _State:
    """What holds in a group, and in the groups inside it."""

    font: str = ""
    hidden: bool = False
    deleted: bool = False
    twice: bool = False  # said again, better, next to it
    raised: bool = False
    lifted: bool = False
    fallback: int = 1
    place: str = ""  # "fonts", "instruction" or "data"
    either: bool = False  # an \\upr: the same text in two writings

    @property
    def unseen(self) -> bool:
        return self.hidden or self.deleted or self.twice


_SWITCHES: dict[str, Callable[[_State, bool], _State]] = {
    "v": lambda state, on: replace(state, hidden=on),
    "deleted": lambda state, on: replace(state, deleted=on),
    "super": lambda state, on: replace(state, raised=on),
    "up": lambda state, on: replace(state, lifted=on),
    **dict.fromkeys(("nosupersub", "sub", "dn"), lambda state, _: replace(state, raised=False, lifted=False)),
}


class _Writer:
    """Writes an RTF anew: most tokens as they are, a few in words that striprtf reads rightly."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._out: list[bytes] = []
        self._open = False  # the last thing written is a word without the blank that ends it
        self._state = _State()
        self._outer: list[_State] = []
        self._fonts: dict[str, dict[int, str]] = {}
        self._first_font = ""
        self._named: tuple[str, str, bool] = ("", "", False)  # the font now told: number, name, pictures
        self._instruction: list[str] = []
        self._skip = 0
        self._marked = False  # raised text that is no number has got its ^

    def rewritten(self) -> bytes:
        place = 0
        while found := _TOKEN.match(self._data, place):
            place = found.end()
            kind, token = found.lastgroup, found[0]
            if kind == "text":
                self._text(token)
                continue
            if found["word"]:
                place += self._word(found["word"].decode("ascii"), found["number"], token)
            elif kind == "hexadecimal":
                self._code(int(found["hexadecimal"], 16), token)
            elif kind == "sign":
                self._sign(found["sign"], token)
            elif kind == "brace":
                self._brace(token)
        return b"".join([*self._out, self._data[place:]])

    def _put(self, piece: bytes, *, word: bool = False) -> None:
        if self._open and _GLUED.match(piece):
            self._out.append(b" ")
        self._out.append(piece)
        self._open = word and not piece.endswith(b" ")

    def _brace(self, token: bytes) -> None:
        self._skip = 0
        state = self._state
        if token == b"{":
            self._put(token)
            self._outer.append(state)
            if state.either:
                self._state = replace(state, either=False, twice=True)
            return
        if state.place == "fonts":
            self._font_told()
        self._put(token)
        if self._outer:
            self._state = self._outer.pop()
        if state.place == "instruction" != self._state.place:
            self._field("".join(self._instruction))

    def _field(self, instruction: str) -> None:
        found = _SYMBOL_FIELD.match(instruction)
        if not found:
            return
        code, options = int(found[1], 0 if found[1][:2] in {"0x", "0X"} else 10), found[2]
        font = re.search(r'\\f\s*"?([^"\\]+)', options)
        letters = letters_of(font[1], pictures=False) if font else self._fonts.get(self._state.font)
        if letters is not None:
            letter = letters.get(code & 0xFF if code >> 8 == _PRIVATE else code, _UNKNOWN)
        elif re.search(r"\\u(?![a-z])", options):
            letter = chr(code)
        else:
            letter = bytes([code]).decode("cp1252", "replace") if code <= _LAST_BYTE else _UNKNOWN
        self._letter(letter)
        self._state = replace(self._state, twice=True)

    def _word(self, word: str, number: bytes | None, token: bytes) -> int:
        """Write a word; the answer is how many raw bytes follow it, which may look like anything."""
        self._skip = 0
        amount = int(number) if number else None
        if word == "bin":
            return max(amount or 0, 0)
        if word == "u" and amount is not None and self._unicode(amount % 0x10000):
            return 0
        if word in _DATA:
            self._state = replace(self._state, place="data")
            self._put(b"\\*")
        elif word in _BOXES:
            self._put(b"\\par ")
        elif word == "upr":
            self._state = replace(self._state, either=True)
        elif word == "ud" and self._outer:
            self._state = replace(self._state, twice=self._outer[-1].twice)
        elif word not in _OPENED and word != "ansicpg" and not (word in _LETTERS and self._state.unseen):
            self._put(token, word=True)
            self._format(word, amount)
        return 0

    def _format(self, word: str, amount: int | None) -> None:
        state, on = self._state, amount != 0
        if word in {"fonttbl", "fldinst"}:
            self._instruction = []
            self._state = replace(state, place="fonts" if word == "fonttbl" else "instruction")
        elif state.place == "fonts":
            number, name, pictures = self._named
            if word == "f":
                self._named = (str(amount), "", False)
            elif word == "fcharset":
                self._named = (number, name, pictures or amount == _SYMBOL_CHARSET)
        elif word in {"f", "deff"}:
            self._first_font = str(amount) if word == "deff" else self._first_font
            self._state = replace(state, font=str(amount))
        elif word == "plain":
            self._state = _State(
                font=self._first_font, twice=state.twice, fallback=state.fallback, place=state.place
            )
        elif word == "uc":
            self._state = replace(state, fallback=max(amount or 0, 0))
        elif word in _SWITCHES:
            self._state = _SWITCHES[word](state, on)

    def _font_told(self) -> None:
        number, name, pictures = self._named
        letters = letters_of(name, pictures=pictures) if number else None
        if letters is not None:
            self._fonts[number] = letters
        self._named = ("", "", False)

    @property
    def _plainly(self) -> bool:
        """Letters here are what they look like in the file."""
        state = self._state
        return bool(state.place) or not (
            state.unseen or state.raised or state.lifted or state.font in self._fonts
        )

    def _unicode(self, code: int) -> bool:
        """Write a letter given by number, unless striprtf may read it as it is."""
        private = code >> 8 == _PRIVATE  # where Word keeps the codes of such fonts
        if self._state.place or (self._plainly and not private):
            return False
        letters = self._fonts.get(self._state.font)
        if private:
            self._letter((letters or SYMBOL).get(code & 0xFF, _UNKNOWN))
        elif letters is not None and code < _FIRST_ACCENT:
            self._letter(letters.get(code, _UNKNOWN))
        else:
            self._letter(chr(code))
        self._skip = self._state.fallback
        return True

    def _code(self, code: int, token: bytes) -> None:
        if self._skip:
            self._skip -= 1
        elif self._state.place == "data":
            return
        elif self._plainly:
            self._marked = False
            self._put(token)
        elif (letters := self._fonts.get(self._state.font)) is not None:
            self._letter(letters.get(code, _UNKNOWN))
        elif code < _FIRST_ACCENT:
            self._letter(chr(code))
        elif not self._state.unseen:
            if code < _FIRST_RAISED_LETTER:
                self._mark()
            self._put(token)

    def _sign(self, sign: bytes, token: bytes) -> None:
        if self._state.place == "instruction":
            self._instruction.append(sign.decode("latin-1"))
        if sign == b"\\" and not self._state.place:
            # By its number: striprtf looks for \\bin and the like without minding the escape before it.
            self._letter("\\")
        elif sign == b"*" or not self._state.unseen:
            self._put(token)

    def _text(self, token: bytes) -> None:
        if self._state.place == "data" or (self._state.unseen and not self._state.place):
            return
        if self._state.place == "instruction":
            self._instruction.append(token.decode("latin-1"))
        elif self._state.place == "fonts":
            number, name, pictures = self._named
            self._named = (number, name + token.decode("latin-1"), pictures)
            if b";" in token:
                self._font_told()
        if self._plainly and not self._skip:
            self._marked = False
            self._put(token)
            return
        state, letters = self._state, self._fonts.get(self._state.font)
        if letters is not None and not (self._skip or state.unseen or state.raised or state.lifted):
            self._marked = False
            codes = token.translate(None, b"\r\n")
            self._put(written("".join(letters.get(code, _UNKNOWN) for code in codes)))
            return
        for code in token:
            if code not in b"\r\n":
                self._code(code, b"\\'%02x" % code)

    def _letter(self, letter: str) -> None:
        if self._state.unseen:
            return
        if self._state.raised or self._state.lifted:
            if letter in _RAISED:
                self._marked = False
                letter = _RAISED[letter]
            elif letter != " " and not letter.isalpha():
                self._mark()
        self._put(written(letter))

    def _mark(self) -> None:
        if not self._marked:
            self._put(b"^")
        self._marked = True
