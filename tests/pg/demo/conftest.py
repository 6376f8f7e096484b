"""The document desk for tests: as it is, and with the phases applied under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from support.databases import Server, unique_name
from support.desk import Authenticated, DeskProcess, authenticate, enforce, load_desk, migrate, write_config

ROWS = 400


@pytest.fixture(scope="module")
def plain_url(server: Server) -> Iterator[str]:
    """The desk's database as it was before anybody thought of tenants."""
    name = unique_name("rf_desk")
    yield load_desk(server, name, ROWS)
    server.drop_database(name)


@pytest.fixture(scope="module")
def migrated_url(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same with phases 1 and 2 applied."""
    name = unique_name("rf_desk")
    url = load_desk(server, name, ROWS)
    migrate(url, write_config(tmp_path_factory.mktemp("migrated")))
    yield url
    server.drop_database(name)


@pytest.fixture(scope="module")
def enforced_url(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same with isolation enforced, and a key that the database believes."""
    name = unique_name("rf_desk")
    url = load_desk(server, name, ROWS)
    enforce(server, url, write_config(tmp_path_factory.mktemp("enforced")))
    yield url
    server.drop_database(name)


@pytest.fixture(scope="module")
def authenticated(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authenticated]:
    """The same with phases 0 to 3 applied, a signing key, and no session upgraded."""
    name = unique_name("rf_desk")
    url = load_desk(server, name, ROWS)
    yield authenticate(url, write_config(tmp_path_factory.mktemp("authenticated")))
    server.drop_database(name)


@dataclass(frozen=True)
class Both:
    """Both versions at once, on one database and one storage."""

    url: str
    before: DeskProcess
    after: DeskProcess


@pytest.fixture(scope="module")
def both(migrated_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Both versions at once after phases 1 and 2."""
    storage = str(tmp_path_factory.mktemp("files"))
    with DeskProcess("before", migrated_url, storage) as before, DeskProcess("after", migrated_url, storage) as after:
        yield Both(migrated_url, before, after)


@pytest.fixture(
    scope="module", params=["before", "before-migrated", "after", "after-authenticated", "after-enforced", "isolated"]
)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    """Each version where it must work: the old one without and with tenant columns, the new ones with and enforced.

    In phase 3 it has the door of phase 3, with tokens of before for all.
    """
    version, _, state = str(request.param).partition("-")
    storage = str(tmp_path_factory.mktemp("files"))
    if state == "authenticated":
        with DeskProcess(version, request.getfixturevalue("authenticated").url, storage, tokens="tenant") as process:
            yield process
        return
    migrated = version == "after" or state == "migrated"
    enforced = version == "isolated" or state == "enforced"
    url = request.getfixturevalue("enforced_url" if enforced else "migrated_url" if migrated else "plain_url")
    with DeskProcess(version, url, storage) as process:
        yield process
