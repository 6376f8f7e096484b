"""A plan laid out for a terminal of 100 columns: what the engineer reads who has to approve it.

First what it amounts to, then every step with its statements and, indented the same way, the statements of its undo.
Lock and bounds are said once for neighbouring statements that share them. Lines of SQL are wrapped for the eye, at
spaces outside quotes; the script (`script.py`) is the form to run.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import assert_never

from ringfence.plan import prose
from ringfence.plan.model import (
    Gate,
    Irreversible,
    LockMode,
    NothingToUndo,
    Phase,
    Plan,
    Step,
    Undo,
    UndoWith,
)
from ringfence.plan.prose import Block, Part, duration, one_line

WIDTH = 100
LABEL = 10
"""Width of the words in front of a step's lines."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plan_sheet(plan: Plan) -> str:
    """The whole plan as text."""
    return _joined(_sheet(plan))


def undo_sheet(plan: Plan, first: int) -> str:
    """What `revert --from first` would run: phases and steps from the last to the first, as text."""
    return _joined(_undo_sheet(plan, first))


def _joined(lines: Iterator[str]) -> str:
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _sheet(plan: Plan) -> Iterator[str]:
    margin = _margin(plan)
    numbers = {step.id: number for number, _, step in prose.numbered(plan)}
    yield from _head(plan)
    for phase in plan.phases:
        yield from _phase_head(phase, "PHASE")
        yield from _gate("enters when", phase.entry)
        for step in phase.steps:
            yield ""
            yield from _step(plan, f"{numbers[step.id]:<{margin}}", step)
        if phase.exit.checks or phase.back.checks:
            yield ""
        yield from _gate("ends when", phase.exit)
        yield from _gate("reverts when", phase.back)


def _undo_sheet(plan: Plan, first: int) -> Iterator[str]:
    margin = _margin(plan)
    phases = [p for p in plan.phases if p.number >= first]
    numbers = {step.id: f"{number:<{margin}}" for number, _, step in prose.numbered(plan)}
    names = ", ".join(f"{p.number} {p.name}" for p in reversed(phases))
    yield f"Revert of plan {plan.hash[:12]}: {names}"
    yield "=" * WIDTH
    yield ""
    yield from _paragraph(
        "Steps in the order in which they are undone; only those that are done are touched. What people decided"
        " meanwhile (organizations, memberships, moved rows) is kept in schema ringfence first.",
        2,
    )
    one_way = [s for p in phases for s in p.steps if s.one_way is not None]
    if one_way:
        yield ""
        yield "  Looked through before anything is changed; any row found here stops the revert and is named"
        for step in one_way:
            assert step.one_way is not None
            yield from _labelled(f"    {numbers[step.id]}", one_line(step.one_way.why))
            yield from _sql(step.one_way.conflicts_sql + ";", 10, bar=True)
    for phase in reversed(phases):
        yield from _phase_head(phase, "UNDO OF PHASE")
        yield from _gate("begins when", phase.back)
        for step in reversed(phase.steps):
            yield ""
            yield from _title(numbers[step.id], step)
            yield from _undo(plan, step.undo, margin)


def _margin(plan: Plan) -> int:
    return 2 + max((len(number) for number, _, _ in prose.numbered(plan)), default=3)


# --- the summary -------------------------------------------------------------------------------------------------


def _head(plan: Plan) -> Iterator[str]:
    made_for = f"for {prose.server(plan)}, catalog {plan.catalog_fingerprint[:12]}"
    yield f"Plan {plan.hash[:12]}" + made_for.rjust(WIDTH - 17)
    yield "=" * WIDTH
    yield ""
    for label, text in prose.summary(plan.tenancy):
        yield from _labelled(f"  {label:<15}", text)
    yield ""
    yield from _tables(plan)
    yield ""
    yield from _totals(plan)
    yield from _one_way(plan)
    yield from _needs(plan)
    yield from _hazards(plan)
    if plan.notes:
        yield ""
        yield "  Notes"
        for note in plan.notes:
            yield from _labelled("    - ", one_line(note))
    yield from _overview(plan)


