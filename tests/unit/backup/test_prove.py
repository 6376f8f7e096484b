"""The choice of a backup, and the verdict in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringfence.backup.dump import refuse_unreadable
from ringfence.backup.model import (
    AcceptedUnverified,
    AcceptedWithout,
    BackupVerdict,
    CatalogDiffers,
    CatalogEqual,
    CatalogNotCompared,
    CatalogVerdict,
    Comparison,
    Difference,
    NoBackupChosen,
    NotReadable,
    Restored,
    SourceRole,
)
from ringfence.backup.prove import describe, prove_backup
from ringfence.backup.restore import scratch_major
from ringfence.backup.scratch import create_database, create_role, missing_extensions, scratch_name
from ringfence.names import QualifiedName
from unit.backup.values import CATALOG, MANIFEST, SOURCE


def prove(options: dict[str, str], reason: str | None = None) -> BackupVerdict:
    return prove_backup(
        "host=nowhere",
        options,
        catalog=CATALOG,
        directory=Path("/nonexistent/b"),
        operator="ana",
        accepted_reason=reason,
    )


def comparison(
    differences: tuple[Difference, ...] = (),
    errors: tuple[Difference, ...] = (),
    catalog: CatalogVerdict | None = None,
) -> Comparison:
    return Comparison("/b", 180004, 2, 10, differences, errors, catalog or CatalogEqual("abc"), 1.0, 1.0, ("a note",))


def test_an_external_backup_is_accepted_on_somebodys_word_and_says_so() -> None:
    verdict = prove({"mode": "external", "name": "snap-7"})

    assert verdict == AcceptedUnverified("snap-7", "ana")
    assert describe(verdict) == "accepted, not verified here: backup 'snap-7', on the word of ana"


def test_an_external_backup_without_a_name_is_none() -> None:
    with pytest.raises(NoBackupChosen):
        prove({"mode": "external"})


def test_no_backup_needs_a_reason() -> None:
    with pytest.raises(NoBackupChosen) as caught:
        prove({"mode": "none"})
    assert caught.value.exit_code == 4
    assert "--accept RFG-BACKUP" in caught.value.hint

    assert prove({"mode": "none"}, "it is a toy") == AcceptedWithout("ana", "it is a toy")


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(NoBackupChosen):
        prove({"mode": "hope"})


def test_an_equal_copy_is_called_equal_and_notes_are_kept() -> None:
    text = describe(Restored(comparison(), 2**20))

    assert text == "restored and equal: 2 tables, 10 rows, 1.0 MiB\ncatalog equal: abc\na note"
    assert "not compared: other majors" in describe(Restored(comparison(catalog=CatalogNotCompared("other majors")), 1))


@pytest.mark.parametrize(
    "unequal",
    [
        comparison(differences=(Difference("table public.t", "has 1 rows instead of 2"),)),
        comparison(errors=(Difference("table public.t", "has 1 rows instead of 2"),)),
        comparison(catalog=CatalogDiffers((Difference("table public.t", "has 1 rows instead of 2"),))),
    ],
)
def test_whatever_differs_the_copy_is_not_equal_and_the_difference_is_named(unequal: Comparison) -> None:
    assert not unequal.equal
    assert "NOT equal" in describe(Restored(unequal, 1))
    assert "table public.t: has 1 rows instead of 2" in describe(Restored(unequal, 1))


def test_what_cannot_be_read_is_named_with_the_reason_and_a_way_out() -> None:
    refuse_unreadable(())
    with pytest.raises(NotReadable) as caught:
        refuse_unreadable([(QualifiedName("vault", f"t{n}"), "no SELECT on the table") for n in range(12)])

    assert "vault.t0: no SELECT on the table" in caught.value.detail
    assert "and 2 more" in caught.value.detail
    assert "exclude_schemas" in caught.value.hint


def test_a_restore_goes_into_the_same_major_version_or_the_next_newer_one() -> None:
    assert scratch_major(16, (15, 16, 18)) == 16
    assert scratch_major(17, (15, 16, 18)) == 18
    assert scratch_major(18, (15, 16)) is None


def test_the_scratch_database_keeps_the_encoding_whatever_happens_to_the_locale() -> None:
    exact, plain = create_database("s", SOURCE, 18)

    assert "encoding 'UTF8'" in exact
    assert "encoding 'UTF8'" in plain
    assert "template template0" in exact
    assert scratch_name() != scratch_name()


def test_a_copied_role_can_never_log_in_and_is_a_superuser_in_our_own_server_only() -> None:
    assert create_role(SourceRole("Big Boss", True), own_server=True) == 'create role "Big Boss" nologin superuser'
    assert create_role(SourceRole("Big Boss", True), own_server=False) == 'create role "Big Boss" nologin'
    assert missing_extensions(MANIFEST, frozenset({"plpgsql"})) == ("vector",)
