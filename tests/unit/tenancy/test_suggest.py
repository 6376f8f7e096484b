"""What is proposed for databases of known shapes, and what is left to a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from ringfence.catalog.model import Catalog, Table, TableKind
from ringfence.spec.load import parse_spec
from ringfence.tenancy.evidence import Activity, Answer, Counted, Evidence, Unanswered, questions
from ringfence.tenancy.people import Confidence, find_users
from ringfence.tenancy.render import render_toml
from ringfence.tenancy.resolve import resolve
from ringfence.tenancy.suggest import suggest
from ringfence.tenancy.suggestion import Suggestion, TableSuggestion
from support.tables import catalog, foreign_key, name, table, unique_index

AUTH = table("auth.users", "id uuid key", "email text", "raw_app_meta_data jsonb")
PEOPLE = table("users", "id bigint key", "email text", "password_hash text")
OWNED = table("projects", "id bigint key", "owner_id bigint not null -> users")


def look(*tables: Table, evidence: Evidence | None = None, rows: dict[str, int] | None = None) -> Suggestion:
    """A suggestion, checked to resolve."""
    on = catalog(*tables, rows=rows)
    suggestion = suggest(on, evidence or Evidence())
    tenancy = resolve(parse_spec(render_toml(suggestion), "ringfence.toml"), on)
    assert {t.name for t in tenancy.unresolved} == set(suggestion.unresolved)
    return suggestion


def of(suggestion: Suggestion, table_name: str) -> TableSuggestion:
    """What is proposed for one table."""
    return next(t for t in suggestion.tables if t.name == name(table_name))


def answers(on: Catalog, said: Mapping[str, Answer]) -> Evidence:
    """The same answer to every question about a column, by 'table.column'."""
    return Evidence({q: said[key] for q in questions(on) if (key := f"{q.table.name}.{q.column}") in said})


# --- which parent ------------------------------------------------------------------------------------------------


def test_a_row_goes_with_what_it_is_deleted_with_rather_than_with_its_author() -> None:
    """A comment's tenant is its document's, whoever wrote it: the two can then never contradict."""
    comments = table(
        "tasks",
        "id bigint key",
        "project_id bigint not null -> projects cascade",
        "created_by bigint not null -> users",
    )

    found = of(look(PEOPLE, OWNED, comments), "tasks")

    assert found.derive == ("project_id -> public.projects",)
    assert found.confidence is Confidence.HIGH
    assert [a.line for a in found.alternatives] == ["created_by -> public.users"]
    assert "tasks_project_id_fkey" in found.reasons[0]


@pytest.mark.parametrize(
    ("columns", "derive"),
    [
        # an owner before a parent that the row does not hang on
        (["user_id bigint not null -> users", "project_id bigint not null -> projects"], "user_id"),
        # a parent before an author
        (["author_id bigint not null -> users", "project_id bigint not null -> projects"], "project_id"),
        # an owner before those who had to do with the row later
        (["assignee_id bigint not null -> users", "owner_id bigint not null -> users"], "owner_id"),
        (["updated_by bigint not null -> users", "created_by bigint not null -> users"], "created_by"),
        # what must be there before what may be missing
        (["owner_id bigint -> users", "author_id bigint not null -> users"], "author_id"),
        # a passing relation hardly says anything
        (["last_project_id bigint not null -> projects", "author_id bigint not null -> users"], "author_id"),
    ],
)
def test_the_best_of_several_references_is_chosen(columns: list[str], derive: str) -> None:
    """Ownership before authorship before being asked; never null before nullable."""
    found = of(look(PEOPLE, OWNED, table("items", "id bigint key", *columns)), "items")

    assert found.derive[0].startswith(f"{derive} ->")


def test_a_link_table_hangs_on_the_parent_it_is_deleted_with() -> None:
    """Where both ends are tenant tables, the cascade decides; the name decides between two cascades."""
    orders = table("orders", "id bigint key", "user_id bigint not null -> users")
    products = table("products", "id bigint key", "owner_id bigint not null -> users")
    one = table(
        "wishes",
        "order_id bigint -> orders",
        "product_id bigint -> products cascade",
        primary=("order_id", "product_id"),
    )
    both = table(
        "order_items",
        "product_id bigint -> products cascade",
        "order_id bigint -> orders cascade",
        primary=("order_id", "product_id"),
    )

    suggestion = look(PEOPLE, orders, products, one, both)

    assert of(suggestion, "wishes").derive == ("product_id -> public.products",)
    assert of(suggestion, "order_items").derive == ("order_id -> public.orders",)
    assert of(suggestion, "order_items").confidence is Confidence.MEDIUM


def test_references_that_may_be_null_are_tried_in_turn() -> None:
    """The list ends with the first that is never null; bystanders are never in it."""
    files = table(
        "files",
        "id bigint key",
        "project_id bigint -> projects",
        "reviewer_id bigint -> users",
        "uploaded_by bigint not null -> users",
        "owner_id bigint -> users",
    )
    notes = table("notes", "id bigint key", "project_id bigint -> projects")

    suggestion = look(PEOPLE, OWNED, files, notes)

    assert of(suggestion, "files").derive == ("uploaded_by -> public.users",)
    assert of(suggestion, "notes").derive == ("project_id -> public.projects",)
    assert "rule for orphans" in of(suggestion, "notes").reasons[-1]
    assert of(suggestion, "notes").confidence is Confidence.MEDIUM

    drafts = table("drafts", "id bigint key", "project_id bigint -> projects cascade", "author_id bigint -> users")
    assert of(look(PEOPLE, OWNED, drafts), "drafts").derive == (
        "project_id -> public.projects",
        "author_id -> public.users",
    )


def test_a_circle_is_opened_where_another_way_is_best() -> None:
    """Teams name a main project and projects their team: one of them goes by its owner, and it is said why."""
    crews = table("crews", "id bigint key", "main_job_id bigint not null -> jobs", "owner_id bigint not null -> users")
    jobs = table("jobs", "id bigint key", "crew_id bigint not null -> crews cascade", "created_by bigint -> users")
    pay = table("pays", "id bigint key", "job_id bigint not null -> jobs cascade")

    suggestion = look(PEOPLE, crews, jobs, pay)

    assert of(suggestion, "crews").derive == ("owner_id -> public.users",)
    assert of(suggestion, "jobs").derive == ("crew_id -> public.crews",)
    assert of(suggestion, "pays").derive == ("job_id -> public.jobs",)


def test_a_real_circle_is_opened_at_the_strongest_second_choice() -> None:
    """Both hang on each other: the one with the better owner is taken out of the circle."""
    left = table("lefts", "id bigint key", "right_id bigint not null -> rights cascade", "owner_id bigint -> users")
    right = table("rights", "id bigint key", "left_id bigint not null -> lefts cascade", "assignee_id bigint -> users")

    suggestion = look(PEOPLE, left, right)

    assert of(suggestion, "lefts").derive[0] == "owner_id -> public.users"
    assert "would close a circle" in of(suggestion, "lefts").reasons[0]
    assert of(suggestion, "lefts").confidence is Confidence.MEDIUM
    assert of(suggestion, "rights").derive == ("left_id -> public.lefts",)


def test_only_bystanders_is_a_weak_answer() -> None:
    """Who was assigned a ticket may not own it: proposed, but low."""
    found = of(look(PEOPLE, table("tickets", "id bigint key", "assignee_id bigint not null -> users")), "tickets")

    assert found.derive == ("assignee_id -> public.users",)
    assert found.confidence is Confidence.LOW
    assert "may not own the row" in found.reasons[0]


def test_composite_references_are_written_as_such() -> None:
    """A key of two columns is followed by both."""
    boxes = table("boxes", "shop bigint", "nr bigint", "owner_id bigint not null -> users", primary=("shop", "nr"))
    items = foreign_key(
        table("items", "id bigint key", "shop bigint not null", "box bigint not null"),
        ("shop", "box"),
        boxes,
        ("shop", "nr"),
    )

    assert of(look(PEOPLE, boxes, items), "items").derive == ("(shop, box) -> public.boxes",)


def test_profiles_lead_straight_to_the_user() -> None:
    """A profile's key is the user's key, so rows of a user's second organization need not have their profile's tenant."""
    profiles = table("profiles", "id uuid key -> auth.users cascade", "username text unique")
    posts = table("posts", "id uuid key", "author_id uuid not null -> profiles")

    suggestion = look(AUTH, profiles, posts)

    assert of(suggestion, "profiles").derive == ("id -> auth.users",)
    assert of(suggestion, "posts").derive == ("author_id -> auth.users",)
    assert "the key of public.profiles is the user's key" in of(suggestion, "posts").reasons[0]
    assert of(suggestion, "profiles").uniques == (("profiles_username_key", "username"),)


def test_a_profile_that_others_refer_to_comes_with_a_caution() -> None:
    """Its tenant is the user's home, while what refers to it may belong to the user's other organization."""
    profiles = table("profiles", "id uuid key -> auth.users cascade")
    posts = table("posts", "id uuid key", "author_id uuid not null -> profiles")

    suggestion = look(AUTH, profiles, posts)

    assert "referred to by public.posts" in of(suggestion, "profiles").caution
    assert not of(suggestion, "posts").caution
    assert 'scope = "excluded"    # or: like the users' in render_toml(suggestion)


# --- users -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tables", "found"),
    [
        ([AUTH, table("notes", "id uuid key", "user_id uuid -> auth.users")], "auth.users"),
        # a Supabase project whose application signs people in by itself
        ([AUTH, PEOPLE, OWNED], "users"),
        # Supabase's users are extended by a table that everything refers to
        (
            [
                AUTH,
                table("users", "id uuid key -> auth.users", "email text"),
                table("posts", "id uuid key", "user_id uuid -> users"),
            ],
            "auth.users",
        ),
        ([table("people", "id bigint key", "email text", "password_digest text")], "people"),
        ([table('"User"', "id text key", "email text"), table('"Post"', "id text key", '"authorId" text -> "User"')],
         '"User"'),
        (
            [
                table("auth_user", "id integer key", "password text", "email text"),
                table("auth_user_groups", "id integer key", "user_id integer -> auth_user"),
            ],
            "auth_user",
        ),
        (
            [
                table("accounts", "id bigint key", "email text", "encrypted_password text"),
                table("statuses", "id bigint key", "account_id bigint -> accounts"),
            ],
            "accounts",
        ),
        # a link table whose name ends in users is not the users
        (
            [
                PEOPLE,
                table("workspaces", "id bigint key"),
                table("workspace_users", "id bigint key", "user_id bigint -> users", "email text"),
            ],
            "users",
        ),
        # two that are equally good: a person decides
        ([table("app.users", "id bigint key", "email text"), table("crm.users", "id bigint key", "email text")], None),
        ([table("orders", "id bigint key", "email text"), table("products", "id bigint key")], None),
    ],
)  # fmt: skip
def test_the_users_table_need_not_be_called_users(tables: Iterable[Table], found: str | None) -> None:
    """Judged by its name, its columns and who refers to it; no answer when two are alike."""
    people = find_users(catalog(*tables))

    assert (people.table if people else None) == (name(found) if found else None)


def test_a_person_may_name_the_users_table() -> None:
    """What a person says outweighs every score."""
    staff = table("staff", "nr bigint key")
    calls = table("calls", "id bigint key", "taken_by bigint not null -> staff(nr)")

    suggestion = suggest(catalog(PEOPLE, staff, calls), Evidence(), users=name("staff"))

    assert suggestion.people is not None
    assert suggestion.people.key == "nr"
    assert of(suggestion, "calls").derive == ("taken_by -> public.staff",)


def test_without_users_everything_waits_and_the_candidates_are_named() -> None:
    """No users table is guessed; the file still loads."""
    on = catalog(
        table("employees", "id bigint key", "email text"),
        table("customers", "id bigint key", "email text"),
        table("orders", "id bigint key", "customer_id bigint -> customers"),
    )

    suggestion = suggest(on, Evidence())
    text = render_toml(suggestion)

    assert suggestion.people is None
    assert len(suggestion.unresolved) == 3
    assert '# users = "public.customers"' in text
    assert parse_spec(text, "x").tenant.users is None


# --- names and data ----------------------------------------------------------------------------------------------

LOOSE = catalog(PEOPLE, table("notes", "id bigint key", "user_id bigint", "text text"))


@pytest.mark.parametrize(
    ("answer", "scope", "said"),
    [
        (Counted(1000, 0, 400, 400), "tenant", "100 % of 400 sampled values"),
        (Counted(1000, 100, 400, 397), "tenant", "more than 99 %"),
        (Counted(1000, 0, 400, 380), "unresolved", "only 95 % of 400 values"),
        (Counted(19, 0, 19, 19), "unresolved", "only 19 (20 are needed"),
        (Counted(50, 50, 0, 0), "unresolved", "no value to compare"),
        (Unanswered("permission denied for table notes"), "unresolved", "permission denied for table notes"),
        (Counted(1000, 0, 400, 3), "unresolved", "no foreign key and no column whose name"),
        (None, "unresolved", "the data has not been asked"),
    ],
)
def test_a_name_is_believed_only_when_the_data_agrees(answer: Answer | None, scope: str, said: str) -> None:
    """At least 99 % of at least 20 distinct values must be keys of the parent; anything less is a person's business."""
    evidence = answers(LOOSE, {"notes.user_id": answer}) if answer else Evidence()

    found = of(suggest(LOOSE, evidence), "notes")

    assert found.scope == scope
    assert said in found.reasons[0]
    if scope == "tenant":
        assert found.confidence is Confidence.MEDIUM
        assert found.derive == ("user_id -> public.users",)
    elif "no foreign key" not in said:
        assert [a.line for a in found.alternatives] == ["user_id -> public.users"]


