"""When the journal's door stays shut, and what it says then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ringfence.journal.model import SchemaTaken
from ringfence.journal.refuse import FORMAT_COMMENT, LockHolder, SchemaState, another_run, must_install

BARE = SchemaState(
    database="shop",
    role="deploy",
    schema_exists=False,
    may_create_schema=True,
    may_create_in_schema=False,
    relations=0,
    journal_exists=False,
    journal_comment=None,
)
MADE_FOR_US = replace(BARE, schema_exists=True, may_create_schema=False, may_create_in_schema=True)
INSTALLED = replace(MADE_FOR_US, relations=9, journal_exists=True, journal_comment=FORMAT_COMMENT)


def test_a_bare_database_and_an_empty_schema_made_for_us_take_the_journal() -> None:
    """A role that may not create schemas can be given an empty one."""
    assert must_install(BARE)
    assert must_install(MADE_FOR_US)
    assert not must_install(INSTALLED)


@pytest.mark.parametrize(
    ("state", "message", "hint"),
    [
        (replace(BARE, may_create_schema=False), "may not create the schema", "create schema ringfence authorization"),
        (replace(MADE_FOR_US, may_create_in_schema=False), "may not create tables", 'owner to "deploy"'),
        (replace(MADE_FOR_US, relations=3), "somebody else's objects", "rename to"),
        (replace(INSTALLED, journal_comment=None), "not a journal this version", "rename to"),
        (replace(INSTALLED, journal_comment="Ringfence journal, format 2"), "not a journal this version", "version"),
    ],
)
def test_what_is_not_ours_is_left_alone(state: SchemaState, message: str, hint: str) -> None:
    """A schema that is somebody else's, or that we may not fill, is refused with the statement that helps."""
    with pytest.raises(SchemaTaken, match=message) as caught:
        must_install(state)
    assert hint in caught.value.hint


def test_the_holder_of_the_run_lock_is_named() -> None:
    """Whoever is refused learns who is at work, since when and from where, as far as this role may see it."""
    seen = LockHolder(41, "ringfence run 7", "deploy", "10.0.0.7", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    unseen = LockHolder(42, "", "admin", None, None)
    error = another_run((seen, unseen))

    assert (
        "pid 41, application ringfence run 7, login deploy, from 10.0.0.7, connected since 2026-01-02" in error.detail
    )
    assert "pid 42, application (none), login admin, client and time not visible to this role" in error.detail
    assert "select pg_terminate_backend(41);" in error.hint
