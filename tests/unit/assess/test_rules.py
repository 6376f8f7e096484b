"""Each family of rules over catalogs made by hand: the branches a server cannot easily be brought to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ringfence.assess.model import (
    Migrator,
    Observed,
    OldTransaction,
    PreparedTransaction,
    PublishedTable,
    Replica,
    RowTypeUse,
    Severity,
    Slot,
    SourceText,
    StatementSeen,
    TableFacts,
)
from ringfence.catalog.model import (
    Constraint,
    ConstraintKind,
    EventTrigger,
    Measure,
    Publication,
    Role,
    Rule,
    Table,
    TableKind,
    Trigger,
    View,
)
from ringfence.names import QualifiedName
from ringfence.tenancy.model import (
    AssignAdopted,
    FoundingTenant,
    Hop,
    OrphanRule,
    Reference,
    Tenancy,
    TenantUnique,
    ThroughForeignKey,
    ThroughMembership,
    Unresolved,
)
from unit.assess.values import (
    USERS,
    catalog,
    column,
    findings,
    foreign,
    index,
    name,
    routine,
    table,
    tenancy,
    tenant,
)

ORDINARY = Migrator(superuser=False, bypass_rls=False, replica_role=False, acts_as=frozenset(["me"]))
ROWS = tuple(column(c, not_null=True) for c in ("id", "owner_id"))


def seen(text: str, **more: str) -> Observed:
    return Observed(statements=(StatementSeen(text, 7, "app", **more),))


def trigger(text: str, timing: str = "before", events: tuple[str, ...] = ("update",), **more: object) -> Trigger:
    function = QualifiedName("public", "f")
    return Trigger(text, f"CREATE TRIGGER {text}", function, timing, events, True, **more)  # type: ignore[arg-type]


class TestStatements:
    def test_only_tables_that_gain_a_column_matter(self) -> None:
        """A table that has its tenant column already, or is shared, changes nothing for old statements."""
        tables = (table("t"), table("shared"), table("own", "id", column("client_id", "uuid")))
        scopes = tenancy(tenant("t"), tenant("own", column_exists=True))

        for text, expected in [("select * from t", 1), ("select * from shared", 0), ("select * from own", 0)]:
            assert expected == len(findings("RFA-SELECT-STAR", catalog(*tables), scopes, seen(text)))

    def test_a_schema_that_is_said_decides(self) -> None:
        """other.t is not public.t; an unqualified t may be either."""
        found_in = catalog(table("t"))

        assert not findings("RFA-SELECT-STAR", found_in, None, seen("select * from other.t"))
        assert findings("RFA-SELECT-STAR", found_in, None, seen("select * from public.t"))

    def test_who_sends_it_is_named(self) -> None:
        """Role, application and number of calls are what an operator needs to find the program."""
        (finding,) = findings("RFA-SELECT-STAR", catalog(table("t")), None, seen("select * from t", application="web"))

        assert "app (web), 7 calls: select * from t" in finding.detail

    def test_many_statements_are_shortened(self) -> None:
        """Three statements are enough to find the program."""
        many = Observed(statements=tuple(StatementSeen(f"select *, {n} from t", n, "app") for n in range(9)))

        (finding,) = findings("RFA-SELECT-STAR", catalog(table("t")), None, many)

        assert "and 6 more statements" in finding.detail

    def test_copy_without_columns(self) -> None:
        """The hint names the columns that the files have."""
        (finding,) = findings("RFA-COPY", catalog(table("t")), None, seen("copy t from stdin"))

        assert finding.hint == 'copy "public"."t" ("id", "owner_id") from stdin'

    def test_nothing_seen_is_said(self) -> None:
        """No statement seen is not the same as no statement sent."""
        blind = Observed(statements=None)

        assert findings("RFA-STATEMENTS-UNSEEN", catalog(), None, blind)
        assert findings("RFA-STATEMENTS-UNSEEN", catalog(), None, replace(seen(""), statements_complete=False))
        assert not findings("RFA-STATEMENTS-UNSEEN", catalog(), None, seen(""))


class TestUpserts:
    NOTES = table("notes", "id", "owner_id")
    COMMENTS = table(
        "comments", "id", "note_id", constraints=(foreign(("note_id",), name("notes"), referenced_columns=("id",)),)
    )
    BOTH = tenancy(
        tenant("notes"),
        tenant(
            "comments",
            ThroughForeignKey((Hop(("note_id",), name("notes"), ("id",)),)),
            references=(Reference("note_id_fkey", ("note_id",), name("notes"), ("id",), deriving=True),),
        ),
    )

    def found(self, observed: Observed, scopes: Tenancy = BOTH, **more: object) -> list[str]:
        return [
            f.subject for f in findings("RFA-UPSERT-RACE", catalog(self.NOTES, self.COMMENTS, **more), scopes, observed)
        ]

    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            ("insert into notes (id) values ($1) on conflict (id) do update set owner_id = 1", 1),
            ("insert into public.notes (id) values ($1) on conflict on constraint pkey do nothing", 1),
            ("with n as (insert into notes values ($1) on conflict (id) do nothing returning 1) select 1", 1),
            ("insert into notes (id) values ($1) on conflict do nothing", 0),
            ("insert into notes (id) values ($1) on conflict (owner_id) do nothing", 0),
            ("insert into notes (id) values ($1) on conflict (lower(owner_id)) do nothing", 0),
            ("insert into other.notes (id) values ($1) on conflict (id) do nothing", 0),
            ("insert into comments (id) values ($1) on conflict (id) do nothing", 0),
            ("insert into notes (id) values ($1)", 0),
        ],
    )
    def test_only_upserts_that_leave_out_the_second_key(self, statement: str, expected: int) -> None:
        """The key that the statement names is the one that the new key stands beside; rows of nobody else follow a leaf."""
        assert self.found(seen(statement)) == ["public.notes"] * expected

    def test_what_was_typed_is_no_client(self) -> None:
        """psql, a statement that was sent twice, and what an earlier run of ours left in the statistics."""
        upsert = "insert into notes (id) values ($1) on conflict (id) do nothing"

        assert not self.found(seen(upsert, application="psql", of_session=True))  # type: ignore[arg-type]
        assert not self.found(Observed(statements=(StatementSeen(upsert, 2, "app"),)))
        assert not self.found(seen(upsert.replace("$1", "ringfence.f()")))
        assert self.found(Observed(statements=(StatementSeen(upsert, 1, "app", "web", of_session=True),)))

    def test_functions_and_source_count(self) -> None:
        """What nobody has sent yet may be sent tomorrow."""
        upsert = "insert into notes (id) values (1) on conflict (id) do nothing"

        assert self.found(Observed(), routines=(routine("keep", f"begin {upsert}; end"),))
        assert self.found(Observed(sources=(SourceText(upsert, "app.py:7"),)))

    def test_a_rule_within_the_tenant_is_a_second_key_too(self) -> None:
        """(client_id, owner_id) beside (owner_id), on a table that no other follows."""
        scopes = tenancy(tenant("comments", uniques=(TenantUnique("u", ("note_id",)),)))
        upsert = "insert into comments (id) values ($1) on conflict (note_id) do nothing"

        assert self.found(seen(upsert), scopes) == ["public.comments"]

    def test_it_is_a_blocker_that_says_who_does_it_and_why_the_key_is_needed(self) -> None:
        """Phase 1 does not begin before somebody has read it."""
        upsert = "insert into notes (id) values ($1) on conflict (id) do nothing"
        (finding,) = findings("RFA-UPSERT-RACE", catalog(self.NOTES, self.COMMENTS), self.BOTH, seen(upsert))

        assert finding.severity is Severity.ERROR
        assert "rows of public.comments follow its tenant" in finding.detail
        assert f"app sends: {upsert}" in finding.detail
        assert "--accept RFA-UPSERT-RACE" in finding.hint
        assert '[tables."public.comments"] references = { "note_id_fkey" = "later" }' in finding.hint


class TestRoutines:
    def test_the_target_that_gains_its_column_first_is_safe(self) -> None:
        """INSERT INTO late SELECT * FROM early breaks between the two columns; the other way round never does."""
        copy = routine("copy_rows", "begin insert into late select * from early; end")
        back = routine("back", "begin insert into early select * from late; end")
        found_in = catalog(table("early"), table("late"), routines=(copy, back))

        found = findings("RFA-INSERT-STAR", found_in, tenancy(tenant("early"), tenant("late")))

        assert [f.subject for f in found] == ["public.copy_rows()"]
        assert "until public.late has a tenant column too" in found[0].message

    def test_different_widths_never_fit(self) -> None:
        """A target with more columns would take the tenant into the wrong one."""
        copy = routine("copy_rows", "begin insert into wide select * from t; end")
        found_in = catalog(table("wide", "id", "owner_id", "more"), table("t"), routines=(copy,))

        assert findings("RFA-INSERT-STAR", found_in, tenancy(tenant("wide"), tenant("t")))

    def test_a_client_that_sends_it_is_a_warning(self) -> None:
        """Somebody sent it once; that is not proof that somebody still does."""
        found_in = catalog(table("t"), table("archive"))

        (finding,) = findings(
            "RFA-INSERT-STAR", found_in, tenancy(tenant("t")), seen("insert into archive select * from t")
        )

        assert Severity.WARNING is finding.severity

    @pytest.mark.parametrize(
        ("returns", "body", "expected"),
        [
            ("SETOF public.t", "begin return query select * from t; end", 0),
            ("SETOF public.t", "begin return query select id, owner_id from t; end", 1),
            ("SETOF public.t", "begin return query select t from t; end", 0),
            ("SETOF public.t", "begin return query update t set id = 1 returning id, owner_id; end", 1),
            ("TABLE(a integer, b integer)", "begin return query select * from t; end", 1),
            ("TABLE(a integer, b public.t)", "begin return query select 1, t from t; end", 0),
            ("TABLE(a integer)", "begin return query select id from t; end", 0),
            ("public.t", "begin return row(1, 2); end", 1),
            ("public.t", "declare r t; begin r := row(1, 2); return r; end", 0),
            ("void", "begin perform * from t; end", 0),
        ],
    )
    def test_results(self, returns: str, body: str, expected: int) -> None:
        """A result breaks when one side of it counts columns and the other does not."""
        found_in = catalog(table("t"), routines=(routine("f", body, returns),))

        assert expected == len(findings("RFA-ROW-RESULT", found_in))

    def test_names_with_quotes_are_the_same_names(self) -> None:
        """The server quotes reserved words, a person may quote everything."""
        found_in = catalog(table("order"), routines=(routine("f", "begin end", arguments='r public."order"'),))

        assert findings("RFA-ROW-ARGUMENT", found_in)

    def test_a_routine_that_cannot_be_read_is_named_only_when_it_matters(self) -> None:
        """It matters when it mentions a table that gains a column, and a compiled one says nothing either way."""
        broken = routine("broken", "begin what is this; delete from t; end")
        other = routine("other", "begin what is this; end")
        compiled = routine("t", "t", language="c")

        found = findings("RFA-ROUTINE-UNREAD", catalog(table("t"), routines=(broken, other, compiled)))

        assert [f.subject for f in found] == ["public.broken()"]

    def test_routines_of_extensions_are_left_alone(self) -> None:
        """Nobody can change them."""
        copy = replace(routine("f", "begin insert into h select * from t; end"), extension="x")

        assert not findings("RFA-INSERT-STAR", catalog(table("t"), routines=(copy,)))


class TestShape:
    def test_a_primary_key_that_is_almost_there(self) -> None:
        """A unique index over columns that are not null becomes the key without reading the table."""
        bare = replace(table("t", *ROWS, key=()), indexes=(index("t_id", "id", unique=True),))

        (finding,) = findings("RFA-NO-PRIMARY-KEY", catalog(bare))

        assert 'primary key using index "t_id"' in finding.hint

    def test_a_free_name_for_a_new_key(self) -> None:
        """A new key column must not clash with one that has its name."""
        (finding,) = findings("RFA-NO-PRIMARY-KEY", catalog(table("t", "id", key=())))

        assert '"row_id" bigint' in finding.hint

    def test_partitions_and_children(self) -> None:
        """The root speaks for its partitions; an inheritance child has a word of its own."""
        root = table("root", kind=TableKind.PARTITIONED)
        leaves = [replace(table(f"leaf{n}"), partition_of=root.name) for n in range(3)]
        child = replace(table("child"), inherits=(name("parent"),))
        found_in = catalog(root, *leaves, table("parent"), child, version=160000)

        (partitioned,) = findings("RFA-PARTITIONED", found_in)

        assert "partitioned into 3" in partitioned.message
        assert "foreign key" in partitioned.detail
        assert "foreign key" not in findings("RFA-PARTITIONED", replace(found_in, server_version=180000))[0].detail
        assert [f.subject for f in findings("RFA-INHERITANCE", found_in)] == ["public.child"]

    def test_foreign_tables_by_their_place(self) -> None:
        """Alone, as partition or as child: each has its own way out."""
        far = table("far", kind=TableKind.FOREIGN, key=())
        root = table("root", kind=TableKind.PARTITIONED)

        alone = findings("RFA-FOREIGN-TABLE", catalog(far), tenancy(tenant("far")))
        partition = findings("RFA-FOREIGN-TABLE", catalog(root, replace(far, partition_of=root.name)))
        child = findings("RFA-FOREIGN-TABLE", catalog(table("t"), replace(far, inherits=(name("t"),))))

        assert 'scope = "excluded"' in alone[0].hint
        assert "detach partition" in partition[0].hint
        assert "no inherit" in child[0].hint
        assert not findings("RFA-FOREIGN-TABLE", catalog(far))

    def test_what_is_unique_across_tenants(self) -> None:
        """Constraints and indexes that do not begin from the tenant; what the spec scopes is settled."""
        slug = Constraint("t_slug_key", ConstraintKind.UNIQUE, "UNIQUE (slug)", columns=("slug",))
        scoped = Constraint("t_two", ConstraintKind.UNIQUE, "", columns=("client_id", "slug"))
        lower = index("t_lower", "", unique=True)
        found_in = catalog(replace(table("t", "id", "slug", constraints=(slug, scoped)), indexes=(lower,)))

        (finding,) = findings("RFA-GLOBAL-UNIQUE", found_in, tenancy(tenant("t")))

        assert finding.detail == "t_lower (expression)\nt_slug_key (slug)"
        assert finding.hint.splitlines()[2:] == ['"t_slug_key" = "tenant"']

    def test_names_near_the_limit(self) -> None:
        """They are counted in bytes."""
        assert findings("RFA-LONG-NAMES", catalog(table("ä" * 25)))
        assert not findings("RFA-LONG-NAMES", catalog(table("a" * 25)))

    def test_what_would_be_created_exists(self) -> None:
        """Before the first run it is somebody else's; afterwards it is ours."""
        found_in = catalog(table("t"), table("organizations"))

        assert findings("RFA-NAME-TAKEN", found_in, tenancy(tenant("t")))
        assert not findings("RFA-NAME-TAKEN", found_in, tenancy(tenant("t")), Observed(installed=True))

    def test_extension_unlogged_and_hidden_tables(self) -> None:
        """Three things to know about a table's persistence."""
        odd = replace(table("t"), persistence="u", extension="x")
        observed = Observed(temporary=("t",))

        for code in ("RFA-UNLOGGED", "RFA-EXTENSION-TABLE", "RFA-TEMPORARY"):
            assert findings(code, catalog(odd), tenancy(tenant("t")), observed)


