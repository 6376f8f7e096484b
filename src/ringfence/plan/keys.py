"""The tables of the application's signing keys, installed in phase 3, and the way back.

The objects themselves are in `sql/keys_v1.sql`; what moves a key may make is said in `runtime/signing.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import postgast

from ringfence import sqltext
from ringfence.names import quote_ident
from ringfence.plan.context import KEEPER


@dataclass(frozen=True, slots=True)
class KeyObjects:
    """Finished SQL that installs the tables, and that takes them away again."""

    do: tuple[str, ...]
    undo: tuple[str, ...]


def key_objects(*, issuers: Sequence[str] = (), keeper: str = KEEPER) -> KeyObjects:
    """The tables of signing keys, to be run by the migrating role in one transaction after `context_objects`.

    `issuers` are the logins that issue tokens: they may read the keys, and nothing lets them change one. The way back
    refuses while a key is believed, since without it every one of its tokens would be refused at once.
    """
    script = sqltext.fill(sqltext.load("ringfence.plan", "keys_v1"), keeper=quote_ident(keeper))
    grants = [
        statement
        for issuer in map(quote_ident, issuers)
        for statement in (
            f"grant usage on schema ringfence to {issuer}",
            f"grant select on table ringfence.signing_keys to {issuer}",
        )
    ]
    if issuers:
        to = ", ".join(map(quote_ident, issuers))
        grants.append(f"create policy issuers on ringfence.signing_keys for select to {to} using (true)")
    return KeyObjects(
        do=(*postgast.split(script), *grants),
        undo=(_GUARD, "drop table ringfence.signing_key_moves", "drop table ringfence.signing_keys"),
    )


_GUARD = """do $guard$
begin
  if exists (select from ringfence.signing_keys where state <> 'revoked') then
    raise exception 'there are signing keys whose tokens are believed' using errcode = 'RF938',
      hint = 'take the tokens back first: ringfence keys list, then ringfence keys revoke <kid>';
  end if;
end
$guard$"""
