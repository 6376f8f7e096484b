"""A small database as values, and the plan for it: what render, lint and the command line are tried on.

Two everyday tables, one with a name nobody would choose, a partitioned one, a unique rule that is scoped to the tenant
and retired: every kind of action and undo occurs.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from ringfence.catalog.model import (
    Catalog,
    Column,
    Constraint,
    ConstraintKind,
    Index,
    Table,
    TableKind,
    Trigger,
)
from ringfence.names import QualifiedName, quote_ident
from ringfence.plan.build import build_plan
from ringfence.plan.model import Facts, Plan
from ringfence.tenancy.model import (
    AssignAdopted,
    AssignByColumn,
    AssignPerUser,
    Derivation,
    FoundingTenant,
    Hop,
    Memberships,
    Organizations,
    OrphanRule,
    OtherTable,
    Reference,
    Scope,
    Tenancy,
    TenantTable,
    TenantUnique,
    ThroughForeignKey,
    ThroughMembership,
    Users,
)

USERS = QualifiedName("auth", "users")
ORGANIZATIONS = QualifiedName("public", "organizations")
MEMBERSHIPS = QualifiedName("public", "user_organizations")
DOCUMENTS = QualifiedName("public", "documents")
COMMENTS = QualifiedName("public", "Review Comments")
EVENTS = QualifiedName("public", "events")
EVENTS_2026 = QualifiedName("public", "events_2026")
PLANS = QualifiedName("public", "plans")
FOUNDING = "5f0c3f0e-6d8e-4c57-9f8b-6a6f3b0a9d10"
QUARANTINE = "0d4f6a52-3c1b-4f7e-8a55-2f1f5f7c7e21"


def column(name: str, type_: str = "uuid", *, not_null: bool = False) -> Column:
    """A plain column."""
    return Column(name=name, type=type_, base_type=type_, not_null=not_null)


def primary_key(table: str, *columns: str) -> Constraint:
    """A primary key named as PostgreSQL would."""
    listed = ", ".join(columns)
    return Constraint(f"{table}_pkey", ConstraintKind.PRIMARY, f"PRIMARY KEY ({listed})", columns=columns)


def foreign_key(name: str, column_: str, parent: QualifiedName, *, on_delete: str = "a") -> Constraint:
    """A foreign key on a parent's id."""
    return Constraint(
        name,
        ConstraintKind.FOREIGN,
        f"FOREIGN KEY ({quote_ident(column_)}) REFERENCES {parent}(id)",
        columns=(column_,),
        references=parent,
        referenced_columns=("id",),
        on_update="a",
        on_delete=on_delete,
        match="s",
    )


def index(name: str, table: QualifiedName, *columns: str, unique: bool = False) -> Index:
    """A plain btree index."""
    kind = "UNIQUE INDEX" if unique else "INDEX"
    return Index(name, f"CREATE {kind} {name} ON {table} USING btree ({', '.join(columns)})", columns, unique=unique)


