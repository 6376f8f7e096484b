"""Policies that compare, but the wrong things: a column with itself, what the caller wrote, the wrong way round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringfence.assess import repair, rewrite
from ringfence.assess.faults import Fault
from ringfence.assess.model import Found, Scene, Severity, rule
from ringfence.assess.policies import Clause
from ringfence.assess.terms import Inner, Session, Term
from ringfence.catalog.model import Constraint, Table
from ringfence.names import QualifiedName, quote_ident


def capture(scene: Scene) -> Iterable[Found]:
    """A name in a subquery meant the other table, by accident or since a column went away: P10."""
    for opening in scene.openings.get(Fault.CAPTURE, ()):
        columns = sorted({_spelled(t) for way in opening.ways for t in way.seen if not isinstance(t, Session)})
        yield Found(
            opening.clause.subject,
            f"compares a column with itself ({', '.join(columns)}): {opening.what}",
            detail=(
                f"{opening.clause.spelled}\n"
                "an unqualified name in a subquery means the inner table, and the outer one when the inner has no such"
                " column; PostgreSQL has kept what it meant when the policy was made"
            ),
            hint=repair.repair(scene.protection, opening.clause),
        )


def _spelled(term: Term) -> str:
    match term:
        case Inner(relation=QualifiedName() as relation):
            return f"{relation}.{term.column}"
        case _:
            return getattr(term, "column", "")


def inverted(scene: Scene) -> Iterable[Found]:
    """Everybody but the right one."""
    for opening in scene.openings.get(Fault.INVERTED, ()):
        yield Found(
            opening.clause.subject,
            f"lets through what is not the caller's: {opening.what}",
            detail=f"{opening.clause.spelled}\nonly an equality ties a row to one tenant",
            hint=repair.repair(scene.protection, opening.clause),
        )


def editable(scene: Scene) -> Iterable[Found]:
    """Claims and headers that the caller writes: P9."""
    for opening in scene.openings.get(Fault.EDITABLE, ()):
        words = sorted({w.key or w.source for way in opening.ways for w in way.session if w.source == "client"})
        named = ", ".join(words) or "raw_user_meta_data"
        yield Found(
            opening.clause.subject,
            f"believes what the caller writes ({named}): {opening.what}",
            detail=(
                f"{opening.clause.spelled}\n"
                "users change their user_metadata through the API, clients send the headers they like; app_metadata is"
                " written by the server alone"
            ),
            hint=repair.repair(scene.protection, opening.clause),
        )


def shared_role(scene: Scene) -> Iterable[Found]:
    """current_user under a role that many share: P21."""
    for opening in scene.openings.get(Fault.SHARED_ROLE, ()):
        yield Found(
            opening.clause.subject,
            f"compares with the database role, which all users share: {opening.what}",
            detail=f"{opening.clause.spelled}\nwhoever acts as {opening.who} is the same to it",
            hint=repair.repair(scene.protection, opening.clause),
        )


def one_parent(scene: Scene) -> Iterable[Found]:
    """A table between two parents that asks only one of them: P22."""
    for clause in _exposed(scene):
        table = clause.table
        if clause.policy.command == "r" or scene.protection.tenant_column(table) in clause.bound:
            continue
        keys = [k for k in table.foreign_keys if k.references is not None and _protected(scene, k.references)]
        asked = [k for k in keys if set(k.columns) & clause.bound]
        left = [k for k in keys if not all(set(k.columns) & way.own for way in clause.ways)]
        if asked and left and len(keys) > 1:
            yield Found(
                clause.subject,
                f"asks for {', '.join(asked[0].columns)} alone; {', '.join(left[0].columns)} may belong to anybody",
                detail=f"{clause.spelled}\na row may join {asked[0].references} with {left[0].references} of another",
                hint=clause.alter(f"({clause.text}) and {_parent_exists(table, left[0])}"),
            )


def _parent_exists(table: Table, key: Constraint) -> str:
    """The parent is there for who asks: its own policies decide that."""
    pairs = " and ".join(
        f"p.{quote_ident(theirs)} = {table.name.sql}.{quote_ident(mine)}"
        for mine, theirs in zip(key.columns, key.referenced_columns, strict=False)
    )
    return f"exists (select from {_sql(key.references)} as p where {pairs})"


def _sql(name: QualifiedName | None) -> str:
    return name.sql if name is not None else ""


def _protected(scene: Scene, name: QualifiedName) -> bool:
    """Reading the parent is itself held back, so that asking for it asks whose it is."""
    parent = scene.catalog.table(name)
    if parent is None or not parent.rls_enabled:
        return False
    reads = [c for c in scene.protection.of(parent) if c.policy.command in "r*" and c.kind == "using"]
    return bool(reads) and all(c.closed for c in reads if c.policy.permissive)


def user_only(scene: Scene) -> Iterable[Found]:
    """A table with a tenant column whose policy asks for the user alone."""
    tenancy = scene.tenancy
    apart = {tenancy.users.table, tenancy.memberships.table, tenancy.organizations.table} if tenancy else set()
    # a table by which others know the caller's tenants shows everybody their own memberships
    apart |= {name for c in scene.protection.active for way in c.ways for name, _ in way.members}
    for clause in _exposed(scene):
        column = scene.protection.tenant_column(clause.table)
        if column is None or clause.table.name in apart or not clause.bound or column in clause.bound:
            continue
        if column in clause.table.primary_key and clause.bound & set(clause.table.primary_key):
            continue  # who belongs where: everybody may see their own
        if scene.protection.narrowed(clause, column) or any(
            column in other.bound for other in scene.protection.of(clause.table) if other.policy.permissive
        ):
            continue  # the second is what RFA-POLICY-WIDENS says
        yield Found(
            clause.subject,
            f"binds {', '.join(sorted(clause.bound))} and not the tenant column {column}",
            detail=f"{clause.spelled}\nwho belongs to two tenants sees the rows of both at once",
            hint=repair.bind_also(scene.protection, clause, column)
            or f"-- with your own way of knowing the caller's tenant:\n-- {clause.alter(f'{column} = (select ..)')}",
        )


def claim_key(scene: Scene) -> Iterable[Found]:
    """The top-level claim client_id is the OAuth client (RFC 9068), not a tenant."""
    for clause in _exposed(scene):
        keys = {t.key for way in clause.ways for t in way.session if t.source == "claim"}
        if "client_id" in keys:
            yield Found(
                clause.subject,
                "takes the claim client_id for the tenant",
                detail=f"{clause.spelled}\nin access tokens client_id names the OAuth client (RFC 9068)",
                hint=clause.alter(
                    clause.text.replace("->> 'client_id'::text", "-> 'app_metadata'::text ->> 'org_id'::text")
                )
                if "->> 'client_id'::text" in clause.text
                else "-- read app_metadata.org_id instead, in the helper that reads client_id",
            )


def stale_membership(scene: Scene) -> Iterable[Found]:
    """A token's tenant is believed without a look at the memberships: P20."""
    for clause in _exposed(scene):
        column = scene.protection.tenant_column(clause.table)
        if column is None or column not in clause.bound:
            continue
        for way in clause.ways:
            claims = {t.key for t in way.session if t.source == "claim" and t.key not in ("sub", "")}
            if column in way.bound and claims and not way.asks_members:
                yield Found(
                    clause.subject,
                    f"believes the token's {', '.join(sorted(claims))} without a look at the memberships",
                    detail=f"{clause.spelled}\nwho was removed from a tenant keeps it until the token expires",
                    hint=repair.bind_also(scene.protection, clause, column, by_membership=True),
                )
                break


