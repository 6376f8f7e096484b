"""Reports as a person reads them: where it stands, who is in the way, what to type next."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringfence.cli import show
from ringfence.cli.document import document, dump
from ringfence.cli.shell import Ink
from ringfence.plan.render import render_plan
from ringfence.rehearse.model import Rehearsal
from ringfence.reports import (
    AuthenticateStatus,
    BackfillStatus,
    InitResult,
    JournalLine,
    JournalReport,
    ModeStatus,
    PhaseReport,
    PhaseStatus,
    RunReport,
    SessionStatus,
    StatusReport,
    StepStatus,
)
from ringfence.runtime.sessions.model import Left
from support.sample_plans import sample_plan

PALE = Ink()
COLOURED = Ink(True, 100)
AT = datetime(2026, 11, 23, 12, 41, 15, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, 44, 15, tzinfo=UTC)
MISSING = {
    "RFG-DIFFERS:public.documents": "not so: every row has its tenant\nrow 7: has none\nringfence apply sweeps again"
}

STATUS = StatusReport(
    plan_hash="1922b4af569c" + "0" * 52,
    state="stopped",
    phases=(
        PhaseStatus(0, "prepare", "", 2, 2, "done", "passed"),
        PhaseStatus(1, "expand", "", 5, 1, "started"),
        PhaseStatus(2, "backfill", "", 40, 0, "pending"),
    ),
    steps=(
        StepStatus("prepare/objects", "objects", 0, "done", 0, 0.2),
        StepStatus("prepare/backup", "backup", 0, "done", 0, 61.0),
        StepStatus("expand/a", "table public.organizations", 1, "done", 0, 0.1),
        StepStatus("expand/b", "the right tenant for every row", 1, "started", 412_000, None, True),
        *(StepStatus(f"expand/{n}", f"step {n}", 1, "pending") for n in "cde"),
    ),
    last_error="RF601 no lock within 120 attempts of 50 ms",
    sessions=(
        SessionStatus(4711, "alice", "psql", "idle in transaction", 131.0, ("public.documents",), "select * from a"),
        SessionStatus(4712, "", "", "active", 3.0),
    ),
    backfills=(BackfillStatus("expand/b", "public.documents", 412_000, 1_000_000, 38_100.0, 15.0),),
    accepted={"RFG-BACKUP": "a snapshot exists"},
    at=AT,
)


def test_status_says_where_it_stands_and_who_is_in_the_way() -> None:
    """Phases, the step at work and the next ones, batches, sessions, the last error, the next command."""
    assert (
        show.status(STATUS, "db.example:5432/app", NOW, PALE)
        == """\
db.example:5432/app   stopped
plan 1922b4af569c   last entry 2026-11-23 12:41:15 UTC, 3 min ago

  0 prepare      done        2 of 2 steps   gate passed
  1 expand       started     1 of 5 steps
      started  the right tenant for every row, 412,000 rows  one-way
      pending  step c
      pending  step d
  2 backfill     pending     0 of 40 steps

  public.documents: 412,000 of about 1,000,000 rows filled, 38,100 rows/s, about 15 s left

In the way
  pid 4711  psql (alice)  idle in transaction for 2 min 11 s
      blocks public.documents
      select * from a
  pid 4712  server process  active for 3.0 s

Accepted
  RFG-BACKUP: a snapshot exists

Last error
  RF601 no lock within 120 attempts of 50 ms