def sample_catalog(server_version: int = 180004) -> Catalog:
    """The database before phase 1."""
    key = (column("id", not_null=True),)
    users = Table(
        USERS,
        TableKind.ORDINARY,
        (*key, column("email", "text")),
        "supabase_auth_admin",
        constraints=(primary_key("users", "id"),),
    )
    documents = Table(
        DOCUMENTS,
        TableKind.ORDINARY,
        (*key, column("owner_id"), column("slug", "text"), column("updated_at", "timestamp with time zone")),
        "postgres",
        constraints=(
            foreign_key("documents_owner_id_fkey", "owner_id", USERS),
            primary_key("documents", "id"),
            Constraint("documents_slug_key", ConstraintKind.UNIQUE, "UNIQUE (slug)", columns=("slug",)),
        ),
        indexes=(
            index("documents_owner_id_idx", DOCUMENTS, "owner_id"),
            index("documents_slug_key", DOCUMENTS, "slug", unique=True),
        ),
        triggers=(
            Trigger(
                "set_updated_at",
                "CREATE TRIGGER set_updated_at BEFORE UPDATE ON public.documents FOR EACH ROW EXECUTE FUNCTION touch()",
                QualifiedName("public", "touch"),
                "before",
                ("update",),
                True,
            ),
        ),
    )
    comments = Table(
        COMMENTS,
        TableKind.ORDINARY,
        (column("id", "bigint", not_null=True), column("document id"), column("body", "text")),
        "postgres",
        constraints=(
            primary_key("Review Comments", "id"),
            foreign_key("Review Comments_document id_fkey", "document id", DOCUMENTS, on_delete="c"),
        ),
    )
    events = Table(
        EVENTS,
        TableKind.PARTITIONED,
        (column("id", "bigint", not_null=True), column("at", "date", not_null=True), column("document_id")),
        "postgres",
        constraints=(
            primary_key("events", "id", "at"),
            foreign_key("events_document_id_fkey", "document_id", DOCUMENTS),
        ),
        indexes=(index("events_document_id_idx", EVENTS, "document_id"),),
        partition_key="RANGE (at)",
    )
    events_2026 = Table(
        EVENTS_2026,
        TableKind.ORDINARY,
        events.columns,
        "postgres",
        constraints=(
            primary_key("events_2026", "id", "at"),
            foreign_key("events_document_id_fkey", "document_id", DOCUMENTS),
        ),
        partition_of=EVENTS,
        partition_bound="FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    )
    plans = Table(PLANS, TableKind.ORDINARY, (*key, column("name", "text")), "postgres")
    tables = (users, comments, documents, events, events_2026, plans)
    return Catalog(server_version, "app", "postgres", False, tables=tables)


def sample_tenancy() -> Tenancy:
    """What the spec and that catalog resolve to."""

    def through(column_: str, parent: QualifiedName) -> tuple[ThroughForeignKey, ...]:
        return (ThroughForeignKey((Hop((column_,), parent, ("id",)),)),)

    def deriving(constraint: str, column_: str) -> tuple[Reference, ...]:
        return (Reference(constraint, (column_,), DOCUMENTS, ("id",), deriving=True),)

    return Tenancy(
        column="client_id",
        type="uuid",
        users=Users(USERS, "id", "uuid"),
        organizations=Organizations(ORGANIZATIONS, "id", "uuid", adopted=False),
        memberships=Memberships(MEMBERSHIPS, "user_id", "organization_id", adopted=False),
        assignment=AssignByColumn("email", email_domain=True, public_domains=("gmail.com", "outlook.com")),
        tables=(
            TenantTable(
                DOCUMENTS,
                "client_id",
                False,
                (ThroughMembership("owner_id"),),
                uniques=(TenantUnique("documents_slug_key", ("slug",), retire_old=True),),
                founding=FOUNDING,
                reason="owner_id is a foreign key to auth.users",
            ),
            TenantTable(
                COMMENTS,
                "client_id",
                False,
                through("document id", DOCUMENTS),
                references=deriving("Review Comments_document id_fkey", "document id"),
                founding=FOUNDING,
            ),
            TenantTable(
                EVENTS,
                "client_id",
                False,
                through("document_id", DOCUMENTS),
                references=deriving("events_document_id_fkey", "document_id"),
                orphans=OrphanRule.STOP,
                founding=FOUNDING,
            ),
        ),
        others=(
            OtherTable(PLANS, Scope.SHARED, "prices are the same for everybody"),
            OtherTable(USERS, Scope.EXCLUDED, "belongs to the auth service"),
        ),
        founding_key=FOUNDING,
        founding_name="Founding",
        quarantine_key=QUARANTINE,
        request_roles=("anon", "authenticated"),
        service_roles=("service_role",),
        backup={"mode": "dump", "directory": "backup", "jobs": "2"},
    )


def sample_plan(server_version: int = 180004) -> Plan:
    """The plan for them."""
    facts = Facts(may_lock=frozenset([str(USERS)]))
    return build_plan(sample_tenancy(), sample_catalog(server_version), facts)


# --- any small database --------------------------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: not name.startswith("pg_") and len(name.encode()) <= 40
)
"""Any name a catalog can hold: quotes, percent signs, line breaks, dollar signs, other alphabets."""


