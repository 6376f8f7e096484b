"""Expressions as the server writes them, read: what names mean, what the session is asked, what helpers are worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringfence.assess.assess import assess
from ringfence.assess.model import Observed, StatementSeen
from ringfence.assess.policies import decides
from ringfence.assess.sessionwords import claim, setting
from ringfence.assess.termread import Reader
from ringfence.assess.terms import Inner, Own, Session, leaves, unread
from ringfence.assess.ways import judged
from ringfence.catalog.model import Catalog, Policy, Role
from ringfence.names import QualifiedName
from unit.assess.values import catalog, column, routine, table

PROJECTS = table("projects", "id", column("tenant_id", "uuid"), "name")


def scene(*helpers: str) -> Catalog:
    made = tuple(routine(f"f{n}", body, "uuid", "sql", "a uuid") for n, body in enumerate(helpers))
    return catalog(PROJECTS, table("members", "user_id", "tenant_id"), routines=made)


def words(text: str, found_in: Catalog | None = None) -> set[tuple[str, str]]:
    """What an expression asks the session."""
    read = Reader(found_in or scene()).expression(text, PROJECTS)
    return {(t.source, t.key) for t in leaves(read.term) if isinstance(t, Session)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(auth.uid() = tenant_id)", ("claim", "sub")),
        ("((auth.jwt() ->> 'org_id'::text) = name)", ("claim", "org_id")),
        ("(((auth.jwt() -> 'app_metadata'::text) ->> 'org'::text) = name)", ("claim", "app_metadata.org")),
        ("((auth.jwt() #>> '{app_metadata,org}'::text[]) = name)", ("claim", "app_metadata.org")),
        ("((( SELECT auth.jwt() AS jwt) -> 'user_metadata'::text)) IS NULL", ("client", "user_metadata")),
        ("(current_setting('request.jwt.claim.sub'::text, true) = name)", ("claim", "sub")),
        ("(current_setting('app.tenant'::text) = name)", ("setting", "app.tenant")),
        ("(current_setting('REQUEST.HEADERS'::text, true) = name)", ("client", "request.headers")),
        ("(NULLIF(current_setting('app.tenant'::text, true), ''::text) = name)", ("setting", "app.tenant")),
        ("(name = CURRENT_USER)", ("role", "")),
        ("(name = (SESSION_USER)::text)", ("role", "")),
        ("(tenant_id = ringfence.client_id())", ("ringfence", "client_id")),
        (
            "(jsonb_extract_path_text(auth.jwt(), VARIADIC ARRAY['app_metadata'::text, 'org'::text]) = name)",
            ("claim", "app_metadata.org"),
        ),
    ],
)
def test_what_the_session_is_asked(text: str, expected: tuple[str, str]) -> None:
    """Claims by their path, settings by their name, whichever way they are read."""
    assert words(text) == {expected}


def test_a_helper_is_read_through_another() -> None:
    """The argument arrives where the body uses it, two calls deep."""
    found_in = scene("select public.f1(a)", "select nullif(current_setting('app.x', true), '')::uuid")

    assert words("(tenant_id = public.f0(id))", found_in) == {("setting", "app.x")}
    assert Reader(found_in).expression("(tenant_id = public.f0(id))", PROJECTS).calls == {
        QualifiedName("public", "f0"),
        QualifiedName("public", "f1"),
    }


def test_a_helper_that_calls_itself_ends() -> None:
    """A circle of helpers is unread, not endless."""
    found_in = scene("select public.f1(a)", "select public.f0(a)")

    assert unread(Reader(found_in).expression("(tenant_id = public.f0(id))", PROJECTS).term)


def test_names_mean_what_the_server_bound_them_to() -> None:
    """Inside a subquery the server writes whose column it is; outside, a bare name is the policy's table."""
    text = "(tenant_id IN ( SELECT m.tenant_id FROM public.members m WHERE (projects.name IS NOT NULL)))"

    seen = leaves(Reader(scene()).expression(text, PROJECTS).term)

    assert {t.column for t in seen if isinstance(t, Own)} == {"tenant_id", "name"}
    assert {(t.relation, t.column) for t in seen if isinstance(t, Inner)} == {
        (QualifiedName("public", "members"), "tenant_id")
    }


