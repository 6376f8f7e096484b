"""One server per test process, one fresh database per test.

RINGFENCE_TEST_URL uses a server of yours (superuser, no password for other roles); otherwise an embedded one of major
version RINGFENCE_TEST_PG is started. When that version is not there, tests that need it are skipped and the summary
says so in capitals: silence would look like success.
"""

from __future__ import annotations

import collections
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from ringfence.embedded import MAJOR_PREFERRED, EmbeddedServer, ServerBinariesMissing
from support.databases import Database, Server, describe, unique_name

NO_SERVER = "no PostgreSQL"

# How long an example takes says more about what else the machine does than about the code.
hypothesis.settings.register_profile("ringfence", deadline=None)
hypothesis.settings.load_profile("ringfence")
SAID_LOUDLY = (NO_SERVER, "no S3 endpoint", "no pgTAP")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server of this test process."""
    url = os.environ.get("RINGFENCE_TEST_URL")
    if url:
        yield describe(url)
        return
    major = int(os.environ.get("RINGFENCE_TEST_PG", MAJOR_PREFERRED))
    settings = {"wal_level": "logical", "max_prepared_transactions": "10", "max_connections": "200"}
    try:
        embedded = EmbeddedServer.start(major=major, settings=settings)
    except ServerBinariesMissing as error:
        pytest.skip(f"{NO_SERVER} {major}: {error.hint.replace(chr(10), ' ')}")
    with embedded:
        yield Server(embedded.url(), embedded.major)


@pytest.fixture(scope="session")
def supabase_template(server: Server) -> Iterator[str]:
    """The name of a database to clone Supabase-like ones from."""
    name = unique_name("rf_supabase")
    server.create_supabase_template(name)
    yield name
    server.drop_database(name)


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """A fresh, empty database."""
    name = unique_name("rf_test")
    server.create_database(name)
    made = Database(server, name)
    yield made
    made.close()


@pytest.fixture
def supabase_database(server: Server, supabase_template: str) -> Iterator[Database]:
    """A fresh database that looks like a Supabase project: roles, auth, storage, realtime."""
    name = unique_name("rf_supa")
    server.clone_supabase(name, supabase_template)
    made = Database(server, name)
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def nobody_of_the_desk(request: pytest.FixtureRequest) -> Iterator[None]:
    """Gates look at every login of the server; those of the demo's application are there for the demo's tests alone."""
    here = request.path.relative_to(Path(__file__).parent).parts
    if here[0] != "pg" or here[1] == "demo":
        yield
        return
    server: Server = request.getfixturevalue("server")
    with server.desk_kept_out():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for a server is marked `pg`, so that `-m 'not pg'` needs none."""
    for item in items:
        if "server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.pg)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly, and once per reason, that tests could not have the server they need."""
    reasons: collections.Counter[str] = collections.Counter()
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if reason.startswith(SAID_LOUDLY):
            reasons[reason] += 1
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"SKIPPED: {reason} ({count} tests)", red=True, bold=True)
