"""Families of refresh tokens against a model: whatever clients and thieves do, the database says what the rules say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from ringfence.runtime.sessions.talk import GRACE_S
from support.databases import Database, Server, unique_name
from support.sessions import Known, knowing_sessions
from support.tenants import USER_A, USER_B, two_tenants

NAMES = ("tab", "phone")
USERS = (str(USER_A), str(USER_B))


@pytest.fixture(scope="module")
def known(server: Server) -> Iterator[Known]:
    """Two tenants and phase 3, for every run of the machine."""
    name = unique_name("rf_families")
    server.create_database(name)
    made = Database(server, name)
    yield knowing_sessions(two_tenants(made))
    made.close()


@dataclass
class Family:
    """What the rules know of a session."""

    user: str
    counter: int = 0
    rotated_s_ago: float | None = None
    over: bool = False


class Families(RuleBasedStateMachine):
    """Clients that start, refresh in order, refresh with anything they ever had, wait, sign out."""

    conn: psycopg.Connection[tuple[object, ...]]

    def __init__(self) -> None:
        super().__init__()
        self.conn.execute("truncate ringfence.sessions, ringfence.token_versions")
        self.families: dict[str, Family] = {}

    def ask(self, query: str, *values: object) -> tuple[object, ...]:
        row = self.conn.execute(query.encode(), values).fetchone()
        assert row is not None
        return row

    @rule(name=st.sampled_from(NAMES), user=st.sampled_from(USERS))
    def start(self, name: str, user: str) -> None:
        """A session begins, or somebody tries to begin one that is there."""
        family = self.families.setdefault(name, Family(user))
        said = self.ask("select outcome, counter from ringfence.start_session_v1(%s, %s)", name, user)
        if family.user != user:
            assert said == ("unknown", None)
        elif family.over:
            assert said[0] == "revoked"
        else:
            assert said == (("started", 0) if family.counter == 0 else ("reused", family.counter))

    @precondition(lambda self: self.families)
    @rule(name=st.sampled_from(NAMES), back=st.integers(-1, 6))
    def refresh(self, name: str, back: int) -> None:
        """Somebody uses a token: the newest, one of before, or one that was never given."""
        family = self.families.get(name)
        presented = (family.counter if family else 0) - back
        outcome, user, counter = self.ask(
            "select outcome, user_text, counter from ringfence.refresh_v1(%s, %s, %s)", name, presented, GRACE_S
        )
        if family is None or presented > family.counter:
            assert outcome == "unknown"
        elif family.over:
            assert outcome == "revoked"
        elif presented == family.counter:
            family.counter, family.rotated_s_ago = family.counter + 1, 0.0
            assert (outcome, user, counter) == ("rotated", family.user, family.counter)
        elif presented == family.counter - 1 or (family.rotated_s_ago is not None and family.rotated_s_ago < GRACE_S):
            assert (outcome, user, counter) == ("repeated", family.user, family.counter)
        else:
            assert outcome == "reused"
            family.over = True

    @rule(seconds=st.sampled_from([4, 60, 3600]))
    def time_passes(self, seconds: int) -> None:
        """The clock of every family goes on; sums stay clear of the grace itself."""
        self.conn.execute(
            "update ringfence.sessions set rotated_at = rotated_at - make_interval(secs => %s)", (seconds,)
        )
        for family in self.families.values():
            if family.rotated_s_ago is not None:
                family.rotated_s_ago += seconds

    @rule(name=st.sampled_from(NAMES))
    def sign_out(self, name: str) -> None:
        """One session ends."""
        self.conn.execute("select ringfence.end_session_v1(%s, 'signed out')", (name,))
        if name in self.families:
            self.families[name].over = True

    @rule(user=st.sampled_from(USERS))
    def sign_out_everywhere(self, user: str) -> None:
        """All sessions of a user end."""
        self.conn.execute("select ringfence.sign_out_everywhere_v1(%s)", (user,))
        for family in self.families.values():
            family.over = family.over or family.user == user

    @invariant()
    def no_family_has_two_active_tokens(self) -> None:
        """One number a session is all there is, and it is the model's."""
        rows = self.conn.execute(
            "select session_key, user_key::text, counter, revoked_at is not null from ringfence.sessions"
        )
        assert {r[0]: r[1:] for r in rows} == {n: (f.user, f.counter, f.over) for n, f in self.families.items()}


def test_families_turn_as_the_rules_say(known: Known) -> None:
    with known.world.database.connect(user="postgres") as conn:

        class Here(Families):
            pass

        Here.conn = conn
        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=60,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
