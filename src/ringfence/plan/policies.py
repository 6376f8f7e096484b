"""Every sentence of row security, ownership and grants a plan can say, each born with its undo and its effect.

A function here gives one `Change`; a phase puts changes together into the one short transaction of a table. Texts of
policies that come back are the server's own (`pg_get_expr` under an empty search path), so they come back byte for byte.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ringfence.catalog.model import Catalog, DefaultAcl, Policy, Routine, Schema, Table, View
from ringfence.catalog.model import Sequence as CatalogSequence
from ringfence.names import QualifiedName, quote_ident, quote_literal
from ringfence.plan import acl, ddl
from ringfence.plan.model import CatalogChange, LockMode, PlanRefused, PolicyAdded, Statement
from ringfence.plan.names import ASKED, CANARY, CANARY_ASKED, FLOOR, NOTE, NOTE_ASKED, OPEN, OUR_DEFAULT, TENANT
from ringfence.plan.rights import (
    DefaultAclChanged,
    DefaultChanged,
    GrantsChanged,
    OwnerChanged,
    PolicyChanged,
    PolicyRemoved,
    RoutineChanged,
    RowSecurityChanged,
    SchemaGrantsChanged,
    SequenceGrantsChanged,
    ViewChanged,
    change_table,
    owned_by_prefix,
)
from ringfence.tenancy.model import Limits

COMMANDS = {"*": "all", "r": "select", "a": "insert", "w": "update", "d": "delete"}
"""pg_policy.polcmd as SQL says it."""
BEYOND_ROWS = "Dxtm"
"""TRUNCATE ignores row security, REFERENCES and TRIGGER look through it, MAINTAIN locks everybody out."""
ROWS = "arwd"
SEQUENCE = "U"
"""nextval and currval; SELECT shows how far others have come, UPDATE sets the counter for everybody (K8)."""


@dataclass(frozen=True, slots=True)
class Change:
    """Statements for one relation, what takes them back, and the catalog after them."""

    do: tuple[Statement, ...]
    undo: tuple[Statement, ...]
    effect: tuple[CatalogChange, ...] = ()


NOTHING = Change((), (), ())


def together(*changes: Change) -> Change:
    """Several changes in order, taken back from the last to the first."""
    return Change(
        tuple(s for c in changes for s in c.do),
        tuple(s for c in reversed(changes) for s in c.undo),
        tuple(e for c in changes for e in c.effect),
    )


# --- conditions --------------------------------------------------------------------------------------------------


def own_rows(column: str, asked: str = ASKED) -> str:
    """The final form of every tenant condition (law 5.3): asked once per statement, and an index can answer it."""
    return f"{quote_ident(column)} = (select {asked})"


def own_or_open(column: str, open_when: str, asked: str = ASKED) -> str:
    """Rows of one's own and those that are open to everybody, for reading alone."""
    return f"{own_rows(column, asked)} or ({open_when})"


def noted(column: str, command: str, subject: QualifiedName, one_in: int, open_when: str | None) -> str:
    """A condition that is true of every row and notes, once a statement at most, that one was somebody else's.

    Statements outside of the sample are out at its first question (`plan/sql/noting_v1.sql`).
    """
    own = own_rows(column, NOTE_ASKED)
    if open_when is not None and command == "r":
        own = own_or_open(column, open_when, NOTE_ASKED)
    return _or_note(one_in, own, subject, command)


def _or_note(one_in: int, condition: str, subject: QualifiedName, command: str) -> str:
    note = f"ringfence.note_v1({quote_literal(subject.sql)}, {quote_literal(COMMANDS[command])})"
    return f"(select pg_catalog.random() * {one_in} >= 1) or {condition} or (select {note})"


# --- policies ----------------------------------------------------------------------------------------------------


def floor(limits: Limits, table: QualifiedName, column: str, open_when: str | None = None) -> Change:
    """The RESTRICTIVE floor, TO PUBLIC, with USING and WITH CHECK (law 5.1): no other policy can widen it.

    With `open_when` four floors, one per command, because only reading may be opened: FOR ALL would let everybody
    change what everybody may read.
    """
    own = own_rows(column)
    if open_when is None:
        return _added(limits, table, _policy(FLOOR, "*", own, own, permissive=False))
    return _by_command(limits, table, FLOOR, column, open_when, permissive=False)


