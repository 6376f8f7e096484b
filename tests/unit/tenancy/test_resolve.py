"""`resolve`: what a configuration means on a database, and every way in which it cannot be meant."""

from __future__ import annotations

import tomllib
import uuid
from dataclasses import replace
from hashlib import md5

import pytest

from ringfence.catalog.model import Catalog, TableKind
from ringfence.names import QualifiedName
from ringfence.spec.load import parse_spec
from ringfence.tenancy.model import (
    AssignAdopted,
    AssignByColumn,
    AssignPerUser,
    FoundingTenant,
    Hop,
    InconsistentRule,
    OrphanRule,
    OwnColumn,
    Scope,
    Tenancy,
    TenantUnique,
    ThroughForeignKey,
    ThroughMembership,
    Unresolved,
)
from ringfence.tenancy.problems import TenancyInvalid
from ringfence.tenancy.resolve import resolve
from support.tables import catalog, foreign_key, name, table, unique_index

USERS = table("auth.users", "id uuid key", "email text", "raw_app_meta_data jsonb")
DOCUMENTS = table("documents", "id uuid key", "owner_id uuid -> auth.users", "title text")
COMMENTS = table("comments", "id uuid key", "document_id uuid not null -> documents", "author_id uuid")
PLANS = table("plans", "id text key", "name text unique")
DESK = catalog(USERS, DOCUMENTS, COMMENTS, PLANS)
TENANT = '[tenant]\nusers = "auth.users"\n'
DESK_TABLES = """
[tables."public.documents"]
derive = "owner_id -> auth.users"
[tables."public.comments"]
derive = "document_id -> public.documents"
[tables."public.plans"]
scope = "shared"
"""

TEAMS = table("teams", "id bigint key", "name text")
MEMBERS = table(
    "members",
    "team_id bigint -> teams",
    "user_id uuid -> auth.users",
    "created_at timestamp with time zone",
    "is_default boolean",
    primary=("team_id", "user_id"),
)
ADOPT = TENANT + (
    'column = "team_id"\norganizations = "teams"\norganizations_key = "id"\nmemberships = "members"\n'
    'home = "is_default"\n'
)


def run(text: str, on: Catalog) -> Tenancy:
    """Load and resolve."""
    return resolve(parse_spec(text, "ringfence.toml"), on)


def refused(text: str, on: Catalog) -> TenancyInvalid:
    """The one problem there must be."""
    with pytest.raises(TenancyInvalid) as caught:
        run(text, on)
    assert len(caught.value.problems) == 1, str(caught.value)
    return caught.value


