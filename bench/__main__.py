"""Run the measurements: all, or the parts named."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from bench import assess, backfill, downtime, founding, harness, noting, planning, rollout, runtime, sessions, tokens
from bench.harness import Entry

PARTS: Mapping[str, Callable[[], dict[str, Entry]]] = {
    "assess": assess.run,
    "backfill": backfill.run,
    "downtime": downtime.run,
    "founding": founding.run,
    "scale": backfill.scale,
    "noting": noting.run,
    "planning": planning.run,
    "rollout": rollout.run,
    "runtime": runtime.run,
    "sessions": sessions.run,
    "tokens": tokens.run,
}


def main(names: list[str]) -> int:
    """Run parts in order and write bench/results.json; unknown names are an error."""
    unknown = [n for n in names if n not in PARTS]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    for name in names or list(PARTS):
        print(f"{name}", flush=True)
        harness.write(PARTS[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
