"""Settings and capacity of the server and of roles."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess.model import Found, Rule, Scene, Severity
from ringfence.names import quote_ident

KILLS_US = ("transaction_timeout", "idle_session_timeout")
"""Would end a connection of ours in the middle of work."""
WE_SET = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
MEGABYTE = 1024 * 1024
LOCKS_WARN_RATIO = 0.5


def timeouts(scene: Scene) -> Iterable[Found]:
    """Timeouts that a role or database brings along (H30)."""
    me = f"{quote_ident(scene.catalog.current_user)} in database {quote_ident(scene.catalog.database)}"
    for name in KILLS_US:
        value = scene.observed.setting(name)
        if value not in ("", "0"):
            yield Found(
                f"setting {name}",
                f"ends a session of {scene.catalog.current_user} after {value} ms, in the middle of a long step",
                hint=f"alter role {me} set {name} = 0;",
            )
    for name in WE_SET:
        value = scene.observed.setting(name)
        if value not in ("", "0"):
            yield Found(
                f"setting {name}",
                f"is {value} ms for {scene.catalog.current_user}; every statement of ours sets its own",
                detail="that holds on a direct connection or in a pooler's session mode only",
                hint=f"alter role {me} set {name} = 0;",
                severity=Severity.INFO,
            )
    isolation = scene.observed.setting("default_transaction_isolation")
    if isolation not in ("", "read committed"):
        yield Found(
            "setting default_transaction_isolation",
            f"is {isolation} for {scene.catalog.current_user}: batches and the journal need read committed",
            hint=f"alter role {me} set default_transaction_isolation = 'read committed';",
        )


def replica_writers(scene: Scene) -> Iterable[Found]:
    """A role that works in the replica role by default fires no trigger of ours."""
    for role in scene.catalog.roles:
        for setting in (*role.config, *role.database_config):
            name, _, value = setting.partition("=")
            if name.strip() == "session_replication_role" and value.strip().strip("'\"") != "origin":
                yield Found(
                    f"role {role.name}",
                    f"works with session_replication_role = {value.strip()}: rows it writes get no tenant",
                    hint=(
                        f"alter role {quote_ident(role.name)} reset session_replication_role;\n"
                        f"alter role {quote_ident(role.name)} in database {quote_ident(scene.catalog.database)}"
                        f" reset session_replication_role;"
                    ),
                )


def lock_table(scene: Scene) -> Iterable[Found]:
    """Each partition and index takes a place in the shared lock table, and so does each table of a dump."""
    numbers = [scene.observed.setting(n) for n in ("max_locks_per_transaction", "max_connections")]
    if not all(n.isdigit() for n in numbers):
        return
    per_transaction, connections = (int(n) for n in numbers)
    prepared = scene.observed.setting("max_prepared_transactions")
    slots = connections + (int(prepared) if prepared.isdigit() else 0)
    places = per_transaction * slots
    needs = [(f"table {root.name}", sum(2 + len(m.indexes) for m in scene.family(root.name))) for root in scene.roots]
    needs.append(("the backup", len(scene.catalog.tables)))
    for what, needed in needs:
        if needed > LOCKS_WARN_RATIO * places:
            yield Found(
                what,
                f"needs {needed:,} locks in one transaction; the server has room for {places:,}",
                detail="out of shared memory (53200), for whoever asks next",
                hint=(
                    f"alter system set max_locks_per_transaction = {max(64, 4 * needed // max(slots, 1) + 1)};"
                    "  -- needs a restart"
                ),
                severity=Severity.ERROR if needed > places else Severity.WARNING,
            )


def disk(scene: Scene) -> Iterable[Found]:
    """A table may double in a bad backfill, and each index is built beside what is there (H25)."""
    sizes = [(scene.catalog.measure(t.name).bytes_total, str(t.name)) for t in scene.targets]
    biggest, name = max(sizes, default=(0, ""))
    if biggest == 0:
        return
    needed = 2 * biggest
    free = scene.observed.disk_free_bytes
    if free is None:
        yield Found(
            "disk",
            f"free space cannot be seen from here; have {_size(needed)} free, twice {name}",
            severity=Severity.INFO,
        )
    elif free < needed:
        yield Found(
            "disk",
            f"{_size(free)} are free; twice the biggest table ({name}) is {_size(needed)}",
            detail="a backfill needs about a third of a table, and its indexes once more; twice is the safe side",
            severity=Severity.ERROR if free < biggest else Severity.WARNING,
        )


def _size(size: int) -> str:
    return f"{size / MEGABYTE:,.0f} MB" if size < 1024 * MEGABYTE else f"{size / (1024 * MEGABYTE):,.1f} GB"


RULES = (
    Rule("RFA-TIMEOUT", "Timeouts of role or database", Severity.WARNING, "reference/rules/timeout.md", timeouts),
    Rule(
        "RFA-REPLICA-ROLE",
        "A role that fires no triggers",
        Severity.ERROR,
        "reference/rules/replica-role.md",
        replica_writers,
    ),
    Rule("RFA-LOCKS", "Room in the lock table", Severity.WARNING, "reference/rules/locks.md", lock_table),
    Rule("RFA-DISK", "Disk space", Severity.WARNING, "reference/rules/disk.md", disk),
)
