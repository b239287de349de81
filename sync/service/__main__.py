"""``python -m sync.service --data DIR``: the central service; ``--help`` names the other options."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from sync.service.backup.commands import back_up, restore, restored
from sync.service.server import (
    certificate_request,
    invite_administrator,
    main,
    migrate,
    note_representative,
    untie,
)


def _run() -> int:
    parser = argparse.ArgumentParser(prog="python -m sync.service")
    parser.add_argument("--data", type=Path)
    parser.add_argument(
        "--records",
        metavar="ADDRESS",
        help="PostgreSQL instead of the embedded store: postgresql://user@host/db, or @FILE (0600) that holds"
        " it; its password from PGPASSFILE, PGPASSWORD or that file",
    )
    parser.add_argument("--workers", type=int, default=1, help="so many processes (with --records)")
    parser.add_argument("--migrate", action="store_true", help="bring the records forward, then end")
    parser.add_argument("--backup", type=Path, metavar="FOLDER", help="copy it there while it runs, then end")
    parser.add_argument("--restore", type=Path, metavar="FOLDER", help="put a copy back into an empty --data")
    parser.add_argument("--restored", action="store_true", help="tell it that its records were put back")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--demo", action="store_true")
    parser.add_argument("--people", type=_people, help="so many made-up people, or those named: lucas,sophie")
    parser.add_argument("--origin", help="the address that people use: https://tandem.example.org")
    parser.add_argument(
        "--mail", type=Path, metavar="FILE", help="the mail server (JSON), to tell of receipts"
    )
    parser.add_argument("--broker", type=Path, metavar="FILE", help="where else people sign in (TOML)")
    parser.add_argument("--objects", metavar="s3://…|file://…", help="where documents lie, if not in --data")
    parser.add_argument("--follow-input", action="store_true", help="end when the standard input ends")
    parser.add_argument("--administrator", metavar="LOGIN", help="invite an organization's administrator")
    parser.add_argument("--name", default="", help="the administrator's name")
    parser.add_argument("--organization", default="", help="the organization's name")
    parser.add_argument(
        "--certificate-request",
        action="store_true",
        help="write what a certification authority is asked with",
    )
    parser.add_argument("--representative", metavar="LOGIN", help="note a legal representative")
    parser.add_argument("--represents", default="", metavar="WHOM", help="the person's login, or id")
    parser.add_argument("--capacity", default="", help="parent, guardian or enabled")
    parser.add_argument("--evidence", default="", help="the document that was seen: which, of what day")
    parser.add_argument("--until", default="", help="the document's last day, YYYY-MM-DD")
    parser.add_argument("--ends", action="store_true", help="the representation is over")
    parser.add_argument("--drain", type=float, default=0, metavar="S", help="seconds of not being ready")
    parser.add_argument("--access-log", action="store_true", help="a line for each request")
    parser.add_argument("--untie", metavar="LOGIN", help="let go of who an account is at other providers")
    wishes = parser.parse_args()
    if wishes.migrate:
        return migrate(wishes.data, wishes.records)
    if wishes.data is None:
        parser.error("--data is missing")
    if wishes.untie:
        return untie(wishes.data, wishes.untie, wishes.records)
    if wishes.backup or wishes.restore or wishes.restored:
        return _copy(wishes)
    if wishes.certificate_request:
        return certificate_request(wishes.data, wishes.records)
    if wishes.administrator:
        return invite_administrator(
            wishes.data, wishes.administrator, wishes.name, wishes.organization, wishes.records
        )
    if wishes.representative:
        return note_representative(
            wishes.data, wishes.representative, wishes.represents, wishes.capacity, wishes.evidence,
            wishes.until, ends=wishes.ends, records=wishes.records,
        )  # fmt: skip
    if wishes.follow_input:
        threading.Thread(target=_end_with_input, name="follow-input", daemon=True).start()
    return main(
        data=wishes.data,
        port=wishes.port,
        demo=wishes.demo,
        people=wishes.people,
        origin=wishes.origin,
        mail=wishes.mail,
        objects=wishes.objects,
        drain=wishes.drain,
        access_log=wishes.access_log,
        records=wishes.records,
        workers=wishes.workers,
        broker=wishes.broker,
    )


def _copy(wishes: argparse.Namespace) -> int:
    """Make a copy, or put one back."""
    if wishes.backup:
        return back_up(wishes.data, wishes.backup, records=wishes.records, objects=wishes.objects)
    if wishes.restore:
        return restore(wishes.data, wishes.restore, records=wishes.records, objects=wishes.objects)
    return restored(wishes.data, records=wishes.records, objects=wishes.objects)


def _people(wanted: str) -> str:
    """Take a number, or logins with commas between them."""
    from sync.service.demo.people import chosen

    try:
        chosen(wanted)
    except KeyError as stranger:
        raise argparse.ArgumentTypeError(f"nobody of that name: {stranger.args[0]}") from None
    return wanted


def _end_with_input() -> None:
    """End in order when whoever started us is gone, however it went: its end of the pipe closes with it."""
    # Not sys.stdin: a thread that waits in it makes the interpreter's own end fail.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(_run())
