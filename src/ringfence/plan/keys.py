"""The tables of the application's signing keys, installed in phase 3, and the way back.

The objects themselves are in `sql/keys_v1.sql`; what moves a key may make is said in `runtime/signing.py`. They live in
schema `ringfence` alone, so they have no effect on the catalog that a revert must restore.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import postgast

from ringfence import sqltext
from ringfence.names import quote_ident

PROBE = "select pg_catalog.to_regclass('ringfence.signing_key_moves') is not null"
"""Whether the tables are there: the last of them is."""


@dataclass(frozen=True, slots=True)
class KeyObjects:
    """Finished SQL that installs the tables, and that takes them away again; one transaction each."""

    do: tuple[str, ...]
    undo: tuple[str, ...]
    done_when: str = PROBE


def key_objects(issuers: Sequence[str]) -> KeyObjects:
    """The tables of signing keys, to be created by the migrating role, and what the issuers' logins may do: read them.

    The way back takes the tables away when no key was ever made. A key that is there stays, readable by its issuers:
    without it, all that it has signed would be refused at once, and whoever it belongs to could not log in.
    """
    return KeyObjects(
        do=(
            *postgast.split(sqltext.load("ringfence.plan", "keys_v1")),
            'drop policy if exists "issuers" on ringfence.signing_keys',
            *_readable(tuple(map(quote_ident, issuers))),
        ),
        undo=(_UNDO,),
    )


def _readable(issuers: Sequence[str]) -> Sequence[str]:
    if not issuers:
        return ()
    logins = ", ".join(issuers)
    return (
        f"grant usage on schema ringfence to {logins}",
        f"grant select on table ringfence.signing_keys to {logins}",
        f'create policy "issuers" on ringfence.signing_keys for select to {logins} using (true)',
    )


_UNDO = """do $undo$
begin
  if not exists (select from ringfence.signing_keys) then
    drop table ringfence.signing_key_moves;
    drop table ringfence.signing_keys;
  end if;
end
$undo$"""
