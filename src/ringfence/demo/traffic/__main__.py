"""`python -m ringfence.demo.traffic`: the desk's users, in a process of their own, under orders of the story.

DESK_DATABASE_URL and DESK_JOB_KEY come from the environment.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from pathlib import Path

from ringfence.demo.traffic.run import serve


def main() -> int:
    """Send requests until the end is ordered, or stdin ends."""
    parser = argparse.ArgumentParser(prog="python -m ringfence.demo.traffic")
    parser.add_argument("--before", required=True, metavar="URL", help="where version 1 serves")
    parser.add_argument("--rate", type=float, default=110.0, metavar="N", help="requests a second over HTTP")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--result", type=Path, required=True, metavar="PATH", help="where the result is written")
    options = parser.parse_args()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
    asyncio.run(
        serve(
            os.environ["DESK_DATABASE_URL"],
            options.before,
            os.environ["DESK_JOB_KEY"],
            options.rate,
            options.seed,
            options.result,
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