@pytest.mark.parametrize(
    ("column", "parent"),
    [
        ("user_id bigint", "users"),
        ("userId integer", "users"),
        ("created_by bigint", "users"),
        ("owner bigint", "users"),
        ("actor bigint", "users"),
        ("author_user_id bigint", "users"),
        ("project_id bigint", "projects"),
        ("projectId bigint", "projects"),
        ("source_project_id bigint", "projects"),
        ("user_id text", None),
        ("created_at bigint", None),
        ("project_name text", None),
        ("id bigint", None),
        ("user_count bigint", None),
    ],
)
def test_questions_are_asked_where_name_and_type_agree(column: str, parent: str | None) -> None:
    """A column of another type, a timestamp or a count is never compared."""
    on = catalog(PEOPLE, OWNED, table("things", column))

    asked = {q.parent for q in questions(on) if q.table == name("things")}

    assert asked == ({name(parent)} if parent else set())


def test_columns_that_refer_to_whatever_another_column_names_are_left_alone() -> None:
    """commentable_id beside commentable_type can refer to any table."""
    on = catalog(PEOPLE, table("comments", "id bigint key", "user_type text", "user_id bigint"))

    assert not questions(on)
    assert "another column names" in of(suggest(on, Evidence()), "comments").reasons[0]


def test_nullable_foreign_keys_are_asked_for_their_nulls() -> None:
    """The share of rows without a value is part of the reason."""
    on = catalog(PEOPLE, table("files", "id bigint key", "owner_id bigint -> users"))

    found = of(suggest(on, answers(on, {"files.owner_id": Counted(200, 50, 100, 100)})), "files")

    assert "null in 25 % of 200 sampled rows" in found.reasons[0]


