"""A first ringfence.toml from the catalog and the data: every table with a scope, a way, a reason and a confidence.

What cannot be known is said to be unresolved. Whatever is suggested holds against `resolve` as it stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ringfence.catalog.model import Catalog, ConstraintKind, Table, TableKind
from ringfence.names import QualifiedName, display_ident
from ringfence.spec.derive import hop_text
from ringfence.tenancy.adoption import Adoption, find_adoption, own_columns
from ringfence.tenancy.assignment import email_columns
from ringfence.tenancy.choose import Choice, choose
from ringfence.tenancy.evidence import Evidence, application_tables, is_polymorphic, questions
from ringfence.tenancy.ground import first_free
from ringfence.tenancy.links import Link, Links, find_links
from ringfence.tenancy.order import parents_first
from ringfence.tenancy.people import CANDIDATES_SHOWN, Confidence, People, find_users, rank_users
from ringfence.tenancy.platform_tables import descendants, is_supabase, platform_reason
from ringfence.tenancy.rank import Anchored, Candidate, anchor, container, owned_tables
from ringfence.tenancy.render import render_toml
from ringfence.tenancy.resolve import COLUMN_NAMES
from ringfence.tenancy.shared import shared_reason
from ringfence.tenancy.suggestion import Alternative, Suggestion, TableSuggestion
from ringfence.tenancy.words import BOOKKEEPING, FRAMEWORK_SHARED

DEFAULT_COLUMN = "client_id"

__all__ = ["Suggestion", "questions", "render_toml", "suggest"]


def suggest(
    catalog: Catalog, evidence: Evidence, *, users: QualifiedName | None = None, column: str | None = None
) -> Suggestion:
    """Propose a configuration; `users` and `column` are a person's own choices, where there are any."""
    people = find_users(catalog, users)
    links = find_links(catalog, evidence, people.table if people else None)
    profiles = _profiles(catalog, links, people)
    adoption = find_adoption(catalog, links, people, profiles)
    tables = {t.name: t for t in application_tables(catalog)}
    anchored = _anchored(people, profiles, adoption)
    fixed = _fixed(tables, people, adoption)
    open_tables = {name: table for name, table in tables.items() if name not in fixed}
    chosen_column, column_why = _column(catalog, links, adoption, open_tables, column)
    candidates = _candidates(open_tables, links, anchored, adoption, chosen_column)
    choices = choose(candidates)
    organizations, memberships, names_why = _names(catalog, adoption)
    suggested = [
        *fixed.values(),
        *(_tenant(links, anchored, table, choices) for name, table in open_tables.items() if name in choices),
        *(
            _undecided(catalog, evidence, links, people, table, open_tables, choices)
            for name, table in open_tables.items()
            if name not in choices
        ),
    ]
    return Suggestion(
        database=catalog.database,
        people=people,
        people_choices=() if people else tuple((n, why) for _, n, why in rank_users(catalog)[:CANDIDATES_SHOWN]),
        adoption=adoption,
        column=chosen_column,
        column_why=column_why,
        organizations=organizations,
        memberships=memberships,
        names_why=names_why,
        email_column=_email_column(catalog, people),
        roles=_roles(catalog),
        tables=_in_order(suggested, choices),
        platform=_platform(catalog),
        followers={
            name: len({d.name for d in descendants(catalog, name)}) for name in tables if name in catalog.children
        },
    )


# --- what derivations end at -------------------------------------------------------------------------------------


def _profiles(catalog: Catalog, links: Links, people: People | None) -> dict[QualifiedName, str]:
    """Tables whose primary key is the user's key, directly or through another such table, with that column."""
    found: dict[QualifiedName, str] = {}
    waiting = [(people.table, people.key)] if people is not None else []
    while waiting:
        parent, key = waiting.pop()
        for name in sorted(links.used_by.get(parent, ())):
            for link in links.of(name):
                extends = catalog.by_name[name].primary_key == link.columns and link.parent_columns == (key,)
                if extends and link.parent == parent and name not in found:
                    found[name] = link.columns[0]
                    waiting.append((name, link.columns[0]))
    return found


