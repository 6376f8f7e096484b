"""What a rehearsal writes to a scratch server, decided without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringfence.catalog.compare import Difference, DifferenceKind
from ringfence.catalog.model import Membership, Role
from ringfence.names import QualifiedName
from ringfence.rehearse.contents import rounds
from ringfence.rehearse.model import Rehearsal
from ringfence.rehearse.roles import create_roles, give_database, grant_memberships
from ringfence.rehearse.run import explain
from ringfence.rehearse.standins import stand_ins

LISTING = """;
; Archive created at 2024-01-01
;
8; 2615 16503 SCHEMA - x y postgres
2; 3079 16389 EXTENSION - citext 
3440; 0 0 COMMENT - EXTENSION citext 
3; 3079 16494 EXTENSION - uuid-ossp 
3441; 0 0 COMMENT - EXTENSION uuid-ossp 
2121; 1417 16501 SERVER - s1 postgres
3442; 0 0 USER MAPPING - USER MAPPING postgres SERVER s1 postgres
215; 1259 16400 TABLE public odd\u2028name postgres
3443; 0 0 COMMENT public TABLE odd\u2028name postgres
"""  # noqa: W291 - pg_restore writes the empty owner of an extension so


def test_a_dump_is_restored_in_two_rounds_without_what_cannot_or_must_not_be() -> None:
    found = rounds(LISTING, {"citext"})

    assert found.first.split("\n") == ["8; 2615 16503 SCHEMA - x y postgres", "2; 3079 16389 EXTENSION - citext ", ""]
    assert found.second.split("\n") == [
        "3440; 0 0 COMMENT - EXTENSION citext ",
        "2121; 1417 16501 SERVER - s1 postgres",
        "215; 1259 16400 TABLE public odd\u2028name postgres",
        "3443; 0 0 COMMENT public TABLE odd\u2028name postgres",
        "",
    ]


ROLE = Role('app "owner"', bypass_rls=True, login=True, inherit=False, create_role=True)


def test_roles_keep_their_attributes_and_only_one_may_connect() -> None:
    assert create_roles([ROLE, Role("there")], login="there", present={"there"}) == (
        'create role "app ""owner""" nosuperuser bypassrls createrole nocreatedb noinherit nologin',
        'alter role "there" login',
    )


@pytest.mark.parametrize(
    ("major", "expected"),
    [
        (15, 'grant "g" to "app ""owner""" with admin option'),
        (16, 'grant "g" to "app ""owner""" with admin true, inherit false, set true'),
    ],
)
def test_memberships_are_granted_as_the_version_can_say_them(major: int, expected: str) -> None:
    role = replace(ROLE, memberships=(Membership("g", admin=True, inherit=False), Membership("pg_from_the_future")))

    assert grant_memberships([role], known={"g"}, major=major) == (expected,)


def test_a_database_without_grants_of_its_own_keeps_the_defaults() -> None:
    assert give_database("d", owner="o", default_grants=True, grants=()) == ('alter database "d" owner to "o"',)


def test_grants_on_a_database_are_given_one_by_one() -> None:
    grants = [{"grantee": None, "privilege": "CONNECT"}, {"grantee": "o", "privilege": "CREATE"}]

    assert give_database("d", owner="o", default_grants=False, grants=grants)[-2:] == (
        'grant CONNECT on database "d" to public',
        'grant CREATE on database "d" to "o"',
    )


PART = {"extension": "e", "schema": "s", "arguments": "", "result": "text", "volatility": "v", "is_set": False}


def test_types_and_languages_stand_in_before_the_routines_that_need_them() -> None:
    found = stand_ins(
        [
            {**PART, "kind": "routine", "name": "a"},
            {**PART, "kind": "type", "name": "z"},
            {**PART, "kind": "wrapper", "name": "w", "schema": None},
            {**PART, "kind": "language", "name": "plv8", "schema": None},
        ]
    )

    assert [part.name for part in found] == [None, None, QualifiedName("s", "z"), QualifiedName("s", "a")]


@pytest.mark.parametrize(
    ("result", "is_set", "body"),
    [
        ("trigger", False, "return coalesce(new, old);"),
        ("uuid", False, "gen_random_uuid()"),
        ("SETOF text", True, "begin return; end"),
        ("void", False, "begin return; end"),
        ("text", False, "return null;"),
    ],
)
def test_a_routine_returns_what_its_result_allows(result: str, is_set: bool, body: str) -> None:
    (part,) = stand_ins([{**PART, "kind": "routine", "name": "f", "result": result, "is_set": is_set}])

    assert f'create function "s"."f"() returns {result} language plpgsql volatile as' in part.statements[0]
    assert body in part.statements[0]


def test_the_verdict_names_what_was_not_foreseen_and_what_was_left_behind() -> None:
    fine = Rehearsal("hash", 150000, 180000, 7, (), (), 1.0, 2.0, 0.5, ("a note",))
    surprise = Difference(DifferenceKind.ADDED, "public.t index i", "", "CREATE INDEX i")

    assert fine.passed
    assert "all as foreseen" in explain(fine)
    assert "note: a note" in explain(fine)
    assert not replace(fine, unforeseen=(surprise,)).passed
    assert not replace(fine, left_behind=(surprise,)).passed
    assert "not as foreseen after the last phase:\n+ public.t index i" in explain(replace(fine, unforeseen=(surprise,)))
    assert "not as before after the revert:\n+ public.t index i" in explain(replace(fine, left_behind=(surprise,)))
