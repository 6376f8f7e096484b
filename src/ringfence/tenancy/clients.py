"""Who takes all columns of a table with `*`: what the operator declares, and what was seen besides."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.names import QualifiedName
from ringfence.tenancy.model import StarReader, Tenancy


def star_readers(tenancy: Tenancy, table: QualifiedName, seen: Iterable[StarReader]) -> tuple[StarReader, ...]:
    """The declared clients first, then those seen of whose login no declaration speaks.

    Statistics of statements know a login but no application, and old and new code may share the login; so whoever
    declares clients of a login says which of its applications is meant.
    """
    declared = tuple(
        StarReader(c.login or "", c.application or "", "declared")
        for c in tenancy.clients
        if c.selects_star and (not c.tables or table in c.tables)
    )
    spoken_of = {c.login for c in tenancy.clients if c.login}
    observed = (r for r in seen if not r.login or r.login not in spoken_of)
    return tuple(dict.fromkeys((*declared, *sorted(observed))))
