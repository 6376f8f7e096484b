"""The desk once isolation is enforced: its database keeps companies apart, and what crosses them still works."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ringfence import db, verbs
from ringfence.assess.model import Severity
from ringfence.catalog.compare import compare, describe
from ringfence.catalog.pg import read_catalog
from ringfence.demo.desk.model import Caller
from ringfence.demo.desk.tokens import Tokens
from ringfence.runtime import SealKey, TenantContext
from ringfence.verify.model import Outcome
from support.cases import ACCEPT
from support.databases import Server, unique_name
from support.desk import JOB_KEY, SEAL_KEY, SECRET, DeskProcess, Person, enforce, load_desk, migrate, write_config

ROWS = 400
LEAKS_BEFORE_MIN = 24
"""Dozens of attacks get through to a desk whose tables know tenants and whose database does not enforce them."""

GRAVE = {Severity.ERROR, Severity.CRITICAL, Severity.HIGH}


@pytest.fixture(scope="module")
def isolated(enforced_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    """Version 2.1 at work."""
    with DeskProcess("isolated", enforced_url, str(tmp_path_factory.mktemp("files"))) as process:
        yield process


@pytest.fixture
def anna(isolated: DeskProcess) -> Person:
    """Somebody of a company of her own."""
    return isolated.sign_up(name="Anna")


@pytest.fixture
def ben(isolated: DeskProcess) -> Person:
    """Somebody of another company."""
    return isolated.sign_up(name="Ben")


# --- the application -------------------------------------------------------------------------------------------------


def test_nothing_of_another_company_is_there(isolated: DeskProcess, anna: Person, ben: Person) -> None:
    """It cannot be read, changed, found, commented, uploaded to or handed over; the answers are those of nothing."""
    word = f"w{uuid.uuid4().hex}"
    document = anna.document(title=word)
    path = f"/documents/{document['id']}"
    comment = anna.post(f"{path}/comments", {"body": "Ours"})
    upload = anna.send("POST", f"{path}/uploads?name=a", 201, content=b"x")
    folder = anna.post("/folders", {"name": "F"})["id"]
    own = ben.document()["id"]
    nothing = ben.get(f"/documents/{uuid.uuid4()}", 404)

    assert ben.get(path, 404) == nothing
    assert ben.get(f"/documents/search?q={word}") == []
    assert ben.patch(path, {"body": "Ben was here"}, 404) == nothing
    assert ben.send("DELETE", path, 404) == nothing
    assert ben.get(f"{path}/comments") == []
    assert ben.post(f"{path}/comments", {"body": "Hello"}, 404) == nothing
    assert ben.get(f"{path}/uploads") == []
    ben.get(f"/uploads/{upload['id']}", 404)
    ben.send("POST", f"{path}/uploads?name=a", 404, content=b"x")
    ben.post(f"{path}/share", {"user_id": ben.user}, 404)
    ben.post(f"{path}/public-link", status=404)
    ben.post(f"{path}/transfer", {"user_id": ben.user}, 404)
    ben.patch(f"/comments/{comment['id']}", {"document_id": own}, 404)
    ben.patch(f"/documents/{own}", {"folder_id": folder}, 422)
    ben.post("/documents", {"title": "T", "slug": f"s-{uuid.uuid4()}", "folder_id": folder}, 422)
    ben.post("/folders", {"name": "F", "parent_id": folder}, 422)
    assert anna.get(path)["body"] == document["body"]
    assert anna.get(f"{path}/comments") == [comment]


def test_a_share_ends_where_it_began(anna: Person, ben: Person) -> None:
    """Whoever a document was shared with reads and comments it; his company's other people and other documents do not."""
    shared, other = anna.document()["id"], anna.document()["id"]
    anna.post(f"/documents/{shared}/share", {"user_id": ben.user}, 204)
    said = ben.post(f"/documents/{shared}/comments", {"body": "Thanks"})

    assert anna.get(f"/documents/{shared}/comments") == [said]
    assert said["organization_id"] == anna.get(f"/documents/{shared}")["organization_id"]
    ben.get(f"/documents/{other}", 404)
    ben.patch(f"/comments/{said['id']}", {"document_id": other}, 404)
    ben.patch(f"/documents/{shared}", {"body": "Ben was here"}, 404)
    ben.send("DELETE", f"/documents/{shared}", 404)


