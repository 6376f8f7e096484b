"""The assessment as a whole: order, blockers, rendering, and that no input is too strange."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.assess import render
from ringfence.assess.assess import assess, exceeds
from ringfence.assess.model import Assessment, Finding, Found, Observed, Question, Rule, Scene, Severity, StatementSeen
from ringfence.assess.rules import RULES
from ringfence.assess.rules.triggers import FILL, SIGN_UP
from ringfence.catalog.model import TableKind
from ringfence.plan import names as plan_names
from unit.assess.values import USERS, catalog, column, foreign, name, routine, table, tenancy, tenant

ROOT = Path(__file__).parents[3]

FINDINGS = st.builds(
    Finding,
    code=st.sampled_from(["RFA-A", "RFA-B", "RFA-C"]),
    severity=st.sampled_from(Severity),
    subject=st.text(max_size=10),
    message=st.text(max_size=20),
    detail=st.text(max_size=20),
    hint=st.text(max_size=20),
    page=st.just("reference/rules/a.md"),
)


def test_every_rule_has_a_code_a_page_and_a_title_of_its_own() -> None:
    """Codes are stable and unique; a page exists for each and begins with its code."""
    codes = [rule.code for rule in RULES]

    assert len(codes) == len(set(codes))
    for rule in RULES:
        assert rule.code.startswith("RFA-")
        page = ROOT / "docs" / rule.page
        assert page.name == rule.code.removeprefix("RFA-").lower() + ".md"
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {rule.code}")
        for heading in ("## Bad", "## Why", "## Good"):
            assert heading in text, (page.name, heading)


def test_the_names_of_our_triggers_are_those_of_the_plan() -> None:
    """Two floors that may not import each other agree on what the triggers are called."""
    assert (FILL, SIGN_UP) == (plan_names.FILL_INSERT, plan_names.SIGN_UP)


def test_findings_are_ordered_and_each_is_said_once() -> None:
    """Worst first, then by code and subject, whatever the order of the rules."""

    def yields(*found: Found) -> Rule:
        return Rule("RFA-X", "x", Severity.WARNING, "x.md", lambda _scene: found)

    bad = Found("b", "bad", severity=Severity.ERROR)
    rules = (yields(Found("z", "m"), Found("a", "m"), Found("a", "m")), yields(bad))

    first, second = (assess(catalog(), None, Observed(), order) for order in (rules, rules[::-1]))

    assert first == second
    assert [f.subject for f in first.findings] == ["b", "a", "z"]
    assert first.blockers == first.findings[:1]


@pytest.mark.parametrize(
    ("present", "asked", "expected"),
    [
        (Severity.ERROR, Severity.ERROR, True),
        (Severity.ERROR, Severity.INFO, True),
        (Severity.WARNING, Severity.ERROR, False),
        (Severity.WARNING, Severity.WARNING, True),
        (Severity.INFO, Severity.WARNING, False),
        (Severity.INFO, Severity.INFO, True),
        (Severity.CRITICAL, Severity.HIGH, True),
        (Severity.MEDIUM, Severity.HIGH, False),
        (Severity.LOW, Severity.LOW, True),
        (Severity.CRITICAL, Severity.ERROR, False),
        (Severity.CRITICAL, Severity.INFO, False),
        (Severity.ERROR, Severity.LOW, False),
    ],
)
def test_fail_on(present: Severity, asked: Severity, expected: bool) -> None:
    """--fail-on asks for that severity or a worse one of the same question."""
    one = Finding("RFA-A", present, "s", "m", "", "", "p")

    assert exceeds(Assessment((one,)), asked) is expected
    assert not exceeds(Assessment(), asked)


@given(st.lists(FINDINGS, max_size=12))
def test_text_and_json_say_the_same(found: list[Finding]) -> None:
    """Every subject and code is in the text, every field in the JSON, and the JSON is JSON."""
    whole = Assessment(tuple(sorted(found, key=lambda f: (f.severity.rank, f.code, f.subject))), 3)

    text, document = render.text(whole, every=True), json.loads(json.dumps(render.json_document(whole)))

    assert all(f.code in text and f.subject in text for f in found)
    assert len(document["findings"]) == len(found)
    assert document["blockers"] == len(whole.blockers)


def test_isolation_never_blocks_a_migration() -> None:
    """The worst isolation finding is no blocker, and stands behind the last word on the migration."""
    rules = tuple(
        Rule(f"RFA-{s.name}", "x", s, "x.md", lambda _scene: (Found("public.t", "is so"),))
        for s in (Severity.CRITICAL, Severity.INFO)
    )

    found = assess(catalog(), None, Observed(), rules)

    assert found.blockers == ()
    assert [f.severity for f in found.findings] == [Severity.INFO, Severity.CRITICAL]
    assert [f.question for f in found.findings] == [Question.MIGRATION, Question.ISOLATION]
    assert "isolation: 1 critical, 0 high, 0 medium, 0 low (1 rules)" in render.summary(found)


def test_many_findings_of_one_kind_are_named_shortly() -> None:
    """A thousand tables without key must not push the one blocker out of sight."""
    many = tuple(Finding("RFA-A", Severity.INFO, f"t{n:02}", "m", "", "", "p") for n in range(40))

    text = render.text(Assessment(many))

    assert text.count("INFO  RFA-A") == 6
    assert "also: t05, t06" in text
    assert "and 15 more" in text


def test_the_text_reads_like_this() -> None:
    """Severity, code and subject; message; detail; the hint ready to paste; the page."""
    one = Finding("RFA-A", Severity.ERROR, "public.t", "is bad", "first\nsecond", "alter table t;", "reference/a.md")

    assert render.text(Assessment((one,), 9)) == (
        "1 blocker, 0 warnings, 0 to know (9 rules): phase 1 cannot begin\n"
        "isolation: nothing found (0 rules)\n"
        "\n"
        "ERROR  RFA-A  public.t\n"
        "  is bad\n"
        "    first\n"
        "    second\n"
        "  hint:\n"
        "    alter table t;\n"
        "  docs/reference/a.md\n"
    )


def test_a_plain_application_has_no_blockers() -> None:
    """Users, a table of theirs, a table of that: nothing stands in the way."""
    rows = tuple(column(c, not_null=True) for c in ("id", "owner_id"))
    found_in = catalog(
        table("users", column("id", not_null=True)),
        table("t", *rows, constraints=(foreign(("owner_id",), USERS),)),
    )

    assert assess(found_in, tenancy(tenant("t")), Observed(statements=())).findings == ()


def test_without_a_tenancy_platform_tables_do_not_count() -> None:
    """What belongs to the platform is not the application's to change."""
    users = replace(
        table("users", "id", column("instance_id", "uuid")), name=replace(USERS, schema="auth"), owner="platform"
    )

    assert Scene(catalog(users, table("t")), None, Observed()).roots == (table("t"),)