def _anchored(people: People | None, profiles: Mapping[QualifiedName, str], adoption: Adoption | None) -> Anchored:
    return Anchored(
        people.table if people else None,
        people.key if people else None,
        profiles,
        adoption.organizations if adoption else None,
        adoption.key if adoption else None,
        adoption.memberships if adoption else None,
    )


def _fixed(
    tables: Mapping[QualifiedName, Table], people: People | None, adoption: Adoption | None
) -> dict[QualifiedName, TableSuggestion]:
    """Tables whose part is clear whatever they refer to."""
    found: dict[QualifiedName, TableSuggestion] = {}
    for name, table in tables.items():
        tool = BOOKKEEPING.get(name.name.lower())
        framework = FRAMEWORK_SHARED.get(name.name)
        if tool is not None:
            found[name] = _excluded(name, f"the books of {tool}")
        elif framework is not None:
            found[name] = TableSuggestion(name, "shared", (framework,), Confidence.HIGH)
        elif table.kind is TableKind.FOREIGN:
            found[name] = _excluded(name, "a foreign table: its rows are in another database")
    if people is not None and people.table in tables:
        why = "the users; they belong to organizations through memberships"
        found[people.table] = _excluded(people.table, why, people.confidence)
    if adoption is not None:
        if people is None or adoption.memberships != people.table:
            found[adoption.memberships] = _excluded(adoption.memberships, "the memberships")
        found[adoption.organizations] = _excluded(adoption.organizations, "the organizations")
    return found


def _excluded(name: QualifiedName, why: str, confidence: Confidence = Confidence.HIGH) -> TableSuggestion:
    return TableSuggestion(name, "excluded", (why,), confidence)


def _email_column(catalog: Catalog, people: People | None) -> str | None:
    if people is None:
        return None
    mails = email_columns(catalog.by_name[people.table].columns)
    return mails[0] if mails else None


def _names(catalog: Catalog, adoption: Adoption | None) -> tuple[QualifiedName, QualifiedName, str]:
    """The names of organizations and memberships: the application's own, or free ones for those to be created."""
    if adoption is not None:
        return adoption.organizations, adoption.memberships, ""
    taken = {t.name.name for t in catalog.tables if t.name.schema == "public"}
    taken |= {v.name.name for v in catalog.views if v.name.schema == "public"}
    taken |= {s.name.name for s in catalog.sequences if s.name.schema == "public"}
    organizations = first_free(("organizations", "tenant_organizations", "ringfence_organizations"), taken)
    memberships = first_free(("user_organizations", "tenant_memberships", "ringfence_memberships"), taken)
    why = ""
    if organizations != "organizations":
        why = "public.organizations exists, but no table says which users belong to its rows"
    return QualifiedName("public", organizations), QualifiedName("public", memberships), why


def _column(
    catalog: Catalog,
    links: Links,
    adoption: Adoption | None,
    tables: Mapping[QualifiedName, Table],
    wanted: str | None,
) -> tuple[str, str]:
    """The tenant column's name: the application's own where it has one, else the first that nobody uses otherwise."""
    used: Counter[str] = Counter()
    organizations = None
    if adoption is not None:
        organizations = catalog.by_name[adoption.organizations]
        used = own_columns(links, adoption, organizations)
    if wanted is not None:
        return wanted, "named by you"
    clashes: list[str] = []
    for name in (n for n, _ in sorted(used.items(), key=lambda item: (-item[1], item[0]))):
        clash = _clash(catalog, links, tables, organizations, name)
        if clash is None:
            number = f"{used[name]} table names its" if used[name] == 1 else f"{used[name]} tables name their"
            return name, f"{number} organization in this column"
        clashes.append(clash)
    names = [DEFAULT_COLUMN, *COLUMN_NAMES]
    for name in names:
        clash = _clash(catalog, links, tables, organizations, name)
        if clash is None:
            return name, "; ".join(clashes)
        clashes.append(clash)
    everything = {c.name for t in catalog.tables for c in t.columns}
    return first_free(["ringfence_tenant_id"], everything), "; ".join(clashes[:2])


