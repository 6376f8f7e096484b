"""`ringfence pause`: the run at work stops at its next safe point."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, AsJson, ConfigUnread, Database, Verbose
from ringfence.cli.shell import Ink, say, url_of

if TYPE_CHECKING:
    from ringfence.reports import StatusReport

EXAMPLES = (("ringfence pause --reason 'sale begins at noon'", "from any machine that reaches the database"),)


def pause(
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; the journal keeps it.", show_default=False)
    ] = "",
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Ask the run at work to stop at its next safe point; it ends with exit code 6.

    A batch that runs is finished first. Nothing starts again before `ringfence resume`.
    """
    del config
    from ringfence import verbs

    url = url_of(database)
    show_status(verbs.pause(url, reason), url, as_json, verbose)
    return EXIT_OK


def show_status(report: StatusReport, url: str, as_json: bool, verbose: bool) -> None:
    """Say where the migration stands after the word was given."""
    from ringfence.cli import show
    from ringfence.cli.document import document, dump
    from ringfence.db import safe_target

    ink = Ink.on_stream(sys.stdout)
    say(
        dump(document(report))
        if as_json
        else show.status(report, safe_target(url), datetime.now(UTC), ink, every_step=verbose)
    )
