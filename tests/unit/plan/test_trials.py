"""Trials as values: copies from the bottom up, the rights that decisions give, and nothing that another would wait for."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.catalog.model import Catalog, Role, View
from ringfence.names import QualifiedName
from ringfence.plan.build import build_plan
from ringfence.plan.enforcing.afterwards import Afterwards, Ground
from ringfence.plan.enforcing.inventory import inventory
from ringfence.plan.enforcing.scene import Scene
from ringfence.plan.lint import lint
from ringfence.plan.model import Facts
from ringfence.plan.reading import read
from ringfence.tenancy.isolation import Decision, Isolation, Way
from support.sample_plans import COMMENTS, DOCUMENTS, sample_catalog, sample_tenancy

CANARY = "ringfence_canary_authenticated"
OWNERS = ("postgres", "writer")
ROLES = (Role("postgres", superuser=True, login=True), Role("writer", login=True), Role("authenticated"))
HARMLESS = re.compile(
    r"(create schema|create view|grant usage, create on schema|grant select on) \"ringfence_trial|alter view \"ringfence_trial"
    r"|alter role|alter routine|do \$block\$|select ringfence_trial\.let_v1\("
)


def name_of(number: int) -> QualifiedName:
    """A view's name; every third one needs quotes."""
    return QualifiedName("public", f"v{number}" if number % 3 else f"V {number}")


def shown(name: QualifiedName) -> str:
    """As the server would print it in a definition."""
    return f'public."{name.name}"' if re.search(r"[^a-z0-9_]", name.name) else f"public.{name.name}"


@st.composite
def views(draw: st.DrawFn) -> tuple[View, ...]:
    """Views that read the documents and views made before them."""
    found: list[View] = []
    for number in range(draw(st.integers(1, 7))):
        beneath = draw(
            st.lists(st.sampled_from([DOCUMENTS, COMMENTS, *(v.name for v in found)]), min_size=1, max_size=3)
        )
        reads = tuple(dict.fromkeys(beneath))
        found.append(
            View(
                name_of(number),
                "v",
                f"SELECT 1 FROM {', '.join(shown(n) for n in reads)};",
                draw(st.sampled_from(OWNERS)),
                reads=reads,
                options=draw(st.sampled_from([(), ("security_invoker=true",)])),
            )
        )
    return tuple(found)


def ground(catalog: Catalog, isolation: Isolation, *, floored: bool = True) -> Ground:
    """What trials are made from, with or without a canary."""
    scene = Scene(sample_tenancy(), catalog, isolation)
    readers = {r.key: r for r in inventory(sample_tenancy(), catalog, isolation)}
    return Ground(scene, readers, CANARY if floored else None, frozenset(scene.tables) if floored else frozenset())


def with_views(made: tuple[View, ...]) -> Catalog:
    """The sample catalog with these views, whose grantee may read all beneath them."""
    return replace(sample_catalog(), views=made, roles=ROLES)


@given(views(), st.data())
@settings(max_examples=60)
def test_copies_come_from_the_bottom_up(made: tuple[View, ...], data: st.DataObject) -> None:
    """Each once, after those it reads, reading the copies and never the views; and no table is touched but to read."""
    top = data.draw(st.sampled_from(made))
    then = Afterwards(ground(with_views(made), Isolation("ringfence_owner")), [top.name])
    beneath, waiting = set[QualifiedName](), [top.name]
    known = {v.name: v for v in made}
    while waiting:
        name = waiting.pop()
        if name in known and name not in beneath:
            beneath.add(name)
            waiting += known[name].reads

    statements = list(then.made())

    assert all(HARMLESS.match(sql) for sql in statements), statements
    created = [sql for sql in statements if sql.startswith("create view ")]
    assert len(created) == len(beneath)
    standing: set[str] = set()
    for sql in created:
        relations = set(read(sql.partition(" as\n")[2]).relations)
        assert {name for schema, name in relations if schema == "ringfence_trial_public"} <= standing
        assert {QualifiedName(*r) for r in relations if r[0] == "public"} <= {DOCUMENTS, COMMENTS}
        standing |= {
            v.name.name for v in made if f'"ringfence_trial_public"."{v.name.name}"' in sql.partition(" as\n")[0]
        }


@given(views(), st.data())
@settings(max_examples=60)
def test_whoever_will_be_bound_is_stood_for(made: tuple[View, ...], data: st.DataObject) -> None:
    """A copy belongs to its owner where he passes row security, else to the canary; without one nothing is tried."""
    top = data.draw(st.sampled_from(made))
    catalog, isolation = with_views(made), Isolation("ringfence_owner")
    then = Afterwards(ground(catalog, isolation), [top.name])
    owners = {m[1] for sql in then.made() if (m := re.search(r'alter view .* owner to "(\w+)"', sql))}

    assert then.not_tried is None
    assert owners <= {"postgres", CANARY}

    without = Afterwards(ground(catalog, isolation, floored=False), [top.name])
    assert (without.not_tried is None) == (CANARY not in owners)


def test_a_role_that_is_to_bypass_is_itself() -> None:
    """As its decision says, from the moment that it is made so."""
    view = View(name_of(1), "v", f"SELECT 1 FROM {shown(DOCUMENTS)};", "writer", reads=(DOCUMENTS,))
    isolation = Isolation("ringfence_owner", decisions={"role:writer": Decision(Way.BYPASS, "reads for everybody")})
    there = ground(with_views((view,)), isolation, floored=False)

    then = Afterwards(there, [view.name])

    assert list(there.bypass_given()) == ['alter role "writer" bypassrls']
    assert then.not_tried is None
    assert 'alter view "ringfence_trial_public"."v1" owner to "writer"' in list(then.made())


@given(views())
@settings(max_examples=15, deadline=None)
def test_a_plan_with_trials_is_lawful(made: tuple[View, ...]) -> None:
    """Their questions only read, every code is there once, and all of them may be answered for."""
    whole = View(
        QualifiedName("public", "whole"), "m", f"SELECT 1 FROM {shown(name_of(0))};", "postgres", reads=(name_of(0),)
    )
    isolation = Isolation("ringfence_owner", decisions={"role:writer": Decision(Way.TENANT, "brings its tenant")})
    tenancy = replace(sample_tenancy(), isolation=isolation, request_roles=("authenticated",))

    plan = build_plan(tenancy, with_views((*made, whole)), Facts())

    assert lint(plan) == ()
    tried = [check for check in plan.phase(6).entry.checks if check.trial is not None]
    assert {"RFG-RUN:public.whole", "RFG-RUN:role:writer", "RFG-RUN:dump"} <= {check.code for check in tried}
    assert all(check.acceptable for check in tried)
    for check in tried:
        assert check.trial is not None
        assert all(HARMLESS.match(sql) for sql in check.trial.state), check.trial.state
