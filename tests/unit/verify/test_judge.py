"""An attack is denied or it leaked; a try that taught nothing is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.verify.judge import judge
from ringfence.verify.load import BadAttack, attacks, parse
from ringfence.verify.model import Actor, Attack, Expect, Outcome, Target, Tried

MARK = "rfprobe-b-1234"


def attack(expect: Expect, *, residual: bool = False) -> Attack:
    return Attack("x", "t", ("P1",), Actor.MEMBER, Target.TABLE, expect, ("select 1",), residual=residual)


def outcome(expect: Expect, *tried: Tried, untouched: bool = True) -> Outcome:
    return judge(attack(expect), tried, (MARK,), untouched)[0]


@pytest.mark.parametrize("expect", list(Expect))
def test_a_mark_of_the_other_tenant_is_a_leak_wherever_it_comes_out(expect: Expect) -> None:
    assert outcome(expect, Tried(False, "22P02", seen=f'invalid input: "{MARK}"'), Tried(True)) is Outcome.LEAKED
    assert outcome(expect, Tried(True, rows=1, seen=MARK)) is Outcome.LEAKED


def test_what_the_attacker_wrote_himself_tells_him_nothing() -> None:
    said = Tried(False, "23505", seen=f"Key (x)=({MARK})", statement=f"insert into t values ('{MARK}')")
    assert outcome(Expect.UNTOUCHED, said) is Outcome.DENIED


@pytest.mark.parametrize("expect", list(Expect))
@pytest.mark.parametrize("state", ["57014", "55P03", "40P01"])
def test_a_bound_of_ours_is_no_denial(expect: Expect, state: str) -> None:
    assert outcome(expect, Tried(False, state)) is Outcome.SKIPPED


@pytest.mark.parametrize("expect", [Expect.UNSEEN, Expect.NO_ROWS, Expect.UNTOUCHED, Expect.SAME])
def test_a_statement_that_makes_no_sense_is_no_denial(expect: Expect) -> None:
    assert outcome(expect, Tried(False, "42703"), Tried(False, "42703")) is Outcome.SKIPPED


@pytest.mark.parametrize("expect", list(Expect))
def test_the_brake_means_that_rows_of_others_were_met(expect: Expect) -> None:
    assert outcome(expect, Tried(False, "RF821")) is Outcome.LEAKED


def test_each_expectation_can_fail_and_can_hold() -> None:
    ok, row, error = Tried(True), Tried(True, rows=1), Tried(False, "42501")
    assert outcome(Expect.NO_ROWS, ok) is Outcome.DENIED
    assert outcome(Expect.NO_ROWS, error) is Outcome.DENIED
    assert outcome(Expect.NO_ROWS, row) is Outcome.LEAKED
    assert outcome(Expect.UNTOUCHED, row) is Outcome.DENIED
    assert outcome(Expect.UNTOUCHED, row, untouched=False) is Outcome.LEAKED
    assert outcome(Expect.NOT_TRUE, Tried(True, rows=1, last_value="False")) is Outcome.DENIED
    assert outcome(Expect.NOT_TRUE, Tried(True, rows=1, last_value="True")) is Outcome.LEAKED
    assert outcome(Expect.REFUSED, error) is Outcome.DENIED
    assert outcome(Expect.REFUSED, row) is Outcome.LEAKED
    assert outcome(Expect.SAME, row, row) is Outcome.DENIED
    assert outcome(Expect.SAME, Tried(False, "23505"), row) is Outcome.LEAKED
    assert outcome(Expect.SAME, ok, row) is Outcome.LEAKED


def test_a_residual_is_never_a_leak() -> None:
    found, _ = judge(attack(Expect.NO_ROWS, residual=True), [Tried(True, rows=1)], (), True)
    assert found is Outcome.RESIDUAL


tried = st.builds(
    Tried,
    ok=st.booleans(),
    sqlstate=st.sampled_from(["", "42501", "57014", "42703", "RF821", "0A000", "23505"]),
    rows=st.integers(0, 3),
    seen=st.sampled_from(["", MARK, "else"]),
    last_value=st.sampled_from([None, "True", "False"]),
)


@given(st.sampled_from(list(Expect)), st.lists(tried, min_size=1, max_size=3), st.booleans())
def test_nothing_that_shows_or_changes_the_other_tenant_is_ever_called_denied(
    expect: Expect, tries: list[Tried], untouched: bool
) -> None:
    found, detail = judge(attack(expect), tries, (MARK,), untouched)

    if found is Outcome.DENIED:
        assert untouched
        assert all(MARK not in t.seen for t in tries)
        assert detail == ""
    else:
        assert detail


def test_every_attack_file_is_read_and_names_its_catalogue_rows() -> None:
    found = attacks()

    assert len(found) >= 50
    assert len({a.id for a in found}) == len(found)
    assert all(a.catalogue and a.title for a in found)


@pytest.mark.parametrize(
    "text",
    [
        "-- title: x\nselect 1;",
        "-- title: x\n-- catalogue: P1\n-- actor: member\n-- target: table\n-- expect: no rows\n",
        "-- title: x\n-- catalogue: P1\n-- actor: member\n-- target: table\n-- expect: same\nselect 1;",
    ],
)
def test_a_file_that_says_too_little_is_refused(text: str) -> None:
    with pytest.raises(BadAttack):
        parse("x", text)
