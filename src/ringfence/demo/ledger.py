"""What the old application was told is stored, and what must therefore be found: the demo's own memory of its writes.

It knows neither Ringfence's plan nor its derivations. Whose row something is, it works out from people's e-mail
addresses and from who owns which document, so that a wrong tenant is seen by another road than the one that set it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

PUBLIC_MAIL = frozenset({"gmail.com", "gmx.de", "outlook.com"})
"""The public mail services the desk's users have addresses of."""
MARKS = {
    "auth.users": "email",
    "public.profiles": "id",
    "public.sessions": "user_agent",
    "public.folders": "name",
    "public.documents": "slug",
    "public.uploads": "path",
    "public.comments": "body",
    "public.activity": "verb",
}
"""Per table the column in which every write of the demo has a text of its own: a row written twice is found by it."""
TENANT_COLUMN = "client_id"
ERRORS_KEPT_MAX = 20


@dataclass(frozen=True, slots=True)
class OfUser:
    """The row belongs to its user's organization."""

    user: str


@dataclass(frozen=True, slots=True)
class OfDocument:
    """The row belongs wherever its document does."""

    document: str


@dataclass(frozen=True, slots=True)
class OfNobody:
    """The table has no tenant."""


Belongs: TypeAlias = OfUser | OfDocument | OfNobody


@dataclass(frozen=True, slots=True)
class Written:
    """One acknowledged row: what its columns must hold, and whose it is."""

    table: str
    key: str
    values: Mapping[str, str]
    belongs: Belongs

    @property
    def mark(self) -> str:
        """The text that only this row has; "" when nothing is known of its text any more."""
        column = MARKS[self.table]
        return self.key if column == "id" else self.values.get(column, "")


