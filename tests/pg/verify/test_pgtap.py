"""`ringfence verify --pgtap`: the files are run for real, pass where it is closed, and fail where a way is opened."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pg.verify.test_migrated import BUCKETS, OWN_FOLDER
from ringfence import verbs
from ringfence.embedded import EmbeddedServer, ServerBinariesMissing, client_tool
from support.cases import Case
from support.databases import Database, Server, unique_name

CASES = Path(__file__).parents[2] / "cases"
MAJOR = 15
NO_PGTAP = "no pgTAP"


@pytest.fixture(scope="module")
def tap_server() -> Iterator[Server]:
    """Debian's server, for which Debian has pgTAP."""
    try:
        embedded = EmbeddedServer.start(major=MAJOR, settings={"wal_level": "logical"})
    except ServerBinariesMissing:
        pytest.skip(f"{NO_PGTAP}: apt install postgresql-15 postgresql-15-pgtap")
    with embedded:
        server = Server(embedded.url(), embedded.major)
        with server.admin() as conn:
            there = conn.execute("select from pg_available_extensions where name = 'pgtap'").fetchone()
        if there is None:
            pytest.skip(f"{NO_PGTAP}: apt install postgresql-15-pgtap")
        server.create_supabase_template("tap_template")
        yield server


@pytest.fixture
def tap_database(tap_server: Server) -> Iterator[Database]:
    """A Supabase-like database there."""
    name = unique_name("rf_tap")
    tap_server.clone_supabase(name, "tap_template")
    made = Database(tap_server, name)
    yield made
    made.close()


def run_tap(database: Database, file: Path) -> tuple[list[str], str]:
    """The TAP lines of one file, and whatever psql says beside them."""
    done = subprocess.run(
        [client_tool("psql", MAJOR), "-X", "-q", "-A", "-t", "-d", database.url, "-f", file],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, (file.name, done.stderr[-2000:])
    return [line for line in done.stdout.splitlines() if re.match(r"(not )?ok \d+", line)], done.stdout + done.stderr


def everything_tapped(database: Database, folder: Path) -> tuple[int, list[str]]:
    """How many tests ran in all files, and those that failed; every plan is kept."""
    count, failed = 0, []
    for file in sorted(folder.glob("*.sql")):
        lines, said = run_tap(database, file)
        planned = re.search(r"^1\.\.(\d+)$", said, re.MULTILINE)
        assert planned is not None, said[-2000:]
        assert len(lines) == int(planned[1]), (file.name, said[-2000:])
        count += len(lines)
        failed += [line for line in lines if line.startswith("not ok")]
    return count, failed


def test_they_pass_where_it_is_closed_and_fail_where_it_is_opened(tap_database: Database, tmp_path: Path) -> None:
    """Migrated through phase 6: all pass. Then one hole after the other, each seen by the file of its table alone."""
    case = Case.load(CASES / "enforce_supabase", tap_database, tmp_path)
    tap_database.execute(BUCKETS)
    assert case.apply().outcome == "finished"
    for command in ("select", "insert"):
        tap_database.execute(OWN_FOLDER.format(command=command, word="using" if command == "select" else "with check"))
    folder = tmp_path / "tap"
    rows = case.digests()
    found = verbs.verify(case.url, case.config, pgtap=folder)
    assert found.leaked == 0

    count, failed = everything_tapped(tap_database, folder)

    assert failed == []
    assert count > 0.8 * found.denied, "few attacks are beyond TAP"
    assert case.digests() == rows, "nothing stays"
    for hole, file, title in HOLES:
        tap_database.execute(hole)
        failed = [line for line in run_tap(tap_database, folder / file)[0] if line.startswith("not ok")]
        assert any(title in line for line in failed), (hole, failed)


OPEN_READING = """
alter policy ringfence_floor on public.comments using (true) with check (true);
alter policy ringfence_tenant_select on public.comments using (true);
"""
OPEN_LOCKING = """
alter policy ringfence_floor_update on public.documents using (true);
alter policy ringfence_tenant_update on public.documents using (true);
"""
OPEN_FILES = "create policy open on storage.objects for select to authenticated using (true)"
HOLES = (
    ("grant truncate on public.events to authenticated", "ringfence_public_events.sql", "empty the table"),
    (OPEN_READING, "ringfence_public_comments.sql", "read any row that is not of one's own tenant"),
    (OPEN_LOCKING, "ringfence_public_documents.sql", "lock a row that everybody may read"),
    ("alter view public.my_events reset (security_invoker)", "ringfence_public_my_events.sql", "through a view"),
    (OPEN_FILES, "ringfence_bucket_invoices.sql", "read another tenant's file"),
    ("grant service_role to authenticated", "ringfence_the_database.sql", "become a role that bypasses"),
)
"""What is opened, the file that must see it, and the test in it; the last one is about the whole server, which ends."""


def test_before_phase_6_they_fail(tap_database: Database, tmp_path: Path) -> None:
    """Contexts are not sealed yet, and most of it is open: the files say the same as verify."""
    case = Case.load(CASES / "enforce_supabase", tap_database, tmp_path)
    case.apply(through=2)
    folder = tmp_path / "tap"
    found = verbs.verify(case.url, case.config, pgtap=folder)

    count, failed = everything_tapped(tap_database, folder)

    assert count > 100
    assert 0.8 * found.leaked < len(failed) <= found.leaked


def test_a_file_of_somebody_else_is_not_overwritten(tap_database: Database, tmp_path: Path) -> None:
    """All or nothing; files of an earlier run are replaced."""
    case = Case.load(CASES / "enforce_supabase", tap_database, tmp_path)
    case.apply(through=2)
    folder = tmp_path / "tap"
    verbs.verify(case.url, case.config, only=frozenset({"truncate"}), pgtap=folder)
    verbs.verify(case.url, case.config, only=frozenset({"truncate"}), pgtap=folder)
    theirs = folder / "ringfence_public_comments.sql"
    theirs.write_text("-- by hand", encoding="utf-8")

    with pytest.raises(verbs.FileExists, match="was not written by ringfence verify"):
        verbs.verify(case.url, case.config, only=frozenset({"truncate"}), pgtap=folder)

    assert theirs.read_text(encoding="utf-8") == "-- by hand"
