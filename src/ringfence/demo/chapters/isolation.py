"""Phase 6 under traffic: attacked before and after, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ringfence import db, verbs
from ringfence.backup.model import Restored
from ringfence.backup.prove import describe as describe_backup
from ringfence.backup.prove import prove_backup
from ringfence.catalog.pg import read_catalog
from ringfence.demo.processes import DeskProcess, TrafficProcess
from ringfence.demo.report.model import (
    Attack,
    Attacks,
    BandKind,
)
from ringfence.demo.show import counted
from ringfence.demo.telling import ENFORCE, ENFORCING, SHADOW, Story, beside
from ringfence.verify.model import Outcome, Verification

QUIET_REASON = "they were ended a moment ago, before the eyes of whoever watches"
LEAKED = Outcome.LEAKED


def old_ones_gone(story: Story, users: TrafficProcess, moving: Sequence[DeskProcess], after: DeskProcess) -> None:
    """The old programs and the servers with both sides end; then the attacks, while nothing is enforced."""
    story.show.chapter(
        "Everybody on the new version",
        "The old programs are ended, and with the last servers that have both sides ends version 1. Still nothing but "
        "the application's own diligence keeps companies apart, and every attack of ringfence verify may try its "
        "luck: as end users, in transactions that are rolled back.",
        "ringfence verify",
    )
    users.roll_out(after, 1.0)
    users.old_programs(end=True)
    story.calm(users, "all on the new version", "after", story.options.share(0.03))
    for server in moving:
        server.stop()
    found = _attacked(story)
    story.before_attacks = Attack(len(found.attacks), found.leaked)
    (story.show.bad if found.leaked else story.show.good)(
        f"{found.leaked} of {counted(len(found.attacks), 'attack')} reach rows of another company"
    )


def isolated(story: Story, users: TrafficProcess, after: DeskProcess, start: Callable[[], DeskProcess]) -> None:
    """Phase 6, version 2.1, a dump, and the attacks once more."""
    story.show.chapter(
        "Isolation, in the database",
        "Policies that bind everybody, an owner nobody logs in as, grants cut. First the gate says who may still "
        "be in the way; a demonstration has no two days to wait, so a person answers for it. Who lives under "
        "enforcement as the canary does not notice it come. Then version 2.1 acts as what it will stay.",
        "ringfence apply",
    )
    report = story.run(users, BandKind.FORWARD, story.through(ENFORCE, {}), ENFORCING)
    quiet = {c: QUIET_REASON for c in report.gates_missing if c.startswith("RFG-OLD-CLIENTS:")}
    if report.outcome == "gate" and set(quiet) == set(report.gates_missing):
        story.show.say(f"The gate holds: {', '.join(sorted(quiet))}. Accepted: {QUIET_REASON}.")
        report = story.run(users, BandKind.FORWARD, story.through(ENFORCE, quiet), ENFORCING)
    story.finished(report, "apply")
    with start() as isolated:
        users.roll_out(isolated, 1.0)
        story.calm(users, "isolated", "after", story.options.share(0.13))
        story.show.good(f"isolated: {beside(users)}")
        story.judge(users, "under enforcement")
        _dumped(story)
        found = _attacked(story)
        story.attacks = Attacks(story.before_attacks, Attack(len(found.attacks), found.leaked))
        if found.leaked:
            story.problem(
                f"{found.leaked} of {len(found.attacks)} attacks still reach rows of another company",
                [f"{v.attack} on {v.target} as {v.role}: {v.detail}" for v in found.attacks if v.outcome is LEAKED],
            )
        else:
            story.show.good(f"none of {counted(len(found.attacks), 'attack')} reaches rows of another company")
        users.roll_out(after, 1.0)


def old_ones_return(story: Story, users: TrafficProcess, again: DeskProcess, after: DeskProcess) -> None:
    """Phase 6 taken back, version 1 at work again, and then phase 4 taken back."""
    story.show.chapter(
        "Enforcement taken back",
        "The policies of before come back letter by letter, then version 1 and the old programs.",
        "ringfence revert --from 6",
    )
    story.finished(story.run(users, BandKind.BACK, story.taking_back(ENFORCE), ENFORCING), "revert")
    users.served_by(again)
    users.roll_out(after, 0.0)
    users.old_programs(end=False)
    story.calm(users, "phase 6 taken back", "after", story.options.share(0.03))
    story.finished(story.run(users, BandKind.BACK, story.taking_back(SHADOW), ENFORCING), "revert")
    story.calm(users, "phase 4 taken back", "after", story.options.share(0.03))


def _attacked(story: Story) -> Verification:
    with story.show.waiting("attacking"):
        return verbs.verify(story.url, story.config)


def _dumped(story: Story) -> None:
    """A dump is still whole: restored into a scratch server and compared with the database, table by table."""
    with story.show.waiting("dumping, restoring and comparing"):
        with db.connect(story.url) as conn:
            catalog = read_catalog(conn)
        verdict = prove_backup(
            story.url,
            {"mode": "dump", "jobs": "1"},
            catalog=catalog,
            directory=story.scratch / "enforced",
            operator="demo",
            accepted_reason=None,
        )
    match verdict:
        case Restored(comparison=comparison) if comparison.equal:
            story.show.good(f"pg_dump under enforcement: {describe_backup(verdict).splitlines()[0]}")
        case _:
            story.problem("a dump under enforcement is not whole", describe_backup(verdict).splitlines())
