"""``tandem self-test``: what this PC can do, in words, tried and not guessed.

Each line is a thing a visit needs; it is tried for real in a throw-away folder. What fails says what to
do about it. The exit code is 1 when something a visit cannot do without is missing.
"""

from __future__ import annotations

import io
import os
import secrets
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.errors import TandemError
from ui.text import SOURCE_LANGUAGE, _, commas, current_language, named

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.reader.sandbox import Protection

__all__ = ["Finding", "run_self_test"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing tried: ``ok``; ``needed`` when a visit cannot do without; ``words`` for the person."""

    ok: bool
    words: str
    needed: bool = True


def run_self_test(out: TextIO) -> int:
    """Try everything, write a line for each, return 0 when a visit can take place."""
    findings = [tried(probe) for probe in PROBES]
    for finding in findings:
        mark = "✓" if finding.ok else ("✗" if finding.needed else "–")
        out.write(f"{mark} {finding.words}\n")
    return 1 if any(f.needed and not f.ok for f in findings) else 0


def tried(probe: Callable[[], Finding]) -> Finding:
    """Run a probe; what it raises becomes a sentence."""
    try:
        return probe()
    except (TandemError, OSError, ImportError, RuntimeError) as problem:
        from ui.messages import sentence

        words = sentence(problem) if isinstance(problem, TandemError) else str(problem)
        return Finding(ok=False, words=named(probe.__name__, words))


def store() -> Finding:
    """Make an encrypted store, write, close, open again."""
    from app.vault.keys import Key
    from app.vault.patient import PatientVault

    with tempfile.TemporaryDirectory(prefix="tandem-test-") as folder:
        data = secrets.token_bytes(32)
        with PatientVault.create(Path(folder), Key(bytearray(data)), name="essai"):
            pass
        with PatientVault.open(Path(folder), Key(bytearray(data)), "essai"):
            pass
    return Finding(ok=True, words=_("Le coffre chiffré s’ouvre et se referme."))


def documents() -> Finding:
    """Seal a document and read it back."""
    from app.vault.files import DocumentFiles
    from app.vault.keys import Key

    text = secrets.token_bytes(200_000)
    with tempfile.TemporaryDirectory(prefix="tandem-test-") as folder:
        files = DocumentFiles(Path(folder), Key.random())
        files.write("essai", io.BytesIO(text))
        with files.open("essai") as sealed:
            same = sealed.read() == text
        files.close()
    return Finding(ok=same, words=_("Les documents sont scellés et relus à l’identique."))


def reader() -> Finding:
    """Have the reader process open a text, and say which walls stand around it."""
    from app.reader.client import Reader
    from app.reader.sandbox import Protection

    with Reader() as process:
        opened = process.open(b"Bonjour, ceci est un essai.")
        protection = process.protection
    is_safe = protection is not Protection.NONE
    return Finding(
        ok=bool(opened.sections) and is_safe,
        needed=not opened.sections,
        words=walls(protection, installs=sys.platform == "linux"),
    )


def walls(protection: Protection, *, installs: bool) -> str:
    """Say what stands around the program that reads documents; with none, what to do."""
    from app.reader.sandbox import Protection

    words = _("Les documents sont lus dans un programme isolé ({means}).")
    if protection is Protection.LANDLOCK:
        return words.format(means="Landlock, seccomp")
    if protection is Protection.BUBBLEWRAP:
        return words.format(means="bubblewrap, seccomp")
    if protection is Protection.BUBBLEWRAP_ALONE:
        return words.format(means="bubblewrap")
    if protection is Protection.APP_CONTAINER:
        return _("Les documents sont lus dans un programme isolé (AppContainer). C’est encore à l’essai.")
    if installs:
        return _(
            "Rien n’isole ici la lecture des documents : seuls leurs mots sont montrés. "
            "Installez le programme « bubblewrap »."
        )
    return _(
        "Rien n’isole ici la lecture des documents : seuls leurs mots sont montrés. "
        "Mettez le système de ce poste à jour."
    )


def screen() -> Finding:
    """Say whether there is a display, and draw a word without one."""
    from PySide6.QtGui import QFontMetrics
    from PySide6.QtWidgets import QApplication

    has_display = sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if not has_display:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    from ui import theme

    theme.load_fonts()
    width = QFontMetrics(theme.current().font()).horizontalAdvance("Tandem")
    del application
    words = (
        _("L’écran est là, et les lettres aussi.")
        if has_display
        else _("Pas d’écran ici : « tandem demo » fait la visite tout seul et prend des photos.")
    )
    return Finding(ok=width > 0, words=words)


def letters() -> Finding:
    """Say whether the program's own letters are there, and the words of each language."""
    from ui import fonts, messages
    from ui.languages import LANGUAGES
    from ui.text import is_installed, joined
    from ui.this_pc import FontMissing, LanguageMissing

    missing = [FontMissing()] if set(fonts.WANTED) - set(fonts.load_fonts()) else []
    absent = [language.name for language in LANGUAGES if not is_installed(language.code)]
    said = [messages.sentence(each) for each in missing]
    if absent:
        said.append(
            _("{languages} : {words}").format(
                languages=commas(absent), words=messages.sentence(LanguageMissing())
            )
        )
    if said:
        return Finding(ok=False, needed=False, words=joined(" ", said))
    return Finding(ok=True, needed=False, words=_("Les lettres et les langues de Tandem sont là."))


def speech() -> Finding:
    """Say a few words aloud, and name the languages of the screen that this PC can speak."""
    from babel import Locale

    from ui.languages import LANGUAGES
    from ui.messages import sentence
    from ui.speech.probe import try_voice

    try:
        spoken = try_voice(_("Essai de la voix."), SOURCE_LANGUAGE)
    except TandemError as missing:
        return Finding(ok=False, needed=False, words=sentence(missing))
    tags = dict.fromkeys(language.tag for language in LANGUAGES)
    names = [str(Locale.parse(current_language()).languages.get(tag, tag)) for tag in tags if tag in spoken]
    words = _("Les écrans et les documents sont lus à voix haute : {languages}.")
    return Finding(ok=True, needed=False, words=words.format(languages=commas(names)))


def scanner() -> Finding:
    """Name the scanners that answer; a visit goes on without."""
    from app.scanning import scanner_of_this_pc

    names = commas(device.name for device in scanner_of_this_pc().devices())
    if not names:
        return Finding(ok=False, needed=False, words=_("Pas de scanner sur ce poste."))
    return Finding(ok=True, needed=False, words=_("Scanner : {names}.").format(names=names))


def recognition() -> Finding:
    """Say whether the words of a scanned paper can be recognised."""
    from app.reader.ocr import Ocr

    here = Ocr.is_here()
    words = (
        _("Les mots d’un papier scanné sont reconnus.")
        if here
        else _("Les mots d’un papier scanné ne sont pas reconnus : installez tesseract et son français.")
    )
    return Finding(ok=here, needed=False, words=words)


def printer() -> Finding:
    """Name the printers; a visit goes on without."""
    from ui.printing import printing_system

    names = commas(each.label for each in printing_system().printers())
    if not names:
        return Finding(ok=False, needed=False, words=_("Pas d’imprimante sur ce poste."))
    return Finding(ok=True, needed=False, words=_("Imprimante : {names}.").format(names=names))


def browser() -> Finding:
    """Find the system's browser, for the sign-in."""
    from sync.browser import system_browser

    found = system_browser()
    if found is None:
        return Finding(
            ok=False,
            needed=False,
            words=_("Pas de navigateur connu : installez Firefox, Chromium ou Edge pour se connecter."),
        )
    return Finding(
        ok=True, words=_("Le navigateur pour se connecter : {name}.").format(name=Path(found[1]).name)
    )


def keyring() -> Finding:
    """Name the system's keyring; a kiosk visit does not need one."""
    from app.vault.keyring_slot import trusted_backend

    backend = trusted_backend()
    if backend is None:
        return Finding(
            ok=False,
            needed=False,
            words=_("Pas de trousseau sûr sur ce poste : une phrase secrète sera demandée."),
        )
    return Finding(ok=True, words=_("Le trousseau du système garde la clé de ce poste."))


def in_clear() -> Finding:
    """Say whether what is in clear for a moment stays off the disk."""
    from app import volatile

    folder = volatile.made_for(secrets.token_hex(16))
    if folder is None:
        words = _("Le navigateur et les fichiers de travail passent par le disque. Chiffrez le disque.")
        return Finding(ok=False, needed=False, words=words)
    folder.rmdir()
    return Finding(
        ok=True, needed=False, words=_("Le navigateur et les fichiers de travail restent en mémoire.")
    )


def forgetting() -> Finding:
    """Say whether this user's disk forgets what is overwritten: what a purge of kept records rests on."""
    from app import volatile

    forgets = volatile.overwrites_in_place(Path.home())
    if forgets is None:
        words = _("Ce disque garde peut-être d’anciennes copies. Chiffrez-le.")
    elif forgets:
        words = _("Ce disque ne garde pas d’anciennes copies de nos clés.")
    else:
        words = _("Ce disque garde d’anciennes copies. Chiffrez-le, et utilisez un trousseau.")
    return Finding(ok=bool(forgets), needed=False, words=words)


def swap() -> Finding:
    """Say whether memory may be written to an unencrypted disk."""
    table = Path("/proc/swaps")
    if not table.exists():
        return Finding(
            ok=True, needed=False, words=_("Mémoire d’échange : à vérifier dans les réglages du système.")
        )
    plain = [
        line.split()[0]
        for line in table.read_text("utf-8").splitlines()[1:]
        if "zram" not in line and not line.startswith("/dev/dm-")
    ]
    if plain:
        return Finding(
            ok=False,
            needed=False,
            words=_("La mémoire d’échange n’est peut-être pas chiffrée. Chiffrez-la, ou désactivez-la."),
        )
    return Finding(ok=True, needed=False, words=_("Aucune mémoire d’échange en clair."))


PROBES = (
    store,
    documents,
    reader,
    screen,
    letters,
    speech,
    scanner,
    recognition,
    printer,
    browser,
    keyring,
    in_clear,
    forgetting,
    swap,
)