def test_nobody_puts_his_page_under_the_link_of_another_company(
    isolated: DeskProcess, anna: Person, ben: Person
) -> None:
    """Tokens are unique within a company, so whoever knows one could take it; the link then leads nowhere."""
    document, his = anna.document(title="Ours"), ben.document(title="Not theirs")
    token = anna.post(f"/documents/{document['id']}/public-link", status=200)["token"]
    assert isolated.http.get(f"/public/{token}").json()["title"] == "Ours"

    with psycopg.connect(isolated.url) as conn:
        conn.execute("update documents set public_token = %s where id = %s", (token, his["id"]))
    assert isolated.http.get(f"/public/{token}").status_code == 404

    with psycopg.connect(isolated.url) as conn:
        conn.execute("update documents set public_token = null where id = %s", (his["id"],))
    assert isolated.http.get(f"/public/{token}").json()["title"] == "Ours"


def test_a_public_link_is_found_by_an_index_when_the_unique_rule_has_gone(isolated: DeskProcess) -> None:
    """The rule within a company begins with the company, which nobody knows who follows a link."""
    with psycopg.connect(isolated.url) as conn:
        found = conn.execute(
            "select i.indisunique, i.indisvalid from pg_index i join pg_attribute a"
            " on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
            " where i.indrelid = 'documents'::regclass and a.attname = 'public_token'"
        ).fetchall()
    assert found == [(False, True)]


def test_colleagues_work_on_one_anothers_documents(isolated: DeskProcess) -> None:
    """The organization is the border, not the user; but only the owner deletes, shares and hands over."""
    company = f"{uuid.uuid4().hex}.example"
    one, two = (isolated.sign_up(domain=company) for _ in range(2))
    document = one.document(title="Ours")
    path = f"/documents/{document['id']}"

    assert two.get(path) == document
    assert two.patch(path, {"body": "Together"})["body"] == "Together"
    two.send("DELETE", path, 404)
    two.post(f"{path}/transfer", {"user_id": two.user}, 404)


def test_a_profile_is_at_home_whichever_organization_is_active(
    isolated: DeskProcess, anna: Person, ben: Person
) -> None:
    """Somebody who works for a second company keeps the name and the profile of the first."""
    home, second = anna.tokens["organization_id"], ben.tokens["organization_id"]
    with psycopg.connect(isolated.url) as conn:
        conn.execute("insert into user_organizations (user_id, organization_id) values (%s, %s)", (anna.user, second))
    caller = Caller(uuid.UUID(anna.user), uuid.uuid4(), uuid.UUID(second))
    away = Person(
        anna.user, anna.email, {"access_token": Tokens(SECRET).issue(caller, int(time.time()))}, isolated.http
    )

    assert away.document()["organization_id"] == second
    assert away.get("/me") == anna.get("/me")
    assert away.patch("/me", {"display_name": "Anna B."})["organization_id"] == home
    assert anna.get("/me")["display_name"] == "Anna B."
    assert anna.get("/activity")[0]["verb"] == "renamed"


def test_whoever_is_no_member_any_more_is_out_at_once(isolated: DeskProcess, anna: Person) -> None:
    """The database reads the membership in every transaction, whatever the token says."""
    assert anna.get("/documents") == []
    with psycopg.connect(isolated.url) as conn:
        conn.execute("delete from user_organizations where user_id = %s", (anna.user,))

    assert anna.get("/documents", 403)["code"] == "no_member"
    spent = isolated.http.post("/auth/refresh", json={"refresh_token": anna.tokens["refresh_token"]})
    assert spent.status_code == 401


def test_the_nightly_job_counts_everybody(isolated: DeskProcess, anna: Person, ben: Person) -> None:
    """A refresh that saw no rows would end well and leave everybody at nothing."""
    for person, documents in ((anna, 2), (ben, 1)):
        for _ in range(documents):
            person.document()
    assert isolated.http.post("/jobs/nightly", headers={"X-Job-Key": JOB_KEY}).json()["refreshed"] is True

    assert [person.get("/statistics")["documents"] for person in (anna, ben)] == [2, 1]
    with psycopg.connect(isolated.url) as conn:
        counted = conn.execute(
            "select (select sum(documents) from desk_statistics), (select count(*) from documents)"
        ).fetchone()
    assert counted is not None
    assert counted[0] == counted[1] > ROWS


