"""The service's command line: the same for ``tandem service`` and ``python -m sync.service``.

Nothing of the service is imported before its options are understood. A command line that contradicts itself
or asks for what cannot be ends with 2 before anything is opened. The other exit codes are those of
`sync.service.console`.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

__all__ = ["service"]

_MOST_WORKERS = 256
_LONGEST_DRAIN = 3600


def _text(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Take a text that was said: a script's empty variable asks for nothing."""
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty.")
    return value


def _path(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """Take a path that was said: an empty one is not the folder one happens to be in."""
    told = _text(context, parameter, value)
    return None if told is None else Path(told)


def _origin(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Take an address that people use: http or https, a host, and nothing that one page adds to it."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or set(value) & set(" \t\r\n?#@\\"):
        raise click.BadParameter("an address like https://tandem.example.org is needed.")
    return value.rstrip("/")


def _seconds(_: click.Context, __: click.Parameter, value: float) -> float:
    """Take a time; "nan" is in every range."""
    if math.isnan(value):
        raise click.BadParameter("a number of seconds is needed.")
    return value


def _people(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Take a number of made-up people, or logins with commas between them."""
    from sync.service.demo.people import chosen

    try:
        chosen(value)
    except KeyError as stranger:
        raise click.BadParameter(f"nobody of that name: {stranger.args[0]}") from None
    return value


@click.command()
@click.option("--data", callback=_path, metavar="DIR", help="Where the service keeps all, its key too.")
@click.option(
    "--origin",
    callback=_origin,
    metavar="URL",
    help="The address people use, where TLS stands before it.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port on loopback; 0 takes a free one."
)
@click.option(
    "--records",
    callback=_text,
    metavar="postgresql://user@host/db",
    help="Keep the records in PostgreSQL (15 or later); @FILE for a file (0600) that holds the address."
    " The password: in that file, PGPASSFILE or PGPASSWORD, not on the command line.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, _MOST_WORKERS),
    default=1,
    help="So many processes (with --records).",
)
@click.option(
    "--objects",
    callback=_text,
    metavar="s3://…|file://…",
    help="Where documents lie, if not in --data; the keys come from the environment (AWS_…).",
)
@click.option(
    "--drain",
    type=click.FloatRange(0, _LONGEST_DRAIN),
    callback=_seconds,
    default=0,
    metavar="S",
    help="After SIGTERM, so many seconds of not being ready.",
)
@click.option("--access-log", is_flag=True, help="A line of JSON for each request; nothing of a person.")
@click.option("--mail", callback=_path, metavar="FILE", help="The mail server (JSON), to tell of receipts.")
@click.option(
    "--broker", callback=_path, metavar="FILE", help="Where else people sign in: FranceConnect+, … (TOML)."
)
@click.option("--follow-input", is_flag=True, help="End when the standard input ends.")
@click.option("--demo", is_flag=True, help="With made-up people.")
@click.option(
    "--people", callback=_people, metavar="N|LOGIN,…", help="Only so many made-up people, or those named."
)
@click.option("--migrate", is_flag=True, help="Bring the records forward to this version, then end.")
@click.option("--backup", callback=_path, metavar="FOLDER", help="Copy it there while it runs, then end.")
@click.option(
    "--restore",
    callback=_path,
    metavar="FOLDER",
    help="Put such a copy into --data, which holds service.key alone.",
)
@click.option("--restored", is_flag=True, help="Its records were put back (PostgreSQL): tell it, then end.")
@click.option(
    "--certificate-request", is_flag=True, help="Write what a certification authority is asked with."
)
@click.option("--administrator", callback=_text, metavar="LOGIN", help="Invite an administrator.")
@click.option("--name", callback=_text, help="The administrator's name.")
@click.option("--organization", callback=_text, help="The organization's name.")
@click.option("--representative", callback=_text, metavar="LOGIN", help="Note a legal representative.")
@click.option("--represents", callback=_text, metavar="WHOM", help="The person's login, or id.")
@click.option("--capacity", callback=_text, help="parent, guardian or enabled.")
@click.option("--evidence", callback=_text, help="The document that was seen: which, of what day.")
@click.option("--until", callback=_text, help="The document's last day, YYYY-MM-DD.")
@click.option("--ends", is_flag=True, help="The representation is over.")
@click.option(
    "--untie",
    callback=_text,
    metavar="LOGIN",
    help="Let go of who an account is at other providers.",
)
def service(**told: object) -> None:
    """Run the central service; one JSON line on standard output says when it is ready."""
    sys.exit(_run(told))


_COMMANDS = (
    "migrate", "backup", "restore", "restored", "certificate_request", "administrator", "representative",
    "untie",
)  # fmt: skip
_OF: dict[str, tuple[str, ...]] = {
    "administrator": ("name", "organization"),
    "representative": ("represents", "capacity", "evidence", "until", "ends"),
}


def _run(told: dict[str, Any]) -> int:
    """Do the one thing that is asked for; without one, serve."""
    data, records, objects = told["data"], told["records"], told["objects"]
    asked = [each for each in _COMMANDS if told[each]]
    if len(asked) > 1:
        raise click.UsageError(f"{', '.join(map(_option, asked))}: one at a time.")
    for command, details in _OF.items():
        lost = [each for each in details if told[each] and not told[command]]
        if lost:
            raise click.UsageError(f"{_option(lost[0])} belongs to {_option(command)}.")
    if data is None and not (asked == ["migrate"] and records):
        raise click.UsageError("--data is missing.")
    if told["people"] and not told["demo"]:
        raise click.UsageError("--people belongs to --demo.")

    match asked:
        case ["backup" | "restore" | "restored" as command]:
            from sync.service.backup import commands

            if command == "backup":
                return commands.back_up(data, told["backup"], records=records, objects=objects)
            if command == "restore":
                return commands.restore(data, told["restore"], records=records, objects=objects)
            return commands.restored(data, records=records, objects=objects)
        case [command]:
            return _operate(command, told)
    return _serve(told)


def _operate(command: str, told: dict[str, Any]) -> int:
    from sync.service import operations

    data, records = told["data"], told["records"]
    texts = {each: told[each] or "" for details in _OF.values() for each in details}
    match command:
        case "migrate":
            return operations.migrate(data, records)
        case "certificate_request":
            return operations.certificate_request(data, records)
        case "administrator":
            return operations.invite_administrator(
                data, told["administrator"], texts["name"], texts["organization"], records
            )
        case "representative":
            return operations.note_representative(
                data, told["representative"], texts["represents"], texts["capacity"], texts["evidence"],
                texts["until"], ends=told["ends"], records=records,
            )  # fmt: skip
        case _:
            return operations.untie(data, told["untie"], records)


def _serve(told: dict[str, Any]) -> int:
    from sync.service.server import main

    if told["follow_input"]:
        threading.Thread(target=_end_with_input, name="follow-input", daemon=True).start()
    wanted = (
        "data", "port", "demo", "people", "origin", "mail", "objects", "drain", "access_log", "records",
        "workers", "broker",
    )  # fmt: skip
    return main(**{each: told[each] for each in wanted})


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _end_with_input() -> None:
    """End in order when whoever started us is gone, however it went: its end of the pipe closes with it."""
    # Not sys.stdin: a thread that waits in it makes the interpreter's own end fail.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