def line_of(text: str, fragment: str) -> int:
    """The number of the first line with a fragment."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if fragment in line)


def entry(tenancy: Tenancy, table_name: str) -> object:
    """The derivations of one table."""
    return tenancy.by_name[name(table_name)].derivations


# --- what comes out ----------------------------------------------------------------------------------------------


def test_the_example_of_the_design_resolves() -> None:
    """Users own documents, comments follow documents, plans are shared; parents come before children."""
    tenancy = run(TENANT + DESK_TABLES, DESK)

    assert [str(t.name) for t in tenancy.tables] == ["public.documents", "public.comments"]
    assert entry(tenancy, "documents") == (ThroughMembership("owner_id"),)
    assert entry(tenancy, "comments") == (ThroughForeignKey((Hop(("document_id",), name("documents"), ("id",)),)),)
    assert {str(o.name): o.scope for o in tenancy.others} == {
        "auth.users": Scope.EXCLUDED,
        "public.plans": Scope.SHARED,
    }
    assert (tenancy.column, tenancy.type) == ("client_id", "uuid")
    assert tenancy.users.key_type == "uuid"
    assert tenancy.assignment == AssignPerUser()
    (reference,) = tenancy.by_name[name("comments")].references
    assert reference.deriving
    assert not reference.now
    assert not tenancy.unresolved


def test_founding_and_quarantine_keys_are_the_same_for_ever() -> None:
    """The keys equal md5('ringfence:organization:' || key)::uuid in SQL."""
    tenancy = run(TENANT + DESK_TABLES, DESK)

    assert tenancy.founding_key == str(uuid.UUID(md5(b"ringfence:organization:founding").hexdigest()))
    assert tenancy.quarantine_key == str(uuid.UUID(md5(b"ringfence:organization:quarantine").hexdigest()))
    assert tenancy.by_name[name("comments")].founding == tenancy.founding_key
    assert tenancy.by_name[name("comments")].orphans is OrphanRule.QUARANTINE


def test_a_table_the_file_does_not_name_is_unresolved_never_guessed() -> None:
    """Even when its foreign key makes the answer obvious, a person decides."""
    tenancy = run(TENANT, DESK)

    assert [str(t.name) for t in tenancy.unresolved] == ["public.comments", "public.documents", "public.plans"]
    assert entry(tenancy, "comments") == (Unresolved("not named in ringfence.toml"),)


def test_scope_unresolved_stays_unresolved_and_so_do_its_children() -> None:
    """What hangs on an open question is an open question."""
    text = TENANT + DESK_TABLES.replace('derive = "owner_id -> auth.users"', 'scope = "unresolved"')

    tenancy = run(text, DESK)

    assert [str(t.name) for t in tenancy.unresolved] == ["public.comments", "public.documents"]
    assert entry(tenancy, "comments") == (Unresolved("its parent public.documents is not decided yet"),)


def test_supabase_schemas_and_extensions_are_left_alone() -> None:
    """The platform's own tables are excluded unless the file names them."""
    on = catalog(
        USERS,
        table("auth.sessions", "id uuid key", "user_id uuid -> auth.users"),
        table("storage.objects", "id uuid key", "owner uuid"),
        replace(table("spatial_ref_sys", "srid integer key"), extension="postgis"),
    )

    tenancy = run(TENANT, on)

    assert {str(o.name): o.reason for o in tenancy.others} == {
        "auth.sessions": "belongs to Supabase (schema auth)",
        "auth.users": "holds the users, who belong to organizations through memberships",
        "public.spatial_ref_sys": "belongs to the extension postgis",
        "storage.objects": "belongs to Supabase (schema storage)",
    }


def test_a_schema_named_auth_that_is_not_supabases_is_not_passed_over() -> None:
    """An application may have schemas of these names for itself."""
    on = catalog(table("auth.users", "id uuid key"), table("auth.orders", "id uuid key"))

    tenancy = run(TENANT, on)

    assert [str(t.name) for t in tenancy.unresolved] == ["auth.orders"]


def test_partitions_and_children_follow_their_root() -> None:
    """Only the root is described; what hangs under it has its scope, at any depth."""
    root = table("events", "id bigint", "owner_id uuid -> auth.users")
    middle = replace(table("events_2030", "id bigint", "owner_id uuid"), partition_of=root.name)
    leaf = replace(table("events_2030_01", "id bigint", "owner_id uuid"), partition_of=middle.name)
    heir = replace(table("special_events", "id bigint", "owner_id uuid", "extra text"), inherits=(root.name,))
    lonely = replace(table("plans_eu", "id bigint"), inherits=(PLANS.name,))
    text = TENANT + '[tables.events]\nderive = "owner_id -> auth.users"\n[tables.plans]\nscope = "shared"\n'

    tenancy = run(text, catalog(USERS, root, middle, leaf, heir, PLANS, lonely))

    assert [str(t.name) for t in tenancy.tables] == ["public.events"]
    others = {o.name.name: (o.scope, o.reason) for o in tenancy.others}
    assert others["events_2030"] == (Scope.TENANT, "follows public.events")
    assert others["events_2030_01"] == (Scope.TENANT, "follows public.events")
    assert others["special_events"] == (Scope.TENANT, "follows public.events")
    assert others["plans_eu"] == (Scope.SHARED, "follows public.plans")


def test_several_derivations_keep_their_order() -> None:
    """The first one that gives a value decides; 'founding' closes the list."""
    text = TENANT + DESK_TABLES.replace(
        '"document_id -> public.documents"',
        '["document_id -> public.documents", "author_id -> auth.users", "founding"]',
    )

    derivations = entry(run(text, DESK), "comments")

    assert isinstance(derivations, tuple)
    assert [type(d) for d in derivations] == [ThroughForeignKey, ThroughMembership, FoundingTenant]


