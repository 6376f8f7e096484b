"""What names say: the words of an identifier, and which of them mean a user, an owner, an organization.

English, because schemas are. A name is only ever a hint: whatever rests on a name alone is compared with the data.
"""

from __future__ import annotations

import re
from enum import Enum

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman", "data": "data", "media": "media"}
_KEY_WORDS = frozenset(("id", "uuid", "guid", "key", "fk", "ref", "pk", "uid"))


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def words(name: str) -> tuple[str, ...]:
    """The words of an identifier in lower case: `authorUserId`, `author_user_id` both give author, user, id."""
    return tuple(word.lower() for word in _WORD.findall(name))


def singular(word: str) -> str:
    """A word without its plural ending."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zzes", "uses")) and len(word) > 5:
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 2:
        return word[:-1]
    return word


def stem(table: str) -> tuple[str, ...]:
    """The words of a table's name, each in the singular: `workspace_users` gives workspace, user."""
    return tuple(singular(word) for word in words(table))


def noun(column: str) -> tuple[str, ...]:
    """What a referring column refers to: `document_id` gives document, `created_by` gives created, by."""
    found = list(words(column))
    while len(found) > 1 and found[-1] in _KEY_WORDS:
        found.pop()
    return tuple(singular(word) for word in found)


def looks_like_reference(column: str) -> bool:
    """Whether a name says that it holds the key of something else, such as user_id, authorId, owner, created_by."""
    found = words(column)
    if len(found) > 1 and found[-1] in _KEY_WORDS:
        return True
    return bool(found) and role_of(column) is not Role.UNKNOWN and found[-1] not in _NO_REFERENCE


class Role(Enum):
    """What a user has to do with a row, judged by the column's name."""

    OWNER = "owner"
    """The row is theirs: owner_id, user_id, customer_id."""
    AUTHOR = "author"
    """They made it: created_by, author_id, sender_id."""
    BYSTANDER = "bystander"
    """They had to do with it later: assignee_id, reviewer_id, updated_by."""
    UNKNOWN = "unknown"


_OWNER = _set(
    """
    owner user member customer subscriber profile holder account person employee student patient buyer seller
    usr uid
    """
)
_AUTHOR = _set(
    """
    author creator created sender sent from poster posted uploader uploaded submitter submitted reporter
    reported requester requested inserted added actor writer written initiator initiated placed started
    recorded
    """
)
_BYSTANDER = _set(
    """
    assignee assigned assigner reviewer reviewed approver approved updated updater modified modifier edited
    editor changed deleted deleter archived resolved resolver closed closer manager recipient receiver to
    invited invitee inviter last locked verified verifier target follower followee mentioned partner previous
    next cancelled canceled completed read liked blocked impersonated supervisor reports manages processed
    handled checked granted revoked muted banned
    """
)
_NO_REFERENCE = _set(
    """
    at on date time count name email type status url number total note text amount score state token code
    address phone role title image avatar color hash ip agent
    """
)


def role_of(column: str) -> Role:
    """A user's part in a row by the column's name; what they did later outweighs what they are."""
    found = set(noun(column)) | set(words(column))
    if found & _BYSTANDER:
        return Role.BYSTANDER
    if found & _AUTHOR:
        return Role.AUTHOR
    if found & _OWNER:
        return Role.OWNER
    return Role.UNKNOWN


_PASSING = _set(
    """
    last latest current default previous next reply parent source original origin copied forked duplicate
    active selected replaced superseded featured pinned thumbnail cover
    """
)


def is_passing(column: str) -> bool:
    """Whether a name speaks of a passing relation (last_message_id, parent_id) rather than of belonging."""
    return bool(set(words(column)) & _PASSING)


USER_NOUNS = {
    "user": 40,
    "account": 20,
    "member": 15,
    "profile": 15,
    "person": 15,
    "login": 10,
    "customer": 8,
    "employee": 8,
    "staff": 8,
    "student": 8,
}
"""How strongly a table's last word says that its rows are the users."""

ORGANIZATION_NOUNS = {
    "organization": 30,
    "organisation": 30,
    "org": 30,
    "tenant": 30,
    "team": 30,
    "workspace": 30,
    "account": 30,
    "company": 10,
    "business": 10,
    "agency": 10,
    "group": 10,
    "client": 10,
    "club": 10,
    "school": 10,
    "clinic": 10,
    "household": 10,
    "space": 10,
}
"""How strongly a table's last word says that its rows are tenants."""

MEMBERSHIP_WORDS = frozenset(("member", "membership", "user", "role", "seat", "staff", "person", "admin", "employee"))
INVITATION_WORDS = frozenset(("invite", "invitation", "request", "application", "token", "session", "log", "event"))

ALIASES = {
    "org": "organization",
    "organisation": "organization",
    "doc": "document",
    "msg": "message",
    "conv": "conversation",
}
"""Short forms that columns use for the tables they refer to."""

LOOKUP_WORDS = _set(
    """
    country currency category status type role permission language locale plan price tier product feature
    setting region state city timezone unit template model tag color size brand tax rate catalog shipper level
    badge capability
    """
)
"""Last words of tables that are often the same for everybody."""

BOOKKEEPING = {
    "__drizzle_migrations": "Drizzle",
    "__efmigrationshistory": "Entity Framework",
    "_prisma_migrations": "Prisma",
    "_sqlx_migrations": "sqlx",
    "alembic_version": "Alembic",
    "ar_internal_metadata": "Rails",
    "databasechangelog": "Liquibase",
    "databasechangeloglock": "Liquibase",
    "__diesel_schema_migrations": "Diesel",
    "django_migrations": "Django",
    "doctrine_migration_versions": "Doctrine",
    "flyway_schema_history": "Flyway",
    "goose_db_version": "goose",
    "knex_migrations": "Knex",
    "knex_migrations_lock": "Knex",
    "kysely_migration": "Kysely",
    "kysely_migration_lock": "Kysely",
    "mikro_orm_migrations": "MikroORM",
    "pgmigrations": "node-pg-migrate",
    "schema_migrations": "the migration tool",
    "sequelizemeta": "Sequelize",
    "typeorm_metadata": "TypeORM",
}
"""Tables in which migration tools keep their own books, by lower-case name."""

FRAMEWORK_SHARED = {
    "auth_group": "Django's permission groups",
    "auth_group_permissions": "Django's permission groups",
    "auth_permission": "Django's permissions, one for each model",
    "django_content_type": "Django's list of models",
    "django_site": "Django's sites",
}
"""Tables of frameworks that describe the application itself."""
