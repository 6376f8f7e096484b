"""What opens a transaction says everything itself, and nothing is opened without a context."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ringfence.runtime import Isolation, NoTenantContext, SealKey, TenantContext, TenantDatabase
from ringfence.runtime.answer import Answer, NotOneRow
from ringfence.runtime.opening import ENTER, Issuer, begin

CONTEXT = TenantContext(uuid.UUID(int=1), uuid.UUID(int=2))
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.mark.parametrize("isolation", list(Isolation))
@pytest.mark.parametrize("read_only", [False, True])
def test_begin_leaves_nothing_to_the_session_defaults(isolation: Isolation, read_only: bool) -> None:
    said = begin(isolation, read_only).decode()

    assert isolation.value in said
    assert ("read only" if read_only else "read write") in said
    assert "not deferrable" in said


def test_the_context_is_bound_and_never_part_of_the_text() -> None:
    key = SealKey.generate(1)
    shown = Issuer(key, ("app_metadata", "org_id"), lambda: 1.7e9).credentials(CONTEXT)

    assert ENTER.count(b"$") == 4
    assert shown.seal() == key.seal(CONTEXT.claims_json(), 1.7e9)
    assert shown.seal() not in repr(shown)
    assert shown.claims not in repr(shown)


def test_without_a_key_there_is_no_seal() -> None:
    assert Issuer(None, ("app_metadata", "org_id"), lambda: 1.7e9).credentials(CONTEXT).seal() == ""


@pytest.mark.parametrize("context", [None, {}, "tenant", object(), CONTEXT.organization])
def test_no_context_is_an_error_before_anything_is_asked(context: Any) -> None:
    """The database is not even open: there is no server at that address."""
    with pytest.raises(NoTenantContext):
        TenantDatabase(NOWHERE).tenant(context)


def test_one_row_means_one_row() -> None:
    assert Answer(("a", "b"), ((1, 2),), 1, "SELECT 1").one() == (1, 2)
    assert Answer(("a",), ((1,),), 1, "SELECT 1").value() == 1
    assert Answer(("a", "b"), ((1, 2), (3, 4)), 2, "SELECT 2").dicts() == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    for rows in ((), ((1,), (2,))):
        with pytest.raises(NotOneRow):
            Answer(("a",), rows, len(rows), "SELECT").one()
