"""All of it back, once more in an empty house, and the same change as people do it."""

from __future__ import annotations

from ringfence import db
from ringfence.backup.digest import digest_targets
from ringfence.backup.pg import digest_tables
from ringfence.catalog.compare import compare, describe
from ringfence.catalog.model import Catalog
from ringfence.catalog.pg import read_catalog
from ringfence.demo import judging
from ringfence.demo.processes import TrafficProcess
from ringfence.demo.report.model import (
    BandKind,
)
from ringfence.demo.telling import Story


def back(story: Story, users: TrafficProcess, original: Catalog) -> None:
    """Phases 2, 1 and 0 taken back one by one under traffic, and the catalog compared."""
    story.show.chapter(
        "All of it back, phase by phase",
        "As if it had never been: the same catalog, and every row that was written meanwhile. Still nobody stops.",
        "ringfence revert",
    )
    for phase in (2, 1, 0):
        story.finished(story.run(users, BandKind.BACK, story.taking_back(phase)), "revert")
        story.calm(users, f"back from phase {phase}", "after", story.options.share(0.03))
    with db.connect(story.url) as conn:
        differences = compare(original, read_catalog(conn))
    story.catalog_equal = not differences
    if differences:
        story.problem("the catalog is not what it was", describe(differences).splitlines())
    else:
        story.show.good("the catalog is what it was: tables, columns, keys, indexes, policies, triggers, grants")
    story.calm(users, "as it was", "after", story.options.share(0.06))
    story.judge(users, "after the revert")


def nobody_there(story: Story, original: Catalog) -> None:
    """Checksums can be compared only when nobody writes; so once more, forward and back, in an empty house."""
    story.show.chapter(
        "Once more with nobody there",
        "Forward and back on the same data, so that the checksums of all tables can be compared.",
    )
    targets = digest_targets(original)
    with db.connect(story.url) as conn:
        before = digest_tables(conn, targets)
    for verb, act in (("apply", story.going_on), ("revert", story.taking_back(0))):
        with story.show.progress(lambda: "") as observer:
            story.finished(act(observer), verb)
    with db.connect(story.url) as conn:
        story.digests = digest_tables(conn, targets)
        differences = compare(original, read_catalog(conn))
    changed = [
        f"{t}: {before[t].rows:,} rows before, {d.rows:,} after" for t, d in story.digests.items() if d != before[t]
    ]
    story.rows_equal = not changed
    story.catalog_equal = story.catalog_equal and not differences
    if changed or differences:
        story.problem("rows or catalog are not what they were", [*changed, *describe(differences).splitlines()])
    else:
        rows = sum(digest.rows for digest in story.digests.values())
        story.show.good(f"all {rows:,} rows are what they were, by checksum of every table")


def naive_way(story: Story) -> None:
    """One transaction with everything in it, on a fresh copy under the same traffic."""
    story.show.chapter(
        "The same change as people do it",
        "On a fresh copy, under the same traffic: one transaction with ALTER TABLE, UPDATE, NOT NULL, foreign keys "
        "and indexes.",
    )
    story.naive = judging.naive(story.url, story.options.rows, story.options.rate, story.scratch, story.show)
    story.show.bad(
        f"{story.naive.failed:,} of {story.naive.requests:,} requests failed, and one waited for"
        f" {story.naive.max_stall_ms / 1000:.1f} s"
        if story.naive.failed
        else f"one request waited for {story.naive.max_stall_ms / 1000:.1f} s"
    )