def canary_floor(
    limits: Limits, table: QualifiedName, column: str, roles: Sequence[str], open_when: str | None = None
) -> Change:
    """The same floor for the canaries alone: restrictive, so that no policy of the roles they stand for widens it."""
    own = own_rows(column, CANARY_ASKED)
    if open_when is None:
        return _added(limits, table, _policy(CANARY, "*", own, own, permissive=False, roles=roles))
    return _by_command(limits, table, CANARY, column, open_when, permissive=False, roles=roles, asked=CANARY_ASKED)


def canary_opened(limits: Limits, table: QualifiedName, roles: Sequence[str]) -> Change:
    """Whatever the canaries' floor leaves them is seen, as when phase 6 has dropped the application's own policies."""
    return _added(limits, table, _policy(f"{CANARY}_open", "*", "true", "true", permissive=True, roles=roles))


def noting_floor(
    limits: Limits,
    table: QualifiedName,
    column: str,
    subject: QualifiedName,
    one_in: int,
    open_when: str | None = None,
) -> Change:
    """The floor that only notes, per command, because a policy cannot tell what it is asked for; `subject` is noted."""
    return together(
        *(
            _added(
                limits,
                table,
                _policy(
                    f"{NOTE}_{COMMANDS[command]}",
                    command,
                    noted(column, command, subject, one_in, open_when) if command != "a" else None,
                    noted(column, command, subject, one_in, open_when) if command in "aw" else None,
                    permissive=False,
                ),
            )
            for command in "rawd"
        )
    )


def file_floor(
    limits: Limits,
    table: QualifiedName,
    name: str,
    asked: str,
    *,
    owner: str,
    roles: Sequence[str],
    shared_buckets: Sequence[str] = (),
) -> Change:
    """The floor of Storage's files, per command: a path begins with the tenant, older ones go by their `owner`.

    Written are paths of the tenant alone, without '.' and '..', which some stores of files would follow.
    """
    return together(
        *(
            _added(
                limits,
                table,
                _policy(f"{name}_{COMMANDS[command]}", command, using, check, permissive=False, roles=roles),
            )
            for command, using, check in _file_conditions(asked, owner, shared_buckets)
        )
    )


def noting_file_floor(
    limits: Limits, table: QualifiedName, one_in: int, *, owner: str, shared_buckets: Sequence[str] = ()
) -> Change:
    """The same, and it only notes: what would be hidden or refused is let through."""

    def or_note(condition: str | None, command: str) -> str | None:
        return None if condition is None else _or_note(one_in, condition, table, command)

    return together(
        *(
            _added(
                limits,
                table,
                _policy(
                    f"{NOTE}_{COMMANDS[command]}",
                    command,
                    or_note(using, command),
                    or_note(check, command),
                    permissive=False,
                ),
            )
            for command, using, check in _file_conditions(NOTE_ASKED, owner, shared_buckets)
        )
    )


def _file_conditions(
    asked: str, owner: str, shared_buckets: Sequence[str]
) -> tuple[tuple[str, str | None, str | None], ...]:
    path = f"pg_catalog.split_part(name, '/', 1) = (select {asked}::text)"
    own = f"{path} or ringfence.old_file_v1(name, {owner}, (select {asked}))"
    written = f"{path} and name !~ '(^|/)[.][.]?(/|$)'"
    buckets = ", ".join(quote_literal(b) for b in shared_buckets)
    seen = f"bucket_id in ({buckets}) or {own}" if buckets else own
    return ("r", seen, None), ("a", None, written), ("w", own, written), ("d", own, None)


def tenant_policies(limits: Limits, table: QualifiedName, column: str, open_when: str | None = None) -> Change:
    """Permissive policies per command: a floor only takes away, so without them nobody sees anything."""
    return _by_command(limits, table, TENANT, column, open_when, permissive=True)


def open_policy(limits: Limits, table: QualifiedName) -> Change:
    """A permissive `true` for a table whose row security is off: with the floor alone it would go dark (law 5.2)."""
    return _added(limits, table, _policy(OPEN, "*", "true", "true", permissive=True))


def _by_command(
    limits: Limits,
    table: QualifiedName,
    name: str,
    column: str,
    open_when: str | None,
    *,
    permissive: bool,
    roles: Sequence[str] = ("public",),
    asked: str = ASKED,
) -> Change:
    own = own_rows(column, asked)
    seen = own if open_when is None else own_or_open(column, open_when, asked)
    return together(
        *(
            _added(
                limits,
                table,
                _policy(f"{name}_{COMMANDS[command]}", command, using, check, permissive=permissive, roles=roles),
            )
            for command, using, check in (("r", seen, None), ("a", None, own), ("w", own, own), ("d", own, None))
        )
    )


