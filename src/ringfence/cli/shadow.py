"""`ringfence shadow`: what would be different under enforcement, and how many users try it already."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, AsJson, ConfigUnread, Database, Verbose
from ringfence.cli.shell import Ink, say, url_of

EXAMPLES = (
    ("ringfence shadow", "what was compared, and what differs"),
    ("ringfence shadow --log postgresql.log", "with the notes that only the server's log has"),
    ("ringfence shadow --share 0.05", "five users in a hundred act as the canary from now on"),
    ("ringfence shadow --share 0", "nobody does"),
)


def shadow(
    share: Annotated[
        float | None,
        typer.Option(
            "--share",
            metavar="SHARE",
            help="Share of users, 0 to 1, who act as the canary; without it nothing is changed.",
            min=0.0,
            max=1.0,
        ),
    ] = None,
    log: Annotated[
        list[Path] | None,
        typer.Option(
            "--log",
            metavar="PATH",
            help="A server log, for notes that are there alone: of statements inside functions. May be repeated.",
            show_default=False,
        ),
    ] = None,
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Show what statements of the application would find different under enforcement, as phase 4 has seen it."""
    del config
    from ringfence import verbs
    from ringfence.cli import shadowing
    from ringfence.cli.document import document, dump

    report = verbs.shadow(url_of(database), share=share, logs=log or ())
    if as_json:
        say(dump(document(report)))
    else:
        say(shadowing.shown(report, Ink.on_stream(sys.stdout), verbose=verbose))
    return EXIT_OK
