"""The rule that gives organizations to users, checked against the users table."""

from __future__ import annotations

from ringfence.catalog.model import Column
from ringfence.names import display_ident
from ringfence.tenancy.ground import Ground
from ringfence.tenancy.likeness import family
from ringfence.tenancy.model import (
    AssignAdopted,
    AssignByColumn,
    AssignByMapping,
    AssignBySql,
    Assignment,
    AssignOne,
    AssignPerUser,
    Users,
)
from ringfence.tenancy.problems import AssignmentImpossible
from ringfence.tenancy.public_domains import PUBLIC_DOMAINS


def resolve_assignment(ground: Ground, users: Users, adopted: bool) -> Assignment:
    """The rule as a value; what makes it impossible is noted."""
    assign = ground.spec.tenant.assign
    if adopted:
        return AssignAdopted()
    match assign.rule:
        case "one":
            return AssignOne()
        case "email_domain":
            return _by_email(ground, users)
        case "column":
            assert assign.column is not None, "load refuses the rule without a column"
            at = ground.spec.where("tenant", "assign", "column")
            ground.column(ground.catalog.by_name[users.table], assign.column, at)
            return AssignByColumn(assign.column)
        case "mapping":
            if not assign.entries:
                ground.add(
                    AssignmentImpossible,
                    f"the mapping file {assign.file} has not been read",
                    at=ground.spec.where("tenant", "assign", "file"),
                    subject="[tenant] assign",
                    hint="the file is read together with the configuration file on disk",
                )
            return AssignByMapping(assign.entries, assign.otherwise)
        case "sql":
            assert assign.sql is not None, "load refuses the rule without a query"
            return AssignBySql(assign.sql)
        case _:
            return AssignPerUser()


def _by_email(ground: Ground, users: Users) -> AssignByColumn:
    assign = ground.spec.tenant.assign
    table = ground.catalog.by_name[users.table]
    mails = email_columns(table.columns)
    name = assign.column or (mails[0] if mails else "email")
    at = ground.spec.where("tenant", "assign", "column")
    column = ground.column(table, name, at)
    if column is not None and family(column.base_type or column.type) not in ("text", "citext"):
        ground.add(
            AssignmentImpossible,
            f"{users.table}.{display_ident(name)} is {column.type}; an e-mail domain needs text",
            at=at,
            subject=f"{users.table}.{display_ident(name)}",
            hint='assign = { rule = "email_domain", column = "email" }',
        )
    domains = PUBLIC_DOMAINS if assign.public_domains == "one_each" else tuple(assign.public_domains)
    return AssignByColumn(name, email_domain=True, public_domains=domains)


def email_columns(columns: tuple[Column, ...]) -> list[str]:
    """Columns that hold a mail address, the plainest name first."""
    words = ("email", "emailaddress", "mail", "useremail", "primaryemail", "loginemail")
    named = [(words.index(w), c.name) for c in columns if (w := c.name.replace("_", "").lower()) in words]
    return [name for _, name in sorted(named)]