def test_profiles_hang_on_their_own_key() -> None:
    """A table whose primary key is the user's key belongs to that user."""
    profiles = table("profiles", "id uuid key -> auth.users", "name text")
    posts = table("posts", "id bigint key", "author_id uuid -> profiles")
    text = (
        TENANT
        + '[tables.profiles]\nderive = "id -> auth.users"\n[tables.posts]\nderive = "author_id -> public.profiles"\n'
    )

    tenancy = run(text, catalog(USERS, profiles, posts))

    assert entry(tenancy, "profiles") == (ThroughMembership("id"),)
    assert entry(tenancy, "posts") == (ThroughForeignKey((Hop(("author_id",), name("profiles"), ("id",)),)),)


def test_a_users_table_of_the_application_is_excluded_unless_it_derives_from_itself() -> None:
    """Users belong to organizations through memberships; who wants the column on them says so."""
    users = table('"User"', "id text key", "email text")
    post = table('"Post"', "id text key", '"authorId" text -> "User"')
    text = "[tenant]\nusers = 'public.\"User\"'\n[tables.'\"Post\"']\nderive = 'authorId -> \"User\"'\n"

    plain = run(text, catalog(users, post))
    asked = run(text + "[tables.'\"User\"']\nderive = 'id -> \"User\"'\n", catalog(users, post))

    assert plain.others[0].name == name('"User"')
    assert plain.users.key_type == "text"
    assert entry(plain, '"Post"') == (ThroughMembership("authorId"),)
    assert entry(asked, '"User"') == (ThroughMembership("id"),)


def test_a_path_of_several_hops_leads_through_tables_without_a_tenant() -> None:
    """Hops are separated by semicolons and end at a tenant table."""
    editions = table("editions", "id bigint key", "document_id uuid -> documents")
    notes = table("notes", "id bigint key", "edition_id bigint -> editions")
    text = (
        TENANT
        + DESK_TABLES
        + '[tables.editions]\nscope = "excluded"\n'
        + '[tables.notes]\nderive = "edition_id -> public.editions; document_id -> public.documents"\n'
    )

    tenancy = run(text, catalog(*DESK.tables, editions, notes))

    assert entry(tenancy, "notes") == (
        ThroughForeignKey(
            (
                Hop(("edition_id",), name("editions"), ("id",)),
                Hop(("document_id",), name("documents"), ("id",)),
            )
        ),
    )


def test_composite_keys_are_paired_as_the_foreign_key_says() -> None:
    """The order of columns in `derive` does not matter when a foreign key pairs them."""
    lines = table("lines", "doc uuid", "nr integer", "owner_id uuid -> auth.users", primary=("doc", "nr"))
    marks = foreign_key(table("marks", "n integer", "d uuid"), ("d", "n"), lines, ("doc", "nr"))
    text = (
        TENANT
        + '[tables.lines]\nderive = "owner_id -> auth.users"\n[tables.marks]\nderive = "(n, d) -> public.lines"\n'
    )

    tenancy = run(text, catalog(USERS, lines, marks))

    assert entry(tenancy, "marks") == (ThroughForeignKey((Hop(("n", "d"), name("lines"), ("nr", "doc")),)),)
    assert tenancy.by_name[name("marks")].references[0].deriving


def test_references_between_tenant_tables_are_found_and_may_be_made_strict_now() -> None:
    """Only the first derivation's own foreign key is consistent by construction."""
    comments = table(
        "comments", "id uuid key", "document_id uuid -> documents", "reply_to uuid -> comments", "plan text -> plans"
    )
    text = TENANT + DESK_TABLES.replace(
        '"document_id -> public.documents"',
        '"document_id -> public.documents"\nreferences = { comments_reply_to_fkey = "now" }',
    )

    references = run(text, catalog(USERS, DOCUMENTS, comments, PLANS)).by_name[name("comments")].references

    assert [(r.constraint, r.deriving, r.now) for r in references] == [
        ("comments_document_id_fkey", True, False),
        ("comments_reply_to_fkey", False, True),
    ]


def test_unique_constraints_and_indexes_are_scoped_where_the_file_says_so() -> None:
    """Both a constraint and a bare unique index may be named."""
    documents = unique_index(
        table("documents", "id uuid key", "owner_id uuid -> auth.users", "slug text unique"),
        "documents_owner",
        "owner_id",
    )
    text = TENANT + (
        '[tables.documents]\nderive = "owner_id -> auth.users"\n'
        'unique = { documents_slug_key = "tenant", documents_owner = "tenant_only" }\n'
    )

    uniques = run(text, catalog(USERS, documents)).by_name[name("documents")].uniques

    assert uniques == (
        TenantUnique("documents_slug_key", ("slug",)),
        TenantUnique("documents_owner", ("owner_id",), retire_old=True),
    )


