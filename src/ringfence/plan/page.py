"""A plan as Markdown, for a pull request: a table per phase to skim, every statement folded away behind its step.

GitHub's dialect: tables, `<details>`, fenced SQL. Names come from a database, so everything outside a fence is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import assert_never

from ringfence.plan import prose
from ringfence.plan.model import Gate, Irreversible, LockMode, NothingToUndo, Phase, Plan, Step, Undo, UndoWith
from ringfence.plan.prose import Block, Part, duration, one_line

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&@])")


def plan_page(plan: Plan) -> str:
    """The whole plan as Markdown."""
    return "\n".join(_page(plan)) + "\n"


def undo_page(plan: Plan, first: int) -> str:
    """The undo of phase `first` and every later one as Markdown, steps from the last to the first."""
    return "\n".join(_undo_page(plan, first)) + "\n"


def text(value: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", one_line(value))


def code(value: str) -> str:
    """A code span, also for text that has backquotes in it; a `|` inside a table cell would end the cell."""
    flat = one_line(value).replace("|", "¦")
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    if not longest:
        return f"`{flat}`"
    fence = "`" * (longest + 1)
    return f"{fence} {flat} {fence}"


def _fenced(sql: str) -> Iterator[str]:
    longest = max((len(run) for run in re.findall(r"`{3,}", sql)), default=2)
    fence = "`" * (longest + 1)
    yield f"{fence}sql"
    yield sql
    yield fence


def _page(plan: Plan) -> Iterator[str]:
    yield f"# Ringfence plan {code(plan.hash[:12])}"
    yield ""
    yield f"For {prose.server(plan)}, catalog {code(plan.catalog_fingerprint[:12])}. Nothing has been changed yet."
    yield ""
    yield "| | |"
    yield "|---|---|"
    for label, value in prose.summary(plan.tenancy):
        yield f"| {label} | {text(value)} |"
    yield ""
    yield "| table | scope | whose rows |"
    yield "|---|---|---|"
    for entry in plan.tenancy.tables:
        yield f"| {code(str(entry.name))} | tenant | {text(prose.table_rule(entry))} |"
    for other in plan.tenancy.others:
        yield f"| {code(str(other.name))} | {other.scope.value} | {text(other.reason)} |"
    yield ""
    yield "| phase | steps | statements | strongest lock | one-way steps |"
    yield "|---|--:|--:|---|--:|"
    for n in map(prose.numbers, plan.phases):
        name = f"{n.phase.number} {n.phase.name}"
        yield f"| {text(name)} | {n.steps} | {n.statements} | {prose.lock_name(n.strongest)} | {n.one_way or ''} |"
    yield ""
    limits = plan.tenancy.limits
    yield (
        f"A lock that stops readers or writers is tried for {duration(limits.lock_attempt_ms)} at a time, at most"
        f" {limits.lock_attempts_max} times; then the run stops and names who holds it."
    )
    yield from _one_way(plan)
    yield from _hazards(plan)
    if plan.notes:
        yield ""
        yield "## Notes"
        yield ""
        yield from (f"- {text(note)}" for note in plan.notes)
    numbers = {step.id: number for number, _, step in prose.numbered(plan)}
    for phase in plan.phases:
        yield from _phase(plan, phase, numbers)


def _one_way(plan: Plan) -> Iterator[str]:
    found = [(number, step) for number, _, step in prose.numbered(plan) if step.one_way is not None]
    if not found:
        return
    yield ""
    yield "## One-way steps"
    yield ""
    yield "Rows written after these steps can make their undo impossible; a revert names them and changes nothing."
    yield ""
    for number, step in found:
        assert step.one_way is not None
        yield f"- **{number}** {text(step.title)}: {text(step.one_way.why)}"


def _hazards(plan: Plan) -> Iterator[str]:
    found = prose.hazards(plan)
    if not found:
        return
    yield ""
    yield "## Hazards"
    yield ""
    yield "| hazard | statements | what is done about it |"
    yield "|---|--:|---|"
    for code_, why, times in found:
        yield f"| {text(code_)} | {times} | {text(why)} |"


def _phase(plan: Plan, phase: Phase, numbers: dict[str, str]) -> Iterator[str]:
    yield ""
    yield f"## Phase {phase.number}: {text(phase.name)}"
    yield ""
    yield text(phase.title)
    yield ""
    yield from _gate("Enters when", phase.entry)
    yield "| step | what it does | strongest lock | hazards | undo |"
    yield "|---|---|---|---|---|"
    for step in phase.steps:
        lock = prose.strongest_of(step)
        codes = dict.fromkeys(h.code for s in prose.all_statements(step) for h in s.hazards)
        shown = "" if lock is LockMode.NONE else lock.value
        yield f"| {numbers[step.id]} | {text(step.title)} | {shown} | {text(' '.join(codes))} | {_mark(step)} |"
    yield ""
    yield from _gate("Ends when", phase.exit)
    yield from _gate("Reverts when", phase.back)
    for step in phase.steps:
        yield from _step(plan, numbers[step.id], step)


def _gate(label: str, gate: Gate) -> Iterator[str]:
    if not gate.checks:
        return
    yield f"**{label}**"
    yield ""
    for check in gate.checks:
        accept = ", may be accepted with a reason" if check.acceptable else ""
        yield f"- {text(check.title)} ({code(check.code)}{accept})"
    yield ""


def _mark(step: Step) -> str:
    if step.one_way is not None:
        return "**one-way**"
    match step.undo:
        case UndoWith():
            return "yes"
        case NothingToUndo():
            return "nothing to undo"
        case Irreversible():
            return "**impossible**"
        case _:
            assert_never(step.undo)


def _step(plan: Plan, number: str, step: Step) -> Iterator[str]:
    yield ""
    yield f"<details><summary>{number} {_html(step.title)}</summary>"
    yield ""
    yield f"{code(step.id)}"
    yield ""
    if step.one_way is not None:
        yield f"- **one-way**: {text(step.one_way.why)}"
    if step.proves:
        yield f"- proves: {text(step.proves)}"
    if step.needs:
        yield f"- needs: {text('; '.join(n.text for n in step.needs))}"
    yield from _parts("do", prose.parts(step.action, plan))
    yield from _undo(plan, step.undo)
    yield ""
    yield "</details>"


def _undo(plan: Plan, undo: Undo) -> Iterator[str]:
    match undo:
        case UndoWith(actions):
            for action in actions:
                yield from _parts("undo", prose.parts(action, plan))
        case NothingToUndo(why):
            yield ""
            yield f"**undo** nothing: {text(why)}"
        case Irreversible(why):
            yield ""
            yield f"**undo IMPOSSIBLE** {text(why)}"
        case _:
            assert_never(undo)


def _parts(label: str, parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        yield ""
        yield f"**{part.label or label}** {text(part.how)}"
        for block in part.blocks:
            yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    codes = " ".join(dict.fromkeys(h.code for h in block.hazards))
    where = f" on {code(block.tables)}" if block.tables else ""
    yield ""
    yield f"{block.lock}{where}, {block.bounds}" + (f", {text(codes)}" if codes else "")
    yield ""
    yield from _fenced("\n".join(sql.rstrip() + ";" for sql in block.statements))


def _undo_page(plan: Plan, first: int) -> Iterator[str]:
    numbers = {step.id: number for number, _, step in prose.numbered(plan)}
    yield f"# Revert of plan {code(plan.hash[:12])} to before phase {first}"
    for phase in reversed([p for p in plan.phases if p.number >= first]):
        yield ""
        yield f"## Undo of phase {phase.number}: {text(phase.name)}"
        yield ""
        yield from _gate("Begins when", phase.back)
        for step in reversed(phase.steps):
            yield ""
            yield f"<details><summary>{numbers[step.id]} {_html(step.title)}</summary>"
            if step.one_way is not None:
                yield ""
                yield f"Looked through first, any row stops the revert: {text(step.one_way.why)}"
                yield ""
                yield from _fenced(step.one_way.conflicts_sql + ";")
            yield from _undo(plan, step.undo)
            yield ""
            yield "</details>"


def _html(value: str) -> str:
    return one_line(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