class TestRowTypes:
    def test_only_rows_of_tables_that_change(self) -> None:
        """A column that stores rows of a shared table is no matter."""
        uses = Observed(row_types=(RowTypeUse(name("t"), name("log"), "row"), RowTypeUse(name("s"), name("log"), "r2")))

        found = findings("RFA-ROW-TYPE-COLUMN", catalog(table("t"), table("s")), tenancy(tenant("t")), uses)

        assert [f.subject for f in found] == ["public.t"]

    def test_typed_tables_and_used_up_slots(self) -> None:
        """Neither can take a column."""
        observed = Observed(tables={"public.t": TableFacts(row_type=name("kind"), columns_used=1600)})

        assert (
            findings("RFA-TYPED-TABLE", catalog(table("t")), None, observed)[0].hint
            == 'alter table "public"."t" not of;'
        )
        assert findings("RFA-COLUMN-SLOTS", catalog(table("t")), None, observed)


class TestTriggers:
    @pytest.mark.parametrize(
        ("made", "replica_role", "expected"),
        [
            (trigger("a"), True, Severity.INFO),
            (trigger("a"), False, Severity.INFO),
            (trigger("a", "after"), False, Severity.WARNING),
            (trigger("a", "after"), True, Severity.INFO),
            (trigger("a", enabled="A"), True, Severity.WARNING),
            (trigger("a", enabled="R"), True, Severity.WARNING),
            (trigger("a", enabled="D"), False, None),
            (trigger("a", events=("insert",)), False, None),
            (trigger("a", update_columns=("owner_id",)), False, None),
            (trigger("a", "after", update_columns=("client_id",)), False, Severity.WARNING),
            (trigger("zzz_ringfence_fill_update"), False, None),
        ],
    )
    def test_update_triggers(self, made: Trigger, replica_role: bool, expected: Severity | None) -> None:
        """What fires for a row of the backfill depends on the trigger and on the role."""
        found_in = catalog(replace(table("t"), triggers=(made,)))
        observed = Observed(migrator=replace(ORDINARY, replica_role=replica_role))

        found = findings("RFA-UPDATE-TRIGGER", found_in, tenancy(tenant("t")), observed)

        assert [expected] * (expected is not None) == [f.severity for f in found]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [("set_owner", None), ("zzzz", Severity.INFO), ("~last", Severity.INFO), ("é", Severity.ERROR)],
    )
    def test_names_after_ours(self, text: str, expected: Severity | None) -> None:
        """A later BEFORE trigger could change the owner after the tenant was derived."""
        found_in = catalog(replace(table("t"), triggers=(trigger(text),)))

        found = findings("RFA-TRIGGER-ORDER", found_in, tenancy(tenant("t")))

        assert [expected] * (expected is not None) == [f.severity for f in found]
        assert all('rename to "a_' in f.hint for f in found)

    @pytest.mark.parametrize(
        ("text", "expected"), [("on_sign_up", None), ("00_first", Severity.INFO), (" first", Severity.ERROR)]
    )
    def test_names_before_the_sign_up(self, text: str, expected: Severity | None) -> None:
        """An earlier AFTER trigger could insert rows of a user who has no organization yet."""
        users = replace(table("users"), triggers=(trigger(text, "after", ("insert",)),))

        found = findings("RFA-TRIGGER-ORDER", catalog(users, table("t")), tenancy(tenant("t")))

        assert [expected] * (expected is not None) == [f.severity for f in found]
        adopted = tenancy(tenant("t"), assignment=AssignAdopted())
        assert not findings("RFA-TRIGGER-ORDER", catalog(users, table("t")), adopted)

    def test_rules(self) -> None:
        """UPDATE rules are in the way, INSERT rules are to be known, DELETE rules are no matter."""
        rules = tuple(
            Rule(event.lower(), f"CREATE RULE r AS\n    ON {event} TO public.t DO INSTEAD NOTHING", enabled)
            for event, enabled in [("UPDATE", "O"), ("INSERT", "O"), ("DELETE", "O"), ("UPDATE", "D")]
        )

        found = findings("RFA-REWRITE-RULE", catalog(replace(table("t"), rules=rules)))

        assert [f.severity for f in found] == [Severity.ERROR, Severity.WARNING]

    def test_event_triggers(self) -> None:
        """The platform's own are known; a disabled one does nothing."""
        events = (
            EventTrigger("own", "ddl_command_end", name("f"), "O"),
            EventTrigger("pgrst_ddl_watch", "ddl_command_end", QualifiedName("extensions", "watch"), "O"),
            EventTrigger("off", "ddl_command_end", name("f"), "D"),
        )

        found = findings("RFA-EVENT-TRIGGER", catalog(event_triggers=events))

        assert [(f.subject, f.severity) for f in found] == [
            ("event trigger own", Severity.WARNING),
            ("event trigger pgrst_ddl_watch", Severity.INFO),
        ]

    def test_deferrable(self) -> None:
        """Keys and constraint triggers alike."""
        key = foreign(("owner_id",), USERS, deferrable=True)
        late = trigger("late", "after", constraint=True, deferrable=True)
        found_in = catalog(replace(table("t", constraints=(key,)), triggers=(late,)))

        assert "late, owner_id_fkey" in findings("RFA-DEFERRABLE", found_in)[0].message


