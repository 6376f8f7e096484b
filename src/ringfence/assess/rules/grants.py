"""Grants that row security does not look at, or that do not mean what somebody thought."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.reach import PUBLIC, Grant, parse_acl
from ringfence.catalog.model import Table, View
from ringfence.names import display_ident, quote_ident


def _beyond(letter: str, what: str) -> Callable[[Scene], Iterable[Found]]:
    """A rule about one privilege that no policy filters."""

    def run(scene: Scene) -> Iterable[Found]:
        for relation in _relations(scene):
            if letter != "t" and isinstance(relation, View):
                continue
            who, grants = surface.given(scene, letter, relation.acl, relation.owner)
            if who:
                word = surface.named(letter)
                yield Found(
                    str(relation.name),
                    f"{word} is granted to {surface.roles_text(who)}: {what}",
                    hint=surface.take_back(letter, relation.name.sql, grants),
                )
            yield from _columns(scene, letter, relation, what)

    return run


def _columns(scene: Scene, letter: str, relation: Table | View, what: str) -> Iterator[Found]:
    """REFERENCES may be granted by column, too."""
    if letter != "x" or isinstance(relation, View):
        return
    for column in relation.columns:
        who, grants = surface.given(scene, letter, column.acl, relation.owner)
        if who:
            grantees = ", ".join(sorted({surface.role_sql(g.grantee) for g in grants}))
            yield Found(
                f"{relation.name} column {display_ident(column.name)}",
                f"REFERENCES is granted to {surface.roles_text(who)}: {what}",
                hint=f"revoke references ({quote_ident(column.name)}) on {relation.name.sql} from {grantees};",
            )


def _relations(scene: Scene) -> Iterator[Table | View]:
    yield from surface.tables(scene)
    yield from surface.views(scene)


def grant_option(scene: Scene) -> Iterable[Found]:
    """Whoever may pass a privilege on decides who reads."""
    asked = scene.reach.request_roles
    for relation in _relations(scene):
        passing = [
            g
            for g in parse_acl(relation.acl)
            if g.grantable and g.grantee != relation.owner and any(g.grantee in scene.reach.held(r) for r in asked)
        ]
        if passing:
            grantees = sorted({g.grantee for g in passing})
            letters = {letter for g in passing for letter in g.grantable}
            words = surface.named(letters).lower()
            yield Found(
                str(relation.name),
                f"{surface.roles_text(grantees)} may pass on {words.upper()}",
                detail="what it grants to others is taken back with it (CASCADE)",
                hint=(
                    f"revoke grant option for {words} on {relation.name.sql}"
                    f" from {', '.join(map(surface.role_sql, grantees))} cascade;"
                ),
            )


def granted_to_public(scene: Scene) -> Iterable[Found]:
    """PUBLIC is every role there is and every one that will be."""
    asked = [r for r in scene.reach.request_roles if r != PUBLIC]
    for relation in _relations(scene):
        letters = {p for g in parse_acl(relation.acl) if g.grantee == PUBLIC for p in g.privileges}
        if letters:
            words = surface.named(letters).lower()
            kept = f"\ngrant {words} on {relation.name.sql} to {', '.join(map(quote_ident, asked))};" if asked else ""
            yield Found(
                str(relation.name),
                f"is open to PUBLIC, every role of the server there is and will be: {words.upper()}",
                detail="policies TO one role do not bind the others, and statistics of it are open to them, too",
                hint=f"revoke {words} on {relation.name.sql} from public;{kept}",
            )


def idle_column_grants(scene: Scene) -> Iterable[Found]:
    """A privilege on the whole table makes its grants by column mean nothing: R13."""
    for table in surface.tables(scene):
        whole = {(g.grantee, p): g for g in parse_acl(table.acl) for p in g.privileges if g.grantee != table.owner}
        idle: dict[tuple[str, str], list[str]] = {}
        for column in table.columns:
            for grant in parse_acl(column.acl):
                for privilege in grant.privileges:
                    idle.setdefault((grant.grantee, privilege), []).append(column.name)
        for (grantee, privilege), columns in sorted(idle.items()):
            through = [whole[key] for key in ((grantee, privilege), (PUBLIC, privilege)) if key in whole]
            if not through or len(columns) == len(table.columns):
                continue
            yield Found(
                str(table.name),
                f"{surface.roles_text([grantee])} was granted {surface.named(privilege)} on"
                f" {', '.join(map(display_ident, columns))} and holds it on the whole table besides",
                detail="the columns that were left out are open: a grant on the table covers every column",
                hint=_of_the_table(table, privilege, through, grantee, columns),
            )


def _of_the_table(table: Table, privilege: str, through: list[Grant], grantee: str, columns: list[str]) -> str:
    """REVOKE on a table takes the grants by column with it, so they are given again."""
    names = ", ".join(map(quote_ident, columns))
    word = surface.named(privilege).lower()
    return (
        f"{surface.take_back(privilege, table.name.sql, through)}\n"
        f"grant {word} ({names}) on {table.name.sql} to {surface.role_sql(grantee)};"
    )


RULES = (
    rule(
        "GRANT-TRUNCATE",
        "A request role may TRUNCATE",
        Severity.HIGH,
        _beyond("D", "no policy is asked, and the rows of every tenant go"),
    ),
    rule(
        "GRANT-TRIGGER",
        "A request role may create triggers",
        Severity.HIGH,
        _beyond("t", "its trigger runs as whoever writes next, and sees the rows of other tenants"),
    ),
    rule(
        "GRANT-REFERENCES",
        "A request role may refer to the table",
        Severity.MEDIUM,
        _beyond("x", "a foreign key of its own tells which keys exist, and keeps others from deleting them"),
    ),
    rule(
        "GRANT-MAINTAIN",
        "A request role may maintain the table",
        Severity.MEDIUM,
        _beyond("m", "it may lock every tenant out of it (LOCK, REINDEX, CLUSTER)"),
    ),
    rule("GRANT-OPTION", "A request role may pass on what it holds", Severity.MEDIUM, grant_option),
    rule("GRANT-PUBLIC", "A table is open to PUBLIC", Severity.MEDIUM, granted_to_public),
    rule("COLUMN-GRANT-IDLE", "A grant by column under a grant on the table", Severity.MEDIUM, idle_column_grants),
)
