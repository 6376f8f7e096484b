"""What phase 4 has seen, as text for a person at a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringfence.cli.shell import Ink
from ringfence.cli.words import counted, moment, number, plain
from ringfence.reports import ShadowReport, ShadowStatus
from ringfence.shadow.model import Differing, Noted

NAMED_MAX = 5
"""How many differences `ringfence status` names."""


def shown(report: ShadowReport, ink: Ink, *, verbose: bool = False) -> str:
    """The share of the canary, how often what was compared, what differs, and what was noted."""
    return "\n".join(line.rstrip() for line in _lines(report, ink, verbose)) + "\n"


def in_short(status: ShadowStatus, ink: Ink) -> Iterator[str]:
    """The lines of `ringfence status`: the most frequent differences, and how much there is of the rest."""
    tables = {table for one in status.differing for table in one.tables}
    if not status.comparisons:
        verdict = ink.careful("unproven, nothing was compared yet")
    elif not status.differing:
        verdict = ink.good("no difference")
    else:
        kinds = f"{counted(len(status.differing), 'kind')} of difference on {counted(len(tables), 'table')}"
        verdict = ink.bad(kinds)
    compared = f", about {number(status.comparisons)} comparisons" if status.comparisons else ""
    yield f"Shadow: {verdict}{compared}"
    for one in status.differing[:NAMED_MAX]:
        yield (
            f"  {plain(_names(one.tables))}   {plain(_place(one.endpoint))}   {one.command}:"
            f" {plain(one.difference)}, {counted(one.times, 'time')}"
        )
    noted = {(one.table, one.endpoint) for one in status.noted}
    if noted:
        endpoints, on = {endpoint for _, endpoint in noted}, {table for table, _ in noted}
        yield (
            f"  noted: {counted(len(endpoints), 'endpoint')} met rows of other tenants"
            f" on {counted(len(on), 'table')}, in a sample"
        )
    if status.differing or noted:
        yield ink.dim("  all of it: ringfence shadow")


def _lines(report: ShadowReport, ink: Ink, verbose: bool) -> Iterator[str]:
    yield f"canary   {report.canary_share:.2%} of users"
    yield ""
    if not report.compared:
        yield ink.careful("nothing was compared yet")
        yield "  The application lets a share of its statements be run twice, by ringfence.shadow_compare();"
        yield "  docs/reference/phases/shadow.md says where to call it."
    for one in report.compared:
        line = f"{one.table}  {one.command:<7} {counted(one.times, 'comparison'):>18}   {_place(one.endpoint)}"
        yield f"  {plain(line)}   {ink.dim(f'{moment(one.first)} to {moment(one.last)}')}"
    if report.compared:
        yield ""
        if report.differing:
            yield ink.bad(f"{counted(len(report.differing), 'kind')} of difference")
        else:
            yield ink.good("no difference")
    for difference in report.differing:
        yield from _difference(difference, ink, verbose)
    if report.noted:
        yield ""
        yield ink.careful("Noted: statements that met rows of other tenants, a sample")
        yield from _noted(report.noted, ink, verbose)


def _difference(one: Differing, ink: Ink, verbose: bool) -> Iterator[str]:
    where = one.endpoint or f"statement {one.query_hash}"
    yield f"  {plain(where)}   {one.command} on {plain(_names(one.tables))}"
    rows = f": {one.rows_now} rows today, {one.rows_canary} as the canary" if one.rows_now is not None else ""
    yield f"    {ink.bold(plain(one.difference))}, {counted(one.times, 'time')} as {plain(one.role_name)}{rows}"
    if verbose:
        yield ink.dim(f"    statement {one.query_hash}, last {moment(one.last)}")


def _noted(notes: Sequence[Noted], ink: Ink, verbose: bool) -> Iterator[str]:
    for one in notes:
        last = ink.dim(f", last {moment(one.last)}") if verbose else ""
        yield f"  {plain(_place(one.endpoint))}   {one.command} on {plain(one.table)}"
        yield f"    {plain(one.reason)}, {counted(one.times, 'time')} as {plain(one.role_name)}{last}"


def _names(tables: Sequence[str]) -> str:
    return ", ".join(tables)


def _place(endpoint: str) -> str:
    return endpoint or "(no endpoint)"