def _clash(
    catalog: Catalog,
    links: Links,
    tables: Mapping[QualifiedName, Table],
    organizations: Table | None,
    name: str,
) -> str | None:
    """What stands against a name for the tenant column: a column of that name that is no organization's exact key."""
    for table in tables.values():
        for member in (table, *descendants(catalog, table.name)):
            column = member.column(name)
            if column is None:
                continue
            subject = f"{display_ident(name)} is taken: {member.name}.{display_ident(name)} ({column.type})"
            if organizations is None:
                return f"{subject} means something else"
            key = organizations.column(organizations.primary_key[0])
            assert key is not None
            own = any(link.columns == (name,) and link.parent == organizations.name for link in links.of(table.name))
            if not own or column.type != key.type or table.column(name) is None:
                why = "means something else" if not own else f"is not {key.type}"
                return f"{subject} {why}"
    return None


def _roles(catalog: Catalog) -> Mapping[str, tuple[str, ...]]:
    if not is_supabase(catalog):
        return {}
    known = {r.name for r in catalog.roles}
    wanted = {
        "request": ("authenticated", "anon"),
        "service": ("service_role",),
        "gateways": ("authenticator", "supabase_storage_admin", "supabase_realtime_admin"),
    }
    return {key: tuple(n for n in names if n in known) for key, names in wanted.items()}


def _platform(catalog: Catalog) -> Mapping[str, int]:
    reasons = (platform_reason(catalog, t.name) for t in catalog.tables)
    owners = Counter(r.removeprefix("belongs to ").partition(" (")[0] for r in reasons if r is not None)
    return dict(sorted(owners.items()))


# --- tenant tables -----------------------------------------------------------------------------------------------


def _candidates(
    tables: Mapping[QualifiedName, Table],
    links: Links,
    anchored: Anchored,
    adoption: Adoption | None,
    column: str,
) -> dict[QualifiedName, list[Candidate]]:
    owned = owned_tables(tables, links, anchored)
    found: dict[QualifiedName, list[Candidate]] = {}
    for name, table in tables.items():
        ways: list[Candidate] = []
        for link in links.of(name):
            way = anchor(table, link, anchored, column)
            if way is not None:
                ways.append(way)
            elif adoption is not None and link.parent == adoption.memberships:
                ways.append(_through_memberships(table, link, adoption))
            elif link.parent in owned and link.parent in tables:
                ways.append(container(table, link))
        if ways:
            found[name] = ways
    return found


def _through_memberships(table: Table, link: Link, adoption: Adoption) -> Candidate:
    way = container(table, link)
    onward = hop_text((adoption.organization_column,), adoption.organizations)
    return Candidate(f"{way.derive}; {onward}", way.score, way.why, way.brief, way.nullable, way.declared, target=None)


def _tenant(links: Links, anchored: Anchored, table: Table, choices: Mapping[QualifiedName, Choice]) -> TableSuggestion:
    choice = choices[table.name]
    reasons = [way.why for way in choice.ways]
    if choice.circle:
        listed = ", ".join(map(str, choice.circle))
        reasons[0] += f" (not through {listed}: that would close a circle)"
    if choice.ways[0].weak:
        reasons[0] += "; whoever that is may not own the row"
    if all(way.nullable for way in choice.ways):
        reasons[-1] += "; rows without a value follow the rule for orphans"
    return TableSuggestion(
        table.name,
        "tenant",
        tuple(reasons),
        choice.confidence,
        derive=tuple(way.derive for way in choice.ways),
        alternatives=tuple(Alternative(way.derive, way.brief) for way in choice.aside),
        uniques=_uniques(table, links),
        caution=_caution(links, anchored, table, choices),
    )


