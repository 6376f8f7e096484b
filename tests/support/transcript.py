"""Documents that can be run: their files are written, their commands typed, and what they say is compared.

    <!-- file: app.sql -->      the fenced block that follows is written to that file
    ```console                  lines with `$ ` are typed, the others are what must come of them on stdout
    <!-- not run -->            the fenced block that follows is only read

A line `...` stands for any number of lines. Times, hashes, addresses and counts of steps are compared as kinds: they
change without the document being wrong.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>file: (?P<file>\S+)|not run) -->\n+)?```(?P<kind>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_KINDS = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(Z| UTC)"), "AT"),
    (re.compile(r"^ *\d+  AT"), "N AT"),
    (re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b"), "HASH"),
    (re.compile(r"(?:/[\w./-]+|[\w.-]+):\d+/\w+"), "TARGET"),
    (re.compile(r"\b\d+(\.\d+)? (s|min|h|d)( \d+ (s|min|h))?\b"), "SPAN"),
    (re.compile(r"PostgreSQL \d+(\.\d+)?"), "PostgreSQL"),
    (re.compile(r"\b[\d,]+( of [\d,]+)? (steps?|entries|rules|statements)\b"), r"N \2"),
    (re.compile(r"\b[\d,]+ earlier entries"), "N earlier entries"),
)


@dataclass(frozen=True)
class Write:
    """A file the reader is told to write."""

    name: str
    text: str


@dataclass(frozen=True)
class Type:
    """A command the reader is told to type, and what the document says comes of it."""

    command: str
    said: tuple[str, ...]


def steps(document: str) -> Iterator[Write | Type]:
    """What a reader does, in order."""
    for block in _BLOCK.finditer(document):
        if block["mark"] == "not run":
            continue
        if block["file"]:
            yield Write(block["file"], block["body"])
        elif block["kind"] == "console":
            yield from _commands(block["body"].splitlines())


def _commands(lines: list[str]) -> Iterator[Type]:
    command = ""
    said: list[str] = []
    for line in lines:
        if line.startswith("$ "):
            if command:
                yield Type(command, tuple(said))
            command, said = line[2:], []
        elif command.endswith("\\"):
            command += "\n" + line.removeprefix("> ")
        else:
            said.append(line)
    if command:
        yield Type(command, tuple(said))


def kinds(line: str) -> str:
    """A line with its changing parts named by their kind, and white space evened out."""
    for pattern, kind in _KINDS:
        line = pattern.sub(kind, line)
    return " ".join(line.split())


def expected(said: tuple[str, ...]) -> re.Pattern[str]:
    """What the document says, as a pattern for what was said."""
    parts = ["(?:.*\n)*?" if line.strip() == "..." else re.escape(kinds(line)) + "\n" for line in said if line.strip()]
    return re.compile("".join(parts))


def play(document: Path, folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Do what the document says in a folder; returns what did not come out as it says."""
    wrong: list[str] = []
    for step in steps(document.read_text(encoding="utf-8")):
        match step:
            case Write(name, text):
                (folder / name).write_text(text, encoding="utf-8")
            case Type(command, said):
                done = subprocess.run(
                    ["bash", "-c", command],
                    cwd=folder,
                    env={**os.environ, **environment},
                    capture_output=True,
                    text=True,
                    timeout=240,
                )
                shown = "".join(kinds(line) + "\n" for line in done.stdout.splitlines() if line.strip())
                if not expected(said).fullmatch(shown):
                    wrong.append(
                        f"$ {command}\n{done.stdout}{done.stderr}(exit code {done.returncode})\nexpected:\n"
                        + "\n".join(said)
                    )
    return wrong
