"""What was tried becomes pgTAP files that people keep in their own test suites: one for each target. Pure.

A file holds the made-up rows and the attacks as they were tried, so that a change of the application that opens a way
between tenants fails its own tests. What TAP cannot hold is left out and named in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ringfence import sqltext
from ringfence.names import QualifiedName
from ringfence.verify.fill import literal
from ringfence.verify.judge import MISUSED, STOPPED, TIMEOUTS, UNSUPPORTED
from ringfence.verify.model import Attack

PACKAGE = "ringfence.verify"
LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS = 1000, 5000
_NOT_IN_A_FUNCTION = re.compile(r"^(copy|savepoint|release|declare|fetch|prepare|execute|listen)\b", re.IGNORECASE)
"""What PL/pgSQL cannot EXECUTE, or not so that it means the same."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attack as one role, ready to be repeated."""

    attack: Attack
    role: str
    claims: str | None
    sealed_claims: str | None
    statements: tuple[str, ...]
    marks: tuple[str, ...]
    owned: Mapping[QualifiedName, str]
    target: str


@dataclass
class Ground:
    """One transaction of attacks: what was made up for it, and what was tried."""

    setup: list[str] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)


def repeatable(attack: Attack, statements: Sequence[str]) -> bool:
    """Whether a TAP test can hold it: in one session, within a function, and by what comes back."""
    if attack.other_first or attack.residual or attack.id.startswith("seal-") or attack.id == "leaking-function":
        return False  # a kept plan needs another session, a notice is not heard, a forged seal is random at every run
    return not any(_NOT_IN_A_FUNCTION.match(s) for s in statements)


def files(grounds: Sequence[Ground], brake: str) -> Mapping[str, str]:
    """The files by name; `brake` is what the statements call the brake."""
    made: dict[str, str] = {}
    for ground in grounds:
        held = [t for t in ground.tries if repeatable(t.attack, t.statements)]
        if not held:
            continue
        name = re.sub(r"[^a-z0-9]+", "_", held[0].target.lower()).strip("_")[:80]
        number = 1
        while (file := f"ringfence_{name}{'' if number == 1 else f'_{number}'}.sql") in made:
            number += 1
        left_out = sorted({t.attack.id for t in ground.tries} - {t.attack.id for t in held})
        made[file] = _file(ground, held, left_out).replace(brake, "pg_temp.ringfence_at_most")
    return made


def _file(ground: Ground, held: Sequence[Try], left_out: Sequence[str]) -> str:
    head = sqltext.fill(
        sqltext.load(PACKAGE, "pgtap_head"),
        title=f"Nobody reaches another tenant through {_comment(held[0].target)}",
        lock_timeout_ms=str(LOCK_TIMEOUT_MS),
        statement_timeout_ms=str(STATEMENT_TIMEOUT_MS),
        timeouts=_list(TIMEOUTS),
        misused=_list(MISUSED),
        unsupported=UNSUPPORTED,
        stopped=STOPPED,
    )
    lines = [head.rstrip(), ""]
    if left_out:
        lines.append(f"-- Only ringfence verify tries these: {', '.join(left_out)}")
    lines += [
        f"select plan({len(held)});",
        "",
        "-- two tenants, and a row of each; keys are given, so that no sequence moves",
    ]
    lines += [f"{statement};" for statement in ground.setup]
    lines.append("")
    for one in held:
        lines.append(_test(one))
    lines += ["", "select * from finish();", "rollback;"]
    return "\n".join(lines) + "\n"


def _test(one: Try) -> str:
    arguments = (
        _text(f"{one.target}: {one.attack.title}"),
        _text(one.attack.expect.value),
        _text(one.role),
        _text(one.claims),
        _text(one.sealed_claims),
        _array(one.marks),
        _text(_traces(one.owned)),
        _array(one.statements),
    )
    return f"-- {one.attack.id}\nselect pg_temp.ringfence_attack(\n  {f',{chr(10)}  '.join(arguments)}\n);"


def _array(texts: Sequence[str]) -> str:
    return f"array[{', '.join(_text(t) for t in texts)}]::text[]"


def _traces(owned: Mapping[QualifiedName, str]) -> str:
    """A query whose one value changes when the other tenant's rows do."""
    parts = [
        "(select pg_catalog.concat(count(*), ':', coalesce(sum(pg_catalog.hashtextextended(t::text, 0)), 0))"
        f" from {table.sql} t where {condition})"
        for table, condition in owned.items()
    ]
    return f"select pg_catalog.concat_ws(' ', {', '.join(parts)})" if parts else "select ''"


def _text(text: str | None) -> str:
    return "null" if text is None else literal(text)


def _list(codes: frozenset[str]) -> str:
    return ", ".join(literal(code) for code in sorted(codes))


def _comment(text: str) -> str:
    return text.replace("\n", " ").replace("\r", " ")
