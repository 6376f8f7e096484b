"""The statements that prepare a scratch server for a restore, as pure text."""

from __future__ import annotations

import secrets

from ringfence.backup.model import Manifest, SourceDatabase, SourceRole
from ringfence.names import quote_ident, quote_literal

SCRATCH_PREFIX = "ringfence_scratch_"


def scratch_name() -> str:
    """A database name nobody else has, and that says whose it is when a machine dies under us."""
    return SCRATCH_PREFIX + secrets.token_hex(6)


def create_database(name: str, source: SourceDatabase, scratch_major: int) -> tuple[str, ...]:
    """Statements to try in order: the source's own encoding and locale, then the C locale, which every machine has.

    The encoding is never given up: a checksum is over bytes. Another collation sorts differently and so could refuse
    rows of a range-partitioned table, which a restore would then report.
    """
    base = f"create database {quote_ident(name)} template template0 encoding {quote_literal(source.encoding)}"
    exact = (
        f"{base} lc_collate {quote_literal(source.collate)} lc_ctype {quote_literal(source.ctype)}"
        f" {_provider(source, scratch_major)}"
    )
    plain = f"{base} lc_collate 'C' lc_ctype 'C' locale_provider libc"
    return (exact, plain)


def _provider(source: SourceDatabase, scratch_major: int) -> str:
    if source.locale_provider == "i" and source.locale is not None:
        return f"locale_provider icu icu_locale {quote_literal(source.locale)}"
    if source.locale_provider == "b" and source.locale is not None and scratch_major >= 17:
        return f"locale_provider builtin builtin_locale {quote_literal(source.locale)}"
    return "locale_provider libc"


def create_role(role: SourceRole, *, own_server: bool) -> str:
    """A role that can own, be granted and be named by policies, and can never log in.

    Superusers are made as such only in a server of our own: event triggers need one as owner, and nobody else's
    server gets a superuser from us.
    """
    attributes = "nologin superuser" if role.superuser and own_server else "nologin"
    return f"create role {quote_ident(role.name)} {attributes}"


def missing_extensions(manifest: Manifest, available: frozenset[str]) -> tuple[str, ...]:
    """The extensions of the source that the scratch server could not create."""
    return tuple(name for name in manifest.source.extensions if name not in available)