Next: ringfence apply
"""
    )


LEFT = Left(
    upgrade_share=0.5,
    hours=24,
    since=AT,
    requests=20_000,
    with_tenant=19_000,
    resolved=999,
    several=1,
    none=0,
    legacy_signature=40,
    with_organization=700,
    left_behind=12,
    last_seen=AT,
)
MODES = (ModeStatus("legacy", 1, AT), ModeStatus("tenant", 7, AT))


def tokens(status: AuthenticateStatus) -> list[str]:
    """What `status` says of phase 3."""
    lines = show.status(replace(STATUS, authenticate=status), "db", NOW, PALE).split("\n")
    begins = next(i for i, line in enumerate(lines) if line.startswith("Tokens"))
    return lines[begins : lines.index("", begins)]


def test_status_has_a_line_for_what_phase_3_has_measured() -> None:
    """Requests with a tenant, sessions without, endpoints in each mode and since when; nearly all is not all."""
    assert tokens(AuthenticateStatus(LEFT, 19_999 / 20_000, MODES)) == [
        "Tokens: 99.995% of 20,000 requests of the last 24 hours had a tenant",
        "  12 sessions left without one, last seen 3 min ago",
        "  1 endpoint legacy, since 2026-11-23 12:41:15 UTC, 3 min ago",
        "  7 endpoints tenant, since 2026-11-23 12:41:15 UTC, 3 min ago",
        "  all of it: ringfence sessions, ringfence endpoints list",
    ]
    assert "99.999% of" in tokens(AuthenticateStatus(LEFT, 0.9999999, ()))[0]


def test_status_says_that_silence_proves_nothing() -> None:
    silent = replace(LEFT, requests=0, with_tenant=0, resolved=0, several=0, since=None, left_behind=0, last_seen=None)

    assert tokens(AuthenticateStatus(silent, None)) == [
        "Tokens: unproven, no request was counted in the last 24 hours",
        "  no session left without one",
        "  no endpoint is known",
        "  all of it: ringfence sessions, ringfence endpoints list",
    ]


def test_status_without_phase_3_says_nothing_of_it() -> None:
    assert "Tokens" not in show.status(STATUS, "db", NOW, PALE)


def test_status_with_verbose_lists_every_step() -> None:
    """Done ones with the time they took."""
    shown = show.status(STATUS, "db", NOW, PALE, every_step=True)

    for step in STATUS.steps:
        assert step.title in shown
    assert "backup, 1 min 1 s" in shown


def test_status_before_anything_was_applied() -> None:
    """A newcomer is told the first commands."""
    shown = show.status(StatusReport(None, "not started"), "db", NOW, PALE)

    assert "No plan was applied here yet." in shown
    assert "ringfence init" in shown


def test_status_of_a_held_gate_says_what_is_missing() -> None:
    """With the rows, and what to do about them."""
    held = PhaseStatus(1, "expand", "", 5, 5, "started", "held", MISSING)
    shown = show.status(replace(STATUS, state="gate", phases=(held,), steps=()), "db", NOW, PALE)

    assert "gate held" in shown
    assert "        row 7: has none" in shown
    assert "Next: do what the gate misses, then ringfence apply" in shown


@pytest.mark.parametrize(
    ("state", "direction", "said"),
    [
        ("running", "forward", "ringfence status --watch, or ringfence pause"),
        ("paused", "forward", "ringfence resume, then ringfence apply"),
        ("paused", "back", "ringfence resume, then ringfence revert --from PHASE"),
        ("failed", "back", "repair the cause, then ringfence revert --from PHASE"),
        ("finished", "forward", "the way back is ringfence revert --from 1"),
        ("stopped", "back", "ringfence apply goes forward again"),
        ("reverted", "back", "ringfence apply"),
    ],
)
def test_every_state_has_a_next_command(state: str, direction: str, said: str) -> None:
    """Nobody is left standing."""
    shown = show.status(replace(STATUS, state=state, direction=direction), "db", NOW, PALE)

    assert said in shown.splitlines()[-1]


def test_status_shows_a_pause_with_its_reason() -> None:
    """Also while the run has not stopped yet."""
    shown = show.status(replace(STATUS, state="paused", paused="sale at noon"), "db", NOW, PALE)

    assert "pause asked for: sale at noon" in shown


# --- runs --------------------------------------------------------------------------------------------------------

PHASES = (PhaseReport(0, "prepare", 12.4, 4, "done"), PhaseReport(1, "expand", 0.0, 0, "pending"))


def test_a_finished_run_says_what_comes_next() -> None:
    """Phases with steps and time, then the next command."""
    assert (
        show.run(RunReport("finished", PHASES, seconds=12.6), PALE)
        == """\
  0 prepare      done        4 steps in 12 s
  1 expand       pending     -

