"""Phase 3 on a real server: what its gate lets pass and what not, and what a revert leaves to whoever is logged in."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from ringfence import verbs
from ringfence.cli import sessioning
from ringfence.cli.document import document
from ringfence.cli.shell import Ink
from ringfence.plan.lint import lint
from ringfence.plan.sessions import FOR_ISSUERS, FOR_VERIFIERS
from ringfence.runtime.sessions.model import SessionsNotInstalled
from support.cases import Case
from support.databases import Database

PLAIN = Ink(False)
CASES = Path(__file__).parents[2] / "cases"
GATE = ("RFG-TENANT-CONTEXT", "RFG-LEGACY-SIGNATURE", "RFG-LEGACY-TENANT", "RFG-LEGACY-SESSIONS", "RFG-ENDPOINTS")


class Applied:
    """A case that has come as far as the exit gate of phase 3."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.database: Database = case.database
        self.missing = self.apply()

    def apply(self) -> dict[str, str]:
        """Go on; what the gate misses by code."""
        accept = {code: reason for code, reason in self.case.accept.items() if code not in GATE}
        report = verbs.apply(self.case.url, self.case.config, through=3, accept=accept)
        return dict(report.gates_missing)

    def count(self, days: int, columns: str = "with_tenant", step: str = "1 hour", **others: int) -> None:
        """Requests of every hour of so many days until now, instead of those counted before."""
        values = {columns: 100, **others}
        self.database.execute(
            "truncate ringfence.token_counts;"
            f" insert into ringfence.token_counts (slot, {', '.join(values)})"
            f" select s, {', '.join(map(str, values.values()))} from"
            f" generate_series(now() - interval '{days} days 30 minutes', now(), interval '{step}') s"
        )

    def endpoint(self, mode: str) -> None:
        """One endpoint in a mode."""
        self.database.execute(
            "insert into ringfence.endpoints (endpoint, mode) values ('GET /documents', '" + mode + "')"
            " on conflict (endpoint) do update set mode = excluded.mode"
        )


@pytest.fixture
def applied(supabase_database: Database, tmp_path: Path) -> Applied:
    """The Supabase case."""
    return Applied(Case.load(CASES / "authenticate_supabase", supabase_database, tmp_path))


def test_silence_opens_nothing(applied: Applied) -> None:
    assert set(applied.missing) == set(GATE)
    assert all("unproven" in said for said in applied.missing.values()), applied.missing


def test_it_opens_when_everything_was_seen_for_long_enough(applied: Applied) -> None:
    applied.count(8)
    applied.endpoint("tenant")

    assert applied.apply() == {}


def test_a_week_of_old_tokens_needs_more_than_a_day(applied: Applied) -> None:
    applied.count(2)
    applied.endpoint("tenant")

    missing = applied.apply()

    assert set(missing) == {"RFG-LEGACY-SIGNATURE", "RFG-LEGACY-TENANT"}
    assert all("unproven" in said for said in missing.values())


def test_workers_that_stopped_counting_prove_nothing(applied: Applied) -> None:
    applied.count(8)
    applied.endpoint("tenant")
    applied.database.execute(
        "delete from ringfence.token_counts where slot between now() - interval '3 days' and now() - interval '26 hours'"
    )

    assert set(applied.apply()) == {"RFG-LEGACY-SIGNATURE", "RFG-LEGACY-TENANT"}

    applied.count(8)
    applied.database.execute("delete from ringfence.token_counts where slot > now() - interval '30 hours'")
    assert set(applied.apply()) == set(GATE) - {"RFG-ENDPOINTS"}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"resolved": 1}, {"RFG-LEGACY-TENANT"}),
        ({"legacy_signature": 1}, {"RFG-LEGACY-SIGNATURE"}),
        ({"several": 1}, {"RFG-TENANT-CONTEXT", "RFG-LEGACY-TENANT"}),
        ({"none": 1}, {"RFG-TENANT-CONTEXT", "RFG-LEGACY-TENANT"}),
    ],
)
def test_what_is_left_is_named(applied: Applied, others: dict[str, int], expected: set[str]) -> None:
    applied.count(8, **others)
    applied.endpoint("tenant")

    missing = applied.apply()

    assert set(missing) == expected
    assert all("unproven" not in said for said in missing.values())


