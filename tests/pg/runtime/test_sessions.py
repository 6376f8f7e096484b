"""Which organization a token acts for: with a tenant in it, without, after a switch, and after a membership ended."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar, cast

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from ringfence.runtime import NotAMember, TenantDatabase
from ringfence.runtime.claims import FixedKeys, LegacyProfile, TokenProfile, Verifier
from ringfence.runtime.integrations.authenticate import BearerAuthenticator
from ringfence.runtime.keys import EMPTY
from ringfence.runtime.refused import CannotJudge, MembershipRefused, TokenRefused
from ringfence.runtime.sessions import RefreshKey, RefreshKeys, Sessions
from ringfence.runtime.sessions.talk import opaque_session
from ringfence.runtime.verified import VerifiedToken
from support.sessions import KEYS, Known, knowing_sessions
from support.tenants import ORGANIZATION_A, ORGANIZATION_B, USER_A, USER_B, World

T = TypeVar("T")
A, B, HER = str(ORGANIZATION_A), str(ORGANIZATION_B), str(USER_A)
SESSION = "5e551011-0000-4000-8000-000000000001"


@pytest.fixture
def known(world: World, request: pytest.FixtureRequest) -> Known:
    """Two tenants and phase 3, asked by one of the runtime's faces."""
    return replace(knowing_sessions(world), blocking=getattr(request, "param", None) == "blocking")


both_faces = pytest.mark.parametrize("known", ["asynchronous", "blocking"], indirect=True)


def ask(known: Known, question: Callable[[Any], Awaitable[T] | T], *, strict: bool = False) -> T:
    """Ask the runtime once."""
    if known.blocking:
        with known.blocking_sessions(strict=strict) as asked:
            return cast("T", question(asked))

    async def go() -> T:
        async with known.sessions(strict=strict) as sessions:
            return await cast("Awaitable[T]", question(sessions))

    return asyncio.run(go())


def token(known: Known, **said: object) -> VerifiedToken:
    """A token of user A."""
    values = {"user": HER, "role": known.world.request_role, "session": SESSION, **said}
    return VerifiedToken(**values)  # type: ignore[arg-type]  # as a test names them


def refusal(known: Known, of: VerifiedToken, *, strict: bool = False) -> str:
    """The reason why a token is refused."""
    with pytest.raises((TokenRefused, MembershipRefused)) as refused:
        ask(known, lambda s: s.context_for(of), strict=strict)
    assert refused.value.reason not in str(refused.value.public), "the client is told nothing"
    return refused.value.reason


def join(known: Known, organization: str = B) -> None:
    known.execute(f"insert into user_organizations values ('{HER}', '{organization}')")


def leave(known: Known, organization: str = A) -> None:
    known.execute(f"delete from user_organizations where user_id = '{HER}' and organization_id = '{organization}'")


