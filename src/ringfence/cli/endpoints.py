"""`ringfence endpoints`: which side of the application answers which endpoint, and how that changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, AsJson, ConfigUnread, Database, Verbose
from ringfence.cli.shell import Ink, WrongUse, say, url_of
from ringfence.cli.words import ago, counted, moment, number, plain

if TYPE_CHECKING:
    from ringfence.reports import EndpointChange, EndpointHistory, EndpointsReport, EndpointStatus

LIST_EXAMPLES = (
    ("ringfence endpoints list", "modes, and what was seen in the last minute"),
    ("ringfence endpoints list --json", "for programs"),
)
SET_EXAMPLES = (
    ("ringfence endpoints set 'GET /documents' shadow --reason 'the first one'", "compare, serve the legacy answer"),
    ("ringfence endpoints set 'GET /documents' tenant_share --percent 5 --reason 'no difference'", "5 % of the users"),
    (
        "ringfence endpoints set 'GET /documents' tenant --stay --reason 'phase 6'",
        "everybody, and no way back by itself",
    ),
    ("ringfence endpoints set 'GET /documents' legacy --reason 'support call'", "back at once"),
)
HISTORY_EXAMPLES = (
    ("ringfence endpoints history", "the last changes"),
    ("ringfence endpoints history 'GET /documents'", "of one endpoint"),
)
SHOWN = 50

Name = Annotated[
    str, typer.Argument(metavar="ENDPOINT", help="Its name in the application's code.", show_default=False)
]


def list_endpoints(
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """List every endpoint: its mode, since when, and what all workers saw of it in the last minute."""
    del config, verbose
    from ringfence import verbs

    _show(verbs.endpoints(url_of(database)), as_json)
    return EXIT_OK


def set_endpoint(
    endpoint: Name,
    mode: Annotated[
        str | None,
        typer.Argument(metavar="MODE", help="legacy, shadow, tenant_share or tenant.", show_default=False),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why; the history keeps it.", show_default=False)
    ] = "",
    percent: Annotated[
        str | None,
        typer.Option("--percent", metavar="P", help="Of the users, with tenant_share: 0 to 100.", show_default=False),
    ] = None,
    error_share_max: Annotated[
        float | None,
        typer.Option(
            "--error-share-max", metavar="S", help="Falls back above this share of errors, 0 to 1.", show_default=False
        ),
    ] = None,
    difference_share_max: Annotated[
        float | None,
        typer.Option(
            "--difference-share-max",
            metavar="S",
            help="Falls back above this share of differences.",
            show_default=False,
        ),
    ] = None,
    observed_min: Annotated[
        int | None,
        typer.Option("--observed-min", metavar="N", help="Fewer in a minute say nothing.", show_default=False),
    ] = None,
    falls_back: Annotated[
        bool | None,
        typer.Option("--fall-back/--stay", help="Whether it goes back to legacy by itself.", show_default=False),
    ] = None,
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Serve an endpoint in another mode from now on; every worker that reaches the database follows within a second.

    What is not named stays as it is. A change counts anew.
    """
    del config, verbose
    from ringfence import verbs
    from ringfence.runtime.rollout.model import Setting

    if not reason.strip():
        raise WrongUse("a change needs a reason", hint="--reason 'why', for whoever reads the history")
    change = Setting(mode, _percent(percent), error_share_max, difference_share_max, observed_min, falls_back)
    _show(verbs.set_endpoint(url_of(database), endpoint, change, reason), as_json)
    return EXIT_OK


def history(
    endpoint: Annotated[
        str | None, typer.Argument(metavar="ENDPOINT", help="Of all endpoints if left out.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", help="How many, the newest last.", min=1)] = SHOWN,
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """List the changes of endpoints, by persons and by themselves, and why."""
    del config, verbose
    from ringfence import verbs
    from ringfence.cli.document import document, dump

    report = verbs.endpoint_history(url_of(database), endpoint, limit)
    say(dump(document(report)) if as_json else _text(_changes(report, Ink.on_stream(sys.stdout))))
    return EXIT_OK


def _percent(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    # the database would round what has more digits, and a NaN cannot be compared
    if not value.is_finite() or value != round(value, 2):
        raise WrongUse(
            f"{text!r} is no percentage", hint="0 to 100, with two digits behind the point at most: --percent 2.5"
        )
    return value


def _show(report: EndpointsReport, as_json: bool) -> None:
    from ringfence.cli.document import document, dump

    ink = Ink.on_stream(sys.stdout)
    say(dump(document(report)) if as_json else _text(_endpoints(report, datetime.now(UTC), ink)))


def _text(lines: Iterator[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _endpoints(report: EndpointsReport, now: datetime, ink: Ink) -> Iterator[str]:
    if not report.endpoints:
        yield "No endpoint is known yet: the application names them as it serves, or: ringfence endpoints set"
        return
    widest = max(len(plain(e.endpoint)) for e in report.endpoints)
    for e in report.endpoints:
        mode = _mode(e.mode, e.percent)
        painted = ink.good(f"{mode:<14}") if e.mode == "tenant" else f"{mode:<14}"
        yield f"{ink.bold(plain(e.endpoint).ljust(widest))}  {painted}  {ink.dim(f'for {ago(e.mode_since, now)[:-4]}')}"
        yield f"  {_seen(e)}"
        if not e.falls_back:
            yield ink.careful("  does not fall back")


def _seen(e: EndpointStatus) -> str:
    """The last minute in words."""
    if not (e.legacy_answers or e.tenant_answers or e.tenant_runs):
        return "nobody asked in the last minute"
    parts = [f"legacy side {counted(e.legacy_answers, 'answer')}", f"tenant side {counted(e.tenant_answers, 'answer')}"]
    if e.tenant_runs:
        parts.append(
            f"{counted(e.tenant_errors, 'error')} in {number(e.tenant_runs)} (at most {e.error_share_max:.2%})"
        )
    if e.compared or e.skipped:
        parts.append(
            f"{counted(e.differed, 'difference')} in {number(e.compared)} (at most {e.difference_share_max:.2%}),"
            f" {number(e.skipped)} not compared"
        )
    return ", ".join(parts)


def _changes(report: EndpointHistory, ink: Ink) -> Iterator[str]:
    if not report.changes:
        yield "Nothing was changed yet."
    for change in report.changes:
        yield _change(change, ink)


def _change(change: EndpointChange, ink: Ink) -> str:
    before = _mode(change.mode_before, change.percent_before) if change.mode_before else "(new)"
    what = f"{before} -> {_mode(change.mode_after, change.percent_after)}"
    painted = ink.bad(f"{what}, by itself") if change.kind == "fallback" else what
    who = f"{plain(change.reason)} ({plain(change.login)})"
    return f"{ink.dim(moment(change.at))}  {ink.bold(plain(change.endpoint))}  {painted}  {who}"


def _mode(mode: str, percent: float | None) -> str:
    return mode if percent is None else f"tenant {percent:g} %"
