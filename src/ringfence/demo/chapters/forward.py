"""Phases 0 to 2 under traffic, the new version beside the old one, and half of it back and forth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringfence import db, verbs
from ringfence.demo import pg
from ringfence.demo.processes import DeskProcess, TrafficProcess
from ringfence.demo.report.model import (
    BandKind,
)
from ringfence.demo.show import counted
from ringfence.demo.telling import WARM_UP_S, Story, beside

ORGANIZATIONS_SHOWN_MAX = 9


def at_work(story: Story, users: TrafficProcess) -> None:
    """The traffic by itself: what everything later is compared with."""
    story.show.chapter(
        "The desk at work",
        "People sign up, log in, write, search, comment, share, follow public links, upload and download files, "
        "and hand documents to colleagues and to other companies; beside them four old programs with connections "
        "of their own. Requests leave when they are due, whatever became of the ones before.",
    )
    story.calm(users, "warm-up", "warm-up", WARM_UP_S)
    story.calm(users, "before", "before", story.options.share(0.26))
    story.show.good(f"before anything changes: {beside(users)}")


def forward(story: Story, users: TrafficProcess) -> None:
    """Phases 0 to 2, under version 1 and the old programs."""
    story.show.chapter(
        "Forward, while everybody works",
        "The phases that are there, through code that has never heard of tenants. Nothing may fail, and nobody may "
        "have to wait.",
        "ringfence apply",
    )
    report = story.run(users, BandKind.FORWARD, story.going_on)
    story.finished(report, "apply")
    story.calm(users, "after phase 2", "after", story.options.share(0.1))


def where_we_are(story: Story) -> None:
    """What `ringfence status` says, and whose rows there are now."""
    story.show.chapter("Where we are", "", "ringfence status")
    status = verbs.status(story.url)
    seconds = {line.phase: line.seconds for line in story.phases}
    story.show.table(
        ("phase", "", "state", "steps", "gate", "seconds"),
        [
            (
                str(p.number),
                p.name,
                p.state,
                f"{p.steps_done} of {p.steps_total}",
                p.gate,
                f"{seconds.get(p.number, 0.0):.1f}",
            )
            for p in status.phases
        ],
        numbers=("steps", "seconds"),
    )
    with db.connect(story.url) as conn:
        found = pg.rows_per_organization(conn)
    story.organizations = sum(row["organizations"] for row in found)
    story.show.console.print()
    story.show.say(f"Every row has an owner now: {counted(story.organizations, 'organization')}.")
    columns = ("profiles", "documents", "comments", "activity", "rows")
    shown = [(_organization(row), *(f"{row[c] or 0:,}" for c in columns)) for row in found]
    rest = len(shown) - ORGANIZATIONS_SHOWN_MAX
    story.show.table(("organization", *columns), shown[:ORGANIZATIONS_SHOWN_MAX], numbers=columns)
    if rest > 0:
        story.show.say(f"and {rest} more", "dim")


def new_version(story: Story, users: TrafficProcess, after: DeskProcess) -> None:
    """Version 2 takes a growing share of the people."""
    story.show.chapter(
        "The new version beside the old one",
        "It names the organization in every statement. One person in ten uses it, then every second one; tokens of "
        "both versions are good for both.",
    )
    for share in (0.1, 0.5):
        users.roll_out(after, share)
        story.calm(users, f"{share:.0%} on the new version", "after", story.options.share(0.09))
        story.show.good(f"{share:.0%} on the new version: {beside(users)}")
    story.judge(users, "after phase 2")


def half_way_back(story: Story, users: TrafficProcess, after: DeskProcess) -> None:
    """Phase 2 taken back and done again, while everybody works."""
    story.show.chapter(
        "Half of it back, and forward again",
        "Somebody changed their mind. The new version is drained, phase 2 is taken back, and done once more.",
        "ringfence revert --from 2",
    )
    users.roll_out(after, 0.0)
    report = story.run(users, BandKind.BACK, story.taking_back(2))
    story.finished(report, "revert")
    story.calm(users, "phase 2 taken back", "after", story.options.share(0.06))
    report = story.run(users, BandKind.FORWARD, story.going_on)
    story.finished(report, "apply")
    users.roll_out(after, 0.5)
    story.calm(users, "forward again", "after", story.options.share(0.08))
    story.judge(users, "after the second time")


def _organization(row: Mapping[str, Any]) -> str:
    return row["name"] if row["organizations"] == 1 else f"{row['name']} ({row['organizations']})"
