"""Which table locks stand in each other's way."""

from __future__ import annotations

import pytest

from ringfence.health.locks import MODES, conflicting, server_name, strongest
from ringfence.health.model import Holder
from ringfence.plan.model import LockMode


def test_conflicts_are_mutual() -> None:
    for one in MODES:
        for other in MODES:
            assert (other in conflicting(one)) == (one in conflicting(other))


@pytest.mark.parametrize(
    ("mode", "others"),
    [
        ("ACCESS SHARE", ("ACCESS EXCLUSIVE",)),
        ("SHARE UPDATE EXCLUSIVE", MODES[3:]),
        ("SHARE", ("ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE")),
        ("ACCESS EXCLUSIVE", MODES),
    ],
)
def test_the_manuals_table(mode: str, others: tuple[str, ...]) -> None:
    assert conflicting(mode) == tuple(others)


def test_the_modes_of_a_plan_are_known_here() -> None:
    assert {mode.value for mode in LockMode} - {"none"} == set(MODES)


def test_a_session_is_shown_with_its_strongest_lock() -> None:
    assert server_name("SHARE UPDATE EXCLUSIVE") == "ShareUpdateExclusiveLock"
    assert strongest(["AccessShareLock", "RowExclusiveLock"]) == "ROW EXCLUSIVE"
    assert strongest([]) == ""


def test_a_holder_is_one_line() -> None:
    holder = Holder(41, "deploy", "", "idle in transaction", 12.4, "select ?", "ROW EXCLUSIVE")

    assert str(holder) == (
        "pid 41 (no application name) (deploy), idle in transaction for 12 s, holds ROW EXCLUSIVE: select ?"
    )
    assert "prepared transaction 'tx 1'" in str(Holder(None, "deploy", "", "prepared", 1.0, "", "", "tx 1"))
    assert "of unknown age" in str(Holder(41, "x", "a", "", None, ""))