def test_the_sample_is_bounded_by_the_estimated_size() -> None:
    """A table of a hundred million rows is not read from end to end."""
    on = catalog(PEOPLE, table("logs", "id bigint key", "user_id bigint"), rows={"logs": 100_000_000, "users": 10})

    (question,) = questions(on)

    assert question.sample_percent == pytest.approx(0.02)


# --- adoption ----------------------------------------------------------------------------------------------------

TEAMS = table("teams", "id bigint key", "name text")
MEMBERS = table(
    "team_members",
    "team_id bigint -> teams",
    "user_id bigint -> users",
    "role text",
    "created_at timestamp with time zone",
    primary=("team_id", "user_id"),
)
BOARDS = table("boards", "id bigint key", "team_id bigint not null -> teams cascade")
CARDS = table("cards", "id bigint key", "board_id bigint not null -> boards cascade")


def test_teams_with_members_are_adopted() -> None:
    """Mapping, home and the tenant column come from what is there."""
    suggestion = look(PEOPLE, TEAMS, MEMBERS, BOARDS, CARDS)

    adoption = suggestion.adoption
    assert adoption is not None
    assert (adoption.organizations, adoption.memberships) == (name("teams"), name("team_members"))
    assert (adoption.user_column, adoption.organization_column) == ("user_id", "team_id")
    assert adoption.home == "first:created_at"
    assert suggestion.column == "team_id"
    assert of(suggestion, "boards").derive == ("own:team_id",)
    assert of(suggestion, "cards").derive == ("board_id -> public.boards",)
    assert of(suggestion, "teams").scope == "excluded"
    assert of(suggestion, "team_members").scope == "excluded"


