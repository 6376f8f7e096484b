"""`ringfence verify`: whether one tenant reaches another, tried and not believed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, EXIT_UNEXPECTED, AsJson, Config, Database, Verbose
from ringfence.cli.shell import say, url_of, warn
from ringfence.observe import Note, Observation

EXAMPLES = (
    ("ringfence verify", "every check and every attack, exit code 1 on a leak"),
    ("ringfence verify --json | jq .leaked", "in a pipeline"),
    ("ringfence verify --attack read-others --attack truncate", "only these"),
    ("ringfence verify --pgtap supabase/tests", "attacks to keep in your own test suite"),
    ("ringfence verify --format junit --out isolation.xml", "for a test runner"),
)


class Format(StrEnum):
    """What is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


def verify(
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.TEXT,
    out: Annotated[Path | None, typer.Option("--out", metavar="PATH", help="Where to; stdout by default.")] = None,
    attack: Annotated[
        list[str] | None, typer.Option("--attack", metavar="ID", help="Try this attack alone; may be repeated.")
    ] = None,
    pgtap: Annotated[
        Path | None,
        typer.Option("--pgtap", metavar="DIR", help="Also write the attacks as pgTAP tests, a file for each target."),
    ] = None,
    seconds_max: Annotated[float, typer.Option("--seconds", metavar="N", min=1, help="Stop after so long.")] = 60.0,
) -> int:
    """Attack the isolation: two made-up tenants, every table, every request role; then ask the catalog.

    Nothing is changed: each target is attacked inside a transaction that is rolled back, with rows made up for it and
    short limits on locks and time. What could not be tried is said. Exit code 1 when an attack reached another tenant
    or a check does not hold.
    """
    from ringfence import verbs
    from ringfence.verify import render

    def tell(observation: Observation) -> None:
        if isinstance(observation, Note) and verbose:
            warn(observation.text)

    found = verbs.verify(
        url_of(database), config, observer=tell, seconds_max=seconds_max, only=frozenset(attack or ()), pgtap=pgtap
    )
    match Format.JSON if as_json else form:
        case Format.TEXT:
            written = render.text(found, every=verbose)
        case Format.JSON:
            written = render.json_text(found)
        case Format.JUNIT:
            written = render.junit(found)
    if out is None:
        say(written)
    else:
        out.write_text(written, encoding="utf-8")
    return EXIT_UNEXPECTED if found.leaked or found.failed else EXIT_OK