def test_sessions_and_endpoints_that_are_left_are_named(applied: Applied) -> None:
    applied.count(8)
    applied.endpoint("shadow")
    applied.database.execute(
        "insert into ringfence.sessions (session_key, user_key, legacy_seen_at) select 's', id, now() from auth.users limit 1"
    )

    missing = applied.apply()

    assert set(missing) == {"RFG-LEGACY-SESSIONS", "RFG-ENDPOINTS"}
    assert "1 sessions" in missing["RFG-LEGACY-SESSIONS"]
    assert "shadow" in missing["RFG-ENDPOINTS"]
    applied.database.execute("update ringfence.sessions set tenant_since = now() + interval '1 second'")
    applied.endpoint("tenant")
    assert applied.apply() == {}


def test_the_hook_speaks_for_whoever_has_a_session(applied: Applied) -> None:
    """As supabase_auth_admin, who may call the hook and touch nothing else of ours."""
    applied.database.execute("update ringfence.authenticate_settings set upgrade_share = 1")
    with psycopg.connect(applied.database.url, autocommit=True) as conn:
        wanted = conn.execute(
            "select m.user_id::text, m.organization_id::text, m.role, s.id::text from public.user_organizations m"
            " join auth.sessions s on s.user_id = m.user_id limit 5"
        ).fetchall()
    with psycopg.connect(applied.database.url_as("supabase_auth_admin"), autocommit=True) as conn:
        for user, organization, role, session in wanted:
            row = conn.execute(
                "select ringfence.custom_access_token_hook(jsonb_build_object('user_id', %s::text, 'claims',"
                " jsonb_build_object('session_id', %s::text))) -> 'claims'",
                (user, session),
            ).fetchone()
            assert row is not None
            assert row[0]["app_metadata"] == {"org_id": organization}
            assert (row[0]["org_id"], row[0]["org_role"]) == (organization, role)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select * from ringfence.sessions")


def test_the_hook_still_speaks_when_isolation_is_enforced(applied: Applied) -> None:
    """Memberships have another owner and a floor by then, and request roles see their own tenant alone."""
    assert applied.case.apply().outcome == "finished"

    test_the_hook_speaks_for_whoever_has_a_session(applied)


def test_an_operator_sees_what_is_left_and_sets_the_share(applied: Applied) -> None:
    url = applied.case.url
    assert "no request was counted" in sessioning.shown(verbs.sessions(url), PLAIN)
    applied.count(1, resolved=50, legacy_signature=7, several=3)
    applied.database.execute(
        "insert into ringfence.sessions (session_key, user_key, organization_key, tenant_since, legacy_seen_at)"
        " select s.id, s.user_id, m.organization_id, case when row_number() over () > 2 then now() end, now() - interval '1 hour'"
        " from auth.sessions s join public.user_organizations m on m.user_id = s.user_id and m.is_home limit 5"
    )

    left = verbs.sessions(url, share=0.25)

    assert (left.upgrade_share, left.requests, left.resolved * 2, left.several * 50) == (
        0.25,
        left.with_tenant + left.resolved + left.several,
        left.with_tenant,
        left.resolved * 3,
    )
    assert (left.with_organization, left.left_behind) == (5, 2)
    text = sessioning.shown(left, PLAIN)
    assert "25.00% of sessions" in text
    assert "2 sessions left without" in text


