"""Set a Linux PC up as a kiosk, take that back, or say what is still open on it. Run by the administrator.

    python3 install.py install --service https://… [--allow https://…] [--scans FOLDER] [--dry-run]
    python3 install.py uninstall [--dry-run]
    python3 install.py check

Decision: nothing but Python is needed, and nothing is started: files are written under ``--root`` (``/``),
and what to type next is said. A file of somebody else is never written over, and only what is ours as we
wrote it is taken away. Written again, nothing changes. It speaks French: so do those who look after a PC.
"""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HERE = Path(__file__).resolve().parent
SHIPPED = HERE / "root"
USER = "tandem-kiosk"
UNIT = "etc/systemd/system/tandem-kiosk.service"
MASKED = ("getty@.service", "autovt@.service", "serial-getty@.service", "ctrl-alt-del.target")
NULL = "/dev/null"
CONFIG = "etc/tandem/kiosk.json"
NEXT = """Ensuite, tapez :
  systemd-sysusers && systemctl daemon-reload && sysctl --system
  systemctl restart tandem-kiosk
  python3 install.py check
Protégez aussi le démarrage du PC (BIOS et GRUB) par un mot de passe."""


class Foreign(Exception):
    """A file that is not ours stands where ours goes."""


@dataclass(frozen=True)
class Wishes:
    """What this place is: its service, what its browser may show besides, where its copier drops scans."""

    service: str
    allow: tuple[str, ...] = ()
    scans: str = ""


# -- what is written -------------------------------------------------------------------------------


def shipped() -> dict[str, str]:
    """Return the files that are the same everywhere, by their path under the root."""
    found = (path for path in sorted(SHIPPED.rglob("*")) if path.is_file())
    return {path.relative_to(SHIPPED).as_posix(): path.read_text(encoding="utf-8") for path in found}


def links() -> dict[str, str]:
    """Return the links: what is switched off, and the kiosk that starts with the PC."""
    masks = {f"etc/systemd/system/{name}": NULL for name in MASKED}
    return masks | {f"etc/systemd/system/multi-user.target.wants/{Path(UNIT).name}": f"/{UNIT}"}


def made(wishes: Wishes) -> dict[str, str]:
    """Return the files of this place: the program's configuration, what the browser may show."""
    shown = [wishes.service, *wishes.allow]
    config = {"service": wishes.service, "folder": f"/var/lib/{USER}", "kiosk": True, "text_size": 34}
    files = {
        CONFIG: _json(config | ({"scans": wishes.scans} if wishes.scans else {})),
        "etc/firefox/policies/policies.json": _json({"policies": _firefox(shown)}),
        "etc/chromium/policies/managed/tandem-kiosk.json": _json(_chromium(shown)),
    }
    if wishes.scans:
        files[f"{UNIT}.d/scans.conf"] = f"[Service]\nReadWritePaths=-{wishes.scans}\n"
    return files


def _json(told: object) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _firefox(shown: Sequence[str]) -> dict[str, object]:
    # The answer of a sign-in comes to a port of this PC that is drawn each time.
    here = ["http://127.0.0.1/*", "http://localhost/*"]
    return {
        "WebsiteFilter": {"Block": ["<all_urls>"], "Exceptions": [*here, *(f"{each}/*" for each in shown)]},
        "BlockAboutConfig": True,
        "BlockAboutAddons": True,
        "BlockAboutProfiles": True,
        "BlockAboutSupport": True,
        "DisableDeveloperTools": True,
        "DisableProfileImport": True,
        "DisableTelemetry": True,
        "DisableFirefoxAccounts": True,
        "InstallAddonsPermission": {"Default": False},
        "PasswordManagerEnabled": False,
        "PrintingEnabled": False,
    }


def _chromium(shown: Sequence[str]) -> dict[str, object]:
    return {
        "URLBlocklist": ["*", "file://*", "chrome://*", "view-source:*", "javascript://*"],
        "URLAllowlist": ["http://127.0.0.1", "http://localhost", *shown],
        "DeveloperToolsAvailability": 2,
        "ExtensionInstallBlocklist": ["*"],
        "DownloadRestrictions": 3,
        "AllowFileSelectionDialogs": False,
        "PrintingEnabled": False,
        "PasswordManagerEnabled": False,
        "TaskManagerEndProcessEnabled": False,
        "BrowserSignin": 0,
    }


# -- writing and taking back -----------------------------------------------------------------------


