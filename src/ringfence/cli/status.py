"""`ringfence status`: where the migration stands, and who is in the way."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, AsJson, ConfigUnread, Database, Verbose
from ringfence.cli.shell import Ink, is_terminal, say, url_of

EXAMPLES = (
    ("ringfence status", "once"),
    ("ringfence status --watch", "again and again, until Ctrl-C"),
    ("ringfence status --json | jq .state", "in a monitor"),
)


def status(
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show it again and again, until Ctrl-C.", show_default=False)
    ] = False,
    interval: Annotated[
        float, typer.Option("--interval", metavar="SECONDS", help="How often, with --watch.", min=0.2)
    ] = 2.0,
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Show phases, steps, batches and gates as the journal has them, and the sessions that are in the way.

    Can be asked at any time by anybody who may read schema ringfence. --verbose lists every step.

    While tables are behind compatibility views it also notes who is connected, where the role may: the gate that lets
    the views go wants every hour watched.
    """
    del config
    from ringfence import verbs
    from ringfence.cli import show
    from ringfence.cli.document import document, dump
    from ringfence.db import safe_target

    url = url_of(database)
    ink = Ink.on_stream(sys.stdout)

    def once() -> None:
        report = verbs.status(url)
        if as_json:
            text = dump(document(report))
        else:
            text = show.status(report, safe_target(url), datetime.now(UTC), ink, every_step=verbose)
        if watch and is_terminal(sys.stdout) and not as_json:
            # home, then each line erased to its end and the rest below: no flicker as with clearing first
            text = "\x1b[H" + text.replace("\n", "\x1b[K\n") + "\x1b[J"
        say(text)

    if not watch:
        once()
        return EXIT_OK
    try:
        while True:
            once()
            time.sleep(interval)
    except KeyboardInterrupt:
        return EXIT_OK  # the only way out of --watch, and nothing was interrupted