def _policy(
    name: str,
    command: str,
    using: str | None,
    check: str | None,
    *,
    permissive: bool,
    roles: Sequence[str] = ("public",),
) -> Policy:
    return Policy(name, command, permissive, tuple(roles), using, check)


def _added(limits: Limits, table: QualifiedName, policy: Policy) -> Change:
    return Change(
        (_strong(limits, table, create_policy(table, policy)),),
        (_strong(limits, table, f"drop policy if exists {quote_ident(policy.name)} on {table.sql}"),),
        (PolicyAdded(table, policy),),
    )


def create_policy(table: QualifiedName, policy: Policy) -> str:
    """CREATE POLICY for a policy as the catalog has it."""
    kind = "permissive" if policy.permissive else "restrictive"
    roles = ", ".join(role_sql(r) for r in policy.roles)
    using = "" if policy.using is None else f" using ({policy.using})"
    check = "" if policy.check is None else f" with check ({policy.check})"
    return (
        f"create policy {quote_ident(policy.name)} on {table.sql} as {kind} for {COMMANDS[policy.command]}"
        f" to {roles}{using}{check}"
    )


def dropped(limits: Limits, table: QualifiedName, policy: Policy) -> Change:
    """A policy of the application goes; its undo says it again with the server's own text."""
    return Change(
        (_strong(limits, table, f"drop policy if exists {quote_ident(policy.name)} on {table.sql}"),),
        (_strong(limits, table, create_policy(table, policy)),),
        (PolicyRemoved(table, policy.name),),
    )


def replaced(limits: Limits, table: QualifiedName, before: Policy, after: Policy) -> Change:
    """ALTER POLICY: name, kind and command stay, the condition becomes another; no moment without the policy."""

    def alter(policy: Policy) -> str:
        using = "" if policy.using is None else f" using ({policy.using})"
        check = "" if policy.check is None else f" with check ({policy.check})"
        return f"alter policy {quote_ident(policy.name)} on {table.sql}{using}{check}"

    return Change(
        (_strong(limits, table, alter(after)),),
        (_strong(limits, table, alter(before)),),
        (PolicyChanged(table, after),),
    )


# --- the table itself --------------------------------------------------------------------------------------------


def row_security(limits: Limits, table: Table, *, forced: bool) -> Change:
    """ENABLE, and FORCE for the owner too; what stood already is left and comes back as it was."""
    name = table.name
    do: list[str] = []
    undo: list[str] = []
    if not table.rls_enabled:
        do.append(f"alter table {name.sql} enable row level security")
        undo.append(f"alter table {name.sql} disable row level security")
    if forced and not table.rls_forced:
        do.append(f"alter table {name.sql} force row level security")
        undo.insert(0, f"alter table {name.sql} no force row level security")
    return Change(
        tuple(_strong(limits, name, sql) for sql in do),
        tuple(_strong(limits, name, sql) for sql in undo),
        (RowSecurityChanged(name, True, forced or table.rls_forced),) if do else (),
    )


def tenant_default(limits: Limits, table: Table, column: str) -> Change:
    """The column's default (law 4.5): the caller's tenant, where `plan/sql/writer_v1.sql` says he has one.

    It names no table. One that named its own would make CREATE TABLE refer to a table that is not there yet, and no
    dump of it could be restored.
    """
    name = table.name
    present = table.column(column)
    old = present.default if present is not None else None
    head = f"alter table only {name.sql} alter column {quote_ident(column)}"
    return Change(
        (_strong(limits, name, f"{head} set default {OUR_DEFAULT}"),),
        (_strong(limits, name, f"{head} drop default" if old is None else f"{head} set default {old}"),),
        (DefaultChanged(name, column, OUR_DEFAULT),),
    )