@pytest.mark.parametrize(
    "text",
    [
        "(tenant_id IN ( VALUES (NULL::uuid), (id)))",
        "(ROW(id, name) = ROW(id, name))",
        "((tenant_id, id) IN ( SELECT m.tenant_id, m.user_id FROM public.members m))",
        "(name ~~ ANY (ARRAY['a%'::text, 'b%'::text]))",
        "(name <> ALL (ARRAY['a'::text]))",
        "(EXISTS ( SELECT FROM unnest(ARRAY[1, 2]) WITH ORDINALITY u(a, n)))",
        "(EXISTS ( SELECT FROM public.members m, LATERAL ( SELECT m.tenant_id) x WHERE (x.tenant_id = projects.tenant_id)))",
        "(EXISTS ( SELECT FROM public.members NATURAL JOIN public.projects p))",
        "(EXISTS ( SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3))",
        "(EXISTS ( WITH RECURSIVE r(n) AS ( SELECT 1 UNION ALL SELECT r.n FROM r) SELECT r.n FROM r))",
        "((SELECT count(*) AS count FROM public.members) > 0)",
        "(GREATEST(id, 1) = 1)",
        "(id = ANY ((ARRAY[1])[1:1]))",
        "(projects.* IS NOT NULL)",
        "(name IS JSON)",
        "(XMLEXISTS('a' PASSING name))",
        "no expression at all (",
        "",
    ],
)
def test_nothing_is_too_strange(text: str) -> None:
    """Whatever a policy may say is read or called unread; nothing raises."""
    judged(Reader(scene()).expression(text, PROJECTS).term)


def test_what_cannot_be_parsed_is_unread() -> None:
    """It is not called open, and not called closed."""
    (only,) = judged(Reader(scene()).expression("no expression at all (", PROJECTS).term)

    assert only.safe
    assert not only.bound


@pytest.mark.parametrize(
    ("command", "check", "using_for", "check_for"),
    [
        ("*", None, "rawd", "aw"),
        ("*", "true", "rwd", "aw"),
        ("a", "true", "", "a"),
        ("w", None, "w", "w"),
        ("d", None, "d", ""),
    ],
)
def test_for_what_a_clause_is_asked(command: str, check: str | None, using_for: str, check_for: str) -> None:
    """Without WITH CHECK, USING answers for inserting, too."""
    policy = Policy("p", command, permissive=True, roles=("public",), using="true", check=check)

    assert set(decides(policy, "using")) == set(using_for)
    assert set(decides(policy, "check")) == set(check_for)


def test_what_the_caller_writes() -> None:
    """user_metadata and headers are the caller's own, app_metadata is not."""
    assert claim("user_metadata.org").source == "client"
    assert claim("app_metadata.org").source == "claim"
    assert setting("request.cookies").source == "client"
    assert setting("request.jwt.claims") == Session("claim")


@pytest.mark.parametrize("operands", [10, 100, 3000])
def test_a_row_of_operands_is_a_deep_tree(operands: int) -> None:
    """The parser's trees cannot be handed over beyond a hundred levels: unread, and the assessment goes on."""
    long = " || ".join(["name"] * operands)
    policy = Policy("p", "r", permissive=True, roles=("public",), using=f"({long} = 'x')", check=None)
    made = replace(PROJECTS, policies=(policy,), rls_enabled=True, acl=("app=r/me",))
    seen = StatementSeen(f"select {long} from projects", 1, "app")
    helper = routine("f", f"select {long} from projects", "text", "sql")
    found_in = replace(catalog(made, routines=(helper,)), roles=(Role("app"),))

    codes = {f.code for f in assess(found_in, None, Observed(statements=(seen,))).findings}

    assert ("RFA-POLICY-UNREAD" in codes) is (operands > 50)
    assert ("RFA-POLICY-PUBLIC-ROWS" in codes) is (operands < 50)
