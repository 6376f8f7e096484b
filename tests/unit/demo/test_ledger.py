"""The demo's memory of its writes, and what it makes the old application do."""

from __future__ import annotations

import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence import sqltext
from ringfence.demo import seed
from ringfence.demo.ledger import MARKS, Ledger, OfDocument, Verdict, Write, organization_of
from ringfence.demo.writes import MAKERS, next_writes
from ringfence.tenancy.public_domains import PUBLIC_DOMAINS

CHANGED = {
    "sign_up": "id",
    "edit_document": "document",
    "transfer_document": "document",
    "file_document": "document",
    "move_comment": "comment",
    "move_folder": "folder",
}
"""Which value names the row, for writes whose key the database does not make up."""
ANN, BOB, CAM = (str(uuid.UUID(int=n)) for n in (1, 2, 3))


def ledger() -> Ledger:
    return Ledger(
        people={ANN: "ann@harbor.example", BOB: "bob@Mill.example", CAM: None},
        documents={"d1": ANN, "d2": BOB},
        folders={"f1": ANN},
        slugs={"d1": "one", "d2": "two"},
    )


def test_colleagues_share_an_organization_and_strangers_do_not() -> None:
    """A domain is one organization whatever its capitals; public mail and no mail are one organization per person."""
    assert organization_of(ANN, "a@Mill.example") == organization_of(BOB, "b@mill.example")
    assert organization_of(ANN, "a@gmail.com") != organization_of(BOB, "b@gmail.com")
    assert organization_of(ANN, None) == organization_of(ANN, "a@gmx.de") == organization_of(ANN, "")


def test_public_mail_of_the_demo_is_public_for_ringfence_too() -> None:
    """The two lists are written apart, so that one can catch the other; they must not differ by accident."""
    from ringfence.demo.ledger import PUBLIC_MAIL

    assert set(PUBLIC_DOMAINS) >= PUBLIC_MAIL
    assert all(f"'{domain}'" in sqltext.load("ringfence.demo", "seed") for domain in PUBLIC_MAIL)


def test_a_comment_belongs_where_its_document_is_after_a_transfer() -> None:
    """Tenants are worked out from the newest owner, however the rows came there."""
    held = ledger()
    held.take(Write("new_comment", {"document": "d1", "user": BOB, "body": "hello"}), "7")
    assert held.organization(OfDocument("d1")) == organization_of(ANN, "a@harbor.example")
    held.take(Write("transfer_document", {"document": "d1", "user": BOB}), "d1")
    mill = organization_of(BOB, "b@mill.example")

    right = held.judge("public.comments", [("7", {"body": "hello", "document_id": "d1", "client_id": mill})])
    old = organization_of(ANN, "a@harbor.example")
    wrong = held.judge("public.comments", [("7", {"body": "hello", "document_id": "d1", "client_id": old})])

    assert right == Verdict()
    assert len(wrong.wrong_tenant) == 1
    assert (wrong.lost, wrong.duplicated) == ((), ())


def test_what_is_gone_changed_or_doubled_is_seen() -> None:
    """A missing row and a lost update are lost writes; a second row with the same mark is a duplicate."""
    held = ledger()
    held.take(Write("new_comment", {"document": "d1", "user": BOB, "body": "hello"}), "7")
    row = {"body": "hello", "document_id": "d1"}

    assert len(held.judge("public.comments", []).lost) == 1
    assert len(held.judge("public.comments", [("7", {**row, "document_id": "d2"})]).lost) == 1
    assert len(held.judge("public.comments", [("7", row), ("8", row)]).duplicated) == 1
    assert held.judge("public.comments", [("7", row)]) == Verdict(), "without a tenant column no tenant is judged"


@given(st.integers(0, 10_000), st.integers(1, 150))
def test_whatever_is_drawn_the_ledger_can_follow(number: int, length: int) -> None:
    """Every kind of write leaves an expectation for its row, folders make no circle, and nothing is drawn twice."""
    held, source = ledger(), random.Random(number)
    parents: dict[str, str] = {}
    marks: set[tuple[str, str]] = set()
    for turn in range(length):
        for place, write in enumerate(next_writes(held, source, f"m{turn}")):
            key = str(write.values[CHANGED[write.statement]]) if write.statement in CHANGED else f"{turn}.{place}"
            held.take(write, key)
            if write.statement in ("new_folder", "move_folder") and write.values["parent"]:
                parents[key] = write.values["parent"]
    for written in held.rows.values():
        assert (written.table, written.mark) not in marks
        marks.add((written.table, written.mark))
        held.organization(written.belongs)
    for start in list(parents):
        seen: set[str] = set()
        at: str | None = start
        while at is not None:
            assert at not in seen
            seen.add(at)
            at = parents.get(at)


def test_every_write_is_one_statement_that_names_its_row() -> None:
    """Each statement the old application may send is an SQL file that returns the key of what it wrote."""
    held, source = ledger(), random.Random(1)
    held.take(Write("new_folder", {"user": ANN, "parent": "f1", "name": "mine"}), "f2")
    held.take(Write("new_comment", {"document": "d1", "user": BOB, "body": "hello"}), "7")
    for make in MAKERS:
        for write in make(held, source, "m"):
            text = sqltext.load("ringfence.demo", f"app/{write.statement}")
            assert text.rstrip().endswith("returning id::text as key")
            assert {name for name in write.values if f"%({name})s" in text} == set(write.values)


@pytest.mark.parametrize("documents", [seed.ROWS_MIN, 2_000, seed.ROWS_DEFAULT, 1_000_000])
def test_amounts_are_in_proportion(documents: int) -> None:
    """More documents mean more of everything but people, of whom there are a few hundred at most."""
    made = seed.amounts(documents)
    assert made.folders % made.users == 0
    assert made.comments > made.documents > made.folders
    assert made.users <= seed.USERS_MAX
    assert "{{" not in seed.script(documents)


@pytest.mark.parametrize("documents", [-1, 0, seed.ROWS_MIN - 1, seed.ROWS_MAX + 1])
def test_impossible_amounts_are_refused(documents: int) -> None:
    """Too few documents cannot show every shape, too many fill the disk."""
    with pytest.raises(ValueError, match="between"):
        seed.amounts(documents)


def test_every_table_has_a_mark() -> None:
    """The ledger can look up every table the old application writes to."""
    before = sqltext.load("ringfence.demo", "before")
    for table in MARKS:
        assert f"create table {table} (" in before
