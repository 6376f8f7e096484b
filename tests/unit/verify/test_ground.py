"""What an attack stands on is made by pure code: open rows, files, calls of functions, pgTAP files."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence import sqltext
from ringfence.catalog.model import Routine
from ringfence.names import QualifiedName, quote_literal
from ringfence.verify import opening, pgtap, routines
from ringfence.verify.files import Files
from ringfence.verify.load import attacks
from ringfence.verify.model import Actor, Attack, Expect, Outcome, Target, Verdict, Verification
from ringfence.verify.render import nothing_to_try, text
from ringfence.verify.rows import MadeRow, Party
from unit.assess.values import catalog, column, table

OWN = Party("a", "'org-a'", "org-a", "'user-a'", "user-a")
OTHER = Party("b", "'org-b'", "org-b", "'user-b'", "user-b")
DOCUMENTS = table(
    "documents",
    column("id"),
    column("visibility", "text", not_null=True),
    column("is_public", "boolean"),
    column("shown_at", "timestamp with time zone"),
    column("digest", "text", generated="s"),
)
ROW = MadeRow(DOCUMENTS.name, {"id": "1", "visibility": "'rfprobe'"}, ("id",), ())


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("is_public", {'"is_public" = true', '"is_public" = false', '"is_public" = null'}),
        ("visibility = 'all'", {"\"visibility\" = 'all'", "\"visibility\" = 'rfprobe'"}),
        ("shown_at < now()", {"\"shown_at\" = pg_catalog.now() - interval '1 day'"}),
    ],
)
def test_values_that_may_open_or_close_a_row(condition: str, wanted: set[str]) -> None:
    """The condition's own literals, both booleans, yesterday and tomorrow, what was there, and null where it may be."""
    found = {change.replace("visibility =", '"visibility" =').replace('""', '"') for change in _quoted(condition)}

    assert wanted <= found


def _quoted(condition: str) -> set[str]:
    """The changes, with every column in quotes, whether it needs them or not."""
    return {re.sub(r'^"?(\w+)"? =', r'"\1" =', change) for change in opening.changes(condition, DOCUMENTS, ROW)}


@given(st.text(st.characters(exclude_characters="'"), max_size=40))
def test_keys_generated_columns_and_unnamed_ones_are_never_changed(condition: str) -> None:
    """Whatever the condition says; and a word inside a text is no column."""
    changed = _quoted(f"{condition} and length('id digest is_public') > 0 and id > digest")

    assert not any(c.startswith(('"id"', '"digest"')) for c in changed)
    if "is_public" not in condition:
        assert not any(c.startswith('"is_public"') for c in changed)


def test_a_table_without_opening_is_asked_as_ever() -> None:
    assert opening.and_closed(None) == ""
    assert opening.and_closed("is_public or x") == " and (is_public or x) is not true"


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ("", "public.f()"),
        ("whose uuid, needle text, most integer", "public.f('K', '%', '1000')"),
        ("uuid", "public.f('K')"),
        ('"a, b" uuid, OUT total bigint, deep boolean', "public.f('K', 'true')"),
        ("filter jsonb, at timestamp with time zone", "public.f('{}', null)"),
    ],
)
def test_a_function_is_called_with_the_others_key(arguments: str, call: str) -> None:
    """In each argument of the key's type; OUT arguments are no arguments."""
    made = Routine(QualifiedName("public", "f"), arguments, "f", "", "me", "sql", volatility="s")

    assert routines.called(made, "K", "uuid").replace('"public"."f"', "public.f") == call


def test_functions_that_could_write_are_not_called() -> None:
    """Volatile ones, triggers, procedures, those of extensions and those that name no tenant table."""

    def routine(text: str, **more: object) -> Routine:
        said: dict[str, object] = {
            "kind": "f",
            "volatility": "s",
            "definition": "select from documents",
            "returns": "text",
        }
        said |= more
        return Routine(QualifiedName("public", text), "", owner="me", language="sql", **said)  # type: ignore[arg-type]

    made = (
        routine("good"),
        routine("writes", volatility="v"),
        routine("does", kind="p"),
        routine("fires", returns="trigger"),
        routine("theirs", extension="postgis"),
        routine("other", definition="select from my_documents_too"),
    )
    found = routines.tried(catalog(DOCUMENTS, routines=made), [DOCUMENTS.name])

    assert [r.name.name for r in found] == ["good"]