def test_a_flag_says_which_membership_is_home() -> None:
    """is_default beats the date; a status is pointed out."""
    members = table(
        "memberships",
        "organization_id uuid -> organizations",
        "user_id uuid -> auth.users",
        "is_default boolean",
        "status text",
        primary=("organization_id", "user_id"),
    )

    suggestion = look(AUTH, table("organizations", "id uuid key"), members)

    assert suggestion.adoption is not None
    assert suggestion.adoption.home == "is_default"
    assert suggestion.adoption.active_choices == ("status = 'active'",)
    assert "# active = \"status = 'active'\"" in render_toml(suggestion)


def test_users_with_a_company_are_their_own_memberships() -> None:
    """One organization per user needs no memberships table and no rule for home."""
    users = table("users", "id bigint key", "email text", "organization_id bigint not null -> organizations")
    invoices = table("invoices", "id bigint key", "organization_id bigint not null -> organizations")

    suggestion = look(table("organizations", "id bigint key", "name text"), users, invoices)

    assert suggestion.adoption is not None
    assert suggestion.adoption.memberships == name("users")
    assert suggestion.adoption.home is None
    assert of(suggestion, "invoices").derive == ("own:organization_id",)


def test_the_upper_of_two_levels_is_the_tenant() -> None:
    """Teams inside organizations are a matter within a tenant."""
    organizations = table("organizations", "id bigint key")
    org_members = table(
        "org_members", "organization_id bigint -> organizations", "user_id bigint -> users",
        primary=("organization_id", "user_id"),
    )  # fmt: skip
    teams = table("teams", "id bigint key", "organization_id bigint not null -> organizations")

    suggestion = look(PEOPLE, organizations, org_members, teams, MEMBERS, BOARDS)

    assert suggestion.adoption is not None
    assert suggestion.adoption.organizations == name("organizations")
    assert of(suggestion, "teams").derive == ("own:organization_id",)
    assert of(suggestion, "boards").derive == ("team_id -> public.teams",)
    assert of(suggestion, "team_members").derive == ("team_id -> public.teams",)


