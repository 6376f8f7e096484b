"""What the old application does next: sign-ups, inserts, transfers and moves, drawn from a seeded source. Pure."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from typing import TypeAlias

from ringfence.demo.ledger import Ledger, Write

DOMAINS = ("harbor.example", "Orchard.example", "quarry.example", "brewery.example", "gmail.com", "gmx.de")
"""Addresses of new users: known companies, one nobody has heard of yet, and public mail."""

_Maker: TypeAlias = Callable[[Ledger, random.Random, str], tuple[Write, ...]]


def next_writes(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    """The statements of the next transaction; `mark` is a text that no other transaction uses."""
    (make,) = source.choices(tuple(MAKERS), weights=tuple(MAKERS.values()))
    return make(ledger, source, mark) or _new_document(ledger, source, mark)


def _person(ledger: Ledger, source: random.Random) -> str:
    return source.choice(tuple(ledger.people))


def _document(ledger: Ledger, source: random.Random) -> str:
    return source.choice(tuple(ledger.documents))


def _sign_up(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    del ledger
    person = str(uuid.UUID(int=source.getrandbits(128), version=4))
    email = f"{mark}@{source.choice(DOMAINS)}"
    return (Write("sign_up", {"id": person, "email": email, "name": f"New user {mark}"}),)


def _new_session(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    return (Write("new_session", {"user": _person(ledger, source), "agent": f"document-desk 1.0 {mark}"}),)


def _new_folder(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    parent = source.choice((None, *ledger.folders))
    person = ledger.folders[parent] if parent else _person(ledger, source)
    return (Write("new_folder", {"user": person, "parent": parent, "name": f"Folder {mark}"}),)


def _new_document(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    folder = source.choice((None, *ledger.folders))
    values = {
        "user": ledger.folders[folder] if folder else _person(ledger, source),
        "folder": folder,
        "title": f"Note {mark}",
        "slug": f"note-{mark}",
        "body": "Written while everything moves.",
    }
    return (Write("new_document", values),)


def _new_upload(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    document = _document(ledger, source)
    values = {
        "document": document,
        "path": f"uploads/{mark}.pdf",
        "bytes": source.randrange(1, 10_000_000),
        "user": ledger.documents[document],
    }
    return (Write("new_upload", values),)


def _new_comment(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    values = {"document": _document(ledger, source), "user": _person(ledger, source), "body": f"Seen. {mark}"}
    return (Write("new_comment", values),)


def _new_activity(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    values = {"user": _person(ledger, source), "verb": f"opened {mark}", "document": _document(ledger, source)}
    return (Write("new_activity", values),)


def _edit_document(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    return (Write("edit_document", {"document": _document(ledger, source), "body": f"Edited. {mark}"}),)


def _transfer_document(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    del mark
    return (Write("transfer_document", {"document": _document(ledger, source), "user": _person(ledger, source)}),)


def _transfer_with_a_word(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    """A transfer and the comment that says so, in one transaction that takes its time."""
    document, person = _document(ledger, source), _person(ledger, source)
    return (
        Write("transfer_document", {"document": document, "user": person}),
        Write("new_comment", {"document": document, "user": person, "body": f"Mine now. {mark}"}),
    )


def _file_document(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    del mark
    folder = source.choice(tuple(ledger.folders))
    return (Write("file_document", {"document": _document(ledger, source), "folder": folder}),)


def _move_comment(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    del mark
    if not ledger.comments:
        return ()
    comment = source.choice(tuple(ledger.comments))
    return (Write("move_comment", {"comment": comment, "document": _document(ledger, source)}),)


def _move_folder(ledger: Ledger, source: random.Random, mark: str) -> tuple[Write, ...]:
    """One of the writer's own folders moves into another; only into an older one, so that no circle can come about."""
    del mark
    own = [folder for folder in ledger.folders if ("public.folders", folder) in ledger.rows]
    if not own:
        return ()
    folder = source.choice(own)
    order = list(ledger.folders)
    parent = source.choice(order[: order.index(folder)])
    return (Write("move_folder", {"folder": folder, "parent": parent}),)


MAKERS: Mapping[_Maker, int] = {
    _sign_up: 3,
    _new_session: 2,
    _new_folder: 2,
    _new_document: 4,
    _new_upload: 3,
    _new_comment: 4,
    _new_activity: 4,
    _edit_document: 3,
    _transfer_document: 3,
    _transfer_with_a_word: 2,
    _file_document: 2,
    _move_comment: 2,
    _move_folder: 2,
}
"""What the application does, and how often."""
