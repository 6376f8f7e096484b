"""What people do at the desk, and how often: each action is one request and what must be true of its answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias
from urllib.parse import quote

from ringfence.demo.ledger import Write
from ringfence.demo.seed import PASSWORD
from ringfence.demo.traffic.held import kind_of
from ringfence.demo.traffic.web import Web
from ringfence.demo.traffic.world import Failed, Person, World
from ringfence.demo.writes import DOMAINS

Action: TypeAlias = Callable[[World, Web, Person], Awaitable[None]]


def holds(true: bool, what: str) -> None:
    """Raise Failed when an answer is not what it must be."""
    if not true:
        raise Failed(what)


# --- reading ---------------------------------------------------------------------------------------------------------


async def see_me(world: World, web: Web, me: Person) -> None:
    """The own profile."""
    del world
    row = await web.call("GET", "/me", me)
    holds(row["id"] == me.id, "the profile is somebody else's")


async def list_folders(world: World, web: Web, me: Person) -> None:
    """The own folders."""
    del world
    rows = await web.call("GET", "/folders", me)
    holds(isinstance(rows, list), "folders are no list")


async def list_documents(world: World, web: Web, me: Person) -> None:
    """The own documents."""
    del world
    rows = await web.call("GET", "/documents?limit=20", me)
    holds(isinstance(rows, list) and len(rows) <= 20, "documents are no list of at most 20")


async def open_document(world: World, web: Web, me: Person) -> None:
    """An own document, with what was written last."""
    document = world.document_of(me)
    if document is None:
        return await list_documents(world, web, me)
    with world.writing(document):
        row = await web.call("GET", f"/documents/{document}", me)
        held = world.ledger.rows.get(("public.documents", document))
        body = held.values.get("body") if held else None
        holds(row["id"] == document, "another document came")
        holds(body is None or row["body"] == body, "the document does not say what was written last")
    return None


async def open_shared(world: World, web: Web, me: Person) -> None:
    """A document that somebody else shared."""
    mine = [d for d, users in world.shared.items() if me.id in users and d not in world.busy and d not in world.gone]
    if not mine:
        return await see_me(world, web, me)
    document = world.source.choice(mine)
    with world.writing(document):
        row = await web.call("GET", f"/documents/{document}", me)
        holds(row["id"] == document, "another document came")
    return None


async def open_public_link(world: World, web: Web, me: Person) -> None:
    """A public link, as somebody without an account follows it."""
    links = [t for t, d in world.links.items() if d not in world.busy and d not in world.gone]
    if not links:
        return await list_documents(world, web, me)
    token = world.source.choice(links)
    document = world.links[token]
    with world.writing(document):
        stranger = Person(me.id, "", "stranger")
        row = await web.call("GET", f"/public/{quote(token)}", stranger)
        holds(row["id"] == document, "the link leads to another document")
    return None


async def search(world: World, web: Web, me: Person) -> None:
    """Full text search."""
    rows = await web.call("GET", "/documents/search?q=" + world.source.choice(("Minutes", "Offer", "Draft")), me)
    holds(isinstance(rows, list), "the hits are no list")


async def list_comments(world: World, web: Web, me: Person) -> None:
    """What was said about an own document."""
    document = world.document_of(me)
    if document is None:
        return await see_me(world, web, me)
    with world.writing(document):
        rows = await web.call("GET", f"/documents/{document}/comments", me)
        holds(isinstance(rows, list), "comments are no list")
    return None


async def list_uploads(world: World, web: Web, me: Person) -> None:
    """Which files an own document has."""
    document = world.document_of(me)
    if document is None:
        return await see_me(world, web, me)
    with world.writing(document):
        rows = await web.call("GET", f"/documents/{document}/uploads", me)
        holds(isinstance(rows, list), "uploads are no list")
    return None


async def download(world: World, web: Web, me: Person) -> None:
    """A file, byte for byte what was uploaded."""
    mine = [
        u
        for u, (d, _) in world.files.items()
        if world.ledger.documents.get(d) == me.id and d not in world.busy and d not in world.gone
    ]
    if not mine:
        return await list_uploads(world, web, me)
    upload = world.source.choice(mine)
    document, digest = world.files[upload]
    with world.writing(document):
        raw = await web.download(f"/uploads/{upload}", me)
        holds(hashlib.sha256(raw).hexdigest() == digest, "the file is not what was uploaded")
    return None


async def see_activity(world: World, web: Web, me: Person) -> None:
    """What one did lately."""
    del world
    rows = await web.call("GET", "/activity?limit=20", me)
    holds(isinstance(rows, list), "activity is no list")


async def see_statistics(world: World, web: Web, me: Person) -> None:
    """How much one wrote."""
    del world
    row = await web.call("GET", "/statistics", me)
    holds(row["owner_id"] == me.id, "the statistics are somebody else's")


# --- who people are --------------------------------------------------------------------------------------------------


async def sign_up(world: World, web: Web, me: Person) -> None:
    """Somebody new."""
    mark = world.mark()
    email = f"{mark}@{world.source.choice(DOMAINS)}"
    name = f"New user {mark}"
    stranger = Person(me.id, email, "web")
    row = await web.call(
        "POST", "/auth/sign-up", stranger, expect=201, body={"email": email, "password": PASSWORD, "name": name}
    )
    world.ledger.take(Write("sign_up", {"email": email, "name": name}), row["user_id"])
    world.people[row["user_id"]] = Person(row["user_id"], email, "web", row["access_token"], row["refresh_token"])


async def log_in(world: World, web: Web, me: Person) -> None:
    """Log in again, on a device that does."""
    row = await web.call("POST", "/auth/log-in", _bare(me), body={"email": me.email, "password": PASSWORD})
    holds(row["user_id"] == me.id, "somebody else was logged in")
    if me.kind == "web" and me.id not in world.busy:
        me.token, me.refresh_token = row["access_token"], row["refresh_token"]


async def refresh(world: World, web: Web, me: Person) -> None:
    """Fresh tokens."""
    if me.kind != "web" or not me.refresh_token or me.id in world.busy:
        return await see_me(world, web, me)
    with world.writing(me.id):
        token, me.refresh_token = me.refresh_token, ""
        row = await web.call("POST", "/auth/refresh", _bare(me), body={"refresh_token": token})
        was, me.token, me.refresh_token = me.token, row["access_token"], row["refresh_token"]
        world.refreshes[kind_of(was), kind_of(me.token)] += 1
    return None


def _bare(me: Person) -> Person:
    return Person(me.id, me.email, me.kind)


async def rename_me(world: World, web: Web, me: Person) -> None:
    """Another name."""
    key = f"profile {me.id}"
    if key in world.busy:
        return await see_me(world, web, me)
    name = f"Called {world.mark()}"
    with world.writing(key):
        row = await web.call("PATCH", "/me", me, body={"display_name": name})
        holds(row["display_name"] == name, "the name is another")
        world.ledger.take(Write("rename_me", {"user": me.id, "name": name}), me.id)
    return None


# --- writing ---------------------------------------------------------------------------------------------------------


async def new_folder(world: World, web: Web, me: Person) -> None:
    """A folder, often in another."""
    parent = world.folder_of(me) if world.source.random() < 0.7 else None
    name = f"Folder {world.mark()}"
    with world.writing(*([parent] if parent else [])):
        row = await web.call("POST", "/folders", me, expect=201, body={"name": name, "parent_id": parent})
    world.ledger.take(Write("new_folder", {"user": me.id, "name": name}), row["id"])
    world.own_folders.setdefault(me.id, []).append(row["id"])


async def rename_folder(world: World, web: Web, me: Person) -> None:
    """An own folder gets another name."""
    folder = world.folder_of(me)
    if folder is None or ("public.folders", folder) not in world.ledger.rows:
        return await new_folder(world, web, me)
    name = f"Folder {world.mark()}"
    with world.writing(folder):
        await web.call("PATCH", f"/folders/{folder}", me, body={"name": name})
        world.ledger.take(Write("rename_folder", {"name": name}), folder)
    return None


async def new_document(world: World, web: Web, me: Person) -> None:
    """A document, often in a folder."""
    folder = world.folder_of(me) if world.source.random() < 0.6 else None
    mark = world.mark()
    body = {"title": f"Note {mark}", "slug": f"note-{mark}", "body": f"Written while everything moves. {mark}"}
    with world.writing(*([folder] if folder else [])):
        row = await web.call("POST", "/documents", me, expect=201, body={**body, "folder_id": folder})
    world.ledger.take(Write("new_document", {"user": me.id, "slug": body["slug"]}), row["id"])
    world.ledger.take(Write("edit_document", {"body": body["body"]}), row["id"])
    world.own_documents.setdefault(me.id, []).append(row["id"])


async def edit_document(world: World, web: Web, me: Person) -> None:
    """An own document says something else."""
    document = world.document_of(me)
    if document is None:
        return await new_document(world, web, me)
    body = f"Edited. {world.mark()}"
    with world.writing(document):
        row = await web.call("PATCH", f"/documents/{document}", me, body={"body": body})
        holds(row["body"] == body, "the document says something else")
        world.ledger.take(Write("edit_document", {"body": body}), document)
    return None


async def file_document(world: World, web: Web, me: Person) -> None:
    """An own document goes into an own folder."""
    document, folder = world.document_of(me), world.folder_of(me)
    if document is None or folder is None:
        return await new_document(world, web, me)
    with world.writing(document, folder):
        await web.call("PATCH", f"/documents/{document}", me, body={"folder_id": folder})
        world.ledger.take(Write("file_document", {"folder": folder}), document)
    return None


async def delete_document(world: World, web: Web, me: Person) -> None:
    """A document that nobody wrote about is thrown away."""
    mark = world.mark()
    made = await web.call(
        "POST", "/documents", me, expect=201, body={"title": f"Scrap {mark}", "slug": f"scrap-{mark}", "body": ""}
    )
    await web.call("DELETE", f"/documents/{made['id']}", me, expect=204)
    world.gone.add(made["id"])


async def share(world: World, web: Web, me: Person) -> None:
    """Somebody else may read an own document, in one case of two somebody of another company."""
    document = world.document_of(me)
    other = world.somebody() if world.source.random() < 0.5 else world.colleague(me)
    if document is None or other.id == me.id:
        return await list_documents(world, web, me)
    with world.writing(document):
        await web.call("POST", f"/documents/{document}/share", me, expect=204, body={"user_id": other.id})
        world.ledger.acknowledged += 1
        world.shared.setdefault(document, set()).add(other.id)
    return None


async def public_link(world: World, web: Web, me: Person) -> None:
    """A link for people without an account."""
    document = world.document_of(me)
    if document is None:
        return await list_documents(world, web, me)
    with world.writing(document):
        row = await web.call("POST", f"/documents/{document}/public-link", me)
        world.ledger.acknowledged += 1
        world.links[row["token"]] = document
    return None


async def transfer(world: World, web: Web, me: Person) -> None:
    """An own document becomes somebody else's, in one case of two of another company."""
    document = world.document_of(me)
    other = world.somebody() if world.source.random() < 0.5 else world.colleague(me)
    if document is None or other.id == me.id:
        return await list_documents(world, web, me)
    with world.writing(document):
        await web.call("POST", f"/documents/{document}/transfer", me, expect=204, body={"user_id": other.id})
        world.ledger.take(Write("transfer_document", {"user": other.id}), document)
        world.ledger.forget_folder(document)
        world.own_documents[me.id].remove(document)
        world.own_documents.setdefault(other.id, []).append(document)
    return None


