"""A plan for people and machines to read before anything runs; each form shows every statement.

`text` for a terminal, `sql` a script that psql runs, `markdown` for a pull request, `json` for programs. The forms
live in a file each (sheet, script, page); this one only chooses.
"""

from __future__ import annotations

import json
from typing import Any, Literal, TypeAlias, assert_never, get_args

from ringfence import codec
from ringfence.plan import page, script, sheet
from ringfence.plan.model import Plan

Format: TypeAlias = Literal["text", "sql", "json", "markdown"]
FORMATS: tuple[Format, ...] = get_args(Format)


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as a JSON object: its own fields and its hash."""
    return {"hash": plan.hash, **codec.to_json(plan)}


def render_plan(plan: Plan, format: Format) -> str:  # noqa: A002  # the word people use, here and on the command line
    """The whole plan in one of the four forms, ending with a line break."""
    match format:
        case "text":
            return sheet.plan_sheet(plan)
        case "sql":
            return script.plan_script(plan)
        case "markdown":
            return page.plan_page(plan)
        case "json":
            return _json(plan_document(plan))
        case _:
            assert_never(format)


def render_undo(plan: Plan, first: int, format: Format = "text") -> str:  # noqa: A002  # as above
    """What a revert of phase `first` and every later one runs, from the last step to the first.

    As JSON: the ids of the steps in that order with their undo. Raises nothing for a phase the plan does not have:
    then there is nothing to undo.
    """
    match format:
        case "text":
            return sheet.undo_sheet(plan, first)
        case "sql":
            return script.undo_script(plan, first)
        case "markdown":
            return page.undo_page(plan, first)
        case "json":
            steps = [s for p in plan.phases if p.number >= first for s in p.steps]
            undo = [{"id": s.id, "undo": codec.to_json(s.undo)} for s in reversed(steps)]
            return _json({"hash": plan.hash, "first": first, "steps": undo})
        case _:
            assert_never(format)


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
