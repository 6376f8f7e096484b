"""`ringfence init`: the catalog becomes a first ringfence.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, AsJson, Config, Database, Verbose
from ringfence.cli.shell import Ink, say, url_of

EXAMPLES = (
    ("ringfence init", "write ringfence.toml"),
    ("ringfence init --out - | less", "look at it first"),
    ("ringfence init --force", "write it anew over an old one"),
    ("ringfence init --force --users public.people", "when it could not tell who the users are"),
)


def init(
    config: Config = DEFAULT_CONFIG,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="PATH", help="Write here instead; - is stdout.", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.", show_default=False)] = False,
    users: Annotated[
        str | None,
        typer.Option("--users", metavar="TABLE", help="The table that knows the users.", show_default=False),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option("--column", metavar="NAME", help="The name of the tenant column.", show_default=False),
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Read the database and write a first ringfence.toml.

    Each table gets its scope and the way its tenant is found, with the reason and a confidence beside it. What cannot
    be known is left unresolved and listed; nothing is guessed silently. Nothing in the database is changed.
    """
    del verbose
    import sys

    from ringfence import verbs
    from ringfence.cli import show
    from ringfence.cli.document import document, dump

    target = out if out is not None else config
    to_stdout = str(target) == "-"
    result = verbs.init(url_of(database), None if to_stdout else target, force=force, users=users, column=column)
    if as_json:
        say(dump(document(result)))
    elif to_stdout:
        say(result.text)
    else:
        say(show.init(result, Ink.on_stream(sys.stdout)))
    return EXIT_OK
