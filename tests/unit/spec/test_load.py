"""`ringfence.toml` is read strictly, and everything wrong with it is said at once with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.names import QualifiedName
from ringfence.spec.limits import LIMITS
from ringfence.spec.load import load_spec, parse_spec
from ringfence.spec.model import AssignSpec, MappingEntry, Where
from ringfence.spec.problems import SpecInvalid

FULL = """
orphans = "stop"
inconsistent = "first_parent"
indexes = "keys"

[tenant]
column = "org_id"
type = "uuid"
users = "auth.users"
users_key = "id"
organizations = "public.teams"
organizations_key = "id"
memberships = "public.team_members"
memberships_user = "user_id"
memberships_organization = "team_id"
home = "first:created_at"
active = "status = 'active'"
founding = "7"
quarantine = "8"
assign = { rule = "email_domain", public_domains = "one_each" }

[roles]
request = ["authenticated", "anon"]
service = "service_role"
gateways = ["authenticator"]
old_clients = ["web-1.4"]

[backup]
mode = "external"
name = "nightly"
directory = "/var/backups"
jobs = 4

[tables."public.documents"]
derive = "owner_id -> auth.users"
unique = { documents_slug_key = "tenant" }
references = { documents_folder_fkey = "now" }
[tables.'public."Comment"']
scope = "tenant"
derive = ["documentId -> public.documents", "founding"]
orphans = "quarantine"
inconsistent = "quarantine"
[tables."plans"]
scope = "shared"

[limits]
batch_target_ms = 80
batch_nice_ratio = 0.5
"""


def problems(text: str) -> list[SpecInvalid]:
    """What is wrong with a text, in the file's order."""
    with pytest.raises(SpecInvalid) as caught:
        parse_spec(text, "ringfence.toml")
    return list(caught.value.problems)


def only(text: str) -> SpecInvalid:
    """The one thing that is wrong with a text."""
    (problem,) = problems(text)
    return problem


def test_every_key_arrives_in_its_field() -> None:
    """A file that uses everything gives a Spec that holds everything."""
    spec = parse_spec(FULL, "ringfence.toml")

    assert spec.tenant.column == "org_id"
    assert spec.tenant.users == QualifiedName("auth", "users")
    assert spec.tenant.memberships == QualifiedName("public", "team_members")
    assert spec.tenant.home == "first:created_at"
    assert spec.tenant.assign == AssignSpec(rule="email_domain", public_domains="one_each")
    assert spec.roles.service == ("service_role",)
    assert spec.backup.mode == "external"
    assert spec.backup.jobs == 4
    assert (spec.orphans, spec.inconsistent, spec.indexes) == ("stop", "first_parent", "keys")
    assert spec.limits == {"batch_target_ms": 80, "batch_nice_ratio": 0.5}
    comment = spec.tables[QualifiedName("public", "Comment")]
    assert comment.derive == ("documentId -> public.documents", "founding")
    assert comment.where == Where("ringfence.toml", 38)
    assert spec.tables[QualifiedName("public", "plans")].scope == "shared"
    assert spec.tables[QualifiedName("public", "documents")].scope == "tenant"


def test_later_stages_can_ask_where_a_key_stands() -> None:
    """A table or column that turns out not to exist is named with the line that asked for it."""
    spec = parse_spec(FULL, "ringfence.toml")

    assert spec.where("tenant", "users").line == 9
    assert spec.where("tables", 'public."Comment"', "derive", 1).line == 40
    assert spec.where("tables", "public.plans", "derive").line == 43
    assert spec.where("nowhere").line == 1


def test_an_empty_file_is_a_spec_of_defaults() -> None:
    """Nothing is required by the file's form; what the database needs is asked later."""
    spec = parse_spec("", "x")

    assert spec.tenant.column == "client_id"
    assert spec.orphans is None
    assert spec.tables == {}