async def upload(world: World, web: Web, me: Person) -> None:
    """A file for an own document."""
    document = world.document_of(me)
    if document is None:
        return await new_document(world, web, me)
    mark = world.mark()
    content = hashlib.sha256(mark.encode()).digest() * world.source.randrange(8, 400)
    digest = hashlib.sha256(content).hexdigest()
    with world.writing(document):
        row = await web.call("POST", f"/documents/{document}/uploads?name={mark}.bin", me, expect=201, content=content)
        holds(row["sha256"] == digest and row["bytes"] == len(content), "the file arrived as another one")
        world.ledger.take(Write("new_upload", {"path": row["path"], "document": document}), row["id"])
        world.files[row["id"]] = (document, digest)
    return None


async def comment(world: World, web: Web, me: Person) -> None:
    """A word about an own document or a colleague's."""
    writer = me
    owner = world.colleague(me)
    document = world.document_of(owner) or world.document_of(me)
    if document is None:
        return await new_document(world, web, me)
    body = f"Seen. {world.mark()}"
    with world.writing(document):
        row = await web.call("POST", f"/documents/{document}/comments", writer, expect=201, body={"body": body})
        key = str(row["id"])
        world.ledger.take(Write("new_comment", {"document": document, "body": body}), key)
        world.authors[key] = writer.id
    return None