@st.composite
def small_worlds(draw: st.DrawFn) -> tuple[Tenancy, Catalog, Facts]:
    """A users table and up to four tables below it, each with a derivation through one that comes before it."""
    schema = draw(st.sampled_from(["public", "App Schema", 'we"ird']))
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=lambda n: n[:8]))
    tables: list[Table] = []
    entries: list[TenantTable] = []
    quarantine = draw(st.sampled_from([QUARANTINE, None]))
    tenant = draw(st.sampled_from(["client_id", "Mandant %", 'a"b']))
    for place, name in enumerate(names):
        table, entry = _small_table(draw, QualifiedName(schema, name), tenant, entries, place, quarantine)
        tables += table
        entries.append(entry)
    users = Table(USERS, TableKind.ORDINARY, (column("id"), column("email", "text")), "owner")
    adopted = draw(st.booleans())
    tenancy = replace(
        sample_tenancy(),
        column=tenant,
        tables=tuple(entries),
        others=(OtherTable(USERS, Scope.EXCLUDED),),
        quarantine_key=quarantine,
        assignment=AssignAdopted()
        if adopted
        else draw(st.sampled_from([AssignPerUser(), sample_tenancy().assignment])),
        organizations=replace(sample_tenancy().organizations, adopted=adopted),
        memberships=replace(sample_tenancy().memberships, adopted=adopted, home_column=None if adopted else "is_home"),
        indexes=draw(st.sampled_from(["mirror", "keys"])),
    )
    version = draw(st.sampled_from([150010, 160004, 180004]))
    catalog = Catalog(version, "app", "owner", False, tables=tuple(sorted([users, *tables], key=lambda t: t.name)))
    facts = Facts(replica_role_allowed=draw(st.booleans()), may_lock=draw(st.sampled_from([frozenset(), {str(USERS)}])))
    return tenancy, catalog, replace(facts, may_lock=frozenset(facts.may_lock))


def _small_table(
    draw: st.DrawFn,
    name: QualifiedName,
    tenant: str,
    before: list[TenantTable],
    place: int,
    quarantine: str | None,
) -> tuple[list[Table], TenantTable]:
    key = draw(st.sampled_from(["uuid", "bigint"]))
    columns = [
        column("id", key),
        column("parent id"),
        column("Wert %s", draw(st.sampled_from(["text", "jsonb", "xml"]))),
    ]
    constraints = [primary_key(name.name[:10], "id")] if draw(st.integers(0, 4)) else []
    indexes = [index(f"i{place}", name, "parent id")] if draw(st.booleans()) else []
    uniques: tuple[TenantUnique, ...] = ()
    if draw(st.booleans()):
        constraints.append(Constraint(f"u{place}", ConstraintKind.UNIQUE, 'UNIQUE ("Wert %s")', columns=("Wert %s",)))
        indexes.append(index(f"u{place}", name, "Wert %s", unique=True))
        uniques = (TenantUnique(f"u{place}", ("Wert %s",), retire_old=draw(st.booleans())),)
    references: tuple[Reference, ...] = ()
    child: bool = draw(st.booleans())
    if before and child:
        parent = draw(st.sampled_from(before)).name
        constraints.append(foreign_key(f"f{place}", "parent id", parent, on_delete=draw(st.sampled_from("acnr"))))
        references = (Reference(f"f{place}", ("parent id",), parent, ("id",), deriving=True),)
        derivation: Derivation = ThroughForeignKey((Hop(("parent id",), parent, ("id",)),))
    else:
        others: tuple[Derivation, ...] = (ThroughMembership("parent id"), FoundingTenant())
        derivation = draw(st.sampled_from(others))
    touch = Trigger("touch", "", QualifiedName("public", "touch"), "before", ("update",), True)
    partitioned = draw(st.booleans())
    whole = Table(
        name,
        TableKind.PARTITIONED if partitioned else TableKind.ORDINARY,
        tuple(columns),
        "owner",
        tuple(constraints),
        tuple(indexes),
        (touch,) if draw(st.booleans()) else (),
    )
    entry = TenantTable(
        name,
        tenant,
        False,
        (derivation,),
        references,
        uniques if not partitioned else (),
        orphans=OrphanRule.QUARANTINE if quarantine else OrphanRule.STOP,
        founding=draw(st.sampled_from([FOUNDING, None])),
    )
    if not partitioned:
        return [whole], entry
    leaf = QualifiedName(name.schema, f"{name.name}_leaf")
    part = replace(whole, name=leaf, kind=TableKind.ORDINARY, partition_of=name, indexes=(), triggers=())
    return [whole, part], entry
