"""What the fonts of signs show: a Symbol m is a mu, and a dose hangs on it."""

from __future__ import annotations

__all__ = ["SYMBOL", "letters_of"]


def _row(start: int, letters: str) -> dict[int, str]:
    return {start + place: letter for place, letter in enumerate(letters)}


# The encoding Adobe gave the font; a mu is written as the sign of the unit, for that is what doses use.
SYMBOL = (
    _row(0x20, " !∀#∃%&∋()∗+,−./0123456789:;<=>?")
    | _row(0x40, "≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_")
    | _row(0x61, "αβχδεφγηιϕκλµνοπθρστυϖωξψζ{|}∼")
    | _row(0xA0, "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…")
    | _row(0xBF, "↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑")
    | _row(0xF1, "〉∫")
)
_WINGDINGS = {0x20: " ", 0x6C: "●", 0x6E: "■", 0x6F: "□", 0x78: "☒", 0xA7: "▪", 0xA8: "◻", 0xD8: "➢"} | {
    0xE0: "→",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
}
_NO_LETTERS = {0x20: " "}


def letters_of(name: str, *, pictures: bool) -> dict[int, str] | None:
    """Return what a font shows for its codes; None for a font of ordinary letters."""
    name = name.strip(' ;"').casefold()
    if name.startswith("symbol") or (pictures and ("symbol" in name or not name)):
        return SYMBOL
    if name == "wingdings":
        return _WINGDINGS
    return _NO_LETTERS if pictures or name.startswith(("wingdings", "webdings")) else None
