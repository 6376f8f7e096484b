"""How the story ends: the report, and a few lines of it in the terminal."""

from __future__ import annotations

from ringfence.demo import judging
from ringfence.demo.report.document import write_json, write_text
from ringfence.demo.report.html import page
from ringfence.demo.report.model import (
    P99_RATIO_MAX,
    STALL_MS_MAX,
    Report,
    Revert,
)
from ringfence.demo.telling import PROBLEMS_SHOWN_MAX, Story


def conclude(story: Story) -> Report:
    """Write report.json and report.html, and say how it went."""
    found = report(story)
    write_json(story.report_dir / "report.json", found)
    write_text(story.report_dir / "report.html", page(found))
    story.show.chapter("In short", "")
    r, w, latency = found.requests, found.writes, found.latency_ms
    (story.show.bad if r.failed else story.show.good)(f"{r.total:,} requests: {r.failed:,} failed")
    (story.show.bad if w.wrong else story.show.good)(
        f"{w.acknowledged:,} writes acknowledged: {w.lost} lost, {w.duplicated} doubled,"
        f" {w.wrong_tenant} with a wrong tenant"
    )
    if latency.p99_ratio is not None:
        held = latency.p99_ratio <= P99_RATIO_MAX
        (story.show.good if held else story.show.bad)(
            f"99 % of requests within {latency.before.p99:.0f} ms before, {latency.during.p99:.0f} ms while phases"
            f" ran ({latency.p99_ratio:.2f} times), {latency.after.p99:.0f} ms afterwards"
        )
    (story.show.good if found.max_stall_ms <= STALL_MS_MAX else story.show.bad)(
        f"no request shared more than {found.max_stall_ms:.0f} ms with a locking step of ours"
        + (f"; as people do it, one waited {found.naive.max_stall_ms:,.0f} ms" if found.naive else "")
    )
    if found.attacks is not None:
        was, now = found.attacks.before, found.attacks.after
        (story.show.bad if now.leaked else story.show.good)(
            f"attacks that reach another company: {was.leaked} of {was.run} before, {now.leaked} of {now.run} after"
        )
    if found.tokens is not None:
        fell = sum(move.kind == "fallback" for move in found.endpoints)
        moved = len({move.endpoint for move in found.endpoints})
        story.show.good(
            f"{found.tokens.upgraded} tokens upgraded by a refresh, {found.tokens.handed_back} handed back;"
            f" {moved} endpoints moved, {fell} of them back by themselves first"
        )
    for failure in r.failures[:PROBLEMS_SHOWN_MAX]:
        story.show.say(f"  {failure}")
    for problem in found.problems:
        story.show.bad(problem)
    for note in found.notes:
        story.show.say(note, "yellow")
    story.show.say(f"{found.seconds:.0f} s in all. To read: {story.report_dir / 'report.html'}; report.json beside it.")
    return found


def report(story: Story) -> Report:
    """Everything that was found, also when the story stopped half way."""
    revert = None
    if story.back:
        seconds = sum(line.seconds for line in story.back)
        revert = Revert(story.catalog_equal, story.rows_equal, round(seconds, 3), phases=tuple(story.back))
    return judging.report(
        server_version=story.server_version,
        seconds=round(story.clock.total(), 3),
        rows={str(name): digest.rows for name, digest in story.digests.items()},
        organizations=story.organizations,
        rate=story.options.rate,
        traffic=story.traffic,
        judged=story.judged,
        phases=story.phases,
        revert=revert,
        naive=story.naive,
        attacks=story.attacks,
        left=story.left,
        endpoints=story.endpoints,
        shadow=story.shadow,
        timeline=story.timeline,
        waits=story.waits.found() if story.waits else None,
        problems=story.problems,
        notes=story.notes,
    )
