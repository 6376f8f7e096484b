"""docs/reference/attacks.md lists every attack, as its file says it: `make regen` rewrites the table."""

from __future__ import annotations

import os
from pathlib import Path

from ringfence.verify.checks import CODES
from ringfence.verify.load import attacks
from ringfence.verify.model import Actor, Expect

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "attacks.md"
BEGIN, END = "<!-- generated from the attacks: begin -->", "<!-- generated from the attacks: end -->"


def table() -> str:
    """The generated part of the page."""
    lines = ["| attack | what is tried | on | as | denied when | catalogue |", "|---|---|---|---|---|---|"]
    for attack in attacks():
        left = " (left open by PostgreSQL)" if attack.residual else ""
        lines.append(
            f"| `{attack.id}` | {attack.title}{left} | {attack.target.value} | {attack.actor.value}"
            f" | {attack.expect.value} | {' '.join(attack.catalogue)} |"
        )
    return "\n".join(lines)


def test_every_attack_stands_on_the_page() -> None:
    """The table is the files, written down."""
    head, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    old, tail = rest.split(END)
    if os.environ.get("RINGFENCE_REGEN"):
        PAGE.write_text(f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}", encoding="utf-8")
        return

    assert old.strip() == table().strip(), "make regen, then read the diff"


def test_the_page_explains_every_word_of_the_table() -> None:
    """Actors, expectations and checks are explained above and below the table."""
    text = PAGE.read_text(encoding="utf-8")

    for word in (*(a.value for a in Actor), *(e.value for e in Expect)):
        assert f"**{word}**" in text, word
    for code in CODES:
        assert code in text
