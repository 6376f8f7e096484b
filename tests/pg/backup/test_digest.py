"""Digests of real tables: equal where the content is equal, different wherever it is not, on every major version."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from ringfence import db
from ringfence.backup import pg
from ringfence.backup.digest import digest_targets
from ringfence.backup.model import Digest, DigestFailed
from ringfence.catalog.pg import read_catalog
from ringfence.embedded import EmbeddedServer, available_majors
from ringfence.names import QualifiedName
from support.databases import Database

T = QualifiedName("public", "t")

EVERY_KIND = """
create type mood as enum ('sad', 'it''s "ok"', 'glücklich');
create type pair as (a int, b text);
create domain positive as int check (value > 0);
create type price_range as range (subtype = numeric);
create table every_kind (
  c_bool bool, c_int2 int2, c_int4 int4, c_int8 int8, c_numeric numeric, c_scaled numeric(12, 4),
  c_real real, c_double double precision, c_money money, c_text text, c_varchar varchar(20), c_char char(6),
  c_name name, c_onechar "char", c_bytea bytea, c_uuid uuid, c_date date, c_time time, c_timetz timetz,
  c_timestamp timestamp, c_timestamptz timestamptz, c_interval interval, c_json json, c_jsonb jsonb,
  c_inet inet, c_cidr cidr, c_mac macaddr, c_bit bit(5), c_varbit varbit, c_point point, c_polygon polygon,
  c_tsvector tsvector, c_tsquery tsquery, c_range int4range, c_multirange datemultirange, c_own_range price_range,
  c_enum mood, c_pair pair, c_domain positive, c_ints int[], c_texts text[], c_matrix int[], c_pairs pair[],
  c_moods mood[], c_regclass regclass, c_regtype regtype, c_lsn pg_lsn, c_jsonpath jsonpath,
  c_stored int generated always as (c_int4 * 2) stored, "Größe ""x"" select" text
);
insert into every_kind (c_bool) values (null), (true);
insert into every_kind values (
  false, -32768, 2147483647 / 2, -9223372036854775808, 'NaN', 1.5000,
  0.1::real, 1e-300, 12.34, E'tab\\t"q" ,(){}\\\\', '', 'ab',
  'a name', 'x', '\\x00ff', '00000000-0000-0000-0000-00000000000a', '0044-03-15 BC',
  '23:59:59.999999', '12:00:00+05:30',
  'infinity', '2024-03-31 02:30:00+02', '1 year -2 days 03:04:05.6', '{"b" : 1,  "a":[]}', '{"b":1,"a":[1.0]}',
  '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', '10101', '1', '(1.5,-0)', '((0,0),(1,1),(1,0))',
  'fat:2A cat:1', 'fat & !cat', '[1,5)', '{[2020-01-01,2020-02-01),[2021-01-01,)}', '(0.5,1.50]',
  'it''s "ok"', '(1,"a,b")', 7, '{1,NULL,3}', '{"","NULL",NULL,"a\\"b"}', '{{1,2},{3,4}}', '{"(1,x)","(,)"}',
  '{sad,glücklich}', 'pg_catalog.pg_class', 'pg_catalog.int4', '0/16B3748', '$.a[*] ? (@ > 1)', default, 'ü'
);
insert into every_kind (c_pair, c_text, c_texts)
  values (null, null, null), ('(,)', '', '{}'), ('(,"")', 'NULL', '{NULL}');
"""


@pytest.fixture
def digests(database: Database) -> Iterator[DigestOf]:
    """Digest the table public.t of the test's database, over the named columns."""
    with db.connect(database.url) as conn:
        yield DigestOf(conn)


class DigestOf:
    """A question asked often in this file."""

    def __init__(self, conn: db.Connection) -> None:
        self.conn = conn

    def __call__(self, *columns: str, table: str = "t") -> Digest:
        name = QualifiedName("public", table)
        return pg.digest_tables(self.conn, {name: columns or ("a", "b")})[name]


def test_an_empty_table_and_one_without_columns(database: Database, digests: DigestOf) -> None:
    database.execute("create table t (a int, b text); create table u (); insert into u default values")

    assert digests() == Digest(0, "0")
    without_columns = QualifiedName("public", "u")
    assert pg.digest_tables(digests.conn, {without_columns: ()}) == {without_columns: Digest(1, "0")}