class TestRequests:
    def test_a_token_with_a_tenant_needs_no_question_and_its_removed_member_is_out_at_once(self, known: Known) -> None:
        async def go() -> list[object]:
            found: list[object] = []
            sessions = Sessions("postgresql://nowhere.invalid/none")  # nothing is asked, so nothing is needed
            context = await sessions.context_for(token(known, organization=A, claims={"app_metadata": {"org_id": A}}))
            async with TenantDatabase(known.world.url, key=known.world.key) as database:
                async with database.tenant(context) as tx:
                    found.append((await tx.execute("select secret from documents")).rows)
                leave(known)
                with pytest.raises(NotAMember):
                    async with database.tenant(context) as tx:
                        await tx.execute("select secret from documents")
            return found

        assert asyncio.run(go()) == [(("A-SECRET",),)]

    @both_faces
    def test_a_token_without_tenant_acts_for_the_only_organization_of_its_user(self, known: Known) -> None:
        context = ask(known, lambda s: s.context_for(token(known, legacy=True)))

        assert (context.organization, context.user) == (ORGANIZATION_A, HER)

    @both_faces
    def test_with_several_and_none_nobody_guesses(self, known: Known) -> None:
        join(known)
        assert refusal(known, token(known)) == "several"
        leave(known)
        leave(known, B)
        assert refusal(known, token(known)) == "none"

    @both_faces
    def test_a_suspended_organization_counts_for_nothing(self, known: Known) -> None:
        known.execute(
            f"create or replace function suspended_ids() returns uuid[] language sql as $$ select array['{A}'::uuid] $$"
        )

        assert refusal(known, token(known)) == "none"

    @both_faces
    def test_further_claims_are_kept_and_none_of_them_speaks_for_the_tenant(self, known: Known) -> None:
        claims = {"sub": HER, "role": "x", "email": "a@b.example", "app_metadata": {"plan": "big"}, "aal": "aal1"}

        context = ask(known, lambda s: s.context_for(token(known, claims=claims)))

        said = json.loads(context.claims_json())
        assert (said["email"], said["app_metadata"]) == ("a@b.example", {"plan": "big", "org_id": A})
        assert (said["sub"], said["role"]) == (HER, known.world.request_role)

    @both_faces
    def test_an_opaque_session_is_resolved_alike_and_its_cookie_is_kept_nowhere(self, known: Known) -> None:
        context = ask(known, lambda s: s.context_for_opaque("cookie-of-old", HER, known.world.request_role))

        assert context.organization == ORGANIZATION_A
        assert known.one("select session_key from ringfence.sessions") == opaque_session("cookie-of-old")
        with pytest.raises(TokenRefused):  # a token that claims to be one
            ask(known, lambda s: s.context_for(token(known, session=opaque_session("cookie-of-old"))))

    def test_a_session_must_be_in_the_table_of_sessions(self, world: World) -> None:
        known = knowing_sessions(world, table=True)
        assert refusal(known, token(known)) == "session_ended"
        assert refusal(known, token(known, session="no uuid")) == "session_ended"
        known.execute(f"insert into live_sessions values ('{SESSION}')")
        assert ask(known, lambda s: s.context_for(token(known))).organization == ORGANIZATION_A
        known.execute("update live_sessions set ended_at = now()")
        assert refusal(known, token(known)) == "session_ended"

    @both_faces
    @pytest.mark.parametrize("wrong", ["", "x" * 201, "a\0b", "\ud800"])
    def test_texts_that_no_database_takes_are_refused_before_it(self, known: Known, wrong: str) -> None:
        for said in ({"session": wrong}, {"user": wrong}):
            assert refusal(known, token(known, **said)) in ("session", "user")

    @both_faces
    def test_a_user_of_another_shape_belongs_nowhere(self, known: Known) -> None:
        assert refusal(known, token(known, user="robot")) == "none"

    def test_without_a_database_nobody_is_logged_out(self, known: Known) -> None:
        async def go() -> None:
            async with Sessions("postgresql://127.0.0.1:1/none", wait_s_max=0.2) as sessions:
                await sessions.context_for(token(known))

        with pytest.raises(CannotJudge):
            asyncio.run(go())

    def test_a_server_that_does_not_answer_is_given_up(self, known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ringfence.runtime.sessions.pg.ANSWER_S_MAX", 0.3)

        async def go() -> None:
            async with known.sessions() as sessions:
                with known.world.database.connect(autocommit=False) as other:
                    other.execute("lock table ringfence.sessions in access exclusive mode")
                    for _ in range(2):
                        with pytest.raises(CannotJudge):
                            await sessions.context_for(token(known))
                    other.rollback()
                assert (await sessions.context_for(token(known))).organization == ORGANIZATION_A

        asyncio.run(go())

    def test_before_phase_3_it_cannot_be_judged(self, world: World) -> None:
        async def go() -> None:
            async with Sessions(world.database.url) as sessions:
                await sessions.context_for(VerifiedToken(HER, "authenticated"))

        with pytest.raises(CannotJudge) as refused:
            asyncio.run(go())
        assert "ringfence apply" in refused.value.hint


class TestFromTheHeader:
    """The whole way: a header, the verifier, sessions, a tenant transaction."""

    SECRET = b"an old secret of thirty-two bytes"

    def secrets_seen(self, known: Known, claims: dict[str, object]) -> tuple[object, ...]:
        profile = TokenProfile(
            issuer="https://new.example",
            audience="authenticated",
            roles=frozenset({known.world.request_role}),
            legacy=LegacyProfile(self.SECRET, None, None, lifetime_days=30),
        )
        now = int(time.time())
        said = {"sub": HER, "role": known.world.request_role, "iat": now, "exp": now + 600, "session_id": SESSION}
        text = jwt.encode({"alg": "HS256"}, said | claims, OctKey.import_key(self.SECRET))

        async def go() -> tuple[object, ...]:
            async with (
                known.sessions() as sessions,
                TenantDatabase(known.world.url, key=known.world.key) as database,
            ):
                authenticator = BearerAuthenticator(Verifier(profile, FixedKeys(EMPTY)), sessions)
                context = await authenticator.authenticate([("authorization", f"Bearer {text}")])
                async with database.tenant(context) as tx:
                    return (await tx.execute("select secret from documents")).rows

        return asyncio.run(go())

    def test_a_token_issued_before_the_migration_works(self, known: Known) -> None:
        assert self.secrets_seen(known, {"app_metadata": {"provider": "email"}}) == (("A-SECRET",),)

    def test_one_with_a_tenant_does_too(self, known: Known) -> None:
        assert self.secrets_seen(known, {"app_metadata": {"org_id": A}, "org_id": A}) == (("A-SECRET",),)

    def test_one_of_somebody_elses_tenant_sees_nothing(self, known: Known) -> None:
        with pytest.raises(NotAMember):
            self.secrets_seen(known, {"app_metadata": {"org_id": B}, "org_id": B})


@both_faces
class TestTheOrganizationOfASession:
    def test_once_it_has_one_it_is_never_given_another(self, known: Known) -> None:
        assert ask(known, lambda s: s.start(SESSION, HER)).organization == A
        join(known)
        assert ask(known, lambda s: s.context_for(token(known))).organization == ORGANIZATION_A, "an invitation"
        leave(known)
        assert refusal(known, token(known)) == "no_member", "what was meant for A is not written into B"
        ask(known, lambda s: s.switch(SESSION, HER, B))
        assert ask(known, lambda s: s.context_for(token(known))).organization == ORGANIZATION_B

    def test_a_refresh_after_a_switch_says_so(self, known: Known) -> None:
        join(known)
        first = ask(known, lambda s: s.start(SESSION, HER))
        assert first.organization is None, "the user has to choose"
        assert first.claims == {}
        ask(known, lambda s: s.switch(SESSION, HER, A))
        second = ask(known, lambda s: s.refresh(first.refresh_token))
        ask(known, lambda s: s.switch(SESSION, HER, B))
        third = ask(known, lambda s: s.refresh(second.refresh_token))
        assert (second.organization, third.organization) == (A, B)
        assert third.claims == {"app_metadata": {"org_id": B}, "org_id": B, "tv": 1, "mep": 1}

    def test_nobody_switches_to_what_is_not_his_nor_anothers_session(self, known: Known) -> None:
        ask(known, lambda s: s.start(SESSION, HER))
        for organization in (B, str(uuid.uuid4()), "no uuid"):
            with pytest.raises(MembershipRefused):
                ask(known, lambda s, o=organization: s.switch(SESSION, HER, o))  # type: ignore[misc]
        with pytest.raises(TokenRefused):
            ask(known, lambda s: s.switch(SESSION, str(USER_B), B))
        assert ask(known, lambda s: s.context_for(token(known))).organization == ORGANIZATION_A

    def test_a_session_of_one_user_is_worth_nothing_to_another(self, known: Known) -> None:
        ask(known, lambda s: s.start(SESSION, HER))

        assert refusal(known, token(known, user=str(USER_B))) == "session_ended"


@both_faces
class TestStrict:
    def test_a_token_of_before_a_switch_is_over(self, known: Known) -> None:
        join(known)
        ask(known, lambda s: s.switch(SESSION, HER, B))

        assert refusal(known, token(known, organization=A), strict=True) == "other_organization"
        assert ask(known, lambda s: s.context_for(token(known, organization=B)), strict=True).user == HER

    def test_a_member_who_was_added_again_needs_a_new_token(self, known: Known) -> None:
        old = ask(known, lambda s: s.start(SESSION, HER))
        leave(known)
        assert refusal(known, token(known, organization=A, membership_epoch=1), strict=True) == "no_member"
        join(known, A)
        assert refusal(known, token(known, organization=A, membership_epoch=1), strict=True) == "old_epoch"
        new = ask(known, lambda s: s.refresh(old.refresh_token))
        assert new.membership_epoch == 2
        again = token(known, organization=A, membership_epoch=2, token_version=new.token_version)
        assert ask(known, lambda s: s.context_for(again), strict=True).organization == ORGANIZATION_A

    def test_signing_out_everywhere_ends_tokens_of_both_kinds(self, known: Known) -> None:
        first = ask(known, lambda s: s.start(SESSION, HER))
        assert ask(known, lambda s: s.sign_out_everywhere(HER)) == 2
        other = "5e551011-0000-4000-8000-000000000002"
        assert (
            refusal(known, token(known, organization=A, token_version=1, session=other), strict=True) == "old_version"
        )
        assert refusal(known, token(known, legacy=True, session=other, issued_at=1)) == "old_version"
        assert refusal(known, token(known, legacy=True, session=None)) == "old_version", "one without iat looks old"
        with pytest.raises(TokenRefused):
            ask(known, lambda s: s.refresh(first.refresh_token))
        fresh = ask(known, lambda s: s.start(other, HER))
        assert fresh.token_version == 2
        assert ask(
            known, lambda s: s.context_for(token(known, organization=A, token_version=2, session=other)), strict=True
        )

    def test_a_session_that_ended_is_over(self, known: Known) -> None:
        ask(known, lambda s: s.start(SESSION, HER))
        ask(known, lambda s: s.end(SESSION))

        assert refusal(known, token(known, organization=A), strict=True) == "session_ended"


class TestTheShare:
    @both_faces
    def test_widening_upgrades_at_the_next_refresh_and_taking_back_undoes_it(self, known: Known) -> None:
        known.share(0)
        first = ask(known, lambda s: s.start(SESSION, HER))
        known.share(1)
        second = ask(known, lambda s: s.refresh(first.refresh_token))
        known.share(0)
        third = ask(known, lambda s: s.refresh(second.refresh_token))

        assert [i.organization for i in (first, second, third)] == [None, A, None]

    def test_it_sticks(self, known: Known) -> None:
        names = [str(uuid.UUID(int=i)) for i in range(400)]
        inside: list[set[str]] = []
        for share in (0.0, 0.1, 0.5, 1.0):
            known.share(share)
            with known.world.database.connect() as conn:
                rows = conn.execute("select n, ringfence.in_upgrade_share(n) from unnest(%s::text[]) n", (names,))
                inside.append({name for name, is_in in rows if is_in})

        assert inside[0] == set()
        assert inside[3] == set(names)
        assert inside[0] < inside[1] < inside[2] < inside[3]
        assert 0.3 < len(inside[2]) / len(names) < 0.7


class TestCounts:
    def test_signature_and_tenant_are_counted_apart(self, known: Known) -> None:
        async def go() -> None:
            async with known.sessions() as sessions:
                await sessions.context_for(token(known, organization=A))
                await sessions.context_for(token(known, organization=A, legacy=True))
                await sessions.context_for(token(known))
                await sessions.context_for(token(known, legacy=True))
                await asyncio.to_thread(join, known)
                with pytest.raises(MembershipRefused):
                    await sessions.context_for(token(known))

        asyncio.run(go())

        query = "select to_jsonb(c) - 'slot' from ringfence.token_counts c"
        assert known.one(query) == {"with_tenant": 2, "resolved": 2, "several": 1, "none": 0, "legacy_signature": 2}
        assert known.one("select session_key from ringfence.sessions where legacy_seen_at is not null") == SESSION

    def test_counts_that_could_not_be_told_are_told_later(self, known: Known) -> None:
        async def go() -> None:
            async with known.sessions() as sessions:
                await sessions.context_for(token(known))
                await asyncio.to_thread(known.execute, "alter table ringfence.token_counts rename to away")
                with pytest.raises(CannotJudge):
                    await sessions.flush()
                await asyncio.to_thread(known.execute, "alter table ringfence.away rename to token_counts")

        asyncio.run(go())

        assert known.one("select resolved from ringfence.token_counts") == 1


@both_faces
class TestRefresh:
    def test_a_client_that_lost_the_answer_gets_it_again(self, known: Known) -> None:
        first = ask(known, lambda s: s.start(SESSION, HER)).refresh_token
        second = ask(known, lambda s: s.refresh(first))
        again = ask(known, lambda s: s.refresh(first))

        assert (second.repeated, again.repeated) == (False, True)
        assert second.refresh_token == again.refresh_token

    def test_a_stolen_token_ends_the_session_for_everybody(self, known: Known) -> None:
        issued = [ask(known, lambda s: s.start(SESSION, HER))]
        for _ in range(2):
            issued.append(ask(known, lambda s: s.refresh(issued[-1].refresh_token)))
        known.execute("update ringfence.sessions set rotated_at = rotated_at - interval '11 seconds'")
        for stolen in (issued[0], issued[2]):
            with pytest.raises(TokenRefused):
                ask(known, lambda s, t=stolen: s.refresh(t.refresh_token))  # type: ignore[misc]
        assert refusal(known, token(known)) == "session_ended"

    def test_many_at_once_are_one_rotation(self, known: Known) -> None:
        first = ask(known, lambda s: s.start(SESSION, HER)).refresh_token

        async def go() -> set[str]:
            async with known.sessions() as sessions:
                return {i.refresh_token for i in await asyncio.gather(*(sessions.refresh(first) for _ in range(100)))}

        assert len(asyncio.run(go())) == 1
        assert known.one("select counter from ringfence.sessions") == 1

    def test_an_old_session_becomes_ours_once(self, known: Known) -> None:
        first = ask(known, lambda s: s.start(SESSION, HER))
        assert ask(known, lambda s: s.start(SESSION, HER)).refresh_token == first.refresh_token
        ask(known, lambda s: s.refresh(first.refresh_token))
        for user in (HER, str(USER_B)):
            with pytest.raises(TokenRefused):
                ask(known, lambda s, u=user: s.start(SESSION, u))  # type: ignore[misc]

    def test_a_token_of_the_future_is_no_theft(self, known: Known) -> None:
        """A database restored from a backup knows less than its clients."""
        ask(known, lambda s: s.start(SESSION, HER))
        with pytest.raises(TokenRefused):
            ask(known, lambda s: s.refresh(KEYS.make(SESSION, 7)))
        assert known.one("select revoked_at from ringfence.sessions") is None

    def test_a_key_can_follow_another(self, known: Known) -> None:
        first = ask(known, lambda s: s.start(SESSION, HER)).refresh_token
        keys = RefreshKeys(RefreshKey(2, b"s" * 32), [RefreshKey(1, b"r" * 32)])

        async def go() -> str:
            async with Sessions(known.world.database.url_as(known.login), refresh_keys=keys) as sessions:
                return (await sessions.refresh(first)).refresh_token

        assert asyncio.run(go()).startswith("rf1.2.1.")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("abc0-", max_size=4) | st.sampled_from([A, B, HER]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["org_id", "org_role", "provider", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """What Auth might send, and what it never should."""
    names = ["sub", "session_id", "org_id", "org_role", "tv", "mep", "app_metadata", "user_metadata", "aal"]
    session = st.sampled_from([SESSION, "other", "", "x" * 250]) | json_values
    claims = draw(st.dictionaries(st.sampled_from(names), json_values, max_size=6) | json_values)
    if isinstance(claims, dict) and draw(st.booleans()):
        claims["session_id"] = draw(session)
    return {"user_id": draw(st.sampled_from([HER, str(USER_B), "robot"]) | json_values), "claims": claims}


class TestTheHook:
    EVENT = {  # noqa: RUF012  # a constant
        "user_id": HER,
        "authentication_method": "token_refresh",
        "claims": {"sub": HER, "session_id": SESSION, "role": "authenticated", "app_metadata": {"provider": "email"}},
    }

    def call(self, known: Known, event: object = EVENT) -> dict[str, object]:
        """As Supabase Auth does."""
        with known.world.database.connect(user=known.hook) as conn:
            row = conn.execute("select ringfence.custom_access_token_hook(%s::jsonb)", (json.dumps(event),)).fetchone()
        assert row is not None
        found: dict[str, object] = row[0]
        return found

    def test_it_adds_the_tenant_and_nothing_else(self, known: Known) -> None:
        claims = self.EVENT["claims"]
        assert isinstance(claims, dict)

        assert self.call(known) == self.EVENT | {
            "claims": claims | {"app_metadata": {"provider": "email", "org_id": A}, "org_id": A, "tv": 1, "mep": 1}
        }

    def test_what_stands_in_the_claims_already_is_not_believed(self, known: Known) -> None:
        known.share(0)
        spoofed = {"sub": HER, "app_metadata": {"org_id": B}, "org_id": B, "org_role": "owner", "tv": 9, "mep": 9}

        assert self.call(known, {"user_id": HER, "claims": spoofed})["claims"] == {"sub": HER, "app_metadata": {}}

    @pytest.mark.parametrize("metadata", [None, "text", 7, [1]])
    def test_whatever_the_metadata_is_the_token_goes_out(self, known: Known, metadata: object) -> None:
        event = {"user_id": HER, "claims": {"sub": HER, "session_id": SESSION, "app_metadata": metadata}}

        claims = self.call(known, event)["claims"]

        assert isinstance(claims, dict)
        assert claims["sub"] == HER
        assert claims.get("org_id") in (None, A)

    @pytest.mark.parametrize(
        "event", [{}, {"claims": None}, {"claims": []}, {"user_id": 7, "claims": {}}, [], "x", None]
    )
    def test_it_never_fails(self, known: Known, event: object) -> None:
        self.call(known, event)

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(event=events())
    def test_whatever_it_is_asked_nobody_gets_a_tenant_that_is_not_his(
        self, known: Known, event: dict[str, Any]
    ) -> None:
        claims = self.call(known, event)["claims"]

        if not isinstance(event["claims"], dict):
            assert claims == event["claims"]
            return
        assert isinstance(claims, dict)
        ours = {HER: A, str(USER_B): B}.get(event["user_id"]) if isinstance(event["user_id"], str) else None
        assert claims.get("org_id") in (None, ours)
        metadata = claims.get("app_metadata")
        if isinstance(metadata, dict):
            assert metadata.get("org_id") in (None, ours)
        kept = {"sub", "aal", "user_metadata"} & set(event["claims"])
        assert {name: claims[name] for name in kept} == {name: event["claims"][name] for name in kept}

    @pytest.mark.parametrize(
        "broken",
        [
            "alter table ringfence.sessions rename to away",
            "alter table public.user_organizations rename to away",
            "drop function ringfence.issue_v1(text, text)",
            "truncate ringfence.authenticate_settings",
        ],
    )
    def test_when_something_is_broken_the_token_goes_out_without_tenant(self, known: Known, broken: str) -> None:
        known.execute(broken)

        assert self.call(known) == self.EVENT

    def test_it_does_not_wait_for_a_lock(self, known: Known) -> None:
        with known.world.database.connect(autocommit=False) as other:
            other.execute("lock table ringfence.sessions in access exclusive mode")
            assert self.call(known) == self.EVENT
            other.rollback()

    def test_nobody_but_its_role_may_call_it(self, known: Known) -> None:
        with (
            known.world.database.connect(user=known.world.login) as conn,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            conn.execute("select ringfence.custom_access_token_hook('{}')")

    def test_a_request_may_ask_nothing_about_sessions(self, known: Known) -> None:
        for query in (
            "select ringfence.standing_v1('s', 'u', null, null, null, null)",
            "select ringfence.switch_v1('s', 'u', 'o')",
            "select ringfence.is_member_v1(null, null)",
            "select * from ringfence.sessions",
        ):
            with (
                known.world.database.connect(user=known.world.login) as conn,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                conn.execute(query.encode())


def test_a_thousand_sessions_on_two_workers_are_upgraded_and_none_of_them_notices(known: Known) -> None:
    """The share is widened, taken back and widened again while they refresh; every request of theirs has its tenant."""
    sessions = [str(uuid.UUID(int=i)) for i in range(1000)]
    known.share(0)

    async def live(workers: tuple[Sessions, Sessions], number: int, share_at: dict[int, float]) -> int:
        name, requests = sessions[number], 0
        user, home = ((HER, ORGANIZATION_A), (str(USER_B), ORGANIZATION_B))[number % 2]
        issued = await workers[0].start(name, user)
        for turn in range(4):
            if (share := share_at.get(number * 4 + turn)) is not None:
                await asyncio.to_thread(known.share, share)
            worker = workers[(number + turn) % 2]
            said = token(known, user=user, session=name, organization=issued.organization, legacy=turn == 0)
            context = await worker.context_for(said)
            assert context.organization == home
            requests += 1
            issued = await workers[turn % 2].refresh(issued.refresh_token)
        return requests

    async def go() -> int:
        first, second = known.sessions(), known.sessions()
        async with first, second:
            share_at = {400: 0.5, 1500: 0.0, 2500: 1.0}
            gate = asyncio.Semaphore(100)

            async def bounded(number: int) -> int:
                async with gate:
                    return await live((first, second), number, share_at)

            return sum(await asyncio.gather(*(bounded(number) for number in range(len(sessions)))))

    assert asyncio.run(go()) == 4000
    known.share(1)
    assert known.one("select count(*) from ringfence.sessions where counter = 4 and revoked_at is null") == 1000
    assert known.one("select sum(with_tenant + resolved) from ringfence.token_counts") == 4000
    assert known.one("select count(distinct organization_key) from ringfence.sessions") == 2
