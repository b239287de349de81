"""The command line, ``tandem``. Each command imports what it needs when it runs.

So the central service runs where PySide6 is not installed, and ``tandem show`` starts no screen.
The commands and their options are fixed: others rely on them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sync.service.command import service

__all__ = ["main"]

FILE = click.Path(path_type=Path)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="tandem")
@click.option("--config", type=FILE, help="The configuration of this PC (JSON).")
@click.option("--kiosk", is_flag=True, help="Nobody at the screen gets out of the program.")
@click.pass_context
def main(context: click.Context, config: Path | None, *, kiosk: bool) -> None:
    """Read and file health documents together. Without a command: the program, as configured for this PC."""
    if context.invoked_subcommand is None:
        from ui.start import start_program

        sys.exit(start_program(config, kiosk=kiosk))


@main.command()
@click.option("--place", type=click.Choice(["kiosk", "home", "pharmacy"]), default="kiosk", show_default=True)
@click.option(
    "--tour", type=FILE, metavar="DIR", help="Drive the screens through a whole visit; pictures in DIR."
)
@click.option("--file", "file", type=FILE, metavar="PATH", help="The file that the tour files.")
@click.option("--service", metavar="URL", help="A central service that runs already.")
@click.option("--login", metavar="NAME", help="Who signs in at that service, in the tour.")
@click.option("--text-size", type=click.Choice(["20", "26", "34", "52"]), default=None)
@click.option("--language", metavar="L", default=None, help="fr, fr_FALC, en or ar.")
def demo(
    place: str,
    tour: Path | None,
    file: Path | None,
    service: str | None,
    login: str | None,
    text_size: str | None,
    language: str | None,
) -> None:
    """Start a central service with made-up people, and the program against it."""
    from ui.demo import Wishes, run_demo

    wishes = Wishes(
        place=place,
        tour=tour,
        file=file,
        service=service,
        login=login,
        text_size=text_size,
        language=language,
    )
    sys.exit(run_demo(wishes))


main.add_command(service)


@main.command()
@click.argument("file", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--pictures", type=FILE, metavar="DIR", help="Write the pages as PNG.")
def show(file: Path, pictures: Path | None, *, as_json: bool) -> None:
    """Open one document just as the viewer does, and print what it says."""
    from ui.show import show as show_file

    sys.exit(show_file(file, as_json=as_json, pictures=pictures, out=sys.stdout, err=sys.stderr))


@main.command("export-journal")
@click.argument("file", type=FILE)
@click.option("--config", type=FILE, help="The configuration of this PC (JSON).")
def export_journal(file: Path, config: Path | None) -> None:
    """Write the lasting journal of this PC (who helped, when, what kind of act), signed; no name is in it."""
    from ui.start import configuration, not_configured

    found = configuration(config)
    if found is None:
        sys.exit(not_configured())
    from ui.export_journal import export_journal as export

    sys.exit(export(found, file, sys.stdout, sys.stderr))


@main.command("export-activity")
@click.argument("file", type=FILE)
@click.option("--config", type=FILE, help="The configuration of this PC (JSON).")
def export_activity(file: Path, config: Path | None) -> None:
    """Write how many visits there were on this PC, how long, for what (CSV); no name is in it."""
    from ui.start import configuration, not_configured

    found = configuration(config)
    if found is None:
        sys.exit(not_configured())
    from ui.export_activity import export_activity as export

    sys.exit(export(found, file, sys.stdout, sys.stderr))


@main.command("verify-journal")
@click.argument("file", type=FILE)
@click.option(
    "--config", type=FILE, help="This PC's own: the journal must reach the head kept outside of it."
)
def verify_journal(file: Path, config: Path | None) -> None:
    """Check an exported audit journal: nothing edited, deleted, swapped, inserted or cut off."""
    from ui.verify_journal import verify

    sys.exit(verify(file, sys.stdout, sys.stderr, config))


@main.command("verify-access-list")
@click.argument("file", type=FILE)
@click.option("--config", type=FILE, help="This PC's own: the list must be signed by the service of this PC.")
def verify_access_list(file: Path, config: Path | None) -> None:
    """Check a signed list of who looked: whole, by whose key, when; or what is wrong with it."""
    from ui.verify_access_list import verify

    sys.exit(verify(file, sys.stdout, sys.stderr, config))


@main.command()
@click.option("--base", required=True, metavar="URL", help="The FHIR base of the server.")
@click.option("--token-file", type=FILE, metavar="FILE", help="A file that holds the bearer token.")
@click.option("--patient", metavar="ID", help="A person whose records the token may read.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option(
    "--write",
    is_flag=True,
    help="Try writing too, on made-up resources that are taken away after, but for those that a server keeps"
    " for good: ours keeps one Provenance.",
)
def conformance(
    base: str, token_file: Path | None, patient: str | None, *, as_json: bool, write: bool
) -> None:
    """Say in words what a FHIR server really does, and how records would come from it."""
    from ui.conformance import conformance as examine

    sys.exit(examine(base, token_file, patient, sys.stdout, sys.stderr, may_write=write, as_json=as_json))


@main.command("self-test")
def self_test() -> None:
    """Say in words what this PC can do."""
    from ui.self_test import run_self_test

    sys.exit(run_self_test(sys.stdout))


@main.command()
@click.argument("names", nargs=-1)
@click.option("--smoke", is_flag=True, help="Small sizes: shows that the benchmarks run, not how fast.")
@click.option(
    "--large", is_flag=True, help="The largest sizes too (service: 100,000 citizens); takes minutes."
)
def bench(names: tuple[str, ...], *, smoke: bool, large: bool) -> None:
    """Measure, and print figures as JSON lines."""
    from ui.bench import run_benchmarks

    sys.exit(run_benchmarks(names, smoke=smoke, large=large, out=sys.stdout))
