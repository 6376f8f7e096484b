"""Settings that roles and the database give to every session: a tenant nobody proved, a role nobody chose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.catalog.model import Role
from ringfence.names import display_ident, parse_ident_list, quote_ident

_READS = re.compile(r"current_setting\(\s*'([^']+)'", re.IGNORECASE)


def preset_claims(scene: Scene) -> Iterable[Found]:
    """A session that says nothing is somebody: R12."""
    asked = _asked_settings(scene)
    for subject, where, entries in _entries(scene):
        for name in sorted({surface.setting_name(e) for e in entries}):
            if name.lower() in asked or name.lower().startswith("request.jwt.claim"):
                yield Found(
                    subject,
                    f"starts every session with {name}, which policies take for what a verified token said",
                    detail="a request without token acts as that user or tenant",
                    hint=f"alter {where} reset {_setting_sql(name)};",
                )


def _asked_settings(scene: Scene) -> frozenset[str]:
    """Names of custom settings that policies and stored routines read."""
    texts = [
        text
        for table in scene.catalog.tables
        for policy in table.policies
        for text in (policy.using, policy.check)
        if text is not None
    ]
    texts += [routine.definition for routine in scene.catalog.routines]
    # the server's own text; a name that stands in a comment only adds a setting nobody would preset
    return frozenset(found.lower() for text in texts for found in _READS.findall(text) if "." in found)


def row_security_off(scene: Scene) -> Iterable[Found]:
    """Every statement that a policy would filter fails instead: R14."""
    for subject, where, entries in _entries(scene):
        for entry in entries:
            name, _, value = entry.partition("=")
            if name == "row_security" and value.lower() in ("off", "false", "no", "0"):
                yield Found(
                    subject,
                    "starts every session with row_security = off: each query that a policy filters fails (42501)",
                    detail="it is meant for dumps, which must not miss rows in silence; requests need the filter",
                    hint=f"alter {where} reset row_security;",
                )


def starts_as(scene: Scene) -> Iterable[Found]:
    """ALTER ROLE .. SET role: every session of the login acts as somebody wider."""
    owners = {t.owner for t in surface.tables(scene) if t.rls_enabled}
    for subject, where, entries in _entries(scene):
        for entry in entries:
            name, _, value = entry.partition("=")
            acts_as = value.strip().strip("\"'")
            if name == "role" and (scene.reach.bypasses(acts_as) or acts_as in owners):
                why = "no policy binds" if scene.reach.bypasses(acts_as) else "owns tables"
                yield Found(
                    subject,
                    f"starts every session as {display_ident(acts_as)}, which {why}",
                    detail="a request that forgets to choose its role has the rights of that one",
                    hint=f"alter {where} reset role;",
                )


def no_statement_timeout(scene: Scene) -> Iterable[Found]:
    """One tenant's query may take the server from all others."""
    surroundings = scene.observed.surroundings
    if surroundings.statement_timeout_ms != 0 or "statement_timeout" in surroundings.database_settings:
        return
    for role in surface.gateways(scene):
        names = {surface.setting_name(e) for e in (*role.config, *role.database_config)}
        if "statement_timeout" not in names and role.name != scene.catalog.current_user:
            yield Found(
                f"role {display_ident(role.name)}",
                "runs requests without a statement_timeout: one tenant's query may hold up every other's",
                hint=f"alter role {quote_ident(role.name)} set statement_timeout = '30s';",
            )


def _entries(scene: Scene) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(subject, what ALTER names, settings) of each role that runs requests and of the database."""
    database = quote_ident(scene.catalog.database)
    roles: dict[str, Role] = {r.name: r for r in (*surface.gateways(scene), *surface.request_roles(scene))}
    for name, role in sorted(roles.items()):
        if role.config:
            yield f"role {display_ident(name)}", f"role {quote_ident(name)}", role.config
        if role.database_config:
            where = f"role {quote_ident(name)} in database {database}"
            yield f"role {display_ident(name)} in this database", where, role.database_config
    given = scene.observed.surroundings.database_settings
    if given and scene.reach.request_roles:
        yield f"database {display_ident(scene.catalog.database)}", f"database {database}", given


def _setting_sql(name: str) -> str:
    return ".".join(quote_ident(part) for part in parse_ident_list(name))


RULES = (
    rule("CLAIMS-PRESET", "A session that says nothing is somebody", Severity.CRITICAL, preset_claims),
    rule("ROW-SECURITY-OFF", "Requests run with row_security off", Severity.HIGH, row_security_off),
    rule("STARTS-AS", "A login starts as a wider role", Severity.HIGH, starts_as),
    rule("NO-STATEMENT-TIMEOUT", "Requests may run for ever", Severity.LOW, no_statement_timeout),
)
