"""What keeps a configuration from fitting a database, each with table, place in the file and a line to paste."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ringfence.errors import RingfenceError
from ringfence.spec.model import Where


class TenancyInvalid(RingfenceError):
    """The configuration does not fit the database.

    `problems` holds every single problem in the file's order; a lone problem is raised as itself.
    """

    code = "RF300"
    exit_code: ClassVar[int] = 2

    def __init__(
        self, message: str = "", *, subject: str = "", detail: str = "", hint: str = "", where: Where | None = None
    ) -> None:
        self.where = where
        super().__init__(f"{where}: {message}" if where else message, detail=detail, hint=hint, subject=subject)
        self.problems: tuple[TenancyInvalid, ...] = (self,)


class TableNotFound(TenancyInvalid):
    """The configuration names a table that is not in the database."""

    code = "RF301"


class ColumnNotFound(TenancyInvalid):
    """The configuration names a column that the table does not have."""

    code = "RF302"


class ConstraintNotFound(TenancyInvalid):
    """The configuration names a constraint or index that the table does not have."""

    code = "RF303"


class UsersUnknown(TenancyInvalid):
    """Nothing says which table knows the users."""

    code = "RF304"


class KeyUnknown(TenancyInvalid):
    """A table has no single key column, and the configuration names none."""

    code = "RF305"


class TypeClash(TenancyInvalid):
    """Two columns that should hold the same values have types that cannot be compared."""

    code = "RF306"


class ParentHasNoTenant(TenancyInvalid):
    """A derivation leads to a table whose rows belong to no tenant."""

    code = "RF307"


class NotUnique(TenancyInvalid):
    """A derivation could find several parent rows for one row."""

    code = "RF308"


class DerivationCycle(TenancyInvalid):
    """Tables derive their tenant from one another in a circle, so none of them ever gets one."""

    code = "RF309"


class SelfDerivation(TenancyInvalid):
    """A table derives its tenant from itself, so its first row never gets one."""

    code = "RF310"


class ColumnTaken(TenancyInvalid):
    """A tenant table already has a column of the tenant column's name, with another meaning or type."""

    code = "RF311"


class NameTaken(TenancyInvalid):
    """A table that Ringfence would create exists already and is not declared as the application's own."""

    code = "RF312"


class OrganizationsUnclear(TenancyInvalid):
    """What the configuration says about organizations and memberships does not fit together."""

    code = "RF313"


class HomeUnknown(TenancyInvalid):
    """A user may belong to several organizations, and nothing says which one is home."""

    code = "RF314"


class ScopeImpossible(TenancyInvalid):
    """A table cannot have the scope that the configuration gives it."""

    code = "RF315"


class AssignmentImpossible(TenancyInvalid):
    """The rule that gives organizations to users cannot work on this database."""

    code = "RF316"


class QuarantineMissing(TenancyInvalid):
    """Rows shall go to a quarantine organization, but there is none."""

    code = "RF317"


class RoleNotFound(TenancyInvalid):
    """The configuration names a role that the server does not have."""

    code = "RF318"


class UniqueImpossible(TenancyInvalid):
    """A unique constraint cannot be scoped to the tenant."""

    code = "RF319"


class NoTenantTable(TenancyInvalid):
    """The configuration speaks of a tenant table that is none."""

    code = "RF320"


class ContextlessNotFound(TenancyInvalid):
    """The configuration decides on a reader or writer that the database does not have."""

    code = "RF321"


class RequestRolesMissing(TenancyInvalid):
    """Isolation is to be enforced and nothing says which roles act for end users."""

    code = "RF322"


def raise_problems(problems: Sequence[TenancyInvalid], source: str) -> None:
    """Raise what was found: nothing, the one problem itself, or a TenancyInvalid that holds them all."""
    if not problems:
        return
    if len(problems) == 1:
        raise problems[0]
    ordered = sorted(problems, key=lambda p: p.where.line if p.where else 0)
    together = TenancyInvalid(
        f"{source} does not fit the database in {len(ordered)} places",
        subject=source,
        detail="\n".join(
            f"{p.code} {p.message}" + (f"\n    {p.hint}".replace("\n", "\n    ") if p.hint else "") for p in ordered
        ),
        hint="correct them in any order and run the same command again",
    )
    together.problems = tuple(ordered)
    raise together