class TestViews:
    def test_views_over_targets(self) -> None:
        """Only one that shows all columns would have gained one; an invoker's view is bound by policies."""
        whole = View(
            name("v"), "v", "", "me", reads=(name("t"),), columns=("id", "owner_id", "x"), rules=(Rule("r", ""),)
        )
        part = View(name("w"), "v", "", "me", ("security_invoker=true",), reads=(name("t"),), columns=("id",))
        found_in = catalog(table("t"), views=(whole, part))

        for code in ("RFA-VIEW-COLUMNS", "RFA-VIEW-OWNER", "RFA-VIEW-WRITES"):
            assert [f.subject for f in findings(code, found_in)] == ["public.v"]

    @pytest.mark.parametrize(("owner", "expected"), [(Role("me"), 1), (Role("me", bypass_rls=True), 0)])
    def test_refresh_under_force(self, owner: Role, expected: int) -> None:
        """Whom FORCE leaves no row stores none."""
        hidden = replace(table("t"), rls_enabled=True, rls_forced=True)
        found_in = catalog(hidden, views=(View(name("m"), "m", "", "me", reads=(name("t"),)),), roles=(owner,))

        assert expected == len(findings("RFA-FORCED-REFRESH", found_in))


class TestPrivileges:
    def test_owners_are_grouped(self) -> None:
        """One grant settles all tables of an owner."""
        tables = [table(f"t{n}", owner="other") for n in range(12)]

        (finding,) = findings("RFA-OWNER", catalog(*tables), None, Observed(migrator=ORDINARY))

        assert "owns 12 tables" in finding.message
        assert finding.detail.endswith("and 2 more")
        assert finding.hint == 'grant "other" to "me";'
        assert not findings("RFA-OWNER", catalog(*tables), None, Observed(migrator=Migrator()))

    def test_the_users_table_need_not_be_ours(self) -> None:
        """auth.users belongs to the platform: three privileges on it are enough, fewer when nothing is created."""
        nothing = TableFacts(may_select=False, may_trigger=False, may_reference=False)
        observed = Observed(migrator=ORDINARY, tables={"public.users": nothing})
        found_in = catalog(table("users", owner="platform"), table("t"))

        created = findings("RFA-TABLE-PRIVILEGE", found_in, tenancy(tenant("t")), observed)
        adopted = findings("RFA-TABLE-PRIVILEGE", found_in, tenancy(tenant("t"), assignment=AssignAdopted()), observed)

        assert created[0].hint == 'grant select, trigger, references on "public"."users" to "me";'
        assert adopted[0].hint == 'grant select, references on "public"."users" to "me";'

    def test_create(self) -> None:
        """On the database for schema ringfence, unless somebody made it for us, and on every schema with a target."""
        poor = replace(ORDINARY, create_in_database=False, schemas_usable=frozenset())

        found = findings("RFA-CREATE", catalog(table("t")), None, Observed(migrator=poor))
        given = findings("RFA-CREATE", catalog(table("t")), None, Observed(migrator=poor, ringfence_owner="me"))

        assert [f.subject for f in found] == ["database shop", "schema public"]
        assert [f.subject for f in given] == ["schema public"]

    def test_schema_ringfence_of_somebody_else(self) -> None:
        """Then nothing can be put into it."""
        assert findings("RFA-SCHEMA-TAKEN", catalog(), None, Observed(migrator=ORDINARY, ringfence_owner="other"))
        assert not findings("RFA-SCHEMA-TAKEN", catalog(), None, Observed(migrator=ORDINARY, ringfence_owner="me"))

    def test_row_security(self) -> None:
        """FORCE binds the owner; without it only tables of others are hidden; a bypassing role sees all."""
        plain = replace(table("t"), rls_enabled=True)
        forced = replace(plain, rls_forced=True)
        foreigner = replace(plain, owner="other")

        def found(one: Table, migrator: Migrator = ORDINARY) -> int:
            return len(findings("RFA-HIDDEN-ROWS", catalog(one), None, Observed(migrator=migrator)))

        assert (found(plain), found(forced), found(foreigner)) == (0, 1, 1)
        assert found(forced, replace(ORDINARY, bypass_rls=True)) == 0
        assert found(replace(forced, rls_enabled=False)) == 0

    def test_users_behind_row_security(self) -> None:
        """Tables that are only read count too: memberships are assigned by reading all users."""
        users = replace(table("users", owner="platform"), rls_enabled=True)

        assert findings(
            "RFA-HIDDEN-ROWS", catalog(users, table("t")), tenancy(tenant("t")), Observed(migrator=ORDINARY)
        )

    def test_what_a_limited_role_does_without(self) -> None:
        """Nothing is said of a superuser."""
        (finding,) = findings("RFA-LIMITED-ROLE", catalog(), None, Observed(migrator=ORDINARY))

        assert "session_replication_role" in finding.detail
        assert not findings("RFA-LIMITED-ROLE", catalog())


