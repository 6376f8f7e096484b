"""`ringfence keys`: the keys that the application signs its tokens with, and the moves they make."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, AsJson, ConfigUnread, Database, Verbose
from ringfence.cli.shell import Ink, say, url_of
from ringfence.cli.words import duration, plain

if TYPE_CHECKING:
    from ringfence.runtime.signing import Move, SigningKey

LIST_EXAMPLES = (("ringfence keys list", "every key, its state, and for how long"),)
CREATE_EXAMPLES = (
    ("ringfence keys create", "a key on standby: published, but it does not sign yet"),
    ("ringfence keys create --alg EdDSA", "for verifiers that know it"),
)
ROTATE_EXAMPLES = (
    ("ringfence keys rotate", "the key on standby begins to sign"),
    ("ringfence keys rotate 5f0c1d", "that key signs again: the way back"),
)
REVOKE_EXAMPLES = (
    ("ringfence keys revoke 5f0c1d", "its tokens are refused from now on"),
    ("ringfence keys revoke 5f0c1d --in-use", "a stolen key: everybody logs in again"),
)
RESTORE_EXAMPLES = (("ringfence keys restore 5f0c1d", "its tokens are believed again"),)

Kid = Annotated[
    str,
    typer.Argument(metavar="KEY", help="The key's id, or as much of its beginning as is its own.", show_default=False),
]
MaybeKid = Annotated[
    str | None,
    typer.Argument(
        metavar="[KEY]", help="The key that is to sign, by the beginning of its id.", show_default="the key on standby"
    ),
]


def list_keys(
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """List the signing keys; tokens of every key that is not revoked are believed."""
    del config, verbose
    return _shown(url_of(database), None, as_json)


def create(
    alg: Annotated[str, typer.Option("--alg", metavar="NAME", help="ES256 or EdDSA.")] = "ES256",
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Make a key on standby: it is published, so that every verifier has it before it signs.

    Its private half is encrypted with RINGFENCE_KEYS_SECRET (or the file that RINGFENCE_KEYS_SECRET_FILE names).
    """
    del config, verbose
    from ringfence.runtime import signing
    from ringfence.runtime.envelope import KeysSecret

    url, secret = url_of(database), KeysSecret.from_environment(os.environ)
    return _shown(url, lambda keys: signing.create(keys, secret, datetime.now(UTC), alg), as_json)


def rotate(
    kid: MaybeKid = None,
    now: Annotated[
        bool,
        typer.Option("--now", help="Do not wait until every verifier has the key.", show_default=False),
    ] = False,
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Let the key on standby sign; the one that signed steps back, and its tokens stay good to their end."""
    del config, verbose
    from ringfence.runtime import signing

    def decide(keys: Sequence[SigningKey]) -> Sequence[Move]:
        chosen = None if kid is None else signing.named(keys, kid).kid
        return signing.rotate(keys, datetime.now(UTC), kid=chosen, young_accepted=now)

    return _shown(url_of(database), decide, as_json)


def revoke(
    kid: Kid,
    in_use: Annotated[
        bool, typer.Option("--in-use", help="Also the key that signs now: everybody logs in again.", show_default=False)
    ] = False,
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Believe nothing that this key has signed; verifiers learn of it within ten minutes."""
    del config, verbose
    from ringfence.runtime import signing

    def decide(keys: Sequence[SigningKey]) -> Sequence[Move]:
        return signing.revoke(keys, signing.named(keys, kid).kid, in_use_accepted=in_use)

    return _shown(url_of(database), decide, as_json)


def restore(
    kid: Kid,
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Believe a revoked key's tokens again; it does not sign until it is rotated to."""
    del config, verbose
    from ringfence.runtime import signing

    def decide(keys: Sequence[SigningKey]) -> Sequence[Move]:
        return signing.restore(keys, signing.named(keys, kid).kid)

    return _shown(url_of(database), decide, as_json)


def _shown(
    url: str, decide: Callable[[Sequence[SigningKey]], SigningKey | Sequence[Move]] | None, as_json: bool
) -> int:
    """Change what was decided, if anything, and show the keys as they are afterwards."""
    from ringfence import verbs
    from ringfence.cli.document import document, dump

    keys = verbs.keys(url, decide)
    if as_json:
        said = ("kid", "alg", "state", "created_at", "changed_at")
        say(dump({"keys": [{name: document(getattr(key, name)) for name in said} for key in keys]}))
    else:
        say("".join(f"{line}\n" for line in _lines(keys, datetime.now(UTC), Ink.on_stream(sys.stdout))))
    return EXIT_OK


def _lines(keys: Sequence[SigningKey], now: datetime, ink: Ink) -> Iterator[str]:
    if not keys:
        yield "No signing keys. Next: ringfence keys create"
    paint: dict[str, Callable[[str], str]] = {
        "in_use": ink.good,
        "standby": ink.careful,
        "previously_used": str,
        "revoked": ink.dim,
    }
    for key in keys:
        state = paint[key.state.value](f"{key.state.value.replace('_', ' '):<16}")
        since = duration((now - key.changed_at).total_seconds())
        yield f"{plain(key.kid):<26} {key.alg:<6} {state} for {since}"