finished in 13 s
Next: ringfence apply --through 1
"""
    )
    done = tuple(replace(p, state="done") for p in PHASES)
    assert "ringfence revert --from 1" in show.run(RunReport("finished", done), PALE)
    assert "Next" not in show.run(RunReport("finished", PHASES, direction="back"), PALE)


def test_a_held_gate_is_told_with_what_to_do() -> None:
    """The check, its rows, its hint; long lists are folded unless all is asked for."""
    many = {"RFG-X": "\n".join(["not so: x", *(f"row {n}" for n in range(20)), "do this"])}

    folded = show.run(RunReport("gate", PHASES, many), PALE)
    whole = show.run(RunReport("gate", PHASES, many), PALE, whole=True)

    assert "A gate holds" in folded
    assert "    do this" in folded
    assert "row 9" not in folded
    assert "row 9" in whole


@pytest.mark.parametrize(
    ("outcome", "direction", "said"),
    [
        ("paused", "forward", "ringfence resume"),
        ("interrupted", "forward", "ringfence apply again"),
        ("failed", "back", "ringfence revert again"),
    ],
)
def test_a_run_that_stopped_says_how_to_go_on(outcome: str, direction: str, said: str) -> None:
    """Whatever stopped it."""
    report = RunReport(outcome, PHASES, direction=direction, detail="because")

    shown = show.run(report, PALE)

    assert f"{outcome}: because" in shown
    assert said in shown


# --- the rest ----------------------------------------------------------------------------------------------------


def test_init_lists_what_a_person_must_decide() -> None:
    """And says what to do next."""
    shown = show.init(InitResult("", ("public.a", "public.b"), Path("ringfence.toml")), PALE)

    assert "2 tables unresolved" in shown
    assert "  public.b\n" in shown
    assert "ringfence plan" in shown
    assert "unresolved" not in show.init(InitResult(""), PALE)


def test_a_rehearsal_shows_its_verdict() -> None:
    """Passed or failed, how long it took, and on what."""
    passed = Rehearsal("abc" * 20, 180004, 180004, 56, (), (), 1.0, 2.5, 1.5, ("no rows were copied",))

    shown = show.rehearsal(passed, PALE)

    assert shown.startswith(
        "passed   plan abcabcabcabc, 56 steps forward in 2.5 s and back in 1.5 s on PostgreSQL 18\n"
    )
    assert "no rows were copied" in shown


def test_the_journal_shows_the_newest_last() -> None:
    """A limit leaves out the oldest, and says so."""
    lines = tuple(JournalLine(n, AT, "StepDone", f"step {n} is done", "f" * 64) for n in range(1, 4))

    shown = show.journal(JournalReport(lines), PALE, limit=2).splitlines()

    assert shown[0] == "1 earlier entries are not shown: --all"
    assert shown[-1] == "      3  2026-11-23 12:41:15 UTC  StepDone         step 3 is done"
    assert show.verified(JournalReport(lines, True), PALE).startswith("whole   3 entries")
    assert "damaged" in show.verified(JournalReport((), False, "entry 4 was changed"), PALE)


def test_the_question_before_the_first_write_names_database_locks_and_one_way_steps() -> None:
    """What somebody says yes to; phases beyond the last one asked for are left out."""
    shown = show.confirmation(sample_plan(), "db.example:5432/app", 1, PALE)
    all_ = show.confirmation(sample_plan(), "db.example:5432/app", 2, PALE)

    assert "change db.example:5432/app" in shown
    assert "1 expand" in shown
    assert "up to ACCESS EXCLUSIVE, 50 ms at a time" in shown
    assert "2 backfill" not in shown
    assert "1 one-way step" in all_


def test_colours_change_no_letter() -> None:
    """Without its escapes a coloured text is the plain one."""
    sheet = render_plan(sample_plan(), "text")
    coloured = show.plan_in_colour(sheet, COLOURED)

    import re

    assert coloured != sheet
    assert re.sub(r"\x1b\[\d*m", "", coloured) == sheet
    assert show.plan_in_colour(sheet, PALE) == sheet


def test_a_report_is_a_json_document() -> None:
    """Fields by their names, times as ISO 8601, paths as text."""
    parsed = json.loads(dump(document(STATUS)))

    assert parsed["state"] == "stopped"
    assert parsed["at"] == "2026-11-23T12:41:15+00:00"
    assert parsed["sessions"][0]["blocks"] == ["public.documents"]
    assert document(InitResult("x", (), Path("a.toml")))["path"] == "a.toml"
    with pytest.raises(TypeError):
        document(object())