class TestDerivation:
    def test_a_parent_that_may_be_missing(self) -> None:
        """Nullable, unheld, unvalidated, lost on delete: each is a reason, unless another derivation is sure."""
        loose = table("t", "id", "owner_id")
        sure = table("t", *ROWS, constraints=(foreign(("owner_id",), USERS),))
        lost = table("t", *ROWS, constraints=(foreign(("owner_id",), USERS, on_delete="n", validated=False),))
        users = table("users")

        (finding,) = findings("RFA-ORPHANS", catalog(loose, users), tenancy(tenant("t")))
        assert finding.detail.splitlines()[:1] == ["public.t.owner_id may be null"]
        assert "no foreign key" in finding.detail
        assert not findings("RFA-ORPHANS", catalog(sure, users), tenancy(tenant("t")))
        assert len(findings("RFA-ORPHANS", catalog(lost, users), tenancy(tenant("t")))[0].detail.splitlines()) == 2

    def test_every_hop_counts(self) -> None:
        """A grandparent may be missing even where the parent is sure."""
        middle = table("middle", column("id", not_null=True), "owner_id")
        child = table("t", *ROWS, constraints=(foreign(("owner_id",), name("middle")),))
        path = ThroughForeignKey((Hop(("owner_id",), name("middle"), ("id",)), Hop(("owner_id",), USERS, ("id",))))

        (finding,) = findings("RFA-ORPHANS", catalog(child, middle, table("users")), tenancy(tenant("t", path)))

        assert "public.middle.owner_id may be null" in finding.detail

    def test_a_last_resort_settles_it(self) -> None:
        """Rows without parent belong to the founding organization then, as the spec says."""
        entry = tenant("t", ThroughMembership("owner_id"), FoundingTenant())

        assert not findings("RFA-ORPHANS", catalog(table("t")), tenancy(entry))

    def test_stop_or_quarantine(self) -> None:
        """What happens to orphans is the spec's choice, and said."""
        (quarantine,) = findings("RFA-ORPHANS", catalog(table("t")), tenancy(tenant("t")))
        (stop,) = findings("RFA-ORPHANS", catalog(table("t")), tenancy(tenant("t", orphans=OrphanRule.STOP)))

        assert "quarantine" in quarantine.message
        assert "stops" in stop.message

    def test_a_user_belongs_to_himself(self) -> None:
        """The users table derives from its own key, which is always there."""
        scopes = tenancy(tenant("users", ThroughMembership("id")))

        assert not findings("RFA-ORPHANS", catalog(table("users")), scopes)

    def test_the_name_of_the_column(self) -> None:
        """Another type under the tenant column's name is in the way, also in an inheritance child."""
        clash = table("t", "id", column("client_id", "text"))
        child = replace(table("child", "id", column("client_id", "text")), inherits=(name("p"),))

        assert findings("RFA-COLUMN-TAKEN", catalog(clash), tenancy(tenant("t", column_exists=True)))
        assert findings("RFA-COLUMN-TAKEN", catalog(table("p"), child), tenancy(tenant("p")))
        assert not findings("RFA-COLUMN-TAKEN", catalog(clash))

    def test_generated_columns(self) -> None:
        """In front of the tenant, as the tenant, and behind it."""
        before = table("t", "id", column("owner_id", generated="s", default="id"))
        itself = table("t", "id", "owner_id", column("client_id", "uuid", generated="s", default="x"))
        behind = table("t", "id", "owner_id", column("label", generated="s", default="upper(client_id::text)"))
        unrelated = table("t", "id", "owner_id", column("label", generated="s", default="other_client_id + 1"))
        adopted = tenancy(tenant("t", column_exists=True))

        assert findings("RFA-GENERATED", catalog(before), tenancy(tenant("t")))
        assert findings("RFA-GENERATED", catalog(itself), adopted)
        assert findings("RFA-GENERATED", catalog(behind), adopted)
        assert not findings("RFA-GENERATED", catalog(unrelated), adopted)

    def test_unresolved(self) -> None:
        """The reason of the resolver is passed on."""
        (finding,) = findings("RFA-UNRESOLVED", catalog(table("t")), tenancy(tenant("t", Unresolved("no way"))))

        assert (finding.detail, finding.severity) == ("no way", Severity.ERROR)