def test_uniqueness_of_an_expression_is_left_to_people() -> None:
    """The plan knows no columns to put the tenant in front of; it is said before a plan is made."""
    documents = unique_index(table("documents", "id uuid key", "owner_id uuid -> auth.users"), "documents_lower", "")
    text = TENANT + '[tables.documents]\nderive = "owner_id -> auth.users"\nunique = { documents_lower = "tenant" }\n'

    with pytest.raises(TenancyInvalid, match="unique by an expression"):
        run(text, catalog(USERS, documents))


def test_rules_come_from_the_table_or_the_top_of_the_file() -> None:
    """A table's own rule wins."""
    text = (
        'orphans = "stop"\ninconsistent = "first_parent"\n'
        + TENANT
        + DESK_TABLES.replace(
            '"owner_id -> auth.users"', '"owner_id -> auth.users"\norphans = "quarantine"\ninconsistent = "quarantine"'
        )
    )

    tenancy = run(text, DESK)

    documents, comments = tenancy.tables
    assert (documents.orphans, documents.inconsistent) == (OrphanRule.QUARANTINE, InconsistentRule.QUARANTINE)
    assert (comments.orphans, comments.inconsistent) == (OrphanRule.STOP, InconsistentRule.FIRST_PARENT)


def test_limits_backup_and_roles_arrive() -> None:
    """What later stages need besides tables."""
    text = (
        TENANT
        + "[limits]\nbatch_target_ms = 80\nreplica_lag_s_max = 3\ndisk_free_ratio_min = 1.5\n[backup]\njobs = 4\ndirectory = '/b'\n"
        + "[roles]\nrequest = ['web']\nold_clients = ['v1']\n"
    )

    tenancy = run(text, replace(catalog(USERS), roles=catalog(roles=["web"]).roles))

    assert tenancy.limits.batch_target_ms == 80
    assert tenancy.limits.replica_lag_s_max == 3
    assert tenancy.backup == {"mode": "dump", "jobs": "4", "directory": "/b", "disk_free_ratio_min": "1.5"}
    assert (tenancy.request_roles, tenancy.old_clients) == (("web",), ("v1",))


def test_email_domains_know_public_mail_services() -> None:
    """'one_each' stands for the built-in list; the mail column is found by its name."""
    tenancy = run(TENANT + 'assign = { rule = "email_domain", public_domains = "one_each" }\n', catalog(USERS))

    assert isinstance(tenancy.assignment, AssignByColumn)
    assert tenancy.assignment.column == "email"
    assert tenancy.assignment.email_domain
    assert "gmail.com" in tenancy.assignment.public_domains
    assert len(tenancy.assignment.public_domains) >= 60


# --- adoption ----------------------------------------------------------------------------------------------------


def test_existing_organizations_and_memberships_are_adopted() -> None:
    """Columns are found by their foreign keys; a table's own column is used as it is."""
    projects = table("projects", "id bigint key", "team_id bigint not null -> teams")
    tasks = table("tasks", "id bigint key", "project_id bigint -> projects")
    text = ADOPT + (
        '[tables.projects]\nderive = "own:team_id"\n[tables.tasks]\nderive = "project_id -> public.projects"\n'
    )

    tenancy = run(text, catalog(USERS, TEAMS, MEMBERS, projects, tasks))

    assert tenancy.organizations.adopted
    assert tenancy.type == "bigint"
    assert (tenancy.memberships.user_column, tenancy.memberships.organization_column) == ("user_id", "team_id")
    assert tenancy.memberships.home_column == "is_default"
    assert tenancy.assignment == AssignAdopted()
    assert tenancy.by_name[name("projects")].column_exists
    assert tenancy.by_name[name("projects")].founding is None
    assert not tenancy.by_name[name("tasks")].column_exists
    assert (tenancy.founding_key, tenancy.quarantine_key) == (None, None)
    assert tenancy.by_name[name("tasks")].orphans is OrphanRule.STOP
    assert {o.name.name for o in tenancy.others} == {"users", "teams", "members"}


