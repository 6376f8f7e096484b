"""`ringfence revert`: back to before a phase."""

from __future__ import annotations

from typing import Annotated

import typer

from ringfence.cli.options import (
    DEFAULT_CONFIG,
    EXIT_UNEXPECTED,
    OUTCOMES,
    Accept,
    AsJson,
    ConfigUnread,
    Database,
    Reason,
    Verbose,
    Yes,
)
from ringfence.cli.shell import Ink, accepted, asked, confirm, say, url_of

EXAMPLES = (
    ("ringfence revert --from 2", "phase 1 stays; asks first"),
    ("ringfence revert --from 1 --yes", "the application's schema as it was"),
    ("ringfence revert --from 0 --yes", "everything; the journal and what people decided stay"),
    ("ringfence plan --undo 1", "see before what revert --from 1 runs"),
)


def revert(
    first: Annotated[
        int,
        typer.Option(
            "--from",
            metavar="PHASE",
            help="Undo this phase and every later one, the last one first. 1 gives the application's schema back as it "
            "was; 0 undoes the preparation, too.",
            min=0,
            show_default=False,
        ),
    ],
    config: ConfigUnread = DEFAULT_CONFIG,
    accept: Accept = [],  # noqa: B006  # typer reads it as "none"
    reason: Reason = [],  # noqa: B006
    yes: Yes = False,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Undo phases: the catalog becomes what it was before them, and every row the application wrote stays.

    Rows that would make the old schema impossible are named first, and then nothing is changed. Organizations,
    memberships and tenants that people chose are kept in schema ringfence and used first when the phase is applied
    again. A revert that was interrupted goes on with the same command.
    """
    import sys

    from ringfence import verbs
    from ringfence.cli import show
    from ringfence.cli.document import document, dump
    from ringfence.cli.live import watching
    from ringfence.db import safe_target

    url = url_of(database)
    taken = accepted(accept, reason)
    if asked(yes, f"ringfence plan --undo {first} shows what would run; then: ringfence revert --from {first} --yes"):
        confirm(
            f"Undo phase {first} and every later one in {safe_target(url)}?",
            f"ringfence revert --from {first}, and answer y",
        )
    with watching(as_json=as_json, verbose=verbose) as observer:
        report = verbs.revert(url, config, first=first, accept=taken, observer=observer)
    say(dump(document(report)) if as_json else show.run(report, Ink.on_stream(sys.stdout), whole=verbose))
    return OUTCOMES.get(report.outcome, EXIT_UNEXPECTED)
