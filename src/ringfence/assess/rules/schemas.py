"""Where request roles may make objects of their own, and which schemas the API shows."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.names import InvalidName, display_ident, parse_ident_list, quote_ident

NOT_FOR_AN_API = frozenset(
    ("auth", "cron", "extensions", "information_schema", "net", "pg_catalog", "pgmq", "pgsodium", "realtime",
     "ringfence", "storage", "supabase_functions", "supabase_migrations", "vault")
)  # fmt: skip
"""Schemas of platform and server whose functions and tables are written for trusted callers."""


def schema_create(scene: Scene) -> Iterable[Found]:
    """Objects of a request role's own: shadows of names, operators that leak, tables that refer to others'."""
    for schema in scene.catalog.schemas:
        who, grants = surface.given(scene, "C", schema.acl, schema.owner)
        if who:
            yield Found(
                f"schema {display_ident(schema.name)}",
                f"{surface.roles_text(who)} may create objects in it",
                detail=(
                    "a function, table or operator of theirs is found before the one that was meant, by everybody whose"
                    " search path has the schema"
                ),
                hint=surface.take_back("C", f"schema {quote_ident(schema.name)}", grants),
                severity=None if schema.name in _searched(scene) else Severity.MEDIUM,
            )


def _searched(scene: Scene) -> frozenset[str]:
    """Schemas that stand in some search path: public, and those of roles and routines."""
    entries = [e for role in scene.catalog.roles for e in (*role.config, *role.database_config)]
    entries += [e for routine in scene.catalog.routines for e in routine.config]
    found = {"public"}
    for entry in entries:
        name, _, value = entry.partition("=")
        if name == "search_path":
            for part in value.split(","):
                try:
                    found.update(parse_ident_list(part))
                except InvalidName:
                    continue  # "" and $user name no schema
    return frozenset(found)


def database_create(scene: Scene) -> Iterable[Found]:
    """A schema of its own is a place to create everything in."""
    yield from _on_database(scene, "C", "may create schemas in it, and any object in those")


def temporary(scene: Scene) -> Iterable[Found]:
    """Temporary tables shadow names (P18) and stay in a pooled session (O19)."""
    yield from _on_database(
        scene,
        "T",
        "may create temporary tables",
        "their names are found before every other, and a pooled session keeps them for the next tenant",
    )


def _on_database(scene: Scene, letter: str, what: str, detail: str = "") -> Iterable[Found]:
    surroundings = scene.observed.surroundings
    who, grants = surface.given(scene, letter, surroundings.database_acl, surroundings.database_owner)
    if who:
        yield Found(
            f"database {display_ident(scene.catalog.database)}",
            f"{surface.roles_text(who)} {what}",
            detail=detail,
            hint=surface.take_back(letter, f"database {quote_ident(scene.catalog.database)}", grants),
        )


def exposed_schema(scene: Scene) -> Iterable[Found]:
    """PostgREST serves a schema that was not written for it."""
    for role in scene.catalog.roles:
        for where, entries in (
            ("", role.config),
            (f" in database {quote_ident(scene.catalog.database)}", role.database_config),
        ):
            for entry in entries:
                name, _, value = entry.partition("=")
                shown = [part.strip().strip('"') for part in value.split(",") if part.strip()]
                wrong = [s for s in shown if s in NOT_FOR_AN_API]
                if name == "pgrst.db_schemas" and wrong:
                    rest = ", ".join(s for s in shown if s not in wrong) or "public"
                    yield Found(
                        f"role {display_ident(role.name)}",
                        f"lets PostgREST serve {', '.join(wrong)}: every function and table there is an endpoint",
                        detail=f"pgrst.db_schemas = {value}",
                        hint=(
                            f"alter role {quote_ident(role.name)}{where} set pgrst.db_schemas = '{rest}';\n"
                            "notify pgrst, 'reload config';"
                        ),
                    )


RULES = (
    rule("SCHEMA-CREATE", "A request role may create objects in a schema", Severity.HIGH, schema_create),
    rule("EXPOSED-SCHEMA", "The API serves a schema of the platform", Severity.HIGH, exposed_schema),
    rule("DATABASE-CREATE", "A request role may create schemas", Severity.MEDIUM, database_create),
    rule("TEMPORARY-TABLES", "A request role may create temporary tables", Severity.LOW, temporary),
)