def test_a_foreign_key_to_organizations_is_the_same_as_own() -> None:
    """`team_id -> public.teams` says what `own:team_id` says."""
    projects = table("projects", "id bigint key", "team_id bigint -> teams")
    text = ADOPT.replace('column = "team_id"\n', "") + '[tables.projects]\nderive = "team_id -> public.teams"\n'

    tenancy = run(text, catalog(USERS, TEAMS, MEMBERS, projects))

    assert entry(tenancy, "projects") == (OwnColumn("team_id"),)
    assert not tenancy.by_name[name("projects")].column_exists


def test_home_may_be_the_first_by_some_columns() -> None:
    """'first:created_at' orders a user's memberships."""
    tenancy = run(ADOPT.replace('"is_default"', '"first:created_at, team_id"'), catalog(USERS, TEAMS, MEMBERS))

    assert tenancy.memberships.home_column is None
    assert tenancy.memberships.home_order == ("created_at", "team_id")


def test_users_may_hold_their_one_organization_themselves() -> None:
    """A users table with a company column is its own memberships table, and home needs no rule."""
    companies = table("companies", "id uuid key", "title text")
    users = table("users", "id uuid key", "company_id uuid -> companies")
    text = '[tenant]\nusers = "users"\norganizations = "companies"\norganizations_key = "id"\nmemberships = "users"\n'

    tenancy = run(text, catalog(companies, users))

    assert tenancy.memberships.user_column == "id"
    assert tenancy.memberships.organization_column == "company_id"
    assert tenancy.organizations.name_column == "title"


# --- what is refused ---------------------------------------------------------------------------------------------


def tables(**rules: str) -> str:
    """Descriptions of tables: a scope where it is one, else a derivation."""
    lines = []
    for table_name, rule in rules.items():
        key = "scope" if rule in ("shared", "excluded") else "derive"
        lines.append(f"[tables.{table_name}]\n{key} = '{rule}'\n")
    return "".join(lines)


OWNED = "owner_id -> auth.users"
REFUSALS: list[tuple[str, str, str, list[str]]] = [
    # the file, the code, a word of the line that is to blame, what the message must say
    ("", "RF304", "", ["ringfence init"]),
    ('[tenant]\nusers = "auth.user"\n', "RF301", "users", ["did you mean auth.users"]),
    ('[tenant]\nusers = "public.users"\n', "RF301", "users", ["did you mean auth.users"]),
    (TENANT + 'users_key = "uid"\n', "RF302", "users_key", ["columns: id, email"]),
    (TENANT + 'users_key = "email"\n', "RF305", "users_key", ["not unique"]),
    (TENANT + tables(document="shared"), "RF301", "tables", ["did you mean public.documents"]),
    (TENANT + tables(comments="author -> auth.users"), "RF302", "derive", ["did you mean 'author_id'"]),
    (TENANT + tables(comments="document_id -> documnets"), "RF301", "derive", ["did you mean public.documents"]),
    (TENANT + tables(documents="title -> auth.users"), "RF306", "derive", ["title is text", "id is uuid"]),
    (TENANT + tables(documents=OWNED, comments="document_id -> plans"), "RF306", "-> plans", ["id is text"]),
    (TENANT + tables(documents="owner_id -> auth.users(email)"), "RF306", "derive", ["email is text"]),
    (
        TENANT + tables(documents="shared", comments="document_id -> documents"),
        "RF307",
        "derive",
        ["belong to no tenant", '[tables."public.documents"]\n          derive = "owner_id -> auth.users"'],
    ),
    (TENANT + tables(documents="title -> plans(name)", plans="shared"), "RF307", "derive", ["no tenant"]),
    (
        TENANT + tables(plans="name -> documents(title)", documents=OWNED),
        "RF308",
        "name ->",
        ["create unique index concurrently on public.documents (title);"],
    ),
    (TENANT + tables(documents="id -> documents"), "RF310", "derive", ['derive = "owner_id -> auth.users"']),
    (TENANT + tables(documents="own:owner_id"), "RF313", "derive", ["organizations_key"]),
    (TENANT + tables(documents="id -> organizations"), "RF313", "derive", ["about to create"]),
    (
        TENANT + 'organizations = "public.plans"\n',
        "RF312",
        "organizations",
        ["organizations_key", 'organizations = "public.tenant_plans"'],
    ),
    (TENANT + 'memberships = "app.members"\n', "RF301", "memberships", ["create schema app"]),
    (TENANT + 'type = "bigint"\n', "RF313", "type", ["uuid"]),
    (TENANT + 'quarantine = "1"\n', "RF313", "quarantine", ["Ringfence creates them"]),
    (TENANT + 'column = "owner_id"\n' + DESK_TABLES, "RF311", "public.documents", ['column = "org_id"']),
    (TENANT + '[roles]\nservice = ["service_rol"]\n', "RF318", "service =", ["did you mean 'service_role'"]),
    (TENANT + 'assign = { rule = "column", column = "company" }\n', "RF302", "assign", ["has no column 'company'"]),
    (TENANT + 'assign = { rule = "email_domain", column = "id" }\n', "RF316", "assign", ["needs text"]),
    (TENANT + 'assign = { rule = "mapping", file = "m.csv" }\n', "RF316", "assign", ["m.csv"]),
]