async def move_comment(world: World, web: Web, me: Person) -> None:
    """A comment was made under the wrong document."""
    mine = [c for c, author in world.authors.items() if author == me.id and f"comment {c}" not in world.busy]
    document = world.document_of(me)
    if not mine or document is None:
        return await comment(world, web, me)
    chosen = world.source.choice(mine)
    lies_on = world.ledger.comments[chosen]
    if lies_on in world.busy or world.ledger.documents.get(lies_on) != me.id:
        return await comment(world, web, me)
    with world.writing(document, lies_on, f"comment {chosen}"):
        await web.call("PATCH", f"/comments/{chosen}", me, body={"document_id": document})
        world.ledger.take(Write("move_comment", {"document": document}), chosen)
    return None


async def nightly(world: World, web: Web, me: Person) -> None:
    """The nightly job, every twenty seconds here."""
    del world
    row = await web.call("POST", "/jobs/nightly", _bare(me), job=True)
    holds(row["refreshed"] is True, "the statistics were not refreshed")


MIX: Mapping[Action, float] = {
    see_me: 7,
    list_folders: 8,
    list_documents: 13,
    open_document: 18,
    open_shared: 3,
    open_public_link: 4,
    search: 4,
    list_comments: 8,
    list_uploads: 4,
    download: 3,
    see_activity: 6,
    see_statistics: 2,
    sign_up: 0.6,
    log_in: 0.6,
    refresh: 0.8,
    rename_me: 0.8,
    new_folder: 1.2,
    rename_folder: 0.6,
    new_document: 3.2,
    edit_document: 4,
    file_document: 0.8,
    delete_document: 0.4,
    share: 0.8,
    public_link: 0.5,
    transfer: 1.0,
    upload: 1.2,
    comment: 3.0,
    move_comment: 0.6,
}
"""Weights; three requests of four read."""
