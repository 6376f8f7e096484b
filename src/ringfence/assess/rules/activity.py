"""What is going on in the server now: it may be over in a minute, or hold up the first step."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess.model import Found, OldTransaction, Rule, Scene, Severity
from ringfence.catalog.model import Table
from ringfence.names import quote_literal

OLD_S_MIN = 60
PREPARED_ERROR_S = 300
FREEZE_MAX_AGE_DEFAULT = 200_000_000
FREEZE_SOON_RATIO = 0.9
XIDS_DANGER = 1_500_000_000


def old_transactions(scene: Scene) -> Iterable[Found]:
    """Long transactions hold up index builds (H5), lock attempts (H31) and the reuse of dead rows."""
    for transaction in scene.observed.transactions:
        if not transaction.here or transaction.age_s < OLD_S_MIN:
            continue
        idle = transaction.state.startswith("idle in transaction")
        if not (transaction.holds_snapshot or idle):
            continue
        yield Found(
            f"pid {transaction.pid}",
            f"{_who(transaction)} has had a transaction open for {_minutes(transaction.age_s)} ({transaction.state})",
            detail="\n".join(
                line
                for line in (
                    "concurrent index builds wait for it, and a backfill cannot reuse dead rows"
                    if transaction.holds_snapshot
                    else "whatever locks it took are held until it ends",
                    f"last statement: {transaction.query}" if transaction.query else "",
                )
                if line
            ),
            hint=f"select pg_catalog.pg_terminate_backend({transaction.pid});",
        )


def _who(transaction: OldTransaction) -> str:
    application = f" ({transaction.application})" if transaction.application else ""
    return f"{transaction.role or 'somebody'}{application}"


def _minutes(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"


def prepared(scene: Scene) -> Iterable[Found]:
    """A prepared transaction never ends by itself: a concurrent index build would wait for ever."""
    for transaction in scene.observed.prepared:
        if not transaction.here:
            continue
        yield Found(
            f"prepared transaction {transaction.name}",
            f"{transaction.owner} prepared it {_minutes(transaction.age_s)} ago and nobody finished it",
            detail="its locks and its snapshot stay, also over a restart",
            hint=f"rollback prepared {quote_literal(transaction.name)};",
            severity=Severity.ERROR if transaction.age_s >= PREPARED_ERROR_S else Severity.WARNING,
        )


def wraparound(scene: Scene) -> Iterable[Found]:
    """A vacuum against wraparound gives way to nobody (H3), so one that is due should run before."""
    general = scene.observed.setting("autovacuum_freeze_max_age")
    for table in scene.targets:
        age = scene.catalog.measure(table.name).frozen_age
        limit = _freeze_max_age(table, int(general) if general.isdigit() else FREEZE_MAX_AGE_DEFAULT)
        vacuum = f"vacuum (freeze) {table.name.sql};"
        running = f"VACUUM {table.name.schema}.{table.name.name} (to prevent wraparound)"
        if any(running in text for text in scene.observed.wraparound_vacuums):
            yield Found(
                str(table.name),
                "is being vacuumed to prevent wraparound, which a lock attempt cannot cancel",
                detail="steps on this table wait until it is done",
            )
        elif age >= XIDS_DANGER:
            yield Found(
                str(table.name),
                f"its oldest row is {age:,} transactions old: the server is close to refusing every write",
                hint=vacuum,
                severity=Severity.ERROR,
            )
        elif age >= FREEZE_SOON_RATIO * limit:
            yield Found(
                str(table.name),
                f"a vacuum against wraparound is due (age {age:,} of {limit:,}) and would hold up steps on it",
                hint=vacuum,
            )


def _freeze_max_age(table: Table, general: int) -> int:
    for option in table.options:
        name, _, value = option.partition("=")
        if name == "autovacuum_freeze_max_age" and value.isdigit():
            return min(int(value), general)
    return general


RULES = (
    Rule(
        "RFA-OLD-TRANSACTION",
        "Long transactions",
        Severity.WARNING,
        "reference/rules/old-transaction.md",
        old_transactions,
    ),
    Rule(
        "RFA-PREPARED-TRANSACTION",
        "Prepared transactions",
        Severity.WARNING,
        "reference/rules/prepared-transaction.md",
        prepared,
    ),
    Rule("RFA-WRAPAROUND", "Vacuum against wraparound", Severity.WARNING, "reference/rules/wraparound.md", wraparound),
)
