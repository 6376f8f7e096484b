"""What the answers to a gate's checks mean."""

from __future__ import annotations

import pytest

from ringfence.execute.gates import Answer, judge
from ringfence.plan.model import Check, Gate

WATCHED = Check("C", "all is quiet", "select", "look longer", observed_sql="select", acceptable=True)
GATE = Gate("g", (WATCHED,))
SOMEBODY = (("desk (app)", "connected now"),)


@pytest.mark.parametrize(
    ("answer", "verdict", "said"),
    [
        (None, "unproven", "not asked"),
        (Answer(0, ()), "unproven", "nothing to look at"),
        (Answer(0, SOMEBODY), "failed", "desk (app): connected now"),
        (Answer(3, SOMEBODY), "failed", "desk (app): connected now"),
        (Answer(3, ()), "passed", ""),
    ],
)
def test_a_gate_names_whom_it_sees_even_when_it_saw_too_little(answer: Answer | None, verdict: str, said: str) -> None:
    """Nothing seen is unproven; somebody seen is somebody, however little else was looked at."""
    found = judge(GATE, {} if answer is None else {"C": answer}, {})

    assert found.verdicts == {"C": verdict}
    assert said in found.missing.get("C", "")
    assert found.passed == (verdict == "passed")
    assert judge(GATE, {} if answer is None else {"C": answer}, {"C": "a reason"}).passed