def published(**more: object) -> PublishedTable:
    defaults: dict[str, object] = {"columns": ("id", "owner_id"), "column_list": False, "updates": True}
    return PublishedTable("p", name("t"), **{**defaults, **more})  # type: ignore[arg-type]


class TestReplication:
    @pytest.mark.parametrize(
        ("sent", "identity", "kind", "expected"),
        [
            (published(), ("id",), "d", 0),
            (published(), (), "d", 1),
            (published(), (), "n", 1),
            (published(updates=False), (), "n", 0),
            (published(), (), "f", 0),
            (published(column_list=True, columns=("owner_id",)), ("id",), "d", 1),
            (published(column_list=True, columns=("id",)), ("id",), "d", 0),
            (published(column_list=True, columns=("id",)), (), "f", 1),
            (published(row_filter="(owner_id > 3)"), ("id",), "d", 1),
            (published(row_filter="(id > 3)"), ("id",), "d", 0),
            (published(row_filter="(owner_id > 3)"), (), "f", 0),
        ],
    )
    def test_updates_that_cannot_be_sent(
        self, sent: PublishedTable, identity: tuple[str, ...], kind: str, expected: int
    ) -> None:
        """Column list and row filter must lie inside the replica identity, and there must be one."""
        observed = Observed(published=(sent,), tables={"public.t": TableFacts(identity_columns=identity)})

        found = findings("RFA-PUBLISHED-UPDATE", catalog(replace(table("t"), replica_identity=kind)), None, observed)

        assert expected == len(found)

    def test_generated_columns_in_the_identity(self) -> None:
        """Since 18 an identity with a generated column that is not published fails every UPDATE."""
        full = replace(table("t", "id", column("g", generated="s")), replica_identity="f")
        observed = Observed(published=(published(columns=("id",)),))

        assert findings("RFA-PUBLISHED-UPDATE", catalog(full), None, observed)
        assert not findings("RFA-PUBLISHED-UPDATE", catalog(full, version=170000), None, observed)
        keyless = replace(full, constraints=())
        assert "publish_generated_columns" in findings("RFA-PUBLISHED-UPDATE", catalog(keyless), None, observed)[0].hint

    def test_subscribers_need_the_column_first(self) -> None:
        """A publication of everything also sends the tables that Ringfence creates."""
        whole = catalog(table("t"), publications=(Publication("p", all_tables=True),))

        (finding,) = findings("RFA-PUBLISHED-COLUMN", whole, tenancy(tenant("t")), Observed(published=(published(),)))

        assert 'alter table "public"."t" add column if not exists "client_id" uuid;' in finding.hint
        assert "sends new tables too" in finding.detail
        listed = Observed(published=(published(column_list=True),))
        assert not findings("RFA-PUBLISHED-COLUMN", whole, tenancy(tenant("t")), listed)

    def test_full_identity(self) -> None:
        """Twice the log, unless nothing is published."""
        full = catalog(replace(table("t"), replica_identity="f"))

        assert findings("RFA-FULL-IDENTITY", full, None, Observed(published=(published(),)))
        assert not findings("RFA-FULL-IDENTITY", full)

    def test_slots(self) -> None:
        """One that nobody reads, one that is late, and one bounded below what the backfill writes."""
        idle = Slot("idle", "pgoutput", active=False, retained_bytes=5 << 20)
        late = Slot("late", "pgoutput", active=True, retained_bytes=600 << 20)
        fine = Slot("fine", "pgoutput", active=True, retained_bytes=1 << 20)
        big = catalog(table("t"), measures={"public.t": Measure(10_000_000, 1, 1)})

        found = findings("RFA-SLOT", big, None, Observed(slots=(idle, late, fine)))
        bounded = findings("RFA-SLOT", big, None, Observed(slots=(fine,), settings={"max_slot_wal_keep_size": "1024"}))

        assert [f.subject for f in found] == ["replication slot idle", "replication slot late"]
        assert [f.subject for f in bounded] == ["setting max_slot_wal_keep_size"]

    def test_standbys_and_subscriptions(self) -> None:
        """A late standby is a warning; a subscribed table is a blocker."""
        replicas = (Replica("near", "streaming", 0.1, False), Replica("far", "streaming", 60.0, True))
        observed = Observed(replicas=replicas, subscribed={"public.t": "s"})

        standbys = findings("RFA-STANDBY", catalog(table("t")), None, observed)

        assert [f.severity for f in standbys] == [Severity.WARNING, Severity.INFO]
        assert findings("RFA-SUBSCRIBED", catalog(table("t")), None, observed)


