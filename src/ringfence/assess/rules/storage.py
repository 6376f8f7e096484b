"""Supabase Storage: rows of storage.objects are files, and their path or owner says whose."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.policies import COMMANDS, decides
from ringfence.assess.ways import judged
from ringfence.catalog.model import Policy, Table
from ringfence.names import QualifiedName, display_ident, quote_ident, quote_literal
from ringfence.tenancy.platform_tables import is_supabase

OBJECTS = QualifiedName("storage", "objects")
TELLS_WHOSE = frozenset(("name", "path_tokens", "owner", "owner_id"))
"""Columns of storage.objects that can say whose a file is."""


def storage_policy(scene: Scene) -> Iterable[Found]:
    """A policy by bucket alone gives every tenant's files to everybody: O15, O15b."""
    table = scene.catalog.table(OBJECTS)
    if table is None or not is_supabase(scene.catalog) or not table.rls_enabled:
        return
    for policy in table.policies:
        if not policy.permissive:
            continue
        for kind, text in (("using", policy.using), ("check", policy.check)):
            who = _asked(scene, table, policy, kind)
            if text is None or not who or _binds(scene, table, text):
                continue
            floored = [c for c in decides(policy, kind) if not _floored(scene, table, c, kind)]
            commands = [COMMANDS[c] for c in floored if c in COMMANDS]
            if commands:
                word = "using" if kind == "using" else "with check"
                yield Found(
                    f"storage.objects policy {display_ident(policy.name)}",
                    f"lets {surface.roles_text(who)} {', '.join(commands)} files of every tenant:"
                    " it asks neither their path nor their owner",
                    detail=f"{word.upper()} ({text})",
                    hint=_narrowed(policy, word, text),
                )


def _asked(scene: Scene, table: Table, policy: Policy, kind: str) -> list[str]:
    return [
        role
        for role in scene.reach.request_roles
        if scene.protection.applies(policy, role)
        and any(scene.reach.may_on(role, c, table) for c in decides(policy, kind) if c in COMMANDS)
    ]


def _binds(scene: Scene, table: Table, text: str) -> bool:
    """Every way through asks the path or the owner of the file and the session."""
    ways = judged(scene.protection.reader.expression(text, table).term)
    return all(way.safe and way.bound & TELLS_WHOSE for way in ways)


def _floored(scene: Scene, table: Table, command: str, kind: str) -> bool:
    for policy in table.policies:
        if policy.permissive or policy.command not in ("*", command) or "public" not in policy.roles:
            continue
        text = (policy.check or policy.using) if kind == "check" else policy.using
        if text is not None and _binds(scene, table, text):
            return True
    return False


def _narrowed(policy: Policy, word: str, text: str) -> str:
    """The policy as it is, for the caller's own files alone."""
    whole = f"({text}) and owner_id = (select auth.uid())::text"
    return f"alter policy {quote_ident(policy.name)} on storage.objects {word} ({whole});"


def storage_off(scene: Scene) -> Iterable[Found]:
    """Without row security on storage.objects every bucket is open to whoever holds the grant."""
    for name in (OBJECTS, QualifiedName("storage", "buckets")):
        table = scene.catalog.table(name)
        if table is None or not is_supabase(scene.catalog) or table.rls_enabled:
            continue
        reached = scene.reach.who("rawd", table)
        if reached:
            yield Found(
                str(name),
                f"has no row security: {surface.roles_text(reached)} reach the files of every tenant",
                hint=f"alter table {name.sql} enable row level security;",
            )


def public_bucket(scene: Scene) -> Iterable[Found]:
    """A public bucket asks nobody who they are."""
    for bucket in scene.observed.surroundings.public_buckets or ():
        yield Found(
            f"bucket {bucket}",
            "is public: whoever knows or guesses a path reads the file, no policy is asked",
            detail="pictures that everybody may see belong there; files of a tenant do not",
            hint=f"update storage.buckets set public = false where id = {quote_literal(bucket)};",
        )


RULES = (
    rule("STORAGE-POLICY", "A policy for files that does not ask whose", Severity.CRITICAL, storage_policy),
    rule("STORAGE-OPEN", "Files without row security", Severity.CRITICAL, storage_off),
    rule("BUCKET-PUBLIC", "A public bucket", Severity.MEDIUM, public_bucket),
)