def test_physical_order_and_attribute_numbers_do_not_matter(database: Database, digests: DigestOf) -> None:
    database.execute(
        """
        create table t (a int, b text); insert into t select g, 'row ' || g from generate_series(1, 500) g;
        create table u (b text, gone int, a bigint); alter table u drop column gone;
        insert into u select 'row ' || g, g from generate_series(500, 1, -1) g; update u set a = a where a % 3 = 0;
        """
    )

    assert digests() == digests(table="u")
    assert digests().rows == 500


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(1, null)", "(1, '')"),
        ("(1, null)", "(1, 'NULL')"),
        ("(null, '1')", "(1, null)"),
        ("(1, 'a')", "(1, 'a ')"),
        ("(1, 'a')", "(1, 'A')"),
        ("(1, 'x'), (2, 'y')", "(1, 'y'), (2, 'x')"),
        ("(1, 'x')", "(1, 'x'), (1, 'x')"),
        ("(1, 'x'), (2, 'y'), (2, 'y')", "(1, 'x'), (1, 'x'), (2, 'y')"),
        ("(12, '3')", "(1, '23')"),
    ],
)
def test_different_rows_have_different_checksums(database: Database, digests: DigestOf, one: str, other: str) -> None:
    database.execute(
        f"create table t (a int, b text); insert into t values {one};"
        f"create table u (like t); insert into u values {other}"
    )

    assert digests() != digests(table="u")


def test_a_scale_that_comparison_ignores_is_seen(database: Database, digests: DigestOf) -> None:
    """`=` calls these values equal; a backup that changed them would still be wrong."""
    database.execute(
        """
        create table t (a numeric); insert into t values (1.0);
        create table u (like t); insert into u values (1.00);
        """
    )

    assert digests("a") != digests("a", table="u")


def test_case_that_a_collation_ignores_is_seen(database: Database, digests: DigestOf) -> None:
    """The same with text under a nondeterministic collation, whose sort keys would also depend on ICU's version."""
    try:
        database.execute("create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this server is built without ICU")
    database.execute(
        """
        create table t (b text collate blind); insert into t values ('A');
        create table u (like t); insert into u values ('a');
        """
    )

    assert digests("b") != digests("b", table="u")


def test_xml_is_hashed_as_it_is_written(database: Database, digests: DigestOf) -> None:
    try:
        database.execute("create table t (a xml); insert into t values ('<a b=\"1\"/>'), (null)")
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this server is built without libxml")
    database.execute("create table u (a xml); insert into u values ('<a  b=\"1\"/>'), (null)")

    assert digests("a").rows == 2
    assert digests("a") != digests("a", table="u")


def test_a_null_composite_is_not_a_composite_of_nulls(database: Database, digests: DigestOf) -> None:
    database.execute(
        """
        create type pair as (x int, y int);
        create table t (a pair); insert into t values (null); create table u (a pair); insert into u values ('(,)');
        """
    )

    assert digests("a") != digests("a", table="u")


def test_a_cast_to_text_that_somebody_wrote_is_not_called(database: Database, digests: DigestOf) -> None:
    """A superuser digests every table; the owner of a type must not get code run by that."""
    database.execute(
        """
        create type pair as (x int, y int);
        create function trap(pair) returns text language plpgsql as $$ begin raise exception 'caught'; end $$;
        create cast (pair as text) with function trap(pair);
        create table t (a pair); insert into t values ('(1,2)');
        """
    )

    assert digests("a").rows == 1


def test_partitions_and_children_are_digested_each_for_itself(database: Database) -> None:
    database.execute(
        """
        create table root (a int, b text) partition by range (a);
        create table low partition of root for values from (0) to (10);
        create table high partition of root for values from (10) to (20);
        insert into root values (1, 'x'), (11, 'y'), (12, 'z');
        create table parent (a int); create table child () inherits (parent);
        insert into parent values (1); insert into child values (2), (3);
        """
    )
    with db.connect(database.url) as conn:
        found = pg.digest_tables(conn, digest_targets(read_catalog(conn)))

    assert {name.name: digest.rows for name, digest in found.items()} == {"low": 1, "high": 2, "parent": 1, "child": 2}


def test_the_sessions_own_settings_do_not_matter(database: Database, digests: DigestOf) -> None:
    database.execute(EVERY_KIND)
    with db.connect(database.url) as conn:
        tables = digest_targets(read_catalog(conn))
        fixed = pg.digest_tables(conn, tables)
        for setting, value in {
            "datestyle": "German",
            "intervalstyle": "sql_standard",
            "timezone": "Asia/Kathmandu",
            "extra_float_digits": "-5",
            "bytea_output": "escape",
            "search_path": "public, pg_catalog",
            "quote_all_identifiers": "on",
        }.items():
            conn.execute("select set_config(%s, %s, false)", (setting, value))

        assert pg.digest_tables(conn, tables) == fixed
        assert conn.execute("show datestyle").fetchone() != {"DateStyle": "ISO, YMD"}