class TestActivity:
    @pytest.mark.parametrize(
        ("state", "age_s", "snapshot", "here", "expected"),
        [
            ("active", 61, True, True, 1),
            ("active", 59, True, True, 0),
            ("active", 61, True, False, 0),
            ("active", 61, False, True, 0),
            ("idle in transaction", 7200, False, True, 1),
        ],
    )
    def test_long_transactions(self, state: str, age_s: int, snapshot: bool, here: bool, expected: int) -> None:
        """A minute with a snapshot, or with whatever locks an idle one took, is long."""
        one = OldTransaction(7, "app", "web", state, age_s, snapshot, "select $1", here)

        found = findings("RFA-OLD-TRANSACTION", catalog(), None, Observed(transactions=(one,)))

        assert expected == len(found)
        assert all("app (web)" in f.message and "select $1" in f.detail for f in found)

    def test_prepared_transactions(self) -> None:
        """One that was left behind blocks; one of another database is its own affair."""
        left = PreparedTransaction("it's", "app", 900)
        fresh = PreparedTransaction("new", "app", 3)
        away = PreparedTransaction("away", "app", 900, here=False)

        found = findings("RFA-PREPARED-TRANSACTION", catalog(), None, Observed(prepared=(left, fresh, away)))

        assert [f.severity for f in found] == [Severity.ERROR, Severity.WARNING]
        assert found[0].hint == "rollback prepared 'it''s';"

    @pytest.mark.parametrize(
        ("age", "options", "running", "expected"),
        [
            (1_000, (), False, None),
            (185_000_000, (), False, Severity.WARNING),
            (95_000, ("autovacuum_freeze_max_age=100000",), False, Severity.WARNING),
            (1_600_000_000, (), False, Severity.ERROR),
            (1_000, (), True, Severity.WARNING),
        ],
    )
    def test_wraparound(self, age: int, options: tuple[str, ...], running: bool, expected: Severity | None) -> None:
        """A vacuum that gives way to nobody is due, or runs already."""
        old = catalog(replace(table("t"), options=options), measures={"public.t": Measure(1, 1, 1, age)})
        texts = ("autovacuum: VACUUM public.t (to prevent wraparound)",) if running else ()

        found = findings("RFA-WRAPAROUND", old, None, Observed(wraparound_vacuums=texts))

        assert [expected] * (expected is not None) == [f.severity for f in found]


