"""The verbs put together: names, help, completion, and what becomes of words that mean nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.main import get_command

from ringfence import __version__
from ringfence.cli import (
    apply,
    assess,
    endpoints,
    init,
    journal,
    pause,
    plan,
    rehearse,
    resume,
    revert,
    shadow,
    status,
    verify,
)
from ringfence.cli.options import EXIT_PAUSED, EXIT_USAGE, epilog
from ringfence.cli.shell import Interrupted, WrongUse, passwords, say, shielded, show_error

# older releases of typer raise click's own errors, newer ones a copy of their own; both are the base of this one
ClickError: type[Exception] = typer.BadParameter.__mro__[2]

app = typer.Typer(
    name="ringfence",
    help="Turn a live single-tenant PostgreSQL database into an isolated multi-tenant one, and back.\n\n"
    "Each verb says what it does with --help. Only apply, revert, pause, resume, shadow --share and endpoints set write"
    " to the database.",
    epilog=epilog(
        ("ringfence init", "write a first ringfence.toml from the catalog"),
        ("ringfence assess", "see what stands in the way"),
        ("ringfence plan", "read every statement before it runs"),
        ("ringfence rehearse", "run it forward and back on a clone"),
        ("ringfence apply", "do it, phase by phase"),
        ("ringfence status --watch", "look on, from anywhere"),
        ("ringfence revert --from 1", "take it back"),
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
journal_app = typer.Typer(
    name="journal",
    help="Everything that was done to the database, and whether anybody touched the record.",
    short_help="List and verify what was done.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
endpoints_app = typer.Typer(
    name="endpoints",
    help="Which side of the application answers which endpoint, while both serve (phase 3).",
    short_help="Move endpoints to the tenant side, and back.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _add(
    to: typer.Typer, name: str, verb: Callable[..., int], short: str, examples: tuple[tuple[str, str], ...]
) -> None:
    to.command(name, short_help=short, epilog=epilog(*examples))(shielded(verb))


_add(app, "init", init.init, "Write a first ringfence.toml from the catalog.", init.EXAMPLES)
_add(app, "assess", assess.assess, "Say what stands in the way.", assess.EXAMPLES)
_add(app, "plan", plan.plan, "Show every statement before anything runs.", plan.EXAMPLES)
_add(app, "rehearse", rehearse.rehearse, "Run the plan forward and back on a clone.", rehearse.EXAMPLES)
_add(app, "apply", apply.apply, "Go forward through the phases.", apply.EXAMPLES)
_add(app, "status", status.status, "Show where the migration stands.", status.EXAMPLES)
_add(app, "shadow", shadow.shadow, "Show what enforcement would change.", shadow.EXAMPLES)
_add(app, "pause", pause.pause, "Stop the run at its next safe point.", pause.EXAMPLES)
_add(app, "resume", resume.resume, "Take a pause back.", resume.EXAMPLES)
_add(app, "revert", revert.revert, "Undo phases, keep every row.", revert.EXAMPLES)
_add(app, "verify", verify.verify, "Attack the isolation, change nothing.", verify.EXAMPLES)
_add(journal_app, "list", journal.entries, "List what was done, in order.", journal.LIST_EXAMPLES)
_add(journal_app, "verify", journal.verify, "Verify the chain of hashes.", journal.VERIFY_EXAMPLES)
app.add_typer(journal_app)
_add(endpoints_app, "list", endpoints.list_endpoints, "List endpoints and their modes.", endpoints.LIST_EXAMPLES)
_add(endpoints_app, "set", endpoints.set_endpoint, "Serve an endpoint in another mode.", endpoints.SET_EXAMPLES)
_add(endpoints_app, "history", endpoints.history, "List changes, and why.", endpoints.HISTORY_EXAMPLES)
app.add_typer(endpoints_app)


def _version(asked: bool) -> None:
    if asked:
        say(f"ringfence {__version__}\n")
        raise typer.Exit


@app.callback()
def ringfence(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.", show_default=False)
    ] = False,
) -> None:
    """The options before the verb; what they do is done by their callbacks."""
    del version


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing is raised but SystemExit by completion scripts."""
    command: Any = get_command(app)
    as_json = "--json" in arguments
    secrets = passwords(list(arguments), os.environ)
    try:
        code = command.main(args=list(arguments), prog_name="ringfence", standalone_mode=False)
    except ClickError as error:
        return _misused(error, as_json, secrets)
    except (typer.Abort, KeyboardInterrupt):
        show_error(Interrupted(), as_json=as_json, exit_code=EXIT_PAUSED, secrets=secrets)
        return EXIT_PAUSED
    return code if isinstance(code, int) else 0


def _misused(error: Any, as_json: bool, secrets: frozenset[str]) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "ringfence"
    if type(error).__name__ == "NoArgsIsHelpError":
        say(error.format_message().rstrip() + "\n", sys.stderr)
        return EXIT_USAGE
    wrong = WrongUse(error.format_message(), hint=f"{path} --help")
    show_error(wrong, as_json=as_json, exit_code=EXIT_USAGE, secrets=secrets)
    return EXIT_USAGE
