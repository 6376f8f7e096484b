"""How the key of an organization is spelled in a token, by the type of its column: one spelling for each key. Pure.

Two spellings of one key would be two cache keys, two paths of files and two answers to "is this the same tenant", and
one of them gets past a check. So numbers have neither sign nor leading zero, and come as text: as JSON numbers, readers
would disagree about those above 2^53 (RFC 8259, 6).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

TEXT_CHARS_MAX = 128

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_UUID_LIKE = re.compile(r"\{?[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?\Z")
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,18})\Z", re.ASCII)
_TEXT = re.compile(r"[A-Za-z0-9_.:@-]+\Z")


def is_uuid(text: str) -> bool:
    """Whether it is a UUID in canonical form: lower-case, 8-4-4-4-12 (RFC 9562, 4)."""
    return _UUID.match(text) is not None


def is_text_key(text: str) -> bool:
    """Whether it is a key of letters, digits and _ . : @ -; one that looks like a UUID must be canonical."""
    if is_uuid(text):
        return True
    return len(text) <= TEXT_CHARS_MAX and _TEXT.match(text) is not None and _UUID_LIKE.match(text) is None


def _is_number_up_to(largest: int) -> Callable[[str], bool]:
    def is_number(text: str) -> bool:
        return _NUMBER.match(text) is not None and int(text) <= largest

    return is_number


FORMS: Mapping[str, Callable[[str], bool]] = {
    "uuid": is_uuid,
    "smallint": _is_number_up_to(2**15 - 1),
    "integer": _is_number_up_to(2**31 - 1),
    "bigint": _is_number_up_to(2**63 - 1),
    "text": is_text_key,
}
"""By PostgreSQL's name of the type; `text` stands for `character varying` too."""
