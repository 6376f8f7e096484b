"""Pieces that several sections of the page have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ringfence.demo.report.markup import Html, el


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, numbers_from: int = 1) -> Html:
    """A table; its columns from `numbers_from` on are numbers, and stand to the right."""

    def cell(name: str, column: int, value: object) -> Html:
        return el(name, value, class_="number" if column >= numbers_from else None)

    head = el("tr", *(cell("th", column, heading) for column, heading in enumerate(headings)))
    lines = (
        el("tr", el("th", row[0], scope="row"), *(cell("td", column, v) for column, v in enumerate(row[1:], 1)))
        for row in rows
    )
    return el("div", el("table", el("thead", head), el("tbody", *lines)), class_="scroll")


def items(lines: Iterable[str]) -> Html:
    """A plain list."""
    return el("ul", *(el("li", line) for line in lines), class_="plain")


def zero(number: int) -> Html:
    """A number that should be zero."""
    return el("span", f"{number:,}", class_="bad" if number else "good")
