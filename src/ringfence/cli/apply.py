"""`ringfence apply`: forward through the phases."""

from __future__ import annotations

from typing import Annotated

import typer

from ringfence.cli.options import (
    DEFAULT_CONFIG,
    EXIT_UNEXPECTED,
    OUTCOMES,
    Accept,
    AsJson,
    Config,
    Database,
    Reason,
    Verbose,
    Yes,
)
from ringfence.cli.shell import Ink, accepted, asked, confirm, say, url_of

EXAMPLES = (
    ("ringfence apply --through 1", "phases 0 and 1; asks first"),
    ("ringfence apply --yes", "every phase, from wherever it stopped"),
    ("ringfence apply --yes --json > report.json", "from a job, with a log on stderr"),
    ("ringfence apply --accept RFG-BACKUP --reason 'snapshot 4711 is restored every night'", "answer for a check"),
)


def apply(
    config: Config = DEFAULT_CONFIG,
    through: Annotated[
        int | None,
        typer.Option("--through", metavar="PHASE", help="The last phase to do.", min=0, show_default="every phase"),
    ] = None,
    amend: Annotated[
        bool,
        typer.Option(
            "--amend",
            help="Take in what the application changed in its schema meanwhile (see `plan --amend`).",
            show_default=False,
        ),
    ] = False,
    accept: Accept = [],  # noqa: B006  # typer reads it as "none"
    reason: Reason = [],  # noqa: B006
    yes: Yes = False,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Go forward through the phases, from wherever the journal says the migration is.

    Asks before the first write; where there is no terminal it refuses without --yes. Stops at a gate that does not
    hold and says what is missing. Whatever ends it (Ctrl-C, a crash, a lost connection), the same command goes on.
    """
    import sys

    from ringfence import verbs
    from ringfence.cli import show
    from ringfence.cli.document import document, dump
    from ringfence.cli.live import watching
    from ringfence.db import safe_target

    url = url_of(database)
    taken = accepted(accept, reason)
    if asked(yes, "ringfence plan shows what would run; then: ringfence apply --yes"):
        plan = verbs.plan(url, config, amend=amend)
        last = through if through is not None else max(p.number for p in plan.phases)
        say(show.confirmation(plan, safe_target(url), last, Ink.on_stream(sys.stderr)), sys.stderr)
        confirm(f"Apply phases 0 to {last}?", "ringfence apply, and answer y")
    with watching(as_json=as_json, verbose=verbose) as observer:
        report = verbs.apply(url, config, through=through, accept=taken, observer=observer, amend=amend)
    say(dump(document(report)) if as_json else show.run(report, Ink.on_stream(sys.stdout), whole=verbose))
    return OUTCOMES.get(report.outcome, EXIT_UNEXPECTED)
