"""What phase 3 has counted, as text for a person at a terminal. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from ringfence.cli.shell import Ink
from ringfence.cli.words import ago, counted, moment
from ringfence.reports import AuthenticateStatus
from ringfence.runtime.sessions.model import Left


def shown(left: Left, ink: Ink) -> str:
    """The share that is upgraded, how requests got their tenant, and the sessions that are left."""
    return "\n".join(line.rstrip() for line in _lines(left, ink)) + "\n"


def in_short(status: AuthenticateStatus, now: datetime, ink: Ink) -> Iterator[str]:
    """The lines of `ringfence status`: requests with a tenant, sessions without one, endpoints in each mode."""
    left = status.left
    hours = counted(left.hours, "hour")
    if status.tenant_share is None:
        yield f"Tokens: {ink.careful(f'unproven, no request was counted in the last {hours}')}"
    else:
        share = f"{_floored(status.tenant_share)} of {counted(left.requests, 'request')}"
        good = ink.good if status.tenant_share == 1 else ink.careful
        yield f"Tokens: {good(share)} of the last {hours} had a tenant"
    if left.left_behind and left.last_seen is not None:
        behind = ink.careful(f"{counted(left.left_behind, 'session')} left without one")
        yield f"  {behind}, last seen {ago(left.last_seen, now)}"
    else:
        yield f"  {ink.good('no session left without one')}"
    for one in status.modes:
        yield f"  {counted(one.endpoints, 'endpoint')} {one.mode}, since {moment(one.since)}, {ago(one.since, now)}"
    if not status.modes:
        yield "  no endpoint is known"
    yield ink.dim("  all of it: ringfence sessions, ringfence endpoints list")


def _floored(share: float) -> str:
    """A share in percent that is never rounded up: 100% is all of them."""
    return f"{math.floor(share * 100_000) / 1000:g}%"


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