def owner(
    limits: Limits, table: Table, new: str, *, keeps_rows: bool, sequences: Sequence[CatalogSequence] = ()
) -> Change:
    """Another owner; with `keeps_rows` the old one is granted what he needs to go on reading and writing rows.

    `sequences` are those of the catalog; the ones that the table's columns own go along with it.

    An application that logs in as the owner would lose everything with the ownership, and more than rows it should not
    have: an owner can switch row security off (R15). Raises PlanRefused when the new owner holds a grant: in the way
    back it could not be told from the old owner's own.
    """
    name = table.name
    old = table.owner
    for item in acl.read((*table.acl, *(i for c in table.columns for i in c.acl))):
        if new in (item.grantee, item.grantor):
            raise PlanRefused(
                f"{new} is to own {name} and holds a grant on it already, which would be lost in the way back",
                subject=str(name),
                hint=f"revoke all on table {name.sql} from {quote_ident(new)} cascade;",
            )
    words = ", ".join(acl.WORDS[k] for k in ROWS)
    moved = OwnerChanged(name, new)
    after = change_table(table, moved)
    do = [_strong(limits, name, f"alter table {name.sql} owner to {quote_ident(new)}")]
    undo = [_strong(limits, name, f"alter table {name.sql} owner to {quote_ident(old)}")]
    effect: list[CatalogChange] = [moved]
    if keeps_rows:
        do.append(ddl.plain(f"grant {words} on table {name.sql} to {quote_ident(old)}"))
        undo.insert(0, ddl.plain(f"revoke {words} on table {name.sql} from {quote_ident(old)}"))
        effect.append(GrantsChanged(name, acl.granted(after.acl, old, ROWS, new)))
        for sequence in sequences:
            if sequence.owned_by is None or not sequence.owned_by.startswith(owned_by_prefix(name)):
                continue
            target = f"sequence {sequence.name.sql}"
            do.append(ddl.plain(f"grant usage on {target} to {quote_ident(old)}"))
            undo.insert(0, ddl.plain(f"revoke usage on {target} from {quote_ident(old)}"))
            items = acl.owner_changed(sequence.acl, sequence.owner, new)
            effect.append(SequenceGrantsChanged(sequence.name, acl.granted(items, old, SEQUENCE, new)))
    return Change(tuple(do), tuple(undo), tuple(effect))


def grants_cut(table: Table, roles: Collection[str], letters: str = BEYOND_ROWS) -> Change:
    """Privileges that reach past row security are taken from these roles and from PUBLIC, exactly as they stood."""
    grantees = {*roles, acl.PUBLIC} - {table.owner}
    left, taken = acl.cut(table.acl, grantees, letters)
    do, undo = _regrant(f"table {table.name.sql}", taken, table.owner)
    columns: dict[str, tuple[str, ...]] = {}
    for column in table.columns:
        column_left, column_taken = acl.cut(column.acl, grantees, letters)
        if column_taken:
            columns[column.name] = column_left
            more, back = _regrant(f"table {table.name.sql}", column_taken, table.owner, column=column.name)
            do += more
            undo = back + undo
    if not do:
        return NOTHING
    return Change(tuple(do), tuple(undo), (GrantsChanged(table.name, left, columns),))


def sequences_cut(table: Table, sequences: Sequence[CatalogSequence], roles: Collection[str]) -> Change:
    """Request roles may draw numbers from a table's sequences and no longer look at them or set them (K8).

    Where UPDATE alone lets a role draw numbers it is left, since writing would fail without it.
    """
    changes: list[Change] = []
    for sequence in sequences:
        if sequence.owned_by is None or not sequence.owned_by.startswith(owned_by_prefix(table.name)):
            continue
        draws = {i.grantee for i in acl.read(sequence.acl) if "U" in i.letters}
        left, taken = acl.cut(sequence.acl, ({*roles, acl.PUBLIC} & draws) - {sequence.owner}, "rw")
        if taken:
            do, undo = _regrant(f"sequence {sequence.name.sql}", taken, sequence.owner)
            changes.append(Change(tuple(do), tuple(undo), (SequenceGrantsChanged(sequence.name, left),)))
    return together(*changes)


def _regrant(
    target: str, taken: Sequence[acl.Item], owner_: str, column: str | None = None
) -> tuple[list[Statement], list[Statement]]:
    do: list[Statement] = []
    undo: list[Statement] = []
    for item in taken:
        do += _as_grantor(item, owner_, [f"revoke {_privileges(item.letters, column)} on {target} from {_role(item)}"])
        again = [
            f"grant {_privileges(letters, column)} on {target} to {_role(item)}{tail}"
            for letters, tail in (
                ("".join(k for k in item.letters if k not in item.options), ""),
                (item.options, " with grant option"),
            )
            if letters
        ]
        undo = [*_as_grantor(item, owner_, again), *undo]
    return do, undo


def _as_grantor(item: acl.Item, owner_: str, sentences: Sequence[str]) -> list[Statement]:
    """Grants that the owner made, or that another role made by its grant option and only that role can change."""
    said = [ddl.plain(sql) for sql in sentences]
    if item.grantor == owner_:
        return said
    return [ddl.plain(f"set local role {quote_ident(item.grantor)}"), *said, ddl.plain("set local role none")]


