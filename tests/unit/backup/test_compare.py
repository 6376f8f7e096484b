"""A restored copy held against its manifest, with values only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ringfence.backup.compare import (
    catalog_verdict,
    compare_large_objects,
    compare_sequences,
    compare_tables,
    notes_about,
)
from ringfence.backup.model import (
    CatalogDiffers,
    CatalogEqual,
    CatalogNotCompared,
    Digest,
    SequenceSpan,
    TableDigest,
)
from ringfence.backup.model import Difference as BackupDifference
from ringfence.catalog.compare import Difference, DifferenceKind
from ringfence.names import QualifiedName

T = QualifiedName("public", "t")
S = QualifiedName("public", "t_id_seq")


def wanted(rows: int, checksum: str) -> list[TableDigest]:
    return [TableDigest(T, ("id",), Digest(rows, checksum))]


@given(st.integers(0), st.text("0123456789", min_size=1))
def test_a_digest_equals_itself(rows: int, checksum: str) -> None:
    assert compare_tables(wanted(rows, checksum), {T: Digest(rows, checksum)}) == ()


def test_a_missing_row_is_named_with_both_counts() -> None:
    (difference,) = compare_tables(wanted(3, "9"), {T: Digest(2, "8")})

    assert difference.what == "table public.t"
    assert difference.detail == "has 2 rows instead of 3"


def test_a_changed_value_is_seen_although_the_count_is_right() -> None:
    (difference,) = compare_tables(wanted(3, "9"), {T: Digest(3, "8")})

    assert "checksum is 8 instead of 9" in difference.detail


def test_a_table_that_was_not_restored_is_named() -> None:
    (difference,) = compare_tables(wanted(3, "9"), {})

    assert difference.detail == "was not restored, 3 rows are missing"


@given(st.integers(-5, 5), st.integers(0, 5), st.integers(-12, 12))
def test_a_sequence_must_stand_between_the_two_values_that_were_seen(start: int, moved: int, restored: int) -> None:
    ascending = compare_sequences([SequenceSpan(S, start, start + moved)], {S: restored})
    descending = compare_sequences([SequenceSpan(S, start, start - moved, ascending=False)], {S: restored})

    assert (not ascending) == (start <= restored <= start + moved)
    assert (not descending) == (start - moved <= restored <= start)


def test_a_sequence_first_used_during_the_dump_may_be_unused_or_used() -> None:
    span = SequenceSpan(S, None, 7)

    assert compare_sequences([span], {S: None}) == ()
    assert compare_sequences([span], {S: 7}) == ()
    assert len(compare_sequences([span], {S: 8})) == 1


def test_a_used_sequence_restored_as_unused_would_hand_out_keys_again() -> None:
    (difference,) = compare_sequences([SequenceSpan(S, 5, 5)], {S: None})

    assert difference.detail == "was never used, instead of 5"


def test_a_sequence_set_back_during_the_dump_has_no_bounds() -> None:
    assert compare_sequences([SequenceSpan(S, 9, 2)], {S: 5}) == ()


def test_a_sequence_that_was_not_restored_is_named() -> None:
    (difference,) = compare_sequences([SequenceSpan(S, 1, 1)], {})

    assert difference.detail == "was not restored"


def test_large_objects_that_could_not_be_read_are_said_to_be_compared_by_number() -> None:
    assert compare_large_objects((0, None), (0, None)) == ((), ())
    assert compare_large_objects((2, Digest(2, "1")), (2, Digest(2, "1"))) == ((), ())

    differences, notes = compare_large_objects((2, None), (2, Digest(2, "1")))
    assert differences == ()
    assert "by number only" in notes[0]

    assert compare_large_objects((2, Digest(2, "1")), (2, Digest(2, "5")))[0][0].detail == "their checksum differs"
    assert compare_large_objects((2, None), (1, None))[0][0].detail == "1 were restored instead of 2"


def test_catalogs_are_compared_within_a_major_version_only() -> None:
    lost = Difference(DifferenceKind.REMOVED, "public.t index t_body", "CREATE INDEX", "")

    assert catalog_verdict([], "f", source_major=18, scratch_major=18) == CatalogEqual("f")
    assert isinstance(catalog_verdict([], "f", source_major=15, scratch_major=16), CatalogNotCompared)
    verdict = catalog_verdict([lost], "f", source_major=18, scratch_major=18)
    assert isinstance(verdict, CatalogDiffers)
    assert verdict.differences[0].detail == "was not restored: CREATE INDEX"


def test_a_scratch_server_without_icu_is_told_from_a_bad_backup() -> None:
    assert notes_about([BackupDifference("CREATE TABLE", 'ERROR:  role "x" does not exist')]) == ()
    assert "scratch_url" in notes_about([BackupDifference("x", "ERROR:  ICU is not supported in this build")])[0]