def test_status_has_what_was_measured_and_forgets_it_with_the_phase(applied: Applied) -> None:
    case = applied.case
    applied.database.execute("truncate ringfence.token_counts")
    silent = verbs.status(case.url).authenticate
    assert silent is not None
    assert (silent.tenant_share, silent.left.requests, silent.modes) == (None, 0, ())

    applied.count(1, resolved=50, several=50)
    for number, mode in enumerate(("tenant", "legacy", "tenant", "shadow")):
        applied.database.execute(
            "insert into ringfence.endpoints (endpoint, mode, mode_since)"
            f" values ('GET /{number}', '{mode}', '2026-01-0{number + 1} 00:00+00')"
        )
    applied.database.execute(
        "insert into ringfence.sessions (session_key, user_key, legacy_seen_at) select 's', id, now() from auth.users limit 1"
    )
    said = verbs.status(case.url)
    assert said.authenticate is not None
    assert said.authenticate.tenant_share == 0.75
    assert (said.authenticate.left.left_behind, said.authenticate.left.hours) == (1, 24)
    found = [(m.mode, m.endpoints, m.since.day) for m in said.authenticate.modes]
    assert found == [("legacy", 1, 2), ("shadow", 1, 4), ("tenant", 2, 3)]
    written = document(said)["authenticate"]
    assert (written["tenant_share"], written["modes"][0]["mode"]) == (0.75, "legacy")
    assert written["left"]["requests"] == said.authenticate.left.requests

    onlooker = applied.database.create_role("onlooker", "login")
    applied.database.execute(
        f'grant usage on schema ringfence to "{onlooker}";'
        f' grant select on ringfence.journal, ringfence.plans to "{onlooker}"'
    )
    assert verbs.status(applied.database.url_as(onlooker)).authenticate is None, "who may not look is told nothing"

    verbs.revert(case.url, case.config, first=3, accept=case.accept)
    assert verbs.status(case.url).authenticate is None, "though the tables of sessions stay"


def test_without_the_phase_there_is_nothing_to_see(database: Database) -> None:
    with pytest.raises(SessionsNotInstalled) as refused:
        verbs.sessions(database.url)
    assert "[authenticate]" in refused.value.hint


def test_a_revert_keeps_what_sessions_have_chosen(applied: Applied) -> None:
    case = applied.case
    applied.database.execute(
        "insert into ringfence.sessions (session_key, user_key, counter) select id, user_id, 7 from auth.sessions limit 1"
    )

    assert verbs.revert(case.url, case.config, first=3, accept=case.accept).outcome == "finished"
    with psycopg.connect(applied.database.url, autocommit=True) as conn:
        for function in {*FOR_ISSUERS, *FOR_VERIFIERS}:
            assert conn.execute("select to_regprocedure(%s) is null", (function,)).fetchone() == (True,), function
    event = '{"user_id": "u", "claims": {"sub": "u"}}'
    with psycopg.connect(applied.database.url_as("supabase_auth_admin"), autocommit=True) as conn:
        row = conn.execute("select ringfence.custom_access_token_hook(%s)::text", (event,)).fetchone()
        assert row == ('{"claims": {"sub": "u"}, "user_id": "u"}',), "whoever logs in meanwhile still can"
    applied.apply()

    with psycopg.connect(applied.database.url, autocommit=True) as conn:
        assert conn.execute(
            "select r.outcome, r.counter from ringfence.sessions s, ringfence.refresh_v1(s.session_key, 7, 10) r"
        ).fetchone() == (
            "rotated",
            8,
        )


def test_a_shadow_that_goes_leaves_the_verifiers_their_way(applied: Applied) -> None:
    """The gateway of this case is a verifier too, and phase 4 must not take the schema from it."""
    case = applied.case
    assert case.apply(through=4).outcome == "finished"
    assert verbs.revert(case.url, case.config, first=4, accept=case.accept).outcome == "finished"

    with psycopg.connect(applied.database.url_as("authenticator"), autocommit=True) as conn:
        row = conn.execute(
            "select outcome from ringfence.standing_v1(null, 'nobody', null, null, null, null)"
        ).fetchone()
    assert row == ("none",)


@pytest.mark.parametrize("name", ["authenticate_supabase", "authenticate_own_sessions"])
def test_the_plan_breaks_no_law(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    fixture = "supabase_database" if (CASES / name / "supabase").exists() else "database"
    case = Case.load(CASES / name, request.getfixturevalue(fixture), tmp_path)

    assert [b for b in lint(case.plan()) if b.step.startswith("authenticate/")] == []