@pytest.mark.parametrize(("text", "code", "at", "fragments"), REFUSALS)
def test_each_contradiction_is_named_with_its_line_and_a_way_out(
    text: str, code: str, at: str, fragments: list[str]
) -> None:
    """One thing wrong, one coded problem on the right line."""
    problem = refused(text, replace(DESK, roles=catalog(roles=["service_role"]).roles))

    assert problem.code == code, str(problem)
    assert problem.where is not None
    assert problem.where.line == (line_of(text, at) if at else 1)
    assert problem.subject
    assert problem.hint
    assert all(fragment in str(problem) for fragment in fragments), str(problem)
    assert problem.exit_code == 2


def test_a_circle_is_named_whole_with_the_way_out() -> None:
    """Every table of the circle is said, and where it could be broken."""
    a = table("a", "id uuid key", "b_id uuid -> b")
    b = table("b", "id uuid key", "c_id uuid -> c", "owner_id uuid -> auth.users")
    c = table("c", "id uuid key", "a_id uuid -> a")
    text = TENANT + (
        '[tables.a]\nderive = "b_id -> public.b"\n[tables.b]\nderive = "c_id -> public.c"\n'
        '[tables.c]\nderive = "a_id -> public.a"\n'
    )

    problem = refused(text, catalog(USERS, a, b, c))

    assert problem.code == "RF309"
    assert "public.a -> public.b -> public.c -> public.a" in problem.message
    assert '[tables."public.b"] derive = "owner_id -> auth.users"' in problem.hint


def test_references_and_uniques_must_exist() -> None:
    """A misspelled constraint is not passed over."""
    text = TENANT + DESK_TABLES.replace(
        'derive = "document_id -> public.documents"',
        'derive = "document_id -> public.documents"\n'
        'references = { comments_documnt_fkey = "now" }\nunique = { comments_pkey = "tenant", nothing = "tenant" }',
    )

    with pytest.raises(TenancyInvalid) as caught:
        run(text, DESK)

    assert [p.code for p in caught.value.problems] == ["RF303", "RF319", "RF303"]
    assert "did you mean 'comments_document_id_fkey'" in str(caught.value)


def test_everything_wrong_is_said_at_once_in_the_files_order() -> None:
    """Several problems make one error that holds them all."""
    text = TENANT + (
        '[tables.documents]\nderive = "ownr -> auth.users"\n[tables.nothing]\nscope = "shared"\n'
        '[tables.comments]\nderive = "document_id -> public.plan"\n'
    )

    with pytest.raises(TenancyInvalid) as caught:
        run(text, DESK)

    assert caught.value.code == "RF300"
    assert [p.where.line for p in caught.value.problems if p.where] == [4, 5, 8]
    assert all(f"ringfence.toml:{line}" in str(caught.value) for line in (4, 5, 8))


def test_the_tenant_columns_name_may_be_taken_by_another_meaning() -> None:
    """An OAuth client is no organization: refused with a free name, whatever its type."""
    grants = table("grants", "id uuid key", "owner_id uuid -> auth.users", "client_id uuid")
    text = TENANT + '[tables.grants]\nderive = "owner_id -> auth.users"\n'

    problem = refused(text, catalog(USERS, grants))

    assert problem.code == "RF311"
    assert problem.subject == "public.grants.client_id"
    assert '[tenant]\ncolumn = "org_id"' in problem.hint