def test_a_thousand_tables_are_assessed_in_a_moment() -> None:
    """The rules walk tables, not pairs of tables."""
    tables = [table(f"t{n}", constraints=(foreign(("owner_id",), USERS),)) for n in range(1000)]
    routines = tuple(routine(f"f{n}", f"begin insert into t{n} (id) select id from t{n + 1}; end") for n in range(200))
    statements = tuple(StatementSeen(f"select * from t{n} where id = $1", 1, "app") for n in range(300))

    found = assess(
        catalog(*tables, table("users"), routines=routines),
        tenancy(*(tenant(f"t{n}") for n in range(1000))),
        Observed(statements=statements),
    )

    assert len([f for f in found.findings if f.code == "RFA-SELECT-STAR"]) == 300


@given(st.data())
def test_no_catalog_is_too_strange(data: st.DataObject) -> None:
    """Names of any kind, cycles of inheritance, tables that refer to nothing: rules look and never raise."""
    texts = data.draw(
        st.lists(st.text(min_size=1, max_size=8).filter(lambda t: "\x00" not in t), max_size=4, unique=True)
    )
    tables = [
        replace(
            table(text, *data.draw(st.lists(st.sampled_from(["id", "owner_id", "client_id", "x"]), unique=True))),
            kind=data.draw(st.sampled_from(TableKind)),
            inherits=tuple(name(t) for t in data.draw(st.lists(st.sampled_from(texts), max_size=2))),
            replica_identity=data.draw(st.sampled_from("dinf")),
            rls_enabled=data.draw(st.booleans()),
            rls_forced=data.draw(st.booleans()),
            owner=data.draw(st.sampled_from(["me", "other"])),
        )
        for text in texts
    ]
    scopes = data.draw(st.sampled_from([None, tenancy(*(tenant(t) for t in texts), tenant("missing"))]))
    seen = tuple(StatementSeen(f'select * from "{t}"', 1, "app") for t in texts)

    first = assess(catalog(*tables), scopes, Observed(statements=seen))

    assert first == assess(catalog(*tables[::-1]), scopes, Observed(statements=seen[::-1]))
    render.text(first)
