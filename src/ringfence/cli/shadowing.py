"""What phase 4 has seen, as text for a person at a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.cli.shell import Ink
from ringfence.cli.words import counted, moment, plain
from ringfence.reports import ShadowReport
from ringfence.shadow.model import Differing


def shown(report: ShadowReport, ink: Ink, *, verbose: bool = False) -> str:
    """The share of the canary, how often what was compared, and what differs by table, endpoint and statement."""
    return "\n".join(line.rstrip() for line in _lines(report, ink, verbose)) + "\n"


def _lines(report: ShadowReport, ink: Ink, verbose: bool) -> Iterator[str]:
    yield f"canary   {report.canary_share:.2%} of users"
    yield ""
    if not report.compared:
        yield ink.careful("nothing was compared yet")
        yield "  The application lets a share of its statements be run twice, by ringfence.shadow_compare();"
        yield "  docs/reference/phases/shadow.md says where to call it."
        return
    for one in report.compared:
        line = f"{one.table}  {one.command:<7} {counted(one.times, 'comparison'):>18}"
        yield f"  {plain(line)}   {ink.dim(f'{moment(one.first)} to {moment(one.last)}')}"
    yield ""
    if not report.differing:
        yield ink.good("no difference")
        return
    yield ink.bad(f"{counted(len(report.differing), 'kind')} of difference")
    for difference in report.differing:
        yield from _difference(difference, ink, verbose)


def _difference(one: Differing, ink: Ink, verbose: bool) -> Iterator[str]:
    where = one.endpoint or f"statement {one.query_hash}"
    yield f"  {plain(where)}   {one.command} on {plain(', '.join(one.tables))}"
    rows = f": {one.rows_now} rows today, {one.rows_canary} as the canary" if one.rows_now is not None else ""
    yield f"    {ink.bold(plain(one.difference))}, {counted(one.times, 'time')} as {plain(one.role_name)}{rows}"
    if verbose:
        yield ink.dim(f"    statement {one.query_hash}, last {moment(one.last)}")
