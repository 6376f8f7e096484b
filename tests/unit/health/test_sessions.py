"""Old clients are judged by who they are, over a window that somebody watched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.health.model import ClientKind, NoneLeft, OldClients, Seen, SessionGroup, StillThere, Unproven
from ringfence.health.sessions import describe, driver_guess, group, matches, merged, old_clients_left

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=1)
OURS = Seen("migrator", "ringfence", NOW - timedelta(days=3), NOW - timedelta(minutes=1), 1, None)


def connected(login: str, application: str, database: str = "shop", sessions: int = 1) -> SessionGroup:
    return SessionGroup(login, application, database, "", ClientKind.REMOTE, True, sessions, NOW, None, 0)


def seen(login: str, application: str, last: datetime) -> Seen:
    return Seen(login, application, NOW - timedelta(days=9), last, 4, None)


def judged(declared: list[str], now: tuple[SessionGroup, ...] = (), past: tuple[Seen, ...] = (OURS,)) -> OldClients:
    return old_clients_left(declared, now, past, database="shop", since=SINCE, now=NOW)


def test_nobody_left_in_a_watched_window_is_a_proof() -> None:
    assert judged(["web-1"], past=(OURS, seen("app", "web-1", SINCE - timedelta(hours=1)))) == NoneLeft(SINCE)


def test_a_connected_old_client_is_named_however_young_its_session() -> None:
    judgement = judged(["web-1"], (connected("app", "web-1", sessions=3), connected("app", "web-2")))

    assert judgement == StillThere(("web-1 (app): 3 connected now",))


def test_an_old_client_that_was_here_within_the_window_can_come_back() -> None:
    judgement = judged(["web-1"], past=(OURS, seen("app", "web-1", NOW - timedelta(hours=2))))

    assert isinstance(judgement, StillThere)
    assert "last seen at" in judgement.clients[0]


def test_a_login_names_all_its_applications() -> None:
    assert isinstance(judged(["legacy"], (connected("legacy", "anything"),)), StillThere)


def test_another_database_does_not_matter() -> None:
    assert judged(["web-1"], (connected("app", "web-1", database="other"),)) == NoneLeft(SINCE)


@pytest.mark.parametrize(
    ("declared", "past", "words"),
    [
        ([], (OURS,), "no old client is declared"),
        (["web-1"], (), "have not been sampled since"),
        (["web-1"], (Seen("m", "ringfence", NOW, NOW, 1, None),), "have not been sampled since"),
        (["web-1"], (Seen("m", "ringfence", SINCE, NOW - timedelta(hours=5), 1, None),), "the last sample"),
    ],
)
def test_what_nobody_watched_is_unproven(declared: list[str], past: tuple[Seen, ...], words: str) -> None:
    judgement = judged(declared, past=past)

    assert isinstance(judgement, Unproven)
    assert words in judgement.reason


@given(st.text(), st.text(), st.text())
def test_a_name_matches_itself_and_a_star_its_beginning(start: str, rest: str, other: str) -> None:
    assert matches(start + "*", start + rest, other)
    assert matches(start + "*", other, start + rest)
    if not start.endswith("*"):
        assert matches(start, start, other)


def test_counts_that_may_not_be_seen_are_none_and_not_zero() -> None:
    row = {
        "login": "app",
        "application": "web",
        "database": "shop",
        "visible": False,
        "client": "hidden",
        "ssl": None,
        "sessions": 2,
        "oldest_backend_at": None,
        "oldest_transaction_s": None,
        "idle_in_transaction": 0,
        "addresses": None,
    }

    masked = group(row)

    assert masked.idle_in_transaction is None
    assert masked.client is ClientKind.HIDDEN
    assert "not visible" in describe(masked)
    assert group({**row, "visible": True, "client": "local"}).idle_in_transaction == 0


def test_sessions_of_one_client_from_several_places_are_one_client() -> None:
    early = NOW - timedelta(hours=1)
    first = SessionGroup("app", "web", "shop", "", ClientKind.LOCAL, None, 2, NOW, None, 0)
    second = SessionGroup("app", "web", "shop", "", ClientKind.REMOTE, True, 3, early, None, 0)

    (client,) = merged([first, second, connected("app", "web", database="other")], "shop")

    assert (client.sessions, client.oldest_backend_at) == (5, early)


@pytest.mark.parametrize(
    ("application", "driver"),
    [("PostgREST 12.2", "PostgREST"), ("PostgreSQL JDBC Driver", "pgjdbc"), ("Supavisor", "Supavisor"), ("web", "")],
)
def test_a_driver_is_guessed_from_names_that_say_it(application: str, driver: str) -> None:
    assert driver_guess(application) == driver