@pytest.mark.parametrize(
    ("text", "code", "line", "fragments"),
    [
        ("[tenent]\ncolumn = 'x'", "RF113", 1, ["'tenent'", "did you mean 'tenant'"]),
        ("[tenant]\n\ncolum = 'x'", "RF113", 3, ["'colum'", "[tenant]", "did you mean 'column'"]),
        ("[tenant]\nassign = { rule = 'perUser' }", "RF114", 2, ["did you mean 'per_user'"]),
        ("[tenant]\nassign = { column = 'x' }", "RF118", 2, ["no rule"]),
        ("[tenant]\nassign = { rule = 'mapping' }", "RF118", 2, ["needs file", 'file = "users.csv"']),
        ("[tenant]\nassign = { rule = 'one', file = 'x' }", "RF114", 2, ["file means nothing to the rule 'one'"]),
        ("[tenant]\nassign = 'one'", "RF114", 2, ["must be a table"]),
        ("[tenant]\nassign = { rule = 'email_domain', public_domains = 'each' }", "RF114", 2, ["one_each"]),
        ("[tenant]\ncolumn = 3", "RF114", 2, ["must be a text", "a whole number"]),
        ("[tenant]\ncolumn = ''", "RF114", 2, ["column is empty"]),
        ("[tenant]\ncolumn = '" + "x" * 64 + "'", "RF115", 2, ["64 bytes"]),
        ("[tenant]\nusers = 'a.b.c'", "RF115", 2, ["schema.table"]),
        ("[tenant]\norganizations = 'o'\nmemberships = 'o'", "RF117", 3, ["are both public.o"]),
        ("[tables.'a.b.c']\nscope = 'shared'", "RF115", 1, ["a.b.c"]),
        ("[tables.a]\n", "RF118", 1, ["neither scope nor derive"]),
        ("[tables.a]\nscope = 'tenant'", "RF118", 2, ["no derive", "own:column"]),
        ("[tables.a]\nscope = 'share'", "RF114", 2, ["did you mean 'shared'"]),
        ("[tables.a]\nscope = 'shared'\nderive = 'x -> y'", "RF117", 3, ["scope 'shared'"]),
        ("[tables.a]\nderive = ['x -> y',\n 'x y']", "RF116", 3, ["expected '->'"]),
        ("[tables.a]\nderive = ['x -> y',\n 'x->public.y']", "RF117", 3, ["stands twice"]),
        ("[tables.a]\nderive = ['founding',\n 'x->public.y']", "RF117", 3, ["put 'founding' last"]),
        ("[tables.a]\nderive = 5", "RF114", 2, ["list of texts"]),
        ("[tables.a]\nderive = 'x -> y'\nunique = { k = 'yes' }", "RF114", 3, ["allowed: tenant, tenant_only"]),
        ("[tables.a]\nscope = 'shared'\n[tables.'public.a']\nscope = 'shared'", "RF117", 3, ["twice", "x.toml:1"]),
        ("[tables]\na = 'shared'", "RF114", 2, ["must be a table"]),
        ("[roles]\nrequest = 'a'\nservice = 'a'", "RF117", 3, ["both a request and a service role"]),
        ("[backup]\nmode = 'external'", "RF118", 2, ["needs its name"]),
        ("[backup]\nscratch_url = 'postgresql://u:secret@h/d'", "RF114", 2, ["PGPASSWORD"]),
        ("[backup]\njobs = 0", "RF114", 2, ["between 1 and 64"]),
        ("[limits]\nbatch_target_ms = 1", "RF114", 2, ["between 5 and 5000", "milliseconds"]),
        ("[limits]\nbatch_target_ms = 5.5", "RF114", 2, ["a whole number"]),
        ("[limits]\nbatch_nice_ratio = nan", "RF114", 2, ["a number"]),
        ("[limits]\nbatch_rows_max = true", "RF114", 2, ["a whole number"]),
        ("[limits]\nbatch_row_max = 3", "RF113", 2, ["did you mean 'batch_rows_max'"]),
        ("orphans = 'keep'", "RF114", 1, ["allowed: quarantine, stop"]),
        ("a = 1\nb = ", "RF112", 2, []),
        ("a = 'x\n", "RF112", 1, []),
        ("[tenant", "RF112", 1, []),
    ],
)
def test_each_mistake_is_named_with_its_line_and_what_is_allowed(
    text: str, code: str, line: int, fragments: list[str]
) -> None:
    """One mistake, one coded problem on the right line."""
    with pytest.raises(SpecInvalid) as caught:
        parse_spec(text, "x.toml")

    problem = caught.value
    assert problem.code == code
    assert problem.where == Where("x.toml", line)
    assert str(problem).startswith(f"{code} x.toml:{line}: ")
    assert all(fragment in str(problem) for fragment in fragments), str(problem)
    assert problem.exit_code == 2