def install(root: Path, wishes: Wishes) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield what is missing with how to do it; raises ``Foreign`` before anything is done."""
    files = shipped() | made(wishes)
    if (root / CONFIG).is_file():
        # Whoever looks after the PC may have added to it.
        del files[CONFIG]
    for name in files:
        path = root / name
        if (path.exists() or path.is_symlink()) and not _is_ours(name, path):
            raise Foreign(f"/{name}")
    for name, target in links().items():
        path = root / name
        if (path.exists() or path.is_symlink()) and not _leads(path, target):
            raise Foreign(f"/{name}")
    for name, words in files.items():
        if not (root / name).is_file() or (root / name).read_text(encoding="utf-8") != words:
            yield f"/{name}", lambda path=root / name, words=words: _write(path, words)  # type: ignore[misc]
    for name, target in links().items():
        if not _leads(root / name, target):
            yield f"/{name} -> {target}", lambda path=root / name, to=target: _link(path, to)  # type: ignore[misc]


def uninstall(root: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield what is ours with how to take it away; the configuration, the data and the user stay."""
    named = [*shipped(), *(name for name in made(Wishes("", scans="/")) if name != CONFIG)]
    for name in named:
        path = root / name
        if path.is_file() and not path.is_symlink() and _is_ours(name, path):
            yield f"/{name}", path.unlink
    for name, target in links().items():
        if _leads(root / name, target):
            yield f"/{name}", (root / name).unlink


def _is_ours(name: str, path: Path) -> bool:
    """Say whether we wrote it: by its name, or by what only ours says."""
    if path.is_symlink() or not path.is_file():
        return False
    if "tandem" in name:
        return True
    words = path.read_text(encoding="utf-8", errors="replace")
    return words == shipped().get(name) or ("http://127.0.0.1/*" in words and "WebsiteFilter" in words)


def _leads(path: Path, target: str) -> bool:
    return path.is_symlink() and str(path.readlink()) == target


