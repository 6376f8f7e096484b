"""Where the floor that only notes may stand: no query may lose an index by it unless somebody says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.catalog.model import Index, Policy, Table
from ringfence.names import QualifiedName
from ringfence.plan.noting import LEAKPROOF, loses, noted
from ringfence.plan.policies import noted as condition
from ringfence.tenancy.isolation import Isolation, Notes
from support.sample_plans import DOCUMENTS, sample_catalog

TRUE = Policy("everybody", "r", True, ("public",), "true", None)
OWN = Policy("own", "r", True, ("public",), "(owner_id = auth.uid())", None)


def table(*indexes: Index, policies: tuple[Policy, ...] = (), rls_enabled: bool = False, type_: str = "text") -> Table:
    """A table with a column to search in."""
    plain = sample_catalog().by_name[DOCUMENTS]
    column = replace(plain.columns[0], name="body", type=type_)
    return replace(plain, columns=(*plain.columns, column), indexes=indexes, policies=policies, rls_enabled=rls_enabled)


def index(definition: str, *columns: str, method: str = "btree") -> Index:
    """An index named after its method."""
    return Index(f"by_{method}", f"CREATE INDEX by_{method} ON public.documents {definition}", columns, method=method)


@pytest.mark.parametrize(
    ("found", "type_", "lost"),
    [
        (index("USING btree (body)", "body"), "text", False),
        (index("USING btree (body DESC)", "body"), "character varying(80)", False),
        (index("USING btree (body)", "body"), "timestamp with time zone", False),
        (index("USING hash (body)", "body", method="hash"), "uuid", False),
        (index("USING btree (body text_pattern_ops)", "body"), "text", True),
        (index("USING btree (lower(body))", ""), "text", True),
        (index("USING btree (body)", "body"), "numeric(10,2)", True),
        (index("USING btree (body)", "body"), "public.mood", True),
        (index("USING gin (body)", "body", method="gin"), "tsvector", True),
        (index("USING gist (body)", "body", method="gist"), "tstzrange", True),
    ],
)
def test_an_index_for_conditions_that_could_tell_is_lost(found: Index, type_: str, lost: bool) -> None:
    """Behind a policy of ours it is of no use, and the table is left out; where a policy stands already nothing is lost."""
    assert (loses(table(found, type_=type_)) != ()) is lost
    assert (loses(table(found, type_=type_, policies=(TRUE, OWN), rls_enabled=True)) != ()) is lost, (
        "true is no condition"
    )
    assert loses(table(found, type_=type_, policies=(OWN,), rls_enabled=True)) == ()
    assert noted(Isolation("o"), table(found, type_=type_)) is not lost
    assert noted(Isolation("o", notes=Notes.ALWAYS), table(found, type_=type_))
    assert not noted(Isolation("o", notes=Notes.NEVER), table(type_=type_))


def test_types_are_written_as_the_catalog_writes_them() -> None:
    """format_type() says character varying and timestamp with time zone, never varchar and timestamptz."""
    assert {"character varying", "timestamp with time zone", "uuid", "bigint"} <= LEAKPROOF
    assert not {"numeric", "jsonb", "varchar", "timestamptz"} & LEAKPROOF


@given(st.text(min_size=1, max_size=20).filter(lambda s: "\0" not in s), st.sampled_from("rawd"))
def test_the_condition_quotes_every_name(name: str, command: str) -> None:
    """Whatever a column or table is called, its name ends where it ends, and the last word is a note."""
    said = condition(name, command, QualifiedName("public", name), 100, None)

    assert said.startswith('(select pg_catalog.random() * 100 >= 1) or "' + name.replace('"', '""') + '" = (select ')
    assert said.endswith("'))")


def test_open_rows_are_open_for_reading_alone() -> None:
    """As under the floor itself."""
    assert "is_public" in condition("client_id", "r", DOCUMENTS, 100, "is_public")
    assert all("is_public" not in condition("client_id", command, DOCUMENTS, 100, "is_public") for command in "awd")
