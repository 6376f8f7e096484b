"""A suggestion as ringfence.toml: what a person reads first, decides on, and then keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ringfence.tenancy.people import Confidence
from ringfence.tenancy.suggestion import Suggestion, TableSuggestion
from ringfence.tenancy.toml_text import comment_text, table_header, toml_key, toml_string

WIDTH = 118


def render_toml(suggestion: Suggestion) -> str:
    """The text of a first ringfence.toml: it loads, and resolves as soon as nothing in it is unresolved."""
    lines = [
        *_summary(suggestion),
        "",
        *_tenant(suggestion),
        "",
        *_roles(suggestion),
        *_tables(suggestion),
        *_closing(),
    ]
    return "\n".join(lines) + "\n"


def _prose(text: str, hang: str = "") -> list[str]:
    """A comment, broken at spaces so that it fits the page; `hang` is put before every line but the first."""
    lines: list[str] = []
    line = "#"
    for word in comment_text(text).split(" "):
        if len(line) + 1 + len(word) > WIDTH and line.strip("# "):
            lines.append(line)
            line = "# " + hang + word
        else:
            line += " " + word
    return [*lines, line]


def _item(text: str) -> list[str]:
    """One thing of a list, whose further lines stand in."""
    return _prose("  " + text, hang="    ")


def _paste(line: str, why: str) -> str:
    """A line that a person can take by removing the mark in front of it; never broken."""
    return comment_text(f"# {line}    # {why}")


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# --- summary -----------------------------------------------------------------------------------------------------


def _summary(suggestion: Suggestion) -> Iterator[str]:
    scopes = Counter(t.scope for t in suggestion.tables)
    yield from _prose(f"Which rows of the database {suggestion.database!r} belong to which tenant.")
    yield from _prose(
        "Written by `ringfence init` from the catalog and samples of the data. Read it, correct it, keep it with your"
        " code; nothing is changed in the database until `ringfence apply`."
    )
    yield "#"
    counted = [f"{scopes[scope]} {scope}" for scope in ("tenant", "shared", "excluded", "unresolved") if scopes[scope]]
    yield from _prose(f"{_plural(len(suggestion.tables), 'table')}: {', '.join(counted) or 'none'}.")
    if suggestion.platform:
        left_out = [f"{_plural(number, 'table')} of {owner}" for owner, number in suggestion.platform.items()]
        yield from _prose(f"Not listed and left alone: {', '.join(left_out)}.")
    decide = [*_decide(suggestion)]
    if decide:
        yield "#"
        yield from _prose("DECIDE before a plan can be made:")
        yield from decide
    check = [*_check(suggestion)]
    if check:
        yield "#"
        yield from _prose("CHECK, because the evidence is weak or what it means is yours to say:")
        yield from check
    yield "#"
    yield from _prose("Then: ringfence plan    (shows every statement before anything runs)")


def _decide(suggestion: Suggestion) -> Iterator[str]:
    if suggestion.people is None:
        yield from _item("which table knows the users ([tenant] users): no table is sure to be it")
        yield from _item("  `ringfence init --users schema.table` tries again with the one you name")
        yield from _item(f"{_plural(len(suggestion.unresolved), 'table')} may find a way once that is known")
        return
    for table in suggestion.tables:
        if table.scope == "unresolved":
            yield from _item(f"{table.name}: {table.reasons[0]}")


def _check(suggestion: Suggestion) -> Iterator[str]:
    people, adoption = suggestion.people, suggestion.adoption
    if adoption is not None:
        yield from _item(f"your own {adoption.organizations} are the tenants: {adoption.reason}")
    if people is not None and people.confidence is not Confidence.HIGH:
        yield from _item(f"users = {people.table}: {people.reason}")
    if adoption is not None and adoption.active_choices:
        yield from _prose(
            f"[tenant] active: {adoption.memberships} may hold memberships that are not, or no longer, active", "  "
        )
    for table in suggestion.tables:
        if table.confidence is Confidence.LOW:
            yield from _item(f"{table.name}: {table.scope}, {table.reasons[0]}")
        if table.caution:
            yield from _item(f"{table.name}: {table.caution}")
    medium = [t for t in suggestion.tables if t.confidence is Confidence.MEDIUM and t.scope == "tenant"]
    if medium:
        names = ", ".join(str(t.name) for t in medium)
        yield from _item(f"several parents, a reference that may be null, or no foreign key: {names}")


# --- [tenant] ----------------------------------------------------------------------------------------------------


def _tenant(suggestion: Suggestion) -> Iterator[str]:
    yield "[tenant]"
    if suggestion.column_why:
        yield from _prose(f"column: {suggestion.column_why}")
    yield f"column = {toml_string(suggestion.column)}"
    if suggestion.people is None:
        yield from _prose("users: no table is sure to hold the users; name it here")
        for name, why in suggestion.people_choices:
            yield _paste(f"users = {toml_string(str(name))}", why)
    else:
        yield from _prose(f"users: {suggestion.people.reason} ({suggestion.people.confidence.value})")
        yield f"users = {toml_string(str(suggestion.people.table))}"
        yield f"users_key = {toml_string(suggestion.people.key)}"
    if suggestion.adoption is None:
        yield from _created(suggestion)
    else:
        yield from _adopted(suggestion)


def _created(suggestion: Suggestion) -> Iterator[str]:
    yield ""
    yield from _prose("Ringfence creates these two tables.")
    if suggestion.names_why:
        yield from _prose(suggestion.names_why)
    yield f"organizations = {toml_string(str(suggestion.organizations))}"
    yield f"memberships = {toml_string(str(suggestion.memberships))}"
    yield ""
    yield from _prose(
        "Who belongs where. One organization per user keeps everybody apart. Users who work on each other's rows need a"
        " common one: by mail domain, by a file, or one for all."
    )
    yield 'assign = { rule = "per_user" }'
    if suggestion.email_column is not None:
        column = "" if suggestion.email_column == "email" else f", column = {toml_string(suggestion.email_column)}"
        by_domain = f'assign = {{ rule = "email_domain"{column}, public_domains = "one_each" }}'
        yield _paste(by_domain, "or: one per mail domain; users of gmail.com and the like one each")
    yield _paste('assign = { rule = "one" }', "or: everybody in one organization")
    yield _paste('assign = { rule = "mapping", file = "users.csv" }', "or: lines of user,organization in a file")


def _adopted(suggestion: Suggestion) -> Iterator[str]:
    adoption = suggestion.adoption
    assert adoption is not None
    yield ""
    yield from _prose(f"Your own organizations are used: {adoption.reason}.")
    yield f"organizations = {toml_string(str(adoption.organizations))}"
    yield f"organizations_key = {toml_string(adoption.key)}"
    yield f"memberships = {toml_string(str(adoption.memberships))}"
    yield f"memberships_user = {toml_string(adoption.user_column)}"
    yield f"memberships_organization = {toml_string(adoption.organization_column)}"
    yield from _prose(f"home, where a user's new rows go: {adoption.home_why}")
    if adoption.home is not None:
        yield f"home = {toml_string(adoption.home)}"
    if adoption.active_choices:
        yield from _prose("Without `active` every row of the memberships table counts as a membership. Perhaps:")
        for condition in adoption.active_choices:
            yield from _prose(f"active = {toml_string(condition)}")
    yield _paste('founding = "..."', "key of the organization that takes rows which nothing else places")
    yield _paste('quarantine = "..."', "key of the one that takes rows nobody owns; without it they stop the run")


# --- [roles] -----------------------------------------------------------------------------------------------------


def _roles(suggestion: Suggestion) -> Iterator[str]:
    yield "[roles]"
    for key, meaning in (
        ("request", "act for end users"),
        ("service", "bypass row security today"),
        ("gateways", "logins whose claims are believed"),
    ):
        names = suggestion.roles.get(key, ())
        listed = ", ".join(toml_string(n) for n in names)
        mark = "" if names else "# "
        yield f"{mark}{key} = [{listed}]    # {meaning}"


# --- [tables] ----------------------------------------------------------------------------------------------------

_TITLES = {
    "unresolved": "Unresolved: nothing known says whose these rows are. Give each a way to its tenant (derive), or"
    ' scope = "shared" (the same rows for every tenant), or scope = "excluded" (left alone); derive = "founding" gives'
    " all rows to the founding organization.",
    "tenant": "Tenant tables, parents before children. `derive` says how a row finds its tenant; of several lines the"
    " first one that gives a value decides. high, medium, low: how far the proposal can be trusted.",
    "shared": "Shared by all tenants: no tenant column.",
    "excluded": "Left alone.",
}


def _tables(suggestion: Suggestion) -> Iterator[str]:
    scope = ""
    for table in suggestion.tables:
        if table.scope != scope:
            scope = table.scope
            yield ""
            yield ""
            yield from _prose(_TITLES[scope])
        yield ""
        yield from _table(table, suggestion)


def _table(table: TableSuggestion, suggestion: Suggestion) -> Iterator[str]:
    yield table_header(table.name)
    confidence = f"{table.confidence.value}: " if table.confidence is not None else ""
    if table.scope == "tenant":
        yield from _derive(table, confidence)
    else:
        for reason in table.reasons:
            yield from _prose(confidence + reason)
            confidence = ""
        yield f'scope = "{table.scope}"'
    for alternative in table.alternatives:
        yield _paste(f"derive = {toml_string(alternative.line)}", f"or: {alternative.why}")
    if table.caution:
        yield from _prose(f"caution: {table.caution}")
        yield _paste('scope = "excluded"', "or: like the users themselves, then without derive")
    followers = suggestion.followers.get(table.name, 0)
    if followers:
        yield from _prose(f"its {_plural(followers, 'partition or child table')} follow{'s' if followers == 1 else ''}")
    for name, what in table.uniques:
        yield _paste(f'unique = {{ {toml_key(name)} = "tenant" }}', f"({what}) is unique across all tenants today")


def _derive(table: TableSuggestion, confidence: str) -> Iterator[str]:
    if len(table.derive) == 1:
        yield from _prose(confidence + table.reasons[0])
        yield f"derive = {toml_string(table.derive[0])}"
        return
    for line, reason in zip(table.derive, table.reasons, strict=True):
        yield from _prose(f"{confidence}{line.partition(' ->')[0]}: {reason}")
        confidence = ""
    yield "derive = ["
    for line in table.derive:
        yield f"  {toml_string(line)},"
    yield "]"


def _closing() -> Iterator[str]:
    yield ""
    yield ""
    yield from _prose("Every bound of a run has a default; docs/reference/spec.md lists them.")
    yield from _prose("[limits]")
    yield from _prose("batch_target_ms = 50    # batches of the backfill are sized to take this long")
