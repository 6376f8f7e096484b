"""The command line: it turns words into calls of `ringfence.verbs` and reports into text. It decides nothing else."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

MISSING = "ringfence: the command line needs its extra: pip install 'ringfence[migrator]'"


def main() -> NoReturn:
    """Run the command line with the process's arguments and end the process with the exit code it documents."""
    # a plan of a thousand tables is millions of immutable values and no garbage: the default thresholds would walk them
    # all again and again, a third of the time
    gc.set_threshold(200_000, 50, 1000)
    try:
        from ringfence.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        sys.stderr.write(f"{MISSING}\n")
        raise SystemExit(2) from None
    raise SystemExit(run(sys.argv[1:]))