# --- its logins ------------------------------------------------------------------------------------------------------


def test_its_logins_are_members_of_nothing_wide(enforced_url: str) -> None:
    """What speaks for users may become `authenticated`; the door may become nobody, and reads no table of the desk."""
    with psycopg.connect(enforced_url) as conn:
        memberships = conn.execute(
            "select m.rolname, g.rolname from pg_auth_members a join pg_roles m on m.oid = a.member"
            " join pg_roles g on g.oid = a.roleid where m.rolname in ('desk_app', 'desk_door')"
        ).fetchall()
        readable = conn.execute(
            "select r.rolname, c.oid::regclass::text from pg_class c, pg_roles r"
            " where r.rolname in ('desk_app', 'desk_door') and c.relkind in ('r', 'p', 'v', 'm')"
            " and c.relnamespace = 'public'::regnamespace and c.relname <> 'plans'"
            " and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate, references, trigger')"
        ).fetchall()
        narrow = conn.execute(
            "select bool_or(rolsuper or rolbypassrls or rolcreaterole) from pg_roles"
            " where rolname in ('desk_app', 'desk_door')"
        ).fetchone()
    assert memberships == [("desk_app", "authenticated")]
    assert readable == []
    assert narrow == (False,)


def test_without_a_seal_it_reads_nothing(enforced_url: str, anna: Person) -> None:
    """Injected SQL may set claims as it likes: of this login the database believes a seal alone, and a fresh one."""
    document = anna.document()["id"]
    claims = TenantContext(uuid.UUID(anna.tokens["organization_id"]), uuid.UUID(anna.user)).claims_json()
    told = {
        "none": {},
        "claims": {"request.jwt.claims": claims},
        "a guess": {"request.jwt.claims": claims, "ringfence.seal": SealKey.generate(1).seal(claims, time.time())},
        "too long": {"request.jwt.claims": claims, "ringfence.seal": SEAL_KEY.seal(claims, time.time() + 3600)},
        "right": {"request.jwt.claims": claims, "ringfence.seal": SEAL_KEY.seal(claims, time.time())},
    }
    ended = {}
    with psycopg.connect(make_conninfo(enforced_url, user="desk_app"), autocommit=True) as conn:
        conn.execute("set role authenticated")
        for kind, values in told.items():
            try:
                with conn.transaction(force_rollback=True):
                    for name, value in values.items():
                        conn.execute("select set_config(%s, %s, true)", (name, value))
                    ended[kind] = conn.execute("select id::text from documents").fetchall()
            except psycopg.Error as error:
                ended[kind] = error.sqlstate
    right = ended.pop("right")
    assert right == [(document,)]
    assert set(ended) == {"none", "claims", "a guess", "too long"}
    assert all(str(state).startswith("RF9") for state in ended.values()), ended


# --- the database ----------------------------------------------------------------------------------------------------


def test_attacks_reach_nothing_and_assess_finds_nothing_grave(server: Server, tmp_path: Path) -> None:
    """Dozens get through before phase 6 and none after; all of it back, the catalog is as it was after phase 2."""
    name = unique_name("rf_desk")
    url = load_desk(server, name, ROWS)
    config = write_config(tmp_path)
    try:
        migrate(url, config)
        before = verbs.verify(url, config)
        with db.connect(url) as conn:
            standing = read_catalog(conn)
        assert before.leaked >= LEAKS_BEFORE_MIN

        enforce(server, url, config)
        after = verbs.verify(url, config)
        assert [v for v in after.attacks if v.outcome is Outcome.LEAKED] == []
        assert [check.code for check in after.checks if not check.holds] == []
        # they answer nobody but whom a row was shared with, or who knows its token: no made-up row shows there
        assert all(name.startswith("public.desk_") for name in after.not_tried), after.not_tried
        assert after.denied > before.denied
        grave = [f for f in verbs.assess(url, config).findings if f.severity in GRAVE]
        assert [(f.code, f.subject) for f in grave] == []

        assert verbs.revert(url, config, first=3, accept=ACCEPT).outcome == "finished"
        with db.connect(url) as conn:
            differences = compare(standing, read_catalog(conn))
        assert not differences, describe(differences)
    finally:
        server.drop_database(name)
