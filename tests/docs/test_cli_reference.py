"""docs/reference/cli.md is the real --help, written down: `make regen` rewrites it, this only compares."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from ringfence.cli.app import app
from ringfence.cli.options import DATABASE_VARIABLES, EXIT_CODES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
BEGIN, END = "<!-- generated from the commands: begin -->", "<!-- generated from the commands: end -->"


def commands(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Every command with its full name."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def reference() -> str:
    """The generated part of the page."""
    lines: list[str] = []
    for name, command in commands(get_command(app), "ringfence"):
        lines += [f"## `{name}`", "", command.help.strip(), "", *options(command), "", *examples(command), ""]
    lines += ["## Exit codes", "", "| code | meaning |", "|--:|---|"]
    lines += [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES]
    return "\n".join(lines)


def options(command: Any) -> Iterator[str]:
    """The table of a command's options."""
    yield "| option | meaning | default |"
    yield "|---|---|---|"
    for parameter in command.params:
        names = ", ".join(f"`{o}`" for o in parameter.opts)
        value = f" `{parameter.metavar}`" if parameter.metavar else ""
        yield f"| {names}{value} | {parameter.help} | {default(parameter)} |"


def default(parameter: Any) -> str:
    """What holds when the option is not given."""
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if parameter.show_default is False:
        return "required" if parameter.required else ""
    return f"`{parameter.default}`"


def examples(command: Any) -> Iterator[str]:
    """The examples of a command's help."""
    found = command.epilog.split("Examples:\n")[1].split("\n\n")[0]
    yield "```sh"
    yield from (line[2:] for line in found.splitlines())
    yield "```"


def test_the_page_is_what_help_says() -> None:
    """Every verb, option, default and example, as the program has them."""
    text = PAGE.read_text()
    head, rest = text.split(BEGIN)
    old, tail = rest.split(END)
    if os.environ.get("RINGFENCE_REGEN"):
        PAGE.write_text(f"{head}{BEGIN}\n\n{reference()}\n\n{END}{tail}")
        return

    assert old.strip() == reference().strip(), "make regen, then read the diff"


def test_the_page_tells_what_help_cannot() -> None:
    """Where the database is named, where output goes, and what the documents hold."""
    head = PAGE.read_text().split(BEGIN)[0]

    for word in (*DATABASE_VARIABLES, "stdout", "stderr", "NO_COLOR", "--install-completion"):
        assert word in head
    assert not re.search(r"\bTODO\b", head)


def _rows(heading: str) -> dict[str, str]:
    """The second column of a table by its first."""
    table = PAGE.read_text().split(f"{heading}\n")[1].split("\n## ")[0]
    return {row.split("|")[1].strip(): row.split("|")[2] for row in table.splitlines() if row.startswith("| `")}


def test_every_verb_stands_in_the_table_of_verbs_and_in_that_of_documents() -> None:
    """What was written by hand falls behind; so it is held against what --help lists."""
    verbs = set(get_command(app).commands)  # type: ignore[attr-defined]  # a group, and not a single command
    listed = set(re.findall(r"`(\w+)`", " ".join(_rows("# The command line"))))
    documents = {name.split()[0] for name in re.findall(r"`([\w ]+)`", " ".join(_rows("## JSON documents")))}

    assert listed == verbs
    assert documents == verbs


def test_the_document_of_verify_has_the_members_the_page_names() -> None:
    from ringfence.verify.model import Verification
    from ringfence.verify.render import document

    named = re.sub(r"\([^)]*\)", "", _rows("## JSON documents")["`verify`"])

    assert set(re.findall(r"`(\w+)`", named)) == set(document(Verification((), ())))


def test_the_documents_have_the_fields_the_page_names() -> None:
    """The table of JSON documents names fields that the reports have."""
    import dataclasses

    from ringfence.reports import (
        EndpointHistory,
        EndpointsReport,
        InitResult,
        JournalLine,
        JournalReport,
        RunReport,
        ShadowReport,
        StatusReport,
    )
    from ringfence.runtime.sessions.model import Left

    rows = _rows("## JSON documents")
    for verb, report in (
        ("`init`", InitResult),
        ("`apply`, `revert`", RunReport),
        ("`status`, `pause`, `resume`", StatusReport),
        ("`sessions`", Left),
        ("`shadow`", ShadowReport),
        ("`journal list`", JournalReport),
        ("`endpoints list`, `endpoints set`", EndpointsReport),
        ("`endpoints history`", EndpointHistory),
    ):
        known = {f.name for f in dataclasses.fields(report)} | {f.name for f in dataclasses.fields(JournalLine)}
        named = set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", rows[verb])))
        assert named <= known, (verb, named - known)
