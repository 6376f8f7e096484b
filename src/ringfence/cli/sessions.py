"""`ringfence sessions`: what is left of tokens without tenant, and how many sessions are upgraded."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, AsJson, ConfigUnread, Database, Verbose
from ringfence.cli.shell import Ink, say, url_of

EXAMPLES = (
    ("ringfence sessions", "how requests of the last day got their tenant, and which sessions are left"),
    ("ringfence sessions --share 0.05", "five sessions in a hundred get their tenant with their next token"),
    ("ringfence sessions --share 0", "none does, and those five lose it with their next token"),
)


def sessions(
    share: Annotated[
        float | None,
        typer.Option(
            "--share",
            metavar="SHARE",
            help="Share of sessions, 0 to 1, that get their tenant; without it nothing is changed.",
            min=0.0,
            max=1.0,
        ),
    ] = None,
    hours: Annotated[
        int, typer.Option("--hours", metavar="HOURS", help="Count the requests of so many hours.", min=1, max=8760)
    ] = 24,
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Show how requests got their tenant, and which sessions still come without one, as phase 3 has counted it."""
    del config, verbose
    from ringfence import verbs
    from ringfence.cli import sessioning
    from ringfence.cli.document import document, dump

    report = verbs.sessions(url_of(database), share=share, hours=hours)
    if as_json:
        say(dump(document(report)))
    else:
        say(sessioning.shown(report, Ink.on_stream(sys.stdout)))
    return EXIT_OK