class TestSettings:
    def test_timeouts(self) -> None:
        """Those that end our session are worse than those that every statement of ours overrides."""
        settings = {"transaction_timeout": "5000", "statement_timeout": "120000", "lock_timeout": "0"}

        found = findings("RFA-TIMEOUT", catalog(), None, Observed(settings=settings))

        assert [f.severity for f in found] == [Severity.WARNING, Severity.INFO]

    def test_isolation(self) -> None:
        """Batches and journal are made for read committed."""
        strict = Observed(settings={"default_transaction_isolation": "serializable"})

        assert findings("RFA-TIMEOUT", catalog(), None, strict)

    def test_roles_that_fire_no_triggers(self) -> None:
        """Also when only this database is meant."""
        roles = (
            Role("etl", config=("session_replication_role=replica",)),
            Role("here", database_config=("session_replication_role=local",)),
            Role("fine", config=("session_replication_role=origin", "work_mem=4MB")),
        )

        assert [f.subject for f in findings("RFA-REPLICA-ROLE", catalog(roles=roles[:1]))] == ["role etl"]
        assert [f.subject for f in findings("RFA-REPLICA-ROLE", catalog(roles=roles))] == ["role etl", "role here"]

    def test_room_for_locks(self) -> None:
        """A table with many partitions, or a backup of many tables, may need more than the server has room for."""
        root = table("root", kind=TableKind.PARTITIONED)
        leaves = [replace(table(f"leaf{n}"), partition_of=root.name) for n in range(60)]
        settings = {"max_locks_per_transaction": "10", "max_connections": "10", "max_prepared_transactions": "0"}

        found = findings("RFA-LOCKS", catalog(root, *leaves), None, Observed(settings=settings))

        assert [(f.subject, f.severity) for f in found] == [
            ("table public.root", Severity.ERROR),
            ("the backup", Severity.WARNING),
        ]
        assert not findings("RFA-LOCKS", catalog(root, *leaves))

    @pytest.mark.parametrize(
        ("free", "expected"), [(None, Severity.INFO), (50, Severity.ERROR), (150, Severity.WARNING), (250, None)]
    )
    def test_disk(self, free: int | None, expected: Severity | None) -> None:
        """Twice the biggest table is the safe side; less than once cannot work."""
        big = catalog(table("t"), measures={"public.t": Measure(1, 1, 100 << 20)})
        observed = Observed(disk_free_bytes=None if free is None else free << 20)

        found = findings("RFA-DISK", big, None, observed)

        assert [expected] * (expected is not None) == [f.severity for f in found]