def test_adopted_organizations_do_not_turn_any_column_into_theirs() -> None:
    """Same type is not enough: a foreign key or the file must say so, and the type must be exactly the key's."""
    loose = table("loose", "id bigint key", "team_id bigint", "owner_id uuid -> auth.users")
    narrow = table("narrow", "id bigint key", "team_id integer -> teams")
    text = ADOPT + '[tables.loose]\nderive = "owner_id -> auth.users"\n[tables.narrow]\nderive = "own:team_id"\n'

    with pytest.raises(TenancyInvalid) as caught:
        run(text, catalog(USERS, TEAMS, MEMBERS, loose, narrow))

    first, second = caught.value.problems
    assert (first.code, second.code) == ("RF311", "RF311")
    assert "no foreign key to public.teams" in first.message
    assert 'derive = "own:team_id"' in first.hint
    assert "it is integer, but the key of public.teams is bigint" in second.message


def test_an_existing_organization_column_is_never_overwritten() -> None:
    """Where the column is the application's own, it must decide first."""
    projects = table("projects", "id bigint key", "team_id bigint -> teams", "owner_id uuid -> auth.users")

    problem = refused(
        ADOPT + '[tables.projects]\nderive = "owner_id -> auth.users"\n', catalog(USERS, TEAMS, MEMBERS, projects)
    )

    assert problem.code == "RF311"
    assert "put 'own:team_id' first" in problem.hint


@pytest.mark.parametrize(
    ("change", "code", "fragments"),
    [
        (('home = "is_default"\n', ""), "RF314", ['home = "is_default"', 'home = "first:created_at"']),
        (('"is_default"', '"created_at"'), "RF314", ["expected boolean"]),
        (('"is_default"', '"first:since"'), "RF302", ["no column 'since'"]),
        (('organizations_key = "id"', 'organizations_key = "name"'), "RF305", ["not unique"]),
        (('memberships = "members"', 'memberships = "team_members"'), "RF301", ["did you mean"]),
        (('memberships = "members"', 'memberships = "notes"'), "RF313", ["memberships_user"]),
        (("home =", 'founding = "acme"\nhome ='), "RF306", ["is no bigint"]),
        (("home =", 'type = "uuid"\nhome ='), "RF306", ['type = "bigint"']),
        (("home =", 'assign = { rule = "one" }\nhome ='), "RF313", ["adopted"]),
        (("home =", 'memberships_user = "team_id"\nhome ='), "RF306", ["team_id is bigint"]),
    ],
)
def test_an_adoption_that_does_not_fit_is_refused(change: tuple[str, str], code: str, fragments: list[str]) -> None:
    """Keys, types, memberships and home are all compared with the database."""
    notes = table("notes", "id bigint key", "team_id bigint -> teams", "author_id bigint")
    text = ADOPT.replace(*change)

    with pytest.raises(TenancyInvalid) as caught:
        run(text, catalog(USERS, TEAMS, MEMBERS, notes))

    assert caught.value.problems[0].code == code, str(caught.value)
    assert all(fragment in str(caught.value) for fragment in fragments), str(caught.value)


def test_quarantine_of_adopted_organizations_needs_a_name() -> None:
    """Nobody's rows are put into somebody's organization unasked."""
    projects = table("projects", "id bigint key", "team_id bigint -> teams")
    text = ADOPT + '[tables.projects]\nderive = ["own:team_id", "founding"]\norphans = "quarantine"\n'

    with pytest.raises(TenancyInvalid) as caught:
        run(text, catalog(USERS, TEAMS, MEMBERS, projects))

    assert {p.code for p in caught.value.problems} == {"RF313", "RF317"}
    named = run(
        text.replace("home =", 'founding = "1"\nquarantine = "2"\nhome ='), catalog(USERS, TEAMS, MEMBERS, projects)
    )
    assert (named.founding_key, named.quarantine_key) == ("1", "2")


