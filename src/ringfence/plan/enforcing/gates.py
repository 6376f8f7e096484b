"""The gates of phase 6: nobody is overlooked before the first table is enforced, and all of it stands afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringfence.catalog.model import Catalog
from ringfence.plan.enforcing.outranking import memberships_closed, wider_roles
from ringfence.plan.enforcing.overlooked import CRON_JOBS, dumps, jobs, logins, undecided
from ringfence.plan.enforcing.replication import replication
from ringfence.plan.enforcing.scene import Reader
from ringfence.plan.enforcing.standing import defaults, enforced, grants, unprotected
from ringfence.plan.model import Check
from ringfence.tenancy.isolation import Isolation
from ringfence.tenancy.model import Tenancy


def entry_checks(
    tenancy: Tenancy, isolation: Isolation, catalog: Catalog, readers: Sequence[Reader]
) -> Iterator[Check]:
    """What must be decided or true before FORCE: silently empty is worse than an error (law 5.7)."""
    yield undecided(readers)
    if catalog.table(CRON_JOBS) is not None:
        yield jobs(isolation)
    yield logins(tenancy, isolation, catalog)
    yield dumps(tenancy, isolation, catalog)
    yield wider_roles(tenancy, isolation, catalog)
    yield memberships_closed(tenancy, catalog)
    yield replication(tenancy, catalog)


def exit_checks(tenancy: Tenancy, isolation: Isolation, catalog: Catalog) -> Iterator[Check]:
    """What the real catalog must say afterwards, asked apart from the steps that made it so."""
    yield enforced(tenancy, isolation, catalog)
    yield grants(tenancy, catalog)
    yield unprotected(tenancy, catalog)
    yield defaults(tenancy, catalog)
    yield dumps(tenancy, isolation, catalog)
