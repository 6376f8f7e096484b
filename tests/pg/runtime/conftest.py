"""The two-tenant world, and the ways to its server: direct, and through a transaction pooler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.between import pooler
from support.databases import Database, Server, unique_name
from support.tenants import World, two_tenants


@pytest.fixture
def world(database: Database) -> World:
    """Two tenants."""
    return two_tenants(database)


@pytest.fixture(scope="module")
def still(server: Server) -> Iterator[World]:
    """Two tenants for tests that leave everything as they found it."""
    name = unique_name("rf_still")
    server.create_database(name)
    made = Database(server, name)
    yield two_tenants(made)
    made.close()


@pytest.fixture(params=["direct", "pooled"])
def way(request: pytest.FixtureRequest, world: World, tmp_path: Path) -> Iterator[str]:
    """The URL of the request traffic: to the server itself, or through PgBouncer with one server connection."""
    with _way(request.param, world, tmp_path) as url:
        yield url


@pytest.fixture(params=["direct", "pooled"])
def still_way(request: pytest.FixtureRequest, still: World, tmp_path: Path) -> Iterator[str]:
    """The same for the world that stays."""
    with _way(request.param, still, tmp_path) as url:
        yield url


@contextmanager
def _way(kind: str, world: World, folder: Path) -> Iterator[str]:
    if kind == "direct":
        yield world.url
    else:
        with pooler(world.database, folder, "transaction", logins=[world.login], connections=1) as url:
            yield url
