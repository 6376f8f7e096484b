"""`ringfence journal`: everything that was done to the database, and whether anybody touched the record."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_CONFLICT, EXIT_OK, AsJson, ConfigUnread, Database, Verbose
from ringfence.cli.shell import Ink, say, url_of

LIST_EXAMPLES = (
    ("ringfence journal list", "the last 50 entries"),
    ("ringfence journal list --all --json", "everything, for programs"),
)
VERIFY_EXAMPLES = (("ringfence journal verify", "exit code 5 when an entry was changed"),)
SHOWN = 50


def entries(
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", help="How many, the newest last.", min=1)] = SHOWN,
    everything: Annotated[bool, typer.Option("--all", help="Every entry.", show_default=False)] = False,
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """List what was done to this database, in order: plans, runs, steps, batches, gates, decisions."""
    del config, verbose
    from dataclasses import replace

    from ringfence import verbs
    from ringfence.cli import show
    from ringfence.cli.document import document, dump

    report = verbs.journal(url_of(database), verify=False)
    if as_json:
        shown = report.entries if everything else report.entries[-limit:]
        say(dump(document(replace(report, entries=shown))))
    else:
        say(show.journal(report, Ink.on_stream(sys.stdout), limit=None if everything else limit))
    return EXIT_CONFLICT if report.ok is False else EXIT_OK


def verify(
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Recompute the chain of hashes from the first entry to the last; exit code 5 when it does not hold."""
    del config, verbose
    from ringfence import verbs
    from ringfence.cli import show
    from ringfence.cli.document import dump

    report = verbs.journal(url_of(database), verify=True)
    if as_json:
        last = report.entries[-1].hash if report.entries else None
        say(dump({"ok": report.ok, "entries": len(report.entries), "last_hash": last, "detail": report.detail}))
    else:
        say(show.verified(report, Ink.on_stream(sys.stdout)))
    return EXIT_OK if report.ok else EXIT_CONFLICT
