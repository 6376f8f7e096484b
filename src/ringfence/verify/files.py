"""Files made up for an attack on Supabase Storage: one of each tenant in its folder, one from before tenants. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ringfence.catalog.model import Catalog
from ringfence.names import QualifiedName
from ringfence.verify.fill import literal
from ringfence.verify.rows import MARK, Party

OBJECTS = QualifiedName("storage", "objects")
BUCKETS_MAX = 20
"""Buckets that are attacked; the others are said to be left out."""


def has_storage(catalog: Catalog) -> bool:
    """Whether there are files to attack."""
    table = catalog.table(OBJECTS)
    buckets = catalog.table(QualifiedName("storage", "buckets"))
    return table is not None and buckets is not None and {"bucket_id", "name"} <= {c.name for c in table.columns}


@dataclass(frozen=True, slots=True)
class Files:
    """The made-up files of one bucket."""

    catalog: Catalog
    bucket: str
    public: bool
    own: Party
    other: Party
    token: str

    def _path(self, folder: str, label: str, what: str) -> str:
        return f"{folder}/{MARK}-{label}-{self.token}-{what}.txt"

    @property
    def own_file(self) -> str:
        """The attacker's file, in its tenant's folder."""
        return self._path(self.own.organization_text, "a", "file")

    @property
    def other_file(self) -> str:
        """The other tenant's file, in its folder."""
        return self._path(self.other.organization_text, "b", "file")

    @property
    def other_old_file(self) -> str:
        """A file of the other tenant's user, in the user's folder, as before there were tenants."""
        return self._path(self.other.user_text, "b", "old")

    def _owners(self) -> Mapping[str, str]:
        """Columns that say whose a file is, with the form of the user's key: 'owner' is a uuid, 'owner_id' a text."""
        table = self.catalog.by_name[OBJECTS]
        columns = {c.name: c.type for c in table.columns}
        return {c: columns[c] for c in ("owner", "owner_id") if c in columns}

    def inserts(self) -> Iterator[str]:
        """The files, in a bucket that is there."""
        owners = self._owners()
        for name, party in (
            (self.own_file, self.own),
            (self.other_file, self.other),
            (self.other_old_file, self.other),
        ):
            columns = "".join(f", {c}" for c in owners)
            values = "".join(f", {literal(party.user_text)}" for _ in owners)
            yield (
                f"insert into storage.objects (bucket_id, name{columns})"
                f" values ({literal(self.bucket)}, {literal(name)}{values})"
            )

    def slots(self) -> dict[str, str]:
        """Slots of one bucket; what a public bucket holds may be read by whoever knows the path."""
        owners = self._owners()
        slots = {
            "bucket": literal(self.bucket),
            "own_file": literal(self.own_file),
            "other_file": literal(self.other_file),
            "other_old_file": literal(self.other_old_file),
            "planted_file": literal(self._path(self.other.organization_text, "a", "planted")),
            "taken_file": literal(self._path(self.own.organization_text, "a", "taken")),
            "owner_column": "".join(f", {c}" for c in owners),
            "other_owner": "".join(f", {literal(self.other.user_text)}" for _ in owners),
        }
        if not self.public:
            slots["and_private"] = ""
        return slots

    def owned(self) -> Mapping[QualifiedName, str]:
        """What must not change: the other tenant's two files, and what belongs to its user.

        Where files are told apart by owner, a path says nothing: a file of one's own under any path is seen by nobody
        else. Only where there are no owners, everything in the other tenant's folder is the other tenant's.
        """
        user = literal(self.other.user_text)
        belongs = [f"t.{column} = {user}" for column in self._owners()]
        folder = literal(f"{self.other.organization_text}/%")
        names = f"t.name in ({literal(self.other_file)}, {literal(self.other_old_file)})"
        return {OBJECTS: " or ".join([names, *(belongs or [f"t.name like {folder}"])])}
