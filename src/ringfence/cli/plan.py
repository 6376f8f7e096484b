"""`ringfence plan`: every statement, before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, AsJson, Config, Database, Verbose
from ringfence.cli.shell import Ink, WrongUse, say, url_of, warn

Format: TypeAlias = Literal["text", "sql", "json", "markdown"]
"""plan.render.Format, said again here so that --help need not load the planner."""

EXAMPLES = (
    ("ringfence plan | less", "read it"),
    ("ringfence plan --format markdown --out plan.md", "for a pull request"),
    ("ringfence plan --format sql --out plan.sql", "as a script for psql"),
    ("ringfence plan --undo 1", "what revert --from 1 would run"),
    ("ringfence plan --amend", "with the application's own changes taken in"),
)


def plan(
    config: Config = DEFAULT_CONFIG,
    form: Annotated[
        Format | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="text for a terminal, sql for psql, markdown for a pull request, json for programs.",
            show_default="text",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="PATH", help="Write it here.", show_default="stdout")
    ] = None,
    undo: Annotated[
        int | None,
        typer.Option(
            "--undo",
            metavar="PHASE",
            help="Show instead what `revert --from PHASE` would run.",
            min=0,
            show_default=False,
        ),
    ] = None,
    amend: Annotated[
        bool,
        typer.Option(
            "--amend", help="Take in what the application changed in its schema meanwhile.", show_default=False
        ),
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Show every statement with its lock, timeouts, hazards and undo, before anything runs.

    While a migration is under way this is the plan it follows. Nothing in the database is changed.
    """
    del verbose
    import sys

    from ringfence import verbs
    from ringfence.cli import show
    from ringfence.plan.render import render_plan, render_undo

    chosen: Format = form or ("json" if as_json else "text")
    if as_json and chosen != "json" and out is None:
        raise WrongUse(
            f"--json and --format {chosen} both want stdout", hint=f"--format {chosen} --out FILE, or --json alone"
        )
    made = verbs.plan(url_of(database), config, amend=amend)
    text = render_plan(made, chosen) if undo is None else render_undo(made, undo, chosen)
    if out is not None:
        out.write_text(text, encoding="utf-8")
        steps = sum(len(phase.steps) for phase in made.phases)
        if as_json:
            from ringfence.cli.document import dump

            say(dump({"hash": made.hash, "path": str(out), "format": chosen, "steps": steps}))
        else:
            warn(f"wrote {out}: plan {made.hash[:12]}, {steps} steps")
        return EXIT_OK
    say(show.plan_in_colour(text, Ink.on_stream(sys.stdout)) if chosen == "text" else text)
    return EXIT_OK