def _write(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(words, encoding="utf-8")
    fresh.chmod(0o644)
    fresh.replace(path)


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


# -- what is still open ----------------------------------------------------------------------------

GOOD = {
    "shell": "L’utilisateur du kiosque n’a pas de terminal.",
    "password": "L’utilisateur du kiosque n’a pas de mot de passe.",
    "unit": "Le kiosque démarre avec le PC et revient de lui-même.",
    "hardening": "Le service du kiosque est enfermé comme prévu.",
    "consoles": "Aucune touche ne mène à une autre console.",
    "sysrq": "La touche SysRq ne fait rien.",
    "gettys": "Aucune console ne demande à se connecter.",
    "restart": "Ctrl+Alt+Suppr ne fait rien.",
    "cores": "Un programme qui s’arrête ne laisse pas sa mémoire sur le disque.",
    "suid": "Aucun programme inconnu ne donne plus de droits.",
    "sticks": "Une clé USB est seulement lue, rien n’y est lancé.",
    "browser": "Le navigateur ne montre que les adresses permises.",
    "boot": "Le menu de démarrage demande un mot de passe.",
}
OPEN = {
    "shell": "L’utilisateur du kiosque a un terminal. Tapez : usermod -s /usr/sbin/nologin tandem-kiosk",
    "password": "L’utilisateur du kiosque a un mot de passe. Tapez : passwd -l tandem-kiosk",
    "unit": "Le kiosque ne démarre pas avec le PC. Lancez l’installation.",
    "hardening": "Le service du kiosque a été modifié ou complété. Relancez l’installation.",
    "consoles": "Des touches mènent à une autre console. cage ne doit pas avoir l’option -s.",
    "sysrq": "La touche SysRq parle au noyau. Tapez : sysctl -w kernel.sysrq=0",
    "gettys": "Une console demande à se connecter. Lancez l’installation, puis redémarrez.",
    "restart": "Ctrl+Alt+Suppr redémarre le PC. Lancez l’installation.",
    "cores": "Un programme qui s’arrête peut laisser sa mémoire sur le disque. Lancez l’installation.",
    "suid": "Des programmes inconnus donnent plus de droits. Regardez : {found}",
    "sticks": "Une clé USB pourrait lancer un programme. Lancez l’installation.",
    "browser": "Le navigateur peut montrer n’importe quelle adresse. Lancez l’installation.",
    "boot": "Le menu de démarrage peut ouvrir un terminal. Protégez GRUB par un mot de passe.",
}
KNOWN_SUID = frozenset(
    """
    bwrap chage chfn chromium chrome-sandbox chsh crontab dbus-daemon-launch-helper exim4 expiry
    fusermount fusermount3 gpasswd mount newgrp newgidmap newuidmap ntfs-3g passwd pkexec
    polkit-agent-helper-1 ssh-agent ssh-keysign su sudo sudoedit umount unix_chkpwd utempter wall write
    """.split()  # noqa: SIM905 (thirty lines else)
)
SUID_PLACES = ("usr/bin", "usr/sbin", "usr/lib", "usr/libexec", "usr/local", "opt")


def check(root: Path) -> Iterator[tuple[str, bool, str]]:
    """Yield each condition: its code, whether it holds, the sentence that says it."""
    suid = sorted(_unknown_suid(root))
    holds = {
        "shell": _field(root, "etc/passwd", 6) in {"/usr/sbin/nologin", "/sbin/nologin", "/bin/false"},
        "password": _field(root, "etc/shadow", 1)[:1] in {"!", "*"},
        "unit": (root / "etc/systemd/system/multi-user.target.wants" / Path(UNIT).name).is_symlink(),
        "hardening": _text(root / UNIT) == shipped()[UNIT] and not _foreign_drop_ins(root),
        "consoles": _no_console(root),
        "sysrq": _kernel(root, "sysrq") == "0",
        "gettys": all(_is_masked(root, name) for name in MASKED if "getty" in name or "autovt" in name),
        "restart": _is_masked(root, "ctrl-alt-del.target") and _is_shipped(root, "system.conf.d"),
        "cores": _kernel(root, "core_pattern") == "|/bin/false",
        "suid": not suid,
        "sticks": _is_shipped(root, "mount_options.conf") and _is_shipped(root, "polkit"),
        "browser": _browsers_are_held(root),
        "boot": "password_pbkdf2" in _text(root / "boot/grub/grub.cfg"),
    }
    for code, good in holds.items():
        words = (GOOD if good else OPEN)[code]
        yield code, good, words.format(found=", ".join(suid))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _field(root: Path, name: str, number: int) -> str:
    """Return a field of the kiosk's user; an empty one when there is no such user, or it may not be read."""
    lines = (line.split(":") for line in _text(root / name).splitlines())
    return next((line[number] for line in lines if line[0] == USER and len(line) > number), "")


def _kernel(root: Path, name: str) -> str:
    return _text(root / "proc/sys/kernel" / name).strip()


def _is_masked(root: Path, name: str) -> bool:
    return _leads(root / "etc/systemd/system" / name, NULL)


def _is_shipped(root: Path, part: str) -> bool:
    return all(_text(root / name) == words for name, words in shipped().items() if part in name)


def _foreign_drop_ins(root: Path) -> list[Path]:
    return [each for each in (root / f"{UNIT}.d").glob("*") if each.name != "scans.conf"]


def _no_console(root: Path) -> bool:
    started = [line for line in _text(root / UNIT).splitlines() if line.startswith("ExecStart=")]
    before = [line.split(" -- ")[0].split()[1:] for line in started]
    without = [not any(word.startswith("-") and "s" in word for word in words) for words in before]
    return bool(without) and all(without) and _is_shipped(root, "logind.conf.d")


def _browsers_are_held(root: Path) -> bool:
    firefox = _text(root / "etc/firefox/policies/policies.json")
    chromium = _text(root / "etc/chromium/policies/managed/tandem-kiosk.json")
    return '"<all_urls>"' in firefox and '"URLBlocklist"' in chromium


def _unknown_suid(root: Path) -> Iterator[str]:
    for place in SUID_PLACES:
        for folder, _folders, names in os.walk(root / place):
            yield from (
                f"/{(Path(folder) / name).relative_to(root)}" for name in names if _gives(folder, name)
            )


def _gives(folder: str, name: str) -> bool:
    if name in KNOWN_SUID:
        return False
    try:
        mode = os.lstat(os.path.join(folder, name)).st_mode  # noqa: PTH118 (some 100,000 of them)
    except OSError:
        return False
    return stat.S_ISREG(mode) and bool(mode & stat.S_ISUID)


# -- the command -----------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked; 0 when it is done, or when nothing is open."""
    asked = _options().parse_args(arguments)
    if asked.what == "check":
        found = list(check(asked.root))
        for _code, good, words in found:
            print(("✓ " if good else "✗ ") + words)
        return 0 if all(good for _code, good, _words in found) else 1
    if asked.what == "install" and not _is_sound(asked):
        print("Il faut une adresse en https (--service, --allow), et un chemin entier pour --scans.")
        return 2
    try:
        wishes = Wishes(
            asked.service.rstrip("/"), tuple(each.rstrip("/") for each in asked.allow), asked.scans
        )
        steps = list(install(asked.root, wishes) if asked.what == "install" else uninstall(asked.root))
    except Foreign as foreign:
        print(f"Ce fichier n’est pas de Tandem, il reste comme il est : {foreign}. Rien n’a été changé.")
        return 2
    for words, do in steps:
        print(words)
        if not asked.dry_run:
            do()
    print("Rien à changer." if not steps else "Rien n’a été écrit." if asked.dry_run else "C’est fait.")
    if steps and asked.what == "install":
        print(NEXT)
    return 0


def _is_sound(asked: argparse.Namespace) -> bool:
    shown = [asked.service, *asked.allow]
    plain = all(each.isprintable() and not set(each) & set(' "*') for each in (*shown, asked.scans))
    here = not asked.scans or asked.scans.startswith("/")
    return plain and here and all(each.startswith("https://") for each in shown)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["install", "uninstall", "check"])
    parser.add_argument("--root", type=Path, default=Path("/"))
    parser.add_argument("--service", default="")
    parser.add_argument("--allow", action="append", default=[])
    parser.add_argument("--scans", default="")
    parser.add_argument("--dry-run", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