def _privileges(letters: str, column: str | None) -> str:
    listed = f" ({quote_ident(column)})" if column is not None else ""
    return ", ".join(acl.WORDS[k] + listed for k in letters)


def _role(item: acl.Item) -> str:
    return "public" if item.grantee == acl.PUBLIC else quote_ident(item.grantee)


def role_sql(name: str) -> str:
    """A policy's role: 'public' stands for PUBLIC, which no role can be called."""
    return "public" if name == "public" else quote_ident(name)


# --- what reaches a table ----------------------------------------------------------------------------------------


def view_as_caller(limits: Limits, view: View) -> Change:
    """security_invoker: the view is read with the rights and policies of whoever asks (O1)."""
    own = next((o for o in view.options if o.startswith("security_invoker=")), None)
    back = (
        f"alter view {view.name.sql} reset (security_invoker)"
        if own is None
        else f"alter view {view.name.sql} set (security_invoker = {own.partition('=')[2]})"
    )
    options = tuple(sorted({*(o for o in view.options if o != own), "security_invoker=true"}))
    return Change(
        (_strong(limits, view.name, f"alter view {view.name.sql} set (security_invoker = true)"),),
        (_strong(limits, view.name, back),),
        (ViewChanged(replace(view, options=options)),),
    )


def view_owner(limits: Limits, view: View, new: str) -> Change:
    """A view of its owner's rights goes to an owner whom row security binds, so that it shows the caller's tenant."""
    kind = "materialized view" if view.kind == "m" else "view"
    return Change(
        (_strong(limits, view.name, f"alter {kind} {view.name.sql} owner to {quote_ident(new)}"),),
        (_strong(limits, view.name, f"alter {kind} {view.name.sql} owner to {quote_ident(view.owner)}"),),
        (ViewChanged(replace(view, owner=new, acl=acl.owner_changed(view.acl, view.owner, new))),),
    )


def relation_closed(name: QualifiedName, items: Sequence[str], owner_: str, roles: Collection[str]) -> Change:
    """Every privilege of these roles and of PUBLIC on a relation goes; a materialized view cannot be filtered (O2)."""
    _, taken = acl.cut(items, {*roles, acl.PUBLIC} - {owner_}, ROWS + BEYOND_ROWS)
    do, undo = _regrant(f"table {name.sql}", taken, owner_)
    return Change(tuple(do), tuple(undo))


def view_closed(view: View, roles: Collection[str]) -> Change:
    """A view or materialized view that request roles may no longer read."""
    change = relation_closed(view.name, view.acl, view.owner, roles)
    left, _ = acl.cut(view.acl, {*roles, acl.PUBLIC} - {view.owner}, ROWS + BEYOND_ROWS)
    return replace(change, effect=(ViewChanged(replace(view, acl=left)),)) if change.do else NOTHING


def view_rows_only(view: View, roles: Collection[str]) -> Change:
    """These roles and PUBLIC keep what concerns a view's rows: an INSTEAD OF trigger of theirs would run as others."""
    grantees = {*roles, acl.PUBLIC} - {view.owner}
    left, taken = acl.cut(view.acl, grantees, BEYOND_ROWS)
    do, undo = _regrant(f"table {view.name.sql}", taken, view.owner)
    return Change(tuple(do), tuple(undo), (ViewChanged(replace(view, acl=left)),)) if do else NOTHING


def table_closed(table: Table, roles: Collection[str]) -> Change:
    """A table that cannot have row security (a foreign one) and that request roles may no longer reach (O8)."""
    return grants_cut(table, roles, ROWS + BEYOND_ROWS)


def routine_owner(routine: Routine, new: str) -> Change:
    """A definer function goes to an owner whom FORCE and policies bind: it then sees the caller's tenant (O5b)."""
    items = None if routine.acl is None else acl.owner_changed(routine.acl, routine.owner, new)
    return Change(
        (ddl.plain(f"alter routine {routine_sql(routine)} owner to {quote_ident(new)}"),),
        (ddl.plain(f"alter routine {routine_sql(routine)} owner to {quote_ident(routine.owner)}"),),
        (RoutineChanged(replace(routine, owner=new, acl=items)),),
    )


