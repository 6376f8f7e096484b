"""What phase 3 has counted, as text for a person at a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.cli.shell import Ink
from ringfence.cli.words import counted, moment
from ringfence.runtime.sessions.model import Left


def shown(left: Left, ink: Ink) -> str:
    """The share that is upgraded, how requests got their tenant, and the sessions that are left."""
    return "\n".join(line.rstrip() for line in _lines(left, ink)) + "\n"


def _lines(left: Left, ink: Ink) -> Iterator[str]:
    yield f"upgraded   {left.upgrade_share:.2%} of sessions, with their next token"
    yield ""
    if left.since is None:
        yield ink.careful(f"no request was counted in the last {counted(left.hours, 'hour')}")
        yield "  Servers of the application count what they verify, with ringfence.runtime.sessions;"
        yield "  docs/reference/phases/authenticate.md says how."
    else:
        hours = counted(left.hours, "hour")
        yield f"{counted(left.requests, 'request')} of the last {hours}, since {moment(left.since)}"
        for number, what in (
            (left.with_tenant, "with a tenant in the token"),
            (left.resolved, "found by membership"),
            (left.several, "refused: several organizations and none chosen"),
            (left.none, "refused: no organization"),
            (left.legacy_signature, "with a legacy signature, whatever the tenant"),
        ):
            yield f"  {number:>12,}  {number / max(left.requests, 1):>8.3%}  {what}"
    yield ""
    yield f"{counted(left.with_organization, 'session')} with an organization"
    if left.left_behind and left.last_seen is not None:
        yield ink.careful(f"{counted(left.left_behind, 'session')} left without, last seen {moment(left.last_seen)}")
    else:
        yield ink.good("no session left without")
