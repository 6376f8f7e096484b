"""Databases migrated through phase 6: nothing leaks but what the spec left, and assess names that with its repair."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence import verbs
from ringfence.verify import render
from ringfence.verify.model import CannotVerify, Outcome, Verification
from support.cases import Case
from support.databases import Database

CASES = Path(__file__).parents[2] / "cases"
BUCKETS = """
insert into storage.buckets (id, name, public) values ('invoices', 'invoices', false), ('logos', 'logos', true);
"""
OWN_FOLDER = """
create policy "own {command}" on storage.objects for {command} to authenticated, anon
  {word} (bucket_id = 'invoices' and (storage.foldername(name))[1] = (select ringfence.client_id())::text)
"""


def leaked(found: Verification) -> set[tuple[str, str]]:
    return {(v.target, v.attack) for v in found.attacks if v.outcome is Outcome.LEAKED}


def migrated(name: str, database: Database, scratch: Path, *, before: str = "", keeping: str = "") -> Case:
    """A case, applied through phase 6; `keeping` is a word of its spec that is taken out."""
    case = Case.load(CASES / name, database, scratch)
    if keeping:
        text = case.config.read_text(encoding="utf-8")
        assert keeping in text
        case.config.write_text(text.replace(keeping, ""), encoding="utf-8")
    if before:
        database.execute(before)
    report = case.apply()
    assert report.outcome == "finished", (report.gates_missing, report.detail)
    return case


def test_rows_that_the_spec_opens_are_no_leak(supabase_database: Database, tmp_path: Path) -> None:
    """Documents may be public there, and some are; files lie in a private and in a public bucket without any policy."""
    case = migrated("enforce_supabase", supabase_database, tmp_path, before=BUCKETS)

    found = verbs.verify(case.url, case.config)

    assert leaked(found) == set()
    # a view of public documents alone, and a function that counts
    assert found.not_tried.keys() == {"public.open_documents", "public.count_documents()"}
    assert found.failed == 0
    tried = {(v.target, v.attack) for v in found.attacks if v.outcome is Outcome.DENIED}
    assert {
        ("public.documents", a) for a in ("read-others", "open-row-update", "open-row-lock", "open-row-delete")
    } <= tried
    assert ("bucket invoices", "storage-read") in tried
    assert ("bucket logos", "storage-plant") in tried
    assert ("bucket logos", "storage-read") not in tried, "a public bucket's files are for everybody"
    assert any(attack == "routine-read" for _, attack in tried)


OWN = "own folder"
BY_OWNER = "using (owner_id = (select auth.uid())::text)"
BY_BUCKET = 'create policy "other {0}" on storage.objects for {0} to authenticated, anon {1}'


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ({"select": OWN, "insert": OWN, "update": OWN, "delete": OWN}, set()),
        (
            {"select": "using (bucket_id = 'invoices')"},
            {"storage-read", "storage-read-old-path", "storage-without-context"},
        ),
        ({"select": OWN, "insert": "with check (true)"}, {"storage-plant"}),
        (dict.fromkeys(("select", "update"), BY_OWNER) | {"insert": BY_OWNER.replace("using", "with check")}, set()),
        ({"select": OWN, "update": "using (bucket_id = 'invoices')"}, {"storage-move-in"}),
    ],
)
def test_files_are_attacked(
    supabase_database: Database, tmp_path: Path, policies: dict[str, str], expected: set[str]
) -> None:
    """Policies by the tenant's folder hold; one by bucket alone, or for one command, does not."""
    case = migrated("enforce_supabase", supabase_database, tmp_path, before=BUCKETS)
    for command, condition in policies.items():
        if condition == OWN:
            word = "with check" if command == "insert" else "using"
            case.database.execute(OWN_FOLDER.format(command=command, word=word))
        else:
            case.database.execute(BY_BUCKET.format(command, condition))

    found = leaked(verbs.verify(case.url, case.config))

    assert {attack for _, attack in found if attack.startswith("storage")} == expected
    assert not expected or {target for target, _ in found} <= {"bucket invoices", "bucket logos"}


def test_a_unique_key_that_the_spec_keeps_is_told(supabase_database: Database, tmp_path: Path) -> None:
    """`unique = "tenant"` keeps the old constraint beside the scoped one: still an oracle, and its repair closes it."""
    case = migrated("enforce_behind_view", supabase_database, tmp_path, before=BUCKETS, keeping="_only")

    found = verbs.verify(case.url, case.config)

    assert leaked(found) == {("public.documents", a) for a in ("unique-oracle", "unique-oracle-silent")}
    assert found.not_tried.keys() == {"public.titles_of(owner uuid)"}, "titles that nobody chose hold no mark"
    case.database.execute("alter table public.documents drop constraint documents_slug_key")
    assert verbs.verify(case.url, case.config).leaked == 0


def test_a_reference_that_is_put_off_opens_no_way(supabase_database: Database, tmp_path: Path) -> None:
    """No key ties a comment's tenant to its document's any more; the trigger that derives it still does."""
    case = Case.load(CASES / "enforce_supabase", supabase_database, tmp_path)
    derived = 'derive = "document_id -> public.documents"\n'
    text = case.config.read_text(encoding="utf-8")
    assert derived in text
    later = 'references = { comments_document_id_fkey = "later" }\n'
    case.config.write_text(text.replace(derived, derived + later), encoding="utf-8")
    assert case.apply().outcome == "finished"

    found = verbs.verify(case.url, case.config)

    assert leaked(found) == set()
    assert ("public.comments", "foreign-parent") in {
        (v.target, v.attack) for v in found.attacks if v.outcome is Outcome.DENIED
    }


def test_what_a_person_accepted_is_told(database: Database, tmp_path: Path) -> None:
    """Memberships that the application writes itself, accepted at the gate, and CREATE on the schema: found and closed."""
    case = migrated("enforce_own_login", database, tmp_path)

    found = verbs.verify(case.url, case.config)

    assert leaked(found) == {
        ("the database", a)
        for a in ("create-in-schema", "join-by-oneself", "move-membership", "read-memberships", "read-organizations")
    }
    database.execute(
        "revoke create on schema public from rf_case_app;revoke all on public.staff, public.accounts from rf_case_app"
    )
    assert verbs.verify(case.url, case.config).leaked == 0


def test_attacks_that_found_nothing_to_try_are_named(database: Database, tmp_path: Path) -> None:
    """No view, no bucket, no partition is not the same as a view that holds."""
    case = migrated("enforce_own_login", database, tmp_path)

    text = render.text(verbs.verify(case.url, case.config))

    assert "storage-read" in text.partition("NOTHING TO TRY")[2]


def test_a_table_behind_a_view_is_said_to_be_left_out(supabase_database: Database, tmp_path: Path) -> None:
    """Before phase 6 retires the view, its table has another name; that is told, and nothing is called denied."""
    case = Case.load(CASES / "enforce_behind_view", supabase_database, tmp_path)
    case.apply(through=2)

    found = verbs.verify(case.url, case.config, only=frozenset({"read-others"}))

    assert "a view for old clients" in found.not_tried["public.documents"]
    assert {v.target for v in found.attacks} == {"public.folders"}
    assert "only read-others" in render.text(found)


def test_an_attack_that_does_not_exist_is_an_error(supabase_database: Database, tmp_path: Path) -> None:
    """A pipeline that asks for a misspelt attack must not be told that nothing leaked."""
    case = Case.load(CASES / "enforce_supabase", supabase_database, tmp_path)
    case.apply(through=2)

    with pytest.raises(CannotVerify, match="no attack read-other"):
        verbs.verify(case.url, case.config, only=frozenset({"read-other"}))