def forgeable(scene: Scene) -> Iterable[Found]:
    """A setting that any statement of the session can write decides: R4, R5."""
    using: dict[str, list[str]] = {}
    for clause in _exposed(scene):
        words = {t.key for way in clause.ways if way.bound for t in way.session if t.source == "setting"}
        for word in words:
            using.setdefault(word or "?", []).append(clause.subject)
    for word, subjects in sorted(using.items()):
        yield Found(
            f"setting {word}",
            f"decides in {len(subjects)} clauses, and any SQL in the session can write it",
            detail=(
                f"{subjects[0]}{' and others' if len(subjects) > 1 else ''}\n"
                "REVOKE SET ON PARAMETER has no effect on it; one injected statement is another tenant"
            ),
        )


def missing_ok(scene: Scene) -> Iterable[Found]:
    """current_setting without missing_ok raises when nothing was ever set."""
    for clause in _exposed(scene):
        if clause.policy.command == "a" and clause.kind == "using":
            continue
        text = rewrite.add_missing_ok(clause.text) if clause.read.legible else None
        if text is not None:
            yield Found(
                clause.subject,
                "raises an error in every session that has not set the parameter (current_setting without missing_ok)",
                detail=clause.spelled,
                hint=clause.alter(text),
            )


def _exposed(scene: Scene) -> Iterator[Clause]:
    for clause in scene.protection.active:
        if scene.protection.exposures(clause):
            yield clause


RULES = (
    rule("POLICY-CAPTURE", "A policy that compares a column with itself", Severity.CRITICAL, capture),
    rule("POLICY-INVERTED", "A policy the wrong way round", Severity.CRITICAL, inverted),
    rule("POLICY-EDITABLE", "A policy that believes the caller", Severity.CRITICAL, editable),
    rule("POLICY-SHARED-ROLE", "A policy that compares with a shared role", Severity.CRITICAL, shared_role),
    rule("POLICY-ONE-PARENT", "A policy that asks one parent of two", Severity.MEDIUM, one_parent),
    rule("POLICY-USER-ONLY", "A policy that asks for the user alone", Severity.MEDIUM, user_only),
    rule("POLICY-CLAIM-KEY", "A policy that takes the OAuth client for a tenant", Severity.MEDIUM, claim_key),
    rule("POLICY-STALE", "A policy that believes a token without the memberships", Severity.MEDIUM, stale_membership),
    rule("POLICY-FORGEABLE", "A policy that a setting decides", Severity.MEDIUM, forgeable),
    rule("POLICY-MISSING-OK", "A policy that raises without context", Severity.LOW, missing_ok),
)
