"""What stands around a schema and matters to isolation: the database's grants and settings, servers, files, buckets.

None of it belongs to the catalog's fingerprint: it is no part of what a migration changes or puts back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Acl: TypeAlias = tuple[str, ...]
"""ACL entries as the server writes them; the built-in default is written out."""


@dataclass(frozen=True, slots=True)
class Strong:
    """A function that reaches beyond row security: other connections, files, the network, large objects."""

    schema: str
    name: str
    arguments: str
    owner: str
    acl: Acl
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignServer:
    """A foreign server; `public_mapping` says that everybody who may use it is somebody on the other side."""

    name: str
    wrapper: str
    owner: str
    acl: Acl
    public_mapping: bool = False


@dataclass(frozen=True, slots=True)
class LargeObjects:
    """The large objects of one owner with one ACL."""

    owner: str
    acl: Acl
    number: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The defaults describe a database in which nothing of it is in the way."""

    database_owner: str = ""
    database_acl: Acl = ()
    database_settings: tuple[str, ...] = ()
    """Names of the settings that ALTER DATABASE .. SET gives to every session."""
    statement_timeout_ms: int | None = None
    """The server's own, 0 for none; None when a setting of our role or database hides it."""
    strong: tuple[Strong, ...] = ()
    servers: tuple[ForeignServer, ...] = ()
    large_objects: tuple[LargeObjects, ...] = ()
    public_buckets: tuple[str, ...] | None = ()
    """Ids of storage buckets that anybody may read; None when this role may not look."""
