"""What a gate's answers mean: held, passed, accepted by a person, or unproven because nothing was there to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringfence.plan.model import Check, Gate


@dataclass(frozen=True, slots=True)
class Answer:
    """What the database said to one check."""

    observed: int | None
    """How much the check could look at; None when the check does not count."""
    problems: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """The verdict of every check of a gate; the gate holds nobody back when `missing` is empty."""

    gate: str
    verdicts: Mapping[str, str]
    missing: Mapping[str, str]

    @property
    def passed(self) -> bool:
        """Whether the way is free."""
        return not self.missing


def judge(gate: Gate, answers: Mapping[str, Answer], accepted: Mapping[str, str]) -> GateVerdict:
    """Judge every check of a gate; a check without answer is missing, never passed."""
    verdicts: dict[str, str] = {}
    missing: dict[str, str] = {}
    for check in gate.checks:
        answer = answers.get(check.code)
        trouble = _trouble(check, answer)
        if not trouble:
            verdicts[check.code] = "passed"
        elif check.acceptable and check.code in accepted:
            verdicts[check.code] = "accepted"
        else:
            # whoever is in the way is named even when not everything could be looked at
            nothing = answer is None or (answer.observed == 0 and not answer.problems)
            verdicts[check.code] = "unproven" if nothing else "failed"
            missing[check.code] = trouble
    return GateVerdict(gate.id, verdicts, missing)


def _trouble(check: Check, answer: Answer | None) -> str:
    if answer is None:
        return f"{check.title}: unproven, it was not asked"
    if answer.observed == 0 and not answer.problems:
        return f"{check.title}: unproven, there was nothing to look at. {check.hint}"
    if not answer.problems:
        return ""
    shown = "\n".join(f"{subject}: {detail}" for subject, detail in answer.problems[:20])
    more = f"\n... and more, {len(answer.problems)} in all" if len(answer.problems) > 20 else ""
    accept = f"\nor take responsibility: --accept '{check.code}' --reason '...'" if check.acceptable else ""
    return f"not so: {check.title}\n{shown}{more}\n{check.hint}{accept}"