def routine_as_caller(routine: Routine) -> Change:
    """SECURITY INVOKER: the function runs with the rights of whoever calls it (O5)."""
    head, as_, body = routine.definition.partition("\nAS ")
    if not as_:
        head, as_, body = routine.definition.partition("\nBEGIN ATOMIC")
    # the server prints the options on one line, which goes when nothing is left on it
    lines = [line.replace(" SECURITY DEFINER", "") for line in head.split("\n")]
    definition = "\n".join(line for line in lines if line.strip()) + as_ + body
    return Change(
        (ddl.plain(f"alter routine {routine_sql(routine)} security invoker"),),
        (ddl.plain(f"alter routine {routine_sql(routine)} security definer"),),
        (RoutineChanged(replace(routine, security_definer=False, definition=definition)),),
    )


def routine_sql(routine: Routine) -> str:
    """A routine as ALTER ROUTINE names it."""
    return f"{routine.name.sql}({routine.arguments})"


# --- around tables -----------------------------------------------------------------------------------------------


def grants_as(catalog: Catalog, schema: Schema) -> str:
    """In whose name the migrating role grants on a schema: its owner's, unless all it has is a grant option.

    Who owns the database is a member of pg_database_owner, which no catalog of roles shows.
    """
    me = catalog.current_user
    options = "".join(i.options for i in acl.read(schema.acl) if i.grantee == me)
    return me if options and not catalog.current_user_superuser and schema.owner != me else schema.owner


def schema_use(catalog: Catalog, schema: Schema, role: str) -> Change:
    """USAGE and CREATE on a schema: without CREATE a role cannot become the owner of what is in it.

    USAGE is needed for life: foreign keys are checked as the owner of the table they point at.
    """
    has = "".join(i.letters for i in acl.read(schema.acl) if i.grantee == role)
    missing = "".join(k for k in "UC" if k not in has)
    if not missing or role == schema.owner:
        return NOTHING
    words = ", ".join(acl.WORDS[k] for k in missing)
    target = f"schema {quote_ident(schema.name)}"
    return Change(
        (ddl.plain(f"grant {words} on {target} to {quote_ident(role)}"),),
        (ddl.plain(f"revoke {words} on {target} from {quote_ident(role)}"),),
        (SchemaGrantsChanged(schema.name, acl.granted(schema.acl, role, missing, grants_as(catalog, schema))),),
    )


def defaults_closed(catalog: Catalog, default: DefaultAcl, roles: Collection[str]) -> Change:
    """New tables are no longer granted to request roles by themselves (R11): the next one would be open to all."""
    grantees = {*roles, acl.PUBLIC} - {default.role}
    left, taken = acl.cut(default.acl, grantees, ROWS + BEYOND_ROWS)
    if not taken:
        return NOTHING
    where = "" if default.schema is None else f" in schema {quote_ident(default.schema)}"
    head = f"alter default privileges for role {quote_ident(default.role)}{where}"
    do: list[Statement] = []
    undo: list[Statement] = []
    for item in taken:
        do.append(ddl.plain(f"{head} revoke {_privileges(item.letters, None)} on tables from {_role(item)}"))
        for letters, tail in ((item.without(item.options).letters, ""), (item.options, " with grant option")):
            if letters:
                undo.append(ddl.plain(f"{head} grant {_privileges(letters, None)} on tables to {_role(item)}{tail}"))
    if default.schema is None:
        full = ROWS + BEYOND_ROWS if catalog.server_version >= 170000 else ROWS + BEYOND_ROWS.replace("m", "")
        if left == acl.granted((), default.role, full, default.role):
            left = ()  # what the server gives anyway has no row of its own
    return Change(tuple(do), tuple(undo), (DefaultAclChanged(default.role, default.schema, default.object_type, left),))


def refuse_own_names(tables: Iterable[Table]) -> None:
    """Raise PlanRefused where a policy of the application bears a name of ours: its undo would be ours."""
    for table in tables:
        for policy in _ours(table):
            raise PlanRefused(
                f"{table.name} has a policy named {policy.name!r} already, a name that Ringfence gives",
                subject=str(table.name),
                hint=f"alter policy {quote_ident(policy.name)} on {table.name.sql} rename to ...",
            )


def _ours(table: Table) -> Iterator[Policy]:
    for policy in table.policies:
        if policy.name.startswith((FLOOR, TENANT, OPEN, CANARY)):
            yield policy


def _strong(limits: Limits, table: QualifiedName, sql: str) -> Statement:
    return ddl.short(limits, sql, LockMode.ACCESS_EXCLUSIVE, table)