def _tables(plan: Plan) -> Iterator[str]:
    t = plan.tenancy
    rows = [("tenant", one_line(str(e.name)), prose.table_rule(e)) for e in t.tables]
    rows += [(o.scope.value, one_line(str(o.name)), one_line(o.reason)) for o in t.others]
    widest = min(40, max((len(name) for _, name, _ in rows), default=0))
    before = ""
    for scope, name, rule in rows:
        label = scope if scope != before else ""
        yield from _labelled(f"  {label:<15}{name:<{widest}}  ", rule)
        before = scope


def _totals(plan: Plan) -> Iterator[str]:
    yield f"  {'phase':<15}{'steps':>7}{'statements':>13}   {'strongest lock':<24}{'one-way steps':>14}"
    for n in map(prose.numbers, plan.phases):
        label = f"{n.phase.number} {n.phase.name}"
        one_way = str(n.one_way) if n.one_way else "-"
        yield f"  {label:<15}{n.steps:>7}{n.statements:>13}   {prose.lock_name(n.strongest):<24}{one_way:>14}"
    limits = plan.tenancy.limits
    yield ""
    yield from _paragraph(
        f"A lock that stops readers or writers is tried for {duration(limits.lock_attempt_ms)} at a time, at most"
        f" {limits.lock_attempts_max} times, with pauses of up to {duration(limits.lock_backoff_ms_max)} in between;"
        ' then the run stops and names who holds it. Below, "lock" bounds one wait in the lock queue and "run" the'
        " statement as a whole.",
        2,
    )


def _one_way(plan: Plan) -> Iterator[str]:
    found = [(number, step) for number, _, step in prose.numbered(plan) if step.one_way is not None]
    if not found:
        return
    yield ""
    yield "  One-way: rows written after these steps can make their undo impossible"
    for number, step in found:
        assert step.one_way is not None
        yield from _labelled(f"    {number}  ", f"{one_line(step.title)}: {one_line(step.one_way.why)}")


def _needs(plan: Plan) -> Iterator[str]:
    needs = [one_line(need.text) for need in prose.privileges(plan)]
    if not needs:
        return
    yield ""
    yield "  Privileges of the migrating role, asked for before the first write"
    yield from _paragraph("; ".join(needs), 4)


def _hazards(plan: Plan) -> Iterator[str]:
    found = prose.hazards(plan)
    if not found:
        return
    yield ""
    yield "  Hazards, and what is done about each"
    before = ""
    for code, text, times in found:
        label = code if code != before else ""
        yield from _labelled(f"    {label:<5}{times:>5} x  ", one_line(text))
        before = code


def _overview(plan: Plan) -> Iterator[str]:
    margin = _margin(plan)
    yield ""
    yield f"  {'step':<{margin}}{'undo':<9}{'strongest lock':<24}what it does"
    for number, _, step in prose.numbered(plan):
        lock = prose.strongest_of(step)
        name = "-" if lock is LockMode.NONE else lock.value
        title = textwrap.shorten(one_line(step.title), WIDTH - 35 - margin, placeholder=" ..")
        yield f"  {number:<{margin}}{_undo_mark(step):<9}{name:<24}{title}"


def _undo_mark(step: Step) -> str:
    if step.one_way is not None:
        return "one-way"
    match step.undo:
        case UndoWith():
            return "yes"
        case NothingToUndo():
            return "-"
        case Irreversible():
            return "NO"
        case _:
            assert_never(step.undo)


# --- phases and steps --------------------------------------------------------------------------------------------


def _phase_head(phase: Phase, word: str) -> Iterator[str]:
    yield ""
    yield "─" * WIDTH
    yield from _labelled(f"{word} {phase.number}  {phase.name}: ", phase.title)
    yield "─" * WIDTH


def _gate(label: str, gate: Gate) -> Iterator[str]:
    for place, check in enumerate(gate.checks):
        accept = "" if not check.acceptable else "  (may be accepted with a reason)"
        first = f"  {label if place == 0 else '':<14}"
        yield from _labelled(first, f"{one_line(check.title)}{accept}")


def _title(number: str, step: Step) -> Iterator[str]:
    yield from _labelled(number, one_line(step.title))
    yield from _fact("id", one_line(step.id), len(number))


