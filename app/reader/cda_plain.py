"""Takes the marks of machines out of words meant for people.

Professionals' programs put terminology codes in brackets, object identifiers and UCUM units into the
narrative itself. Decision: what only a program can read is left out of what is shown and spoken, by its
form alone; words, numbers and the identifiers printed on a device or a box stay. The file is untouched.
"""

from __future__ import annotations

import re

__all__ = ["plain"]

_TERMINOLOGY = (
    r"(?:CIM[- ]?(?:10|11|O-?3?)?|ICD[- ]?\w{0,4}|CCAM|ATC|CIS|CIP ?\d*|UCD ?\d*|LOINC"
    r"|SNOMED[ -]?\w{0,4}(?: ?3\.5)?|EMDN|CLADIMEDS?|IMDRF|LPP|NABM|ADICAP|ORPHA(?:NET)?|HPO|CISP\d?"
    r"|MedDRA|EDQM|NCIT|UCUM|GTIN)"
)
_CODE = r"[A-Z]{0,6}[-:.]?\d[\w.:/+*-]*"
# Before its terminology's name a code must look like one: « B12 [LOINC] » is a vitamin.
_SURE_CODE = r"(?:[A-Z]{4}\d{3}|\d{1,5}-\d|\d{6,13}|[A-Z]\d{2}[A-Z]{2}\d{2}|[A-Z]\d{2}\.\d{1,3})"
_OID = r"(?:1\.2\.\d{3}|1\.3\.6\.1|2\.16\.\d{3})(?:\.\d+){2,}"
_MARKS = re.compile(
    rf"\s*[\[(]\s*{_TERMINOLOGY}\s*[:=]?\s*{_CODE}\s*[\])]"
    rf"|\b{_SURE_CODE}\s*\[\s*{_TERMINOLOGY}\s*\]"
    r"|\s*\[\s*[A-Z]{1,2}\d{5,}[A-Z\d.]*\s*\]"
    rf"|\s*[\[(]?\s*\b{_OID}\b(?:\s*\(OID[^)]{{0,30}}\))?\s*[\])]?"
    r"|\s*\((?:codée?s? )?à partir d[ue] JDV_\w+\)|\s*\[(?:JDV|TRE)_\w+\]"
    r"|\s*\(8\d{11}\)"
    r"|\b[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}\b"
)
_UNITS = (
    (re.compile(r"mm\[Hg\]"), "mmHg"),
    (re.compile(r"\[i?IU\]|\[iU\]"), "UI"),
    (re.compile(r"\b10\*(\d{1,2})(?=/|\b)"), "10^"),
    (re.compile(r"(?<=\d )Cel\b|(?<=\d)Cel\b"), "°C"),
    (re.compile(r"(?<=[\d ])\{([^{}\d]{1,20})\}"), r"\1"),
)
_SUPERIOR = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


_BLANKS = re.compile(r"[^\S\n]{3,}")


def _without_colon(line: str) -> str:
    """Take off a colon after which nothing is said any more."""
    return line.rstrip(" :\t\u00a0\u202f") if line.rstrip().endswith(":") else line


def plain(text: str) -> str:
    """Leave out codes and say units as people write them."""
    if not _SUSPECT.search(text):
        return text
    # A long run of blanks would be tried from each of its places.
    text, taken = _MARKS.subn("", _BLANKS.sub("  ", text))
    if taken:
        text = "\n".join(map(_without_colon, text.split("\n")))
    for rule, words in _UNITS:
        if words == "10^":
            text = rule.sub(lambda found: "10" + found.group(1).translate(_SUPERIOR), text)
        else:
            text = rule.sub(words, text)
    return "\n".join(line for part in text.split("\n") if (line := part.strip()))


_SUSPECT = re.compile(
    r"[\[{*]|\.\d+\.\d+\.|JDV_|TRE_|Cel\b|\((?:CIM|CCAM|ATC|CI[SP]|8\d{11})|-[\da-fA-F]{4}-"
)