@pytest.mark.parametrize("public", [False, True])
def test_files_of_a_public_bucket_may_be_read(public: bool) -> None:
    """Reading attacks need the slot that a public bucket does not give; writing ones do not."""
    objects = table("objects", column("bucket_id", "text"), column("name", "text"), column("owner_id", "text"))
    made = replace(objects, name=QualifiedName("storage", "objects"))
    files = Files(catalog(made), "it's", public, OWN, OTHER, "tok")

    slots = files.slots()

    assert ("and_private" in slots) is not public
    assert slots["bucket"] == "'it''s'"
    assert len(list(files.inserts())) == 3
    assert all("owner_id" in sql for sql in files.inserts())
    for attack in attacks():
        if attack.target is Target.STORAGE and attack.expect is Expect.NO_ROWS:
            assert any("{{and_private}}" in s for s in attack.statements), attack.id


def attempt(statement: str, target: str = "public.documents", **more: object) -> pgtap.Try:
    attack = Attack("x", "see", ("P1",), Actor.MEMBER, Target.TABLE, Expect.NO_ROWS, (statement,), **more)  # type: ignore[arg-type]
    return pgtap.Try(attack, "member", '{"sub":"1"}', None, (statement,), ("mark",), {}, target)


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=60))
def test_whatever_a_statement_holds_is_one_literal(said: str) -> None:
    """Quotes, backslashes and dollar signs stay inside."""
    ground = pgtap.Ground(["insert into t values (1)"], [attempt(f"select {said}")])

    (written,) = pgtap.files([ground], "no such brake").values()

    assert f"array[{quote_literal(f'select {said}').strip()}]::text[]" in written
    assert written.count("select plan(1);") == 1


def test_what_tap_cannot_hold_is_named() -> None:
    """Cursors, COPY and other sessions are left out of the file and said in it; a target of those alone has none."""
    kept, left = attempt("select 1"), attempt("declare c cursor for select 1")
    other = attempt("select 1", other_first="prepare p as select 1")

    assert pgtap.files([pgtap.Ground([], [left, other])], "b") == {}
    (written,) = pgtap.files([pgtap.Ground([], [kept, left])], "b").values()
    assert "select plan(1);" in written
    assert "Only ringfence verify tries these: " not in written.replace("Only ringfence verify tries these: x", "")


def test_targets_of_like_names_get_files_of_their_own() -> None:
    """A quoted name and a plain one may come to the same."""
    grounds = [pgtap.Ground([], [attempt("select 1", t)]) for t in ('public."Order Items"', "public.order_items")]

    assert list(pgtap.files(grounds, "b")) == [
        "ringfence_public_order_items.sql",
        "ringfence_public_order_items_2.sql",
    ]


def test_the_head_of_a_file_has_only_slots_that_are_filled() -> None:
    head = sqltext.load(pgtap.PACKAGE, "pgtap_head")

    assert set(re.findall(r"\{\{(\w+)\}\}", head)) == {
        "title", "lock_timeout_ms", "statement_timeout_ms", "timeouts", "misused", "unsupported", "stopped",
    }  # fmt: skip


verdicts = st.lists(
    st.builds(
        Verdict,
        st.sampled_from([a.id for a in attacks()]),
        st.sampled_from(["public.a", "public.b", "the database"]),
        st.sampled_from(["member", "visitor"]),
        st.sampled_from(list(Outcome)),
        st.sampled_from(["", "why it is so"]),
    ),
    max_size=40,
)


@given(
    verdicts, st.dictionaries(st.sampled_from(["public.c", "functions"]), st.just("no row can be made up"), max_size=2)
)
def test_the_text_leaves_nothing_out(tried: list[Verdict], not_tried: dict[str, str]) -> None:
    """Every leak, everything not tried, every target, and the sum, in lines that fit a terminal."""
    found = Verification((), tuple(tried), not_tried, 1.0)

    written = text(found, every=True)

    leaked, _, rest = written.partition("NOTHING TO TRY")
    for v in tried:
        assert v.target in written
        if v.outcome is Outcome.LEAKED:
            assert v.attack in leaked
    assert all(target in written and reason in written.replace("\n", " ") for target, reason in not_tried.items())
    assert f"{found.denied} denied, {found.leaked} leaked, {found.skipped} not tried" in written
    assert max(len(line) for line in written.splitlines()) <= 120
    assert set(nothing_to_try(found)).isdisjoint({v.attack for v in tried})
    assert rest
