"""The options that every verb takes, and the exit codes that every verb keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DATABASE_VARIABLES = ("RINGFENCE_DATABASE_URL", "DATABASE_URL")
"""Where the URL is looked for when --database is not given, in this order."""

DEFAULT_CONFIG = Path("ringfence.toml")

Config = Annotated[
    Path,
    typer.Option("--config", "-c", metavar="PATH", help="The spec, written by `ringfence init` and corrected by you."),
]
ConfigUnread = Annotated[
    Path,
    typer.Option("--config", "-c", metavar="PATH", help="Not read by this verb: the plan in the database counts."),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        "-d",
        metavar="URL",
        help="The database. Better in the environment, RINGFENCE_DATABASE_URL or DATABASE_URL: "
        "every user of the machine can read a command line, with the password in it.",
        show_default=False,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout; progress and logs on stderr.", show_default=False)
]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Say more: every batch, every table, traces of errors.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before the first write.", show_default=False)]
Accept = Annotated[
    list[str],
    typer.Option(
        "--accept",
        metavar="CODE",
        help="Take responsibility for a check that does not hold; the journal keeps it. Repeatable.",
        show_default=False,
    ),
]
Reason = Annotated[
    list[str],
    typer.Option(
        "--reason",
        metavar="TEXT",
        help="Why: one for each --accept in the same order, or one for all.",
        show_default=False,
    ),
]

EXIT_OK = 0
EXIT_UNEXPECTED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_GATE = 4
EXIT_CONFLICT = 5
EXIT_PAUSED = 6
EXIT_SERVER = 7

EXIT_CODES = (
    (EXIT_OK, "done"),
    (EXIT_UNEXPECTED, "unexpected error, or a step failed"),
    (EXIT_USAGE, "wrong usage, or a config that cannot be used"),
    (EXIT_REFUSED, "refused: blockers, or a rehearsal that did not end as foreseen"),
    (EXIT_GATE, "a gate holds: what is missing is said"),
    (EXIT_CONFLICT, "the journal, the plan and the database disagree"),
    (EXIT_PAUSED, "paused or interrupted; the same command goes on"),
    (EXIT_SERVER, "the server cannot be reached or used"),
)

OUTCOMES = {"finished": EXIT_OK, "gate": EXIT_GATE, "paused": EXIT_PAUSED, "interrupted": EXIT_PAUSED}
"""Exit code by a run's outcome; any other outcome is unexpected."""


def epilog(*examples: tuple[str, str]) -> str:
    """The end of a --help: examples with what they do, then the exit codes."""
    widest = max((len(command) for command, _ in examples), default=0)
    lines = ["\b", "Examples:"] if examples else []
    if widest > 48:
        for command, what in examples:
            lines += [f"  # {what}", f"  {command}"]
    else:
        lines += [f"  {command:<{widest}}  # {what}" for command, what in examples]
    codes = ["\b", "Exit codes:", *(f"  {code}  {meaning}" for code, meaning in EXIT_CODES)]
    return "\n".join([*lines, "", *codes] if lines else codes)