@pytest.mark.parametrize(
    ("spec_table", "fragment"),
    [
        ("events_2030", "follows public.events"),
        ("remote", "another database"),
        ("ext", "extension"),
    ],
)
def test_some_tables_cannot_have_a_scope_of_their_own(spec_table: str, fragment: str) -> None:
    """Partitions, foreign tables and an extension's tables are refused as tenant tables."""
    root = table("events", "id bigint", "owner_id uuid -> auth.users")
    leaf = replace(table("events_2030", "id bigint", "owner_id uuid"), partition_of=root.name)
    remote = replace(table("remote", "id bigint", "owner_id uuid"), kind=TableKind.FOREIGN)
    ext = replace(table("ext", "id bigint", "owner_id uuid"), extension="timescaledb")
    text = TENANT + f'[tables.{spec_table}]\nderive = "owner_id -> auth.users"\n'

    problem = refused(text, catalog(USERS, root, leaf, remote, ext))

    assert problem.code == "RF315"
    assert fragment in problem.message


def test_organizations_and_memberships_are_no_tenant_tables() -> None:
    """They are what tenants are made of; a trigger that reads them must not stand on them."""
    problem = refused(ADOPT + '[tables.members]\nderive = "own:team_id"\n', catalog(USERS, TEAMS, MEMBERS))

    assert problem.code == "RF315"
    assert "holds the memberships" in problem.message


def test_a_child_cannot_follow_parents_of_different_scopes() -> None:
    """An heir of a tenant and a shared table is nobody's."""
    heir = replace(table("heir", "id uuid"), inherits=(DOCUMENTS.name, PLANS.name))

    problem = refused(TENANT + DESK_TABLES, catalog(*DESK.tables, heir))

    assert problem.code == "RF315"
    assert "public.documents (tenant), public.plans (shared)" in problem.message


def test_a_childs_own_column_of_the_tenants_name_is_noticed() -> None:
    """PostgreSQL would merge it with ours."""
    heir = replace(table("heir", "id uuid", "client_id text"), inherits=(DOCUMENTS.name,))

    problem = refused(TENANT + DESK_TABLES, catalog(*DESK.tables, heir))

    assert (problem.code, problem.subject) == ("RF311", "public.heir.client_id")


def test_a_path_that_could_go_on_says_how() -> None:
    """A parent without tenant whose own foreign keys lead on gives the whole path to paste."""
    editions = table("editions", "id bigint key", "document_id uuid -> documents")
    notes = table("notes", "id bigint key", "edition_id bigint -> editions")
    text = (
        TENANT
        + DESK_TABLES
        + ('[tables.editions]\nscope = "excluded"\n[tables.notes]\nderive = "edition_id -> public.editions"\n')
    )
    on = catalog(*DESK.tables, editions, notes)

    hint = refused(text, on).hint

    assert hint.startswith('derive = "edition_id -> public.editions(id); document_id -> public.documents"')
    pasted = tomllib.loads(hint.splitlines()[0])["derive"]
    assert not run(text.replace('"edition_id -> public.editions"', f'"{pasted}"'), on).unresolved


def test_a_path_does_not_go_through_a_tenant_table() -> None:
    """A tenant table has the answer; asking further could give another one."""
    comments = table("comments", "id uuid key", "document_id uuid -> documents")
    marks = table("marks", "id uuid key", "comment_id uuid -> comments")
    text = (
        TENANT
        + DESK_TABLES
        + ('[tables.marks]\nderive = "comment_id -> public.comments; document_id -> public.documents"\n')
    )

    problem = refused(text, catalog(USERS, DOCUMENTS, comments, marks, PLANS))

    assert problem.code == "RF307"
    assert problem.hint == 'derive = "comment_id -> public.comments"'


def test_names_of_any_kind_arrive_unharmed() -> None:
    """Quotes, capitals, dots, spaces and letters of any script."""
    odd = QualifiedName('My "Schema"', "Täble.one two")
    parent = replace(table("x", "id uuid key", '"Owner Id" uuid -> auth.users'), name=odd)
    child = replace(table("y", "id uuid key", '"the ref" uuid'), name=QualifiedName("public", "select"))
    text = TENANT + (
        '[tables.\'"My ""Schema"""."Täble.one two"\']\nderive = \'"Owner Id" -> auth.users\'\n'
        '[tables.select]\nderive = \'"the ref" -> "My ""Schema"""."Täble.one two"\'\n'
    )

    tenancy = run(text, catalog(USERS, parent, child))

    assert [t.name for t in tenancy.tables] == [odd, QualifiedName("public", "select")]
