"""HTML that is escaped by construction: whatever is no `Html` is text, and text is never markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

VOID = frozenset({"meta", "line", "path", "rect", "br"})
"""Elements without content here; those of SVG are closed in place."""
SVG = frozenset({"line", "path", "rect"})


_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that neither HTML nor SVG may hold, and lone surrogates, which no file can."""


class Html(str):
    """Finished markup."""

    __slots__ = ()


def text(value: object) -> Html:
    """Any value as text; what no page may hold becomes the sign for a character that is missing."""
    return value if isinstance(value, Html) else Html(html.escape(_UNPRINTABLE.sub("\ufffd", str(value)), quote=True))


def el(name: str, /, *children: object, **attributes: object) -> Html:
    """One element; `class_` is class, an underscore is a hyphen, None leaves an attribute out."""
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        assert not children, f"{name} has no content"
        return Html(f"<{name}{named}{'/' if name in SVG else ''}>")
    return Html(f"<{name}{named}>{join(children)}</{name}>")


def join(parts: Iterable[object]) -> Html:
    """Parts one after the other, each escaped unless it is markup."""
    return Html("".join(text(part) for part in parts))