@pytest.mark.slow
@pytest.mark.skipif(len(available_majors()) < 2, reason="one major version is installed")
def test_the_same_rows_have_the_same_digest_on_every_major_version() -> None:
    found: dict[int, Digest] = {}
    for major in available_majors():
        with EmbeddedServer.start(major=major) as server:
            with psycopg.connect(server.url(), autocommit=True) as conn:
                conn.execute(EVERY_KIND.encode())
            with db.connect(server.url()) as conn_:
                (digest,) = pg.digest_tables(conn_, digest_targets(read_catalog(conn_))).values()
        found[major] = digest

    assert {digest.rows for digest in found.values()} == {6}
    assert len({digest.checksum for digest in found.values()}) == 1, found


def test_virtual_columns_are_left_out_and_stored_ones_kept(database: Database) -> None:
    if database.server.major < 18:
        pytest.skip("virtual generated columns came with PostgreSQL 18")
    database.execute(
        """
        create table t (a int, s int generated always as (a + 1) stored, v int generated always as (a + 2) virtual);
        insert into t values (1);
        """
    )
    with db.connect(database.url) as conn:
        targets = digest_targets(read_catalog(conn))

    assert targets == {T: ("a", "s")}


def test_a_given_snapshot_is_used(database: Database) -> None:
    database.execute("create table t (a int, b text); insert into t values (1, 'then')")
    with db.connect(database.url) as holder, pg.exported_snapshot(holder) as snapshot:
        database.execute("insert into t values (2, 'later')")
        with db.connect(database.url) as conn:
            then = pg.digest_tables(conn, {T: ("a", "b")}, snapshot=snapshot)
            now = pg.digest_tables(conn, {T: ("a", "b")})

    assert (then[T].rows, now[T].rows) == (1, 2)


def test_all_tables_are_read_in_one_snapshot_and_nothing_is_written(database: Database) -> None:
    database.execute("create table t (a int, b text); create table u (a int, b text)")
    moving = {T: ("a",), QualifiedName("public", "u"): ("a",)}
    with db.connect(database.url) as conn, conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        found = pg.digests(conn, moving)
        first = next(found)[1]
        database.execute("insert into u values (1)")
        second = next(found)[1]

    assert (first.rows, second.rows) == (0, 0)


def test_a_table_too_big_for_its_time_is_named(database: Database) -> None:
    database.execute(
        "create table t (a int, b text); insert into t select g, repeat('x', 500) from generate_series(1, 50000) g"
    )
    with db.connect(database.url) as conn, pytest.raises(DigestFailed) as caught:
        pg.digest_tables(conn, {T: ("a", "b")}, statement_timeout_ms=1)

    assert caught.value.subject == "public.t"
    assert "bound" in caught.value.hint


def test_rows_hidden_by_row_security_are_an_error_and_not_a_smaller_count(database: Database) -> None:
    owner = database.create_role("owner")
    database.execute(
        f"""
        create table t (a int, b text); insert into t values (1, 'x'); alter table t owner to "{owner}";
        alter table t enable row level security; alter table t force row level security;
        """
    )
    with db.connect(database.url_as(owner)) as conn, pytest.raises(DigestFailed) as caught:
        pg.digest_tables(conn, {T: ("a", "b")})

    assert "BYPASSRLS" in caught.value.hint


def test_a_table_or_column_that_went_is_named(database: Database) -> None:
    database.execute("create table t (a int)")
    with db.connect(database.url) as conn:
        with pytest.raises(DigestFailed) as caught:
            pg.digest_tables(conn, {T: ("a", "gone")})
        assert "schema changed" in caught.value.hint
        with pytest.raises(DigestFailed) as caught:
            pg.digest_tables(conn, {QualifiedName("public", "Gone"): ("a",)})

    assert caught.value.subject == 'public."Gone"'


def test_a_table_of_1600_columns_is_not_too_deep(database: Database) -> None:
    columns = [f"c{n}" for n in range(1600)]
    database.execute(f"create table t ({', '.join(c + ' int2' for c in columns)}); insert into t (c0) values (1)")
    with db.connect(database.url) as conn:
        assert pg.digest_tables(conn, {T: columns})[T].rows == 1
