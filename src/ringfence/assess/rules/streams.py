"""Where rows leave the database by themselves: publications, Realtime, notifications."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.assess import surface
from ringfence.assess.model import Found, Scene, Severity, counted, rule
from ringfence.catalog.model import Publication
from ringfence.names import quote_ident

REALTIME = "supabase_realtime"


def publication(scene: Scene) -> Iterable[Found]:
    """A subscriber gets every tenant's rows: no policy is asked (O14)."""
    for sent in scene.catalog.publications:
        if sent.name == REALTIME:
            continue  # Realtime asks the policies for what it delivers
        names = _theirs(scene, sent)
        if names:
            replicating = sorted(r.name for r in scene.catalog.roles if r.replication and r.login and not r.superuser)
            yield Found(
                f"publication {quote_ident(sent.name)}",
                f"sends the rows of every tenant of {counted(len(names), 'table')} to whoever replicates",
                detail=(
                    f"{', '.join(names[:10])}\n"
                    f"logins that may replicate: {surface.roles_text(replicating) or 'superusers'}"
                ),
                hint=(f"-- if nobody needs it:\ndrop publication {quote_ident(sent.name)};"),
            )


def realtime_delete(scene: Scene) -> Iterable[Found]:
    """Realtime asks no policy about a deleted row: every subscriber of the table gets its key."""
    for sent in scene.catalog.publications:
        names = _theirs(scene, sent) if sent.name == REALTIME and "delete" in _events(sent) else []
        if names:
            events = ", ".join(e for e in _events(sent) if e not in ("delete", "truncate"))
            yield Found(
                f"publication {quote_ident(sent.name)}",
                f"sends deletes of {counted(len(names), 'table')} to the subscribers of every tenant",
                detail=(
                    f"{', '.join(names[:10])}\nthe row is gone when policies would be asked: they get its key, or with"
                    " row security off and REPLICA IDENTITY FULL the whole row"
                ),
                hint=f"alter publication {quote_ident(sent.name)} set (publish = '{events}');",
            )


def _events(sent: Publication) -> list[str]:
    words = dict(part.split("=", 1) for part in sent.options.split())
    return words.get("publish", "").split(",")


def _theirs(scene: Scene, sent: Publication) -> list[str]:
    """The published tables whose rows belong to tenants, apart from those with a row filter."""
    listed = {text.split(" (")[0].split(" where ")[0] for text in sent.tables if " where " not in text}
    return [
        str(table.name)
        for table in surface.tables(scene)
        if (sent.all_tables or table.name.schema in sent.schemas or str(table.name) in listed)
        and scene.protection.belongs_to_somebody(table)
    ]


RULES = (
    rule("REALTIME-DELETE", "Realtime tells every tenant about deletes", Severity.MEDIUM, realtime_delete),
    rule("PUBLICATION", "A publication sends the rows of every tenant", Severity.LOW, publication),
)
