"""What reaches tenant tables past their policies, and what each decision does about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from ringfence.catalog.model import Catalog, Routine, View
from ringfence.names import quote_ident, quote_literal
from ringfence.plan import ddl, policies
from ringfence.plan.enforcing.scene import Reader, ReaderKind
from ringfence.plan.model import Privilege, Step, Transaction, UndoWith
from ringfence.plan.policies import Change
from ringfence.tenancy.decisions import ROLE
from ringfence.tenancy.isolation import Isolation, Way
from ringfence.tenancy.model import Tenancy


def before_tables(
    tenancy: Tenancy, isolation: Isolation, catalog: Catalog, readers: Sequence[Reader]
) -> Iterator[Step]:
    """Those that would fail the moment the first table is enforced: roles, and functions that are to bypass."""
    del tenancy
    roles = {r.name: r for r in catalog.roles}
    for key, decision in sorted(isolation.decisions.items()):
        name = key.removeprefix(ROLE)
        if not key.startswith(ROLE) or decision.way is not Way.BYPASS:
            continue
        known = roles.get(name)
        if known is not None and (known.superuser or known.bypass_rls):
            continue
        yield Step(
            id=f"enforce/role/{name}",
            title=f"{name} reads every tenant: {decision.reason}",
            action=Transaction((ddl.plain(f"alter role {quote_ident(name)} bypassrls"),)),
            undo=UndoWith((Transaction((ddl.plain(f"alter role {quote_ident(name)} nobypassrls"),)),)),
            needs=(
                Privilege(
                    f"may let {name} pass row security",
                    "select r.rolsuper or (r.rolbypassrls and r.rolcreaterole"
                    " and pg_catalog.current_setting('server_version_num')::int >= 160000"
                    f" and pg_catalog.pg_has_role({quote_literal(name)}, 'USAGE')) as allowed"
                    " from pg_catalog.pg_roles r where r.rolname = current_user",
                    grant=f"alter role {quote_ident(name)} bypassrls;    -- by a superuser",
                ),
            ),
            proves=f"{name} reads what it read before",
        )
    for reader in readers:
        if reader.kind is ReaderKind.SIGN_UP and reader.way is Way.BYPASS:
            routine = _routine(catalog, reader)
            yield _step(reader, policies.routine_owner(routine, catalog.current_user))


def after_tables(tenancy: Tenancy, isolation: Isolation, catalog: Catalog, readers: Sequence[Reader]) -> Iterator[Step]:
    """Those that get the caller's rights, or an owner who has his own tables only now, or are closed."""
    for reader in readers:
        change = _change(tenancy, isolation, catalog, reader)
        if change.do:
            yield _step(reader, change)


def _change(tenancy: Tenancy, isolation: Isolation, catalog: Catalog, reader: Reader) -> Change:
    way = reader.way
    match reader.kind:
        case ReaderKind.ROUTINE if way is Way.INVOKER:
            return policies.routine_as_caller(_routine(catalog, reader))
        case ReaderKind.ROUTINE if way is Way.OWNER:
            return policies.routine_owner(_routine(catalog, reader), isolation.owner)
        case ReaderKind.VIEW if way is Way.INVOKER:
            return policies.view_as_caller(tenancy.limits, _view(catalog, reader))
        case ReaderKind.VIEW if way is Way.OWNER:
            return policies.view_owner(tenancy.limits, _view(catalog, reader), isolation.owner)
        case ReaderKind.VIEW | ReaderKind.MATERIALIZED_VIEW if way is Way.CLOSE:
            return policies.view_closed(_view(catalog, reader), tenancy.request_roles)
        case ReaderKind.FOREIGN_TABLE if way is Way.CLOSE:
            table = next(t for t in catalog.tables if str(t.name) == reader.key)
            return policies.table_closed(table, tenancy.request_roles)
        case (
            ReaderKind.ROUTINE
            | ReaderKind.SIGN_UP
            | ReaderKind.VIEW
            | ReaderKind.MATERIALIZED_VIEW
            | ReaderKind.FOREIGN_TABLE
            | ReaderKind.RULE
            | ReaderKind.PUBLICATION
            | ReaderKind.FILES
        ):
            return policies.NOTHING  # it goes on as it is, by decision, or stops the phase at its gate
        case _:
            assert_never(reader.kind)


def _step(reader: Reader, change: Change) -> Step:
    assert reader.way is not None
    done = {
        Way.INVOKER: "runs with the rights of whoever asks",
        Way.OWNER: "runs as an owner whom row security binds",
        Way.CLOSE: "is closed to request roles",
        Way.BYPASS: "goes on to see every tenant, by decision",
        Way.TENANT: "brings its tenant",
        Way.PER_TENANT: "is run once for each tenant",
    }[reader.way]
    return Step(
        id=f"enforce/reach/{reader.key}",
        title=f"{reader.kind.value} {reader.key} {done}",
        action=Transaction(change.do),
        undo=UndoWith((Transaction(change.undo),)),
        effect=change.effect,
        proves=f"{reader.key} shows no row past the policies but by a decision with a reason",
    )


def _routine(catalog: Catalog, reader: Reader) -> Routine:
    return next(r for r in catalog.routines if f"{r.name}({r.arguments})" == reader.key)


def _view(catalog: Catalog, reader: Reader) -> View:
    return next(v for v in catalog.views if str(v.name) == reader.key)