def test_members_found_by_name_and_data_are_adopted_too() -> None:
    """Foreign keys are not needed where the data says the same."""
    members = table("team_users", "team_id bigint not null", "user_id bigint not null", primary=("team_id", "user_id"))
    boards = table("boards", "id bigint key", "team_id bigint not null")
    on = catalog(PEOPLE, TEAMS, members, boards)
    sure = Counted(100, 0, 50, 50)
    evidence = answers(on, dict.fromkeys(("team_users.team_id", "team_users.user_id", "boards.team_id"), sure))

    suggestion = look(*on.tables, evidence=evidence)

    assert suggestion.adoption is not None
    assert of(suggestion, "boards").derive == ("own:team_id",)


def test_rows_that_refer_to_a_membership_find_their_organization_through_it() -> None:
    """A path of two hops leads through the memberships table."""
    members = table("members", "id bigint key", "team_id bigint not null -> teams", "user_id bigint not null -> users")
    members = unique_index(members, "one_each", "team_id", "user_id")
    shifts = table("shifts", "id bigint key", "member_id bigint not null -> members cascade")

    suggestion = look(PEOPLE, TEAMS, members, BOARDS, shifts)

    assert of(suggestion, "shifts").derive == ("member_id -> public.members; team_id -> public.teams",)


