"""Holding a restored copy against what the source was: every difference has a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ringfence.backup.model import (
    CatalogDiffers,
    CatalogEqual,
    CatalogNotCompared,
    CatalogVerdict,
    Difference,
    Digest,
    SequenceSpan,
    TableDigest,
)
from ringfence.catalog.compare import Difference as CatalogDifference
from ringfence.catalog.compare import DifferenceKind
from ringfence.names import QualifiedName

CATALOG_DIFFERENCES_MAX = 100


def compare_tables(wanted: Sequence[TableDigest], found: Mapping[QualifiedName, Digest]) -> tuple[Difference, ...]:
    """The tables whose restored content is not the source's; one that is missing in `found` was not restored."""
    return tuple(
        Difference(f"table {item.table}", problem)
        for item in wanted
        if (problem := _problem(item.digest, found.get(item.table))) is not None
    )


def _problem(wanted: Digest, found: Digest | None) -> str | None:
    if found is None:
        return f"was not restored, {wanted.rows} rows are missing"
    if found.rows != wanted.rows:
        return f"has {found.rows} rows instead of {wanted.rows}"
    if found.checksum != wanted.checksum:
        return (
            f"has {found.rows} rows as it should, but their checksum is {found.checksum} instead of {wanted.checksum}"
        )
    return None


def compare_sequences(
    wanted: Sequence[SequenceSpan], found: Mapping[QualifiedName, int | None]
) -> tuple[Difference, ...]:
    """The sequences whose restored value could not have been read during the dump.

    A sequence moves while it is dumped, so its value must lie between the two that were seen. One that went backwards
    meanwhile (a cycle, or somebody's setval) has no such bounds and is not judged; nor is one whose value the dumping
    role could not see.
    """
    return tuple(_sequence_problems(wanted, found))


def _sequence_problems(
    wanted: Sequence[SequenceSpan], found: Mapping[QualifiedName, int | None]
) -> Iterator[Difference]:
    for span in wanted:
        if span.name not in found:
            yield Difference(f"sequence {span.name}", "was not restored")
            continue
        value = found[span.name]
        low, high = (span.before, span.after) if span.ascending else (span.after, span.before)
        if span.after is None:
            continue
        if value is None:
            if span.before is not None:
                yield Difference(f"sequence {span.name}", f"was never used, instead of {_between(low, high)}")
            continue
        if low is not None and high is not None and low > high:
            continue
        if (low is not None and value < low) or (high is not None and value > high):
            yield Difference(f"sequence {span.name}", f"stands at {value} instead of {_between(low, high)}")


def _between(low: int | None, high: int | None) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def compare_large_objects(
    wanted: tuple[int, Digest | None], found: tuple[int, Digest | None]
) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """Differences between the large objects, and notes about what could not be compared."""
    if wanted[0] != found[0]:
        return (Difference("large objects", f"{found[0]} were restored instead of {wanted[0]}"),), ()
    if wanted[0] == 0:
        return (), ()
    if wanted[1] is None or found[1] is None:
        return (), (f"{wanted[0]} large objects were compared by number only: one is larger than 1 GB",)
    if wanted[1] != found[1]:
        return (Difference("large objects", "their checksum differs"),), ()
    return (), ()


def notes_about(errors: Sequence[Difference]) -> tuple[str, ...]:
    """What to do about errors of a restore that come from the scratch server and not from the backup."""
    return (_BUILD_NOTE,) if any(words in error.detail for error in errors for words in _BUILD) else ()


_BUILD_NOTE = "the scratch server is built without ICU or XML, which the source uses: see [backup] scratch_url"
_BUILD = ("not supported in this build", "not supported by this build", "unsupported XML feature")


def catalog_verdict(
    differences: Sequence[CatalogDifference], fingerprint: str, *, source_major: int, scratch_major: int
) -> CatalogVerdict:
    """What comparing the catalogs showed; between major versions definitions are written differently."""
    if source_major != scratch_major:
        return CatalogNotCompared(
            f"the source is PostgreSQL {source_major} and the scratch server {scratch_major}: "
            "they write some definitions differently"
        )
    if not differences:
        return CatalogEqual(fingerprint)
    return CatalogDiffers(tuple(_named(d) for d in differences[:CATALOG_DIFFERENCES_MAX]))


def _named(difference: CatalogDifference) -> Difference:
    match difference.kind:
        case DifferenceKind.ADDED:
            return Difference(difference.subject, f"only in the restored copy: {difference.after}")
        case DifferenceKind.REMOVED:
            return Difference(difference.subject, f"was not restored: {difference.before}")
        case DifferenceKind.CHANGED:
            return Difference(difference.subject, f"{difference.after}, instead of {difference.before}")
