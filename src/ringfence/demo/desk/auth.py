"""Sign-up, log-in and refresh: the auth server of the desk, which Supabase would bring. The same in every version.

It has a login of its own that may touch schema `auth` and nothing else, as `supabase_auth_admin` does. The profile of
a new user is written by a trigger of the application in the same transaction. This is the auth server of before the
migration; `tenantauth.py` is the one whose tokens name the organization.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from uuid import UUID

from ringfence.demo.desk.errors import DeskError
from ringfence.demo.desk.model import Caller, Desk, Row, Session
from ringfence.demo.desk.passwords import hash_password, is_password
from ringfence.demo.desk.pg import Database, Login
from ringfence.demo.desk.tokens import LIFETIME_S, Tokens

LOGIN = Login("desk_auth", "document-desk auth", connections_max=4)


class Auth:
    """Who people are, and the tokens that say so."""

    def __init__(self, database: Database, desk: Desk, tokens: Tokens) -> None:
        self._db = database
        self._desk = desk
        self._tokens = tokens

    async def caller(self, token: str) -> Caller:
        """Who an access token speaks for; raises a 401 DeskError."""
        return self._tokens.verify(token, int(time.time()))

    async def visitor(self, cookie: str) -> Caller:
        """Whose session a cookie of the first web pages is; raises a 401 DeskError."""
        return Caller(await self._visitor(cookie))

    async def sign_up(self, email: str, password: str, name: str, user_agent: str) -> Row:
        """A new user, signed in; raises a 409 DeskError for an address that is taken."""
        async with self._db.connection() as db:
            row = await db.row(
                "insert into auth.users (email, encrypted_password, raw_user_meta_data)"
                " values (%(email)s, %(password)s, jsonb_build_object('name', %(name)s::text)) returning id",
                email=email,
                password=hash_password(password),
                name=name,
            )
        assert row is not None
        return await self._start(row["id"], user_agent)

    async def log_in(self, email: str, password: str, user_agent: str) -> Row:
        """A session with its tokens; raises a 401 DeskError, the same for a wrong address and a wrong password."""
        return await self._start(await self._user(email, password), user_agent)

    async def log_in_mobile(self, email: str, password: str) -> Row:
        """What the old mobile client gets: an access token that never ends, without a session."""
        return {"access_token": self._tokens.issue_mobile(await self._user(email, password))}

    async def log_in_page(self, email: str, password: str) -> tuple[UUID, str]:
        """What the first web pages get: a cookie that means nothing by itself; its user, and its value."""
        user, cookie = await self._user(email, password), secrets.token_urlsafe(32)
        async with self._db.connection() as db:
            await db.count(
                "insert into auth.page_sessions (cookie_hash, user_id) values (%(hash)s, %(user)s)",
                hash=_hash(cookie),
                user=user,
            )
        return user, cookie

    async def refresh(self, refresh_token: str, user_agent: str) -> Row:
        """Fresh tokens for a refresh token, which is used up by it; raises a 401 DeskError.

        One that was used before is known to two parties, and nobody can tell which of them is the thief: every token
        of the session ends (RFC 9700, section 4.14.2).
        """
        del user_agent
        fresh = secrets.token_urlsafe(32)
        async with self._db.transaction() as tx:
            used = await tx.row(
                "update auth.refresh_tokens set revoked = true where token_hash = %(hash)s and not revoked"
                " returning id, user_id, session_id",
                hash=_hash(refresh_token),
            )
            if used is not None:
                await tx.count(
                    "insert into auth.refresh_tokens (token_hash, user_id, session_id, parent)"
                    " values (%(hash)s, %(user)s, %(session)s, %(parent)s)",
                    hash=_hash(fresh),
                    user=used["user_id"],
                    session=used["session_id"],
                    parent=used["id"],
                )
        if used is None:
            await self._end_family(refresh_token)
            raise invalid_refresh_token()
        session = await self._desk.resume_session(used["user_id"], used["session_id"])
        if session is None:
            raise session_ended()
        return await self._answer(used["user_id"], session, fresh)

    async def _end_family(self, refresh_token: str) -> UUID | None:
        """End every refresh token of a session; which one it is, None when nobody knows the token."""
        async with self._db.connection() as db:
            row = await db.row(
                "with known as (select session_id from auth.refresh_tokens where token_hash = %(hash)s),"
                " ended as (update auth.refresh_tokens t set revoked = true from known"
                "   where t.session_id = known.session_id and not t.revoked)"
                " select session_id from known",
                hash=_hash(refresh_token),
            )
        return row["session_id"] if row else None

    async def _visitor(self, cookie: str) -> UUID:
        async with self._db.connection() as db:
            row = await db.row(
                "select user_id from auth.page_sessions where cookie_hash = %(hash)s", hash=_hash(cookie)
            )
        if row is None:
            raise DeskError(401, "invalid_session", "the session is not known: log in")
        user: UUID = row["user_id"]
        return user

    async def _user(self, email: str, password: str) -> UUID:
        async with self._db.connection() as db:
            row = await db.row("select id, encrypted_password from auth.users where email = %(email)s", email=email)
        if not is_password(password, row["encrypted_password"] if row else None) or row is None:
            raise DeskError(401, "invalid_credentials", "e-mail address or password is wrong")
        found: UUID = row["id"]
        return found

    async def _start(self, user: UUID, user_agent: str) -> Row:
        session = await self._desk.start_session(user, user_agent)
        token = secrets.token_urlsafe(32)
        async with self._db.connection() as db:
            await db.count(
                "insert into auth.refresh_tokens (token_hash, user_id, session_id)"
                " values (%(hash)s, %(user)s, %(session)s)",
                hash=_hash(token),
                user=user,
                session=session.id,
            )
        return await self._answer(user, session, token)

    async def _answer(self, user: UUID, session: Session, refresh_token: str) -> Row:
        caller = Caller(user, session.id, session.organization)
        return answer(user, self._tokens.issue(caller, int(time.time())), refresh_token, session.organization)

    async def _withdraw(self, refresh_token: str) -> None:
        """End one refresh token that nobody was given."""
        async with self._db.connection() as db:
            await db.count(
                "update auth.refresh_tokens set revoked = true where token_hash = %(hash)s", hash=_hash(refresh_token)
            )


def answer(user: UUID, access_token: str, refresh_token: str, organization: UUID | None) -> Row:
    """What somebody gets who has logged in; it names the organization when the token does."""
    row = {
        "user_id": user,
        "access_token": access_token,
        "refresh_token": refresh_token,
        "expires_in": LIFETIME_S,
    }
    return row if organization is None else {**row, "organization_id": organization}


def invalid_refresh_token() -> DeskError:
    """The same for one that nobody issued and for one that was used before."""
    return DeskError(401, "invalid_refresh_token", "the refresh token is not valid, or was used before")


def session_ended() -> DeskError:
    """A session that was pruned, or whose user left."""
    return DeskError(401, "session_ended", "the session has ended: log in again")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