def _caution(links: Links, anchored: Anchored, table: Table, choices: Mapping[QualifiedName, Choice]) -> str:
    """A profile has its user's home as tenant; what refers to it can belong to that user's other organization."""
    referring = sorted(name for name in links.used_by.get(table.name, ()) if name in choices)
    if table.name not in anchored.profiles or not referring:
        return ""
    return (
        f"one row per user, in the user's home organization, and referred to by {', '.join(map(str, referring))}: where"
        " users work in several organizations, or on one another's rows, leave it out"
    )


def _uniques(table: Table, links: Links) -> tuple[tuple[str, str], ...]:
    """What is unique over all tenants today: constraints and indexes of columns that hold no key of another table."""
    referring = {column for link in links.of(table.name) for column in link.columns}
    found = {
        c.name: ", ".join(display_ident(n) for n in c.columns)
        for c in table.constraints
        if c.kind is ConstraintKind.UNIQUE and not set(c.columns) & referring
    }
    for index in table.indexes:
        plain = index.unique and not index.primary and index.constraint is None and all(index.columns)
        if plain and not set(index.columns) & referring:
            found[index.name] = ", ".join(display_ident(n) for n in index.columns)
    return tuple(sorted(found.items()))


# --- tables without a way ----------------------------------------------------------------------------------------


def _undecided(
    catalog: Catalog,
    evidence: Evidence,
    links: Links,
    people: People | None,
    table: Table,
    tables: Mapping[QualifiedName, Table],
    choices: Mapping[QualifiedName, Choice],
) -> TableSuggestion:
    doubts = links.doubtful.get(table.name, ())
    if not doubts:
        shared = shared_reason(catalog, evidence, links, table.name, choices)
        outward = [link for link in links.of(table.name) if link.parent in tables and link.parent not in choices]
        clear = all(shared_reason(catalog, evidence, links, link.parent, choices) for link in outward)
        if shared is not None and clear:
            return TableSuggestion(table.name, "shared", (shared,), Confidence.LOW)
    reasons = [f"{display_ident(d.column)} -> {d.parent}: {d.why}" for d in doubts]
    alternatives = [Alternative(d.derive, f"if {display_ident(d.column)} says whose row it is") for d in doubts]
    for link in links.of(table.name):
        if link.parent in tables and link.parent not in choices and link.parent != table.name:
            reasons.append(f"it refers to {link.parent}, which is not decided either")
            alternatives.append(Alternative(link.derive, f"once {link.parent} is a tenant table"))
    reasons += [
        f"{display_ident(column.name)} refers to a table that another column names"
        for column in table.columns
        if is_polymorphic(table, column.name)
    ]
    if any(c.references == table.name for c in table.foreign_keys):
        reasons.append("it refers to itself, which says nothing about whose its rows are")
    if people is None and not reasons:
        reasons.append("the users table is not known")
    if not reasons:
        reasons.append("no foreign key and no column whose name and values lead to a user")
    return TableSuggestion(
        table.name, "unresolved", tuple(dict.fromkeys(reasons)), None, alternatives=tuple(dict.fromkeys(alternatives))
    )


# --- order -------------------------------------------------------------------------------------------------------


def _in_order(
    suggested: Sequence[TableSuggestion], choices: Mapping[QualifiedName, Choice]
) -> tuple[TableSuggestion, ...]:
    """Open questions first, then tenant tables with parents before children, then shared, then excluded ones."""
    needs = {
        name: frozenset(way.target for way in choice.ways if way.target is not None) for name, choice in choices.items()
    }
    place = {name: number for number, name in enumerate(parents_first(needs))}
    rank = {"unresolved": 0, "tenant": 1, "shared": 2, "excluded": 3}
    return tuple(
        sorted(
            suggested,
            key=lambda t: (rank[t.scope], place.get(t.name, 0), t.name),
        )
    )
