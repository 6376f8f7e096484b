"""Attack files become values: a head of `-- key: value` lines, then statements, each with `;` at its line's end."""

from __future__ import annotations

import functools
import re
from importlib import resources

from ringfence.verify.model import Actor, Attack, Expect, Target

_HEAD = re.compile(r"^-- ([a-z]+): (.+)$")
_KEYS = frozenset({"title", "catalogue", "actor", "target", "expect", "residual", "other", "keeps"})


class BadAttack(ValueError):
    """An attack file of ours cannot be read."""


def parse(name: str, text: str) -> Attack:
    """Read one attack file; raises BadAttack, which only a mistake of ours can cause."""
    head: dict[str, str] = {}
    body: list[str] = []
    for line in text.splitlines():
        match = _HEAD.match(line)
        if match and not body and match.group(1) in _KEYS:
            head[match.group(1)] = match.group(2).strip()
        elif line.strip() and not line.startswith("--"):
            body.append(line)
    statements = tuple(s.strip() for s in re.split(r";\s*$", "\n".join(body), flags=re.MULTILINE) if s.strip())
    missing = {"title", "catalogue", "actor", "target", "expect"} - set(head)
    if missing or not statements:
        raise BadAttack(f"{name}: no {', '.join(sorted(missing)) or 'statement'}")
    expect = Expect(head["expect"])
    if expect is Expect.SAME and len(statements) != 2:
        raise BadAttack(f"{name}: two statements are compared, {len(statements)} are there")
    return Attack(
        id=name.replace("_", "-"),
        title=head["title"],
        catalogue=tuple(head["catalogue"].split()),
        actor=Actor(head["actor"]),
        target=Target(head["target"]),
        expect=expect,
        statements=statements,
        residual=head.get("residual") == "yes",
        other_first=head.get("other", ""),
        other_keeps=head.get("keeps") == "yes",
    )


@functools.cache
def attacks() -> tuple[Attack, ...]:
    """Every attack, in name order."""
    folder = resources.files("ringfence.verify.attacks")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return tuple(parse(f.name.removesuffix(".sql"), f.read_text(encoding="utf-8")) for f in files)
