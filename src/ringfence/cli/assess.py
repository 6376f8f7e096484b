"""`ringfence assess`: what stands in the way of a migration, and whether tenants are isolated as things are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, EXIT_REFUSED, AsJson, Config, Database, Verbose
from ringfence.cli.shell import WrongUse, say, url_of, warn
from ringfence.errors import RingfenceError

if TYPE_CHECKING:
    from ringfence.assess.baseline import Entry, Review

EXAMPLES = (
    ("ringfence assess", "with what ringfence.toml says of each table"),
    ("ringfence assess --verbose", "every finding in full"),
    ("ringfence assess --json | jq .blockers", "in a pipeline"),
    ("ringfence assess --fail-on high --format sarif --out assess.sarif", "in CI, on any database"),
    ("ringfence assess --format html --out assess.html", "a page to hand on"),
)

BASELINE = Path("assess-baseline.toml")

Format: TypeAlias = Literal["text", "json", "sarif", "html"]

Form = Annotated[
    Format | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help="text for people, json for programs, sarif (2.1.0) for code scanning, html as one file.",
        show_default="text",
    ),
]
FailOn = Annotated[
    list[str],
    typer.Option(
        "--fail-on",
        metavar="SEVERITY",
        help="End with exit code 3 when a finding is that bad or worse: error, warning, info for the migration; "
        "critical, high, medium, low for isolation; or never. Repeatable.",
        show_default="error",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="PATH", help="Write it here.", show_default="stdout"),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="PATH",
        help="Findings accepted for a reason and until a day.",
        show_default="assess-baseline.toml when it is there",
    ),
]


class NotWritten(RingfenceError):
    """The report cannot be written where it was asked for."""

    code = "RF005"
    exit_code = 2


def assess(
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
    form: Form = None,
    fail_on: FailOn = [],  # noqa: B006 - typer copies it
    out: Out = None,
    baseline: Baseline = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Say what stands in the way of a migration and where tenants are not isolated, each with a repair to paste.

    Works on any database, without a spec, too; then every table counts as a tenant table, and the roles that act for
    end users are found by their grants. Blockers end it with exit code 3; --fail-on says otherwise. Nothing in the
    database is changed.
    """
    from ringfence import verbs
    from ringfence.assess.baseline import review

    wanted, failing = form or ("json" if as_json else "text"), _severities(fail_on)
    if as_json and wanted != "json" and out is None:
        raise WrongUse(
            f"--json and --format {wanted} both want stdout", hint=f"--format {wanted} --out FILE, or --json alone"
        )
    accepted = _accepted(baseline)
    spec = None if config == DEFAULT_CONFIG and not config.exists() else config
    if spec is None:
        warn(f"there is no {config}: every table counts as a tenant table (ringfence init writes one)")
    url = url_of(database)
    reviewed = review(verbs.assess(url, spec), accepted, dt.datetime.now(tz=dt.UTC).date())
    text = _written(reviewed, wanted, verbose=verbose)
    if out is None:
        say(text)
    else:
        _write(out, text)
        if as_json:
            say(_written(reviewed, "json", verbose=verbose))
        else:
            warn("\n".join((f"wrote {out}", *_lines(reviewed))))
    return EXIT_REFUSED if _fails(reviewed, failing) else EXIT_OK


def _severities(asked: Sequence[str]) -> tuple[str, ...]:
    from ringfence.assess.model import Severity

    words = tuple(asked) or (Severity.ERROR.value,)
    known = [severity.value for severity in Severity]
    for word in words:
        if word not in (*known, "never"):
            raise WrongUse(f"--fail-on {word} is not known", hint=f"one of {', '.join(known)}, never")
    if "never" in words and len(words) > 1:
        raise WrongUse("--fail-on never and another severity do not go together", hint="--fail-on never alone")
    return words


def _accepted(path: Path | None) -> Sequence[Entry]:
    from ringfence.assess.baseline import load_baseline

    if path is None and not BASELINE.exists():
        return ()
    return load_baseline(path or BASELINE)


def _written(reviewed: Review, wanted: Format, *, verbose: bool) -> str:
    from ringfence import __version__
    from ringfence.assess import htmlpage, render, sarif
    from ringfence.assess.rules import RULES
    from ringfence.cli.document import dump

    forms: dict[Format, Callable[[], str]] = {
        "text": lambda: render.review_text(reviewed, every=verbose),
        "json": lambda: dump(render.review_document(reviewed)),
        "sarif": lambda: dump(sarif.sarif_document(reviewed, RULES, __version__)),
        "html": lambda: htmlpage.html_page(reviewed),
    }
    return forms[wanted]()


def _lines(reviewed: Review) -> Sequence[str]:
    from ringfence.assess import render

    return tuple(render.review_lines(reviewed))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotWritten(
            f"cannot write {path}: {error.strerror}", subject=str(path), hint="--out another path"
        ) from error


def _fails(reviewed: Review, words: Sequence[str]) -> bool:
    from ringfence.assess.assess import exceeds
    from ringfence.assess.model import Severity

    return any(exceeds(reviewed.counts, Severity(word)) for word in words if word != "never")
