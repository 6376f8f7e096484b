"""Foreign tables and servers: row security ends where another server begins."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.catalog.model import TableKind
from ringfence.names import display_ident, quote_ident


def foreign_read(scene: Scene) -> Iterable[Found]:
    """A foreign table cannot have row security at all: O8."""
    for table in surface.tables(scene):
        if table.kind is not TableKind.FOREIGN:
            continue
        who, grants = surface.given(scene, "rawd", table.acl, table.owner)
        if who:
            letters = {p for g in grants for p in g.privileges} & set("rawd")
            server = next((o.removeprefix("server=") for o in table.options if o.startswith("server=")), "")
            yield Found(
                str(table.name),
                f"{surface.roles_text(who)} may {surface.named(letters)} a table of server {display_ident(server)},"
                " which cannot have row security",
                detail="what it shows is what the user mapping may see there: every tenant's rows, as a rule",
                hint=surface.take_back("".join(letters), table.name.sql, grants),
            )


def foreign_server(scene: Scene) -> Iterable[Found]:
    """Whoever may use a server can make foreign tables of everything its mapping sees."""
    for server in scene.observed.surroundings.servers:
        who, grants = surface.given(scene, "U", server.acl, server.owner)
        if who:
            yield Found(
                f"foreign server {display_ident(server.name)}",
                f"{surface.roles_text(who)} may use it"
                + (", and its user mapping for PUBLIC is theirs, too" if server.public_mapping else ""),
                detail=f"{server.wrapper}: with CREATE on any schema it makes a foreign table of everything there",
                hint=surface.take_back("U", f"foreign server {quote_ident(server.name)}", grants),
                severity=None if server.public_mapping else Severity.LOW,
            )


RULES = (
    rule("FOREIGN-READ", "A request role reads a foreign table", Severity.HIGH, foreign_read),
    rule("FOREIGN-SERVER", "A request role may use a foreign server", Severity.MEDIUM, foreign_server),
)