def _fact(label: str, text: str, margin: int) -> Iterator[str]:
    yield from _labelled(f"{' ' * margin}{label:<{LABEL}}", text)


def _step(plan: Plan, number: str, step: Step) -> Iterator[str]:
    margin = len(number)
    yield from _title(number, step)
    if step.one_way is not None:
        yield from _fact("ONE-WAY", f"{one_line(step.one_way.why)}; watched from here on", margin)
    if step.proves:
        yield from _fact("proves", one_line(step.proves), margin)
    if step.needs:
        yield from _fact("needs", "; ".join(one_line(n.text) for n in step.needs), margin)
    yield from _parts("do", prose.parts(step.action, plan), margin)
    yield from _undo(plan, step.undo, margin)


def _undo(plan: Plan, undo: Undo, margin: int) -> Iterator[str]:
    match undo:
        case UndoWith(actions):
            for action in actions:
                yield from _parts("undo", prose.parts(action, plan), margin)
        case NothingToUndo(why):
            yield from _fact("undo", f"nothing: {one_line(why)}", margin)
        case Irreversible(why):
            yield from _fact("undo", f"IMPOSSIBLE: {one_line(why)}", margin)
        case _:
            assert_never(undo)


def _parts(label: str, parts: Sequence[Part], margin: int) -> Iterator[str]:
    for part in parts:
        yield from _fact(part.label or label, one_line(part.how), margin)
        for block in part.blocks:
            yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    margin = " " * 8
    codes = " ".join(dict.fromkeys(h.code for h in block.hazards))
    left = block.lock if not block.tables else f"{block.lock} on {block.tables}"
    right = block.bounds + (f", {codes}" if codes else "")
    room = WIDTH - len(margin) - len(left) - len(right)
    if room >= 2:
        yield f"{margin}{left}{' ' * room}{right}"
    else:
        yield from _labelled(margin, left)
        yield right.rjust(WIDTH)
    for sql in block.statements:
        yield from _sql(sql.rstrip() + ";", 10, bar=True)


# --- lines -------------------------------------------------------------------------------------------------------


def _paragraph(text: str, indent: int) -> Iterator[str]:
    margin = " " * indent
    if text and len(text) <= WIDTH - indent and text.isprintable():
        yield margin + text  # most are short, and wrapping costs more than all else in a plan of a thousand tables
        return
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=margin, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
    )


def _labelled(label: str, text: str) -> Iterator[str]:
    """The text behind its label, wrapped under itself."""
    if len(text) <= WIDTH - len(label) and text.isprintable() and "  " not in text and text == text.strip():
        yield label + text
        return
    lines = textwrap.wrap(text, max(30, WIDTH - len(label)), break_long_words=False, break_on_hyphens=False) or [""]
    yield label + lines[0]
    for line in lines[1:]:
        yield " " * len(label) + line


def _sql(sql: str, indent: int, *, bar: bool = False) -> Iterator[str]:
    margin = " " * (indent - 2) + ("│ " if bar else "  ")
    shown = _CONTROL.sub(lambda m: f"\\x{ord(m.group()):02x}", sql)
    for line in shown.split("\n"):
        for piece in wrap_sql(line, WIDTH - indent):
            yield margin + piece


def wrap_sql(line: str, width: int) -> Iterator[str]:
    """Break one line of SQL at spaces outside quotes and comments; what cannot be broken stays long."""
    own = len(line) - len(line.lstrip(" "))
    hanging = " " * (own + 4)
    rest = line
    while len(rest) > width:
        places = [p for p in _breaks(rest) if p > own + 4]
        if not places:
            break
        fitting = [p for p in places if p <= width]
        place = fitting[-1] if fitting else places[0]
        yield rest[:place].rstrip(" ")
        rest = hanging + rest[place:].lstrip(" ")
    yield rest


_PLACE = re.compile(r"""'[^']*(?:'|\Z)|"[^"]*(?:"|\Z)|--|[ ]""")


def _breaks(line: str) -> Iterator[int]:
    for found in _PLACE.finditer(line):
        match found.group():
            case " ":
                yield found.start()
            case "--":
                return
            case _:
                pass