@pytest.mark.parametrize(
    "tables",
    [
        # companies as business records: contacts work there, but no user belongs to them
        [
            PEOPLE,
            table("companies", "id bigint key", "owner_id bigint not null -> users"),
            table("contacts", "id bigint key", "company_id bigint not null -> companies"),
        ],
        # followers are no members
        [
            PEOPLE,
            table("companies", "id bigint key", "owner_id bigint not null -> users"),
            table("followers", "company_id bigint -> companies", "user_id bigint -> users",
                  primary=("company_id", "user_id")),
        ],
        # an invitation is no membership
        [
            PEOPLE,
            table("groups", "id bigint key", "owner_id bigint not null -> users"),
            table("group_invitations", "group_id bigint -> groups", "user_id bigint -> users", "role text",
                  primary=("group_id", "user_id")),
        ],
        # Django's groups grant permissions
        [
            PEOPLE,
            table("auth_group", "id bigint key", "name text"),
            table("auth_user_groups", "group_id bigint -> auth_group", "user_id bigint -> users", "role text",
                  primary=("group_id", "user_id")),
        ],
    ],
)  # fmt: skip
def test_what_only_looks_like_a_tenant_is_not_adopted(tables: list[Table]) -> None:
    """Business records, followers, invitations and permission groups are none."""
    assert look(*tables).adoption is None


def test_an_organizations_table_nobody_belongs_to_keeps_its_name() -> None:
    """The tables to be created get free names, and the file says why."""
    suggestion = look(PEOPLE, table("organizations", "id bigint key", "owner_id bigint not null -> users"))

    assert suggestion.adoption is None
    assert suggestion.organizations == name("tenant_organizations")
    assert "public.organizations exists" in render_toml(suggestion)


# --- the tenant column -------------------------------------------------------------------------------------------


def test_a_taken_column_name_gives_way_to_a_free_one() -> None:
    """client_id of an OAuth client, org_id of something else: the next free name, with the reason beside it."""
    apps = table("oauth_apps", "id bigint key", "owner_id bigint not null -> users", "client_id text unique")
    imports = table("imports", "id bigint key", "owner_id bigint not null -> users", "org_id bigint")

    suggestion = look(PEOPLE, apps, imports)

    assert suggestion.column == "tenant_id"
    text = render_toml(suggestion).replace("\n# ", " ")
    assert "client_id is taken: public.oauth_apps.client_id (text)" in text
    assert "org_id is taken: public.imports.org_id (bigint)" in text


def test_the_organizations_own_column_is_not_used_where_it_means_something_else() -> None:
    """Another type, or the same name without reference: a new name, and the old columns are still read."""
    odd = table("odd", "id bigint key", "team_id text", "owner_id bigint not null -> users")

    suggestion = look(PEOPLE, TEAMS, MEMBERS, BOARDS, odd)

    assert suggestion.column == "client_id"
    assert of(suggestion, "boards").derive == ("own:team_id",)
    assert of(suggestion, "odd").derive == ("owner_id -> public.users",)


# --- shared, excluded, unresolved --------------------------------------------------------------------------------


