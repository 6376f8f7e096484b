"""The objects of endpoint modes are whole statements, whatever a login is called."""

from __future__ import annotations

import postgast
from hypothesis import given
from hypothesis import strategies as st

from ringfence.plan.endpoints import endpoint_objects, rollout_login

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda name: name not in ("none", "public")  # no role can have these names
)


@given(names)
def test_every_statement_is_one_statement(login: str) -> None:
    objects = endpoint_objects()

    for statement in (*objects.do, *objects.undo, *rollout_login(login)):
        assert len(postgast.parse(statement).stmts) == 1


def test_every_function_that_is_installed_has_a_fixed_search_path_and_is_closed_to_the_public() -> None:
    do = endpoint_objects().do
    functions = [s for s in do if "create function" in s.lower()]

    assert len(functions) == 3
    for function in functions:
        name = function.split("create function ")[1].split("(")[0]
        assert "set search_path = pg_catalog, pg_temp" in function
        assert any(s.lower().startswith("revoke all on function") and name in s for s in do)