@dataclass(frozen=True, slots=True)
class Write:
    """One statement of the old application: sql/app/<statement>.sql with its values."""

    statement: str
    values: Mapping[str, Any]

    @property
    def by_auth(self) -> bool:
        """Whether the auth server sends it and not the desk's own server functions."""
        return self.statement == "sign_up"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the acknowledged writes."""

    lost: tuple[str, ...] = ()
    """Rows that are not there, or that hold something else than what was acknowledged last."""
    duplicated: tuple[str, ...] = ()
    wrong_tenant: tuple[str, ...] = ()

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(
            self.lost + other.lost, self.duplicated + other.duplicated, self.wrong_tenant + other.wrong_tenant
        )


@dataclass
class Ledger:
    """One writer's memory."""

    people: dict[str, str | None]
    """User to e-mail address."""
    documents: dict[str, str]
    """Document to owner; only documents that no other writer touches."""
    folders: dict[str, str]
    slugs: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    rows: dict[tuple[str, str], Written] = field(default_factory=dict)
    acknowledged: int = 0
    failed: int = 0
    errors: list[str] = field(default_factory=list)

    def take(self, write: Write, key: str) -> None:
        """The database has acknowledged a write and named the row's key."""
        self.acknowledged += 1
        v = write.values
        match write.statement:
            case "sign_up":
                self.people[key] = v["email"]
                self._keep("auth.users", key, {"email": v["email"]}, OfNobody())
                # nobody wrote this row but the desk's own trigger
                self._keep("public.profiles", key, {"display_name": v["name"]}, OfUser(key))
            case "new_session":
                self._keep("public.sessions", key, {"user_id": v["user"], "user_agent": v["agent"]}, OfUser(v["user"]))
            case "new_folder":
                self.folders[key] = v["user"]
                self._keep("public.folders", key, {"owner_id": v["user"], "name": v["name"]}, OfUser(v["user"]))
            case "new_document":
                self.documents[key] = v["user"]
                self.slugs[key] = v["slug"]
                self._keep("public.documents", key, {"slug": v["slug"], "owner_id": v["user"]}, OfDocument(key))
            case "new_upload":
                values = {"path": v["path"], "document_id": v["document"]}
                self._keep("public.uploads", key, values, OfDocument(v["document"]))
            case "new_comment":
                self.comments[key] = v["document"]
                values = {"body": v["body"], "document_id": v["document"]}
                self._keep("public.comments", key, values, OfDocument(v["document"]))
            case "new_activity":
                self._keep("public.activity", key, {"verb": v["verb"], "actor": v["user"]}, OfUser(v["user"]))
            case "edit_document":
                self._change_document(key, {"body": v["body"]})
            case "transfer_document":
                self.documents[key] = v["user"]
                self._change_document(key, {"owner_id": v["user"]})
            case "file_document":
                self._change_document(key, {"folder_id": v["folder"]})
            case "move_comment":
                self.comments[key] = v["document"]
                held = self.rows["public.comments", key]
                values = {**held.values, "document_id": v["document"]}
                self.rows["public.comments", key] = replace(held, values=values, belongs=OfDocument(v["document"]))
            case "rename_me":
                plain = Written("public.profiles", key, {}, OfUser(key))
                held = self.rows.get(("public.profiles", key), plain)
                self.rows["public.profiles", key] = replace(held, values={**held.values, "display_name": v["name"]})
            case "rename_folder":
                held = self.rows["public.folders", key]
                self.rows["public.folders", key] = replace(held, values={**held.values, "name": v["name"]})
            case "move_folder":
                held = self.rows["public.folders", key]
                self.rows["public.folders", key] = replace(held, values={**held.values, "parent_id": v["parent"]})
            case other:
                raise AssertionError(f"the ledger does not know what {other} writes")

    def doubt(self, key: str) -> None:
        """A change of this object got no sound answer: it may be there or not, the object itself must be."""
        for place, held in self.rows.items():
            if place[1] == key:
                self.rows[place] = replace(held, values={})

    def forget_folder(self, document: str) -> None:
        """The document may have left its folder; the versions of the desk differ in it."""
        held = self.rows.get(("public.documents", document))
        if held is not None:
            values = {column: value for column, value in held.values.items() if column != "folder_id"}
            self.rows["public.documents", document] = replace(held, values=values)

    def refuse(self, writes: Sequence[Write], error: str) -> None:
        """The database has refused writes, or its answer never came."""
        self.failed += len(writes)
        if len(self.errors) < ERRORS_KEPT_MAX:
            self.errors.append(f"{', '.join(w.statement for w in writes)}: {error}")

    def organization(self, belongs: Belongs) -> str | None:
        """The key of the organization a row must have; None where the table has no tenant."""
        match belongs:
            case OfNobody():
                return None
            case OfUser(user):
                return organization_of(user, self.people[user])
            case OfDocument(document):
                owner = self.documents[document]
                return organization_of(owner, self.people[owner])

    def judge(self, table: str, found: Iterable[tuple[str, Mapping[str, Any]]]) -> Verdict:
        """Hold what is stored of one table (key, columns) against what was acknowledged."""
        by_key: dict[str, Mapping[str, Any]] = {}
        keys_of_mark: dict[str, list[str]] = {}
        for key, columns in found:
            by_key[key] = columns
            keys_of_mark.setdefault(str(columns[MARKS[table]]), []).append(key)
        lost: list[str] = []
        duplicated: list[str] = []
        wrong: list[str] = []
        for written in (w for w in self.rows.values() if w.table == table):
            name = f"{table} {written.key}"
            columns = by_key.get(written.key, {})
            if not columns:
                lost.append(f"{name} is not there")
                continue
            times = len(keys_of_mark.get(written.mark, ())) if written.mark else 1
            if times > 1:
                duplicated.append(f"{name} is there {times} times")
            lost += [
                f"{name} has {column} {columns[column]!r} instead of {value!r}"
                for column, value in written.values.items()
                if columns[column] != value
            ]
            wanted = self.organization(written.belongs)
            if wanted is not None and TENANT_COLUMN in columns and columns[TENANT_COLUMN] != wanted:
                wrong.append(f"{name} is in {columns[TENANT_COLUMN]} instead of {wanted}")
        return Verdict(tuple(lost), tuple(duplicated), tuple(wrong))

    def _keep(self, table: str, key: str, values: Mapping[str, str], belongs: Belongs) -> None:
        self.rows[table, key] = Written(table, key, values, belongs)

    def _change_document(self, key: str, values: Mapping[str, str]) -> None:
        plain = Written("public.documents", key, {"slug": self.slugs[key]}, OfDocument(key))
        held = self.rows.get(("public.documents", key), plain)
        self.rows["public.documents", key] = replace(held, values={**held.values, **values})


def organization_of(user: str, email: str | None) -> str:
    """The key of a user's organization: one per mail domain, one each for public mail and for people without mail."""
    domain = (email or "").rpartition("@")[2].lower()
    key = f"user:{user}" if not domain or domain in PUBLIC_MAIL else f"domain:{domain}"
    return str(uuid.UUID(hashlib.md5(f"ringfence:organization:{key}".encode(), usedforsecurity=False).hexdigest()))