def test_lookup_tables_are_shared_with_low_confidence() -> None:
    """Small, used, called like one: shared, but a person should look."""
    countries = table("countries", "code text key")
    orders = table("orders", "id bigint key", "user_id bigint not null -> users", "country text -> countries(code)")

    found = of(look(PEOPLE, countries, orders, rows={"countries": 200, "orders": 90_000}), "countries")

    assert (found.scope, found.confidence) == ("shared", Confidence.LOW)
    assert "200 rows, up to 90000" in found.reasons[0]


@pytest.mark.parametrize(
    ("table_name", "rows", "activity"),
    [
        ("countries", 0, None),
        ("countries", 50_000, None),
        ("countries", 200, Activity(200, 0, 5000, 0)),
        ("campaigns", 3000, Activity(3000, 0, 0, 0)),
        ("campaigns", 20, None),
        ("teams", 20, Activity(20, 0, 0, 0)),
    ],
)
def test_what_may_be_somebodys_is_unresolved(table_name: str, rows: int, activity: Activity | None) -> None:
    """Empty, large, busy, unknown or called like a tenant: nobody guesses."""
    lookup = table(table_name, "id bigint key")
    orders = table("orders", "id bigint key", "user_id bigint not null -> users", f"x bigint -> {table_name}")
    evidence = Evidence({}, {f"public.{table_name}": activity} if activity else {})

    suggestion = look(PEOPLE, lookup, orders, evidence=evidence, rows={table_name: rows, "orders": 90_000})

    assert of(suggestion, table_name).scope == "unresolved"


def test_books_of_migration_tools_and_foreign_tables_are_excluded() -> None:
    """Nobody's rows, or rows of another database."""
    suggestion = look(
        PEOPLE,
        table("schema_migrations", "version text key"),
        table('"_prisma_migrations"', "id text key"),
        replace(table("remote", "id bigint"), kind=TableKind.FOREIGN),
    )

    assert not suggestion.unresolved
    assert {t.name.name for t in suggestion.tables if t.scope == "excluded"} == {
        "users",
        "schema_migrations",
        "_prisma_migrations",
        "remote",
    }


def test_a_table_that_refers_only_to_itself_is_unresolved() -> None:
    """A tree says nothing about who planted it."""
    found = of(look(PEOPLE, table("nodes", "id bigint key", "parent_id bigint -> nodes")), "nodes")

    assert found.scope == "unresolved"
    assert "refers to itself" in found.reasons[0]


def test_children_of_the_unknown_wait_with_it() -> None:
    """What hangs on an open question is offered for the time when it is answered."""
    things = table("things", "id bigint key", "v text")
    parts = table("parts", "id bigint key", "thing_id bigint not null -> things cascade")

    found = of(look(PEOPLE, things, parts), "parts")

    assert found.scope == "unresolved"
    assert [a.line for a in found.alternatives] == ["thing_id -> public.things"]


def test_partitions_are_not_described() -> None:
    """They follow their root, and the file says how many there are."""
    root = table("events", "id bigint", "user_id bigint not null -> users")
    leaves = [replace(table(f"events_{n}", "id bigint", "user_id bigint"), partition_of=root.name) for n in range(3)]

    text = render_toml(look(PEOPLE, root, *leaves))

    assert "its 3 partition or child tables follow" in text
    assert "events_1" not in text


def test_supabase_has_its_roles_and_its_tables_left_out() -> None:
    """Only roles that the server has are named."""
    on = catalog(
        AUTH,
        table("auth.sessions", "id uuid key", "user_id uuid -> auth.users"),
        table("notes", "id uuid key", "user_id uuid not null -> auth.users"),
        roles=["authenticated", "anon", "service_role", "authenticator"],
    )

    suggestion = suggest(on, Evidence())
    spec = parse_spec(render_toml(suggestion), "x")

    assert spec.roles.request == ("authenticated", "anon")
    assert spec.roles.service == ("service_role",)
    assert spec.roles.gateways == ("authenticator",)
    assert list(spec.tables) == [name("notes")]
    assert suggestion.platform == {"Supabase": 2}