def test_several_mistakes_are_reported_together_in_order() -> None:
    """Nobody has to run the command once per typing error."""
    text = "orphan = 'stop'\n[tenant]\ncolumn = 3\n[limits]\npasses = 0\n[tables.a]\nscope = 'x'\n"

    found = problems(text)

    assert [p.where.line for p in found if p.where] == [1, 3, 5, 7]
    assert [p.code for p in found] == ["RF113", "RF114", "RF114", "RF114"]
    with pytest.raises(SpecInvalid) as caught:
        parse_spec(text, "r.toml")
    assert caught.value.code == "RF110"
    assert all(f"r.toml:{line}" in str(caught.value) for line in (1, 3, 5, 7))


def test_a_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    """The first thing a newcomer meets is a hint."""
    with pytest.raises(SpecInvalid) as caught:
        load_spec(tmp_path / "ringfence.toml")

    assert caught.value.code == "RF111"
    assert "ringfence init" in caught.value.hint


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """Latin-1 never half loads."""
    path = tmp_path / "r.toml"
    path.write_bytes(b"[tenant]\ncolumn = '\xe9'\n")

    with pytest.raises(SpecInvalid, match="UTF-8"):
        load_spec(path)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Some editors write one."""
    path = tmp_path / "r.toml"
    path.write_bytes(b"\xef\xbb\xbf[tenant]\ncolumn = 'org_id'\n")

    assert load_spec(path).tenant.column == "org_id"


def test_the_mapping_file_is_found_beside_the_spec(tmp_path: Path) -> None:
    """Its path is relative to the configuration's folder, wherever the command runs."""
    (tmp_path / "users.csv").write_text("user,organization\n7,acme\n")
    path = tmp_path / "r.toml"
    path.write_text("[tenant]\nassign = { rule = 'mapping', file = 'users.csv' }\n")

    assert load_spec(path).tenant.assign.entries == (MappingEntry("7", "acme", home=True),)


def test_a_missing_mapping_file_is_named_with_the_line_that_asks_for_it(tmp_path: Path) -> None:
    """The error points into the configuration."""
    path = tmp_path / "r.toml"
    path.write_text("[tenant]\nassign = { rule = 'mapping', file = 'users.csv' }\n")

    with pytest.raises(SpecInvalid) as caught:
        load_spec(path)

    assert caught.value.where == Where(str(path), 2)
    assert "users.csv" in caught.value.message


@given(st.sampled_from(sorted(LIMITS)), st.one_of(st.integers(), st.floats(), st.booleans(), st.text(max_size=3)))
def test_a_limit_is_within_its_bounds_or_refused(name: str, value: object) -> None:
    """No run ever starts with a bound outside of what makes sense."""
    written = f'"{name}"' if isinstance(value, str) else str(value).lower()
    rule = LIMITS[name]
    try:
        spec = parse_spec(f"[limits]\n{name} = {written}\n", "x")
    except SpecInvalid:
        return
    found = spec.limits[name]
    assert rule.low <= found <= rule.high
    assert not rule.whole or isinstance(found, int)


ATOMS = st.sampled_from(["a", "x -> y", "one", "tenant", "public.a", "", "own:x", 3, 1.5, True])
KNOWN = ["tenant", "tables", "roles", "limits", "backup", "orphans", "scope", "derive", "assign", "rule", "unique"]


def toml(value: object) -> str:
    """Any plain value as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{k}" = {toml(v)}' for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


@given(
    st.dictionaries(
        st.sampled_from(KNOWN),
        st.recursive(
            ATOMS, lambda v: st.one_of(st.lists(v, max_size=3), st.dictionaries(st.sampled_from(KNOWN), v, max_size=4))
        ),
    )
)
def test_any_document_is_read_or_refused_with_coded_problems(document: dict[str, object]) -> None:
    """Whatever stands in the file, what comes out is a Spec or our own errors, each with a place."""
    text = "".join(f"{key} = {toml(value)}\n" for key, value in document.items())
    found: tuple[SpecInvalid, ...] = ()
    try:
        parse_spec(text, "x")
    except SpecInvalid as error:
        found = error.problems

    assert all(p.where and 1 <= p.where.line <= text.count("\n") for p in found)


def test_a_password_never_appears_in_what_is_said_about_it() -> None:
    """The message about a password in the file does not repeat it."""
    problem = only("[backup]\nscratch_url = 'host=h password=secret'\n")

    assert "secret" not in str(problem)
