"""What the founding tenant costs: the column step of a table, at several sizes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.backfill import ACCEPT, SPEC, fill
from bench.harness import SETTINGS, Database, Entry, entry
from ringfence import verbs
from ringfence.embedded import EmbeddedServer
from ringfence.observe import Observation, StepFinished


def run(sizes: tuple[int, ...] = (1_000, 100_000, 1_000_000)) -> dict[str, Entry]:
    """Milliseconds of the step that adds the column with the founding tenant, the default dropped, triggers in place."""
    found: list[float] = []
    told: list[str] = []
    with EmbeddedServer.start(major=18, durable=True, settings=SETTINGS) as server:
        for rows in sizes:
            base = Database.made(server, f"base{rows}", fill(rows))
            for _ in range(3):
                clone = base.clone("run")
                milliseconds: list[float] = []

                def watch(observation: Observation, taken: list[float] = milliseconds, url: str = clone.url) -> None:
                    match observation:
                        case StepFinished("expand/public.children/column", _, seconds, _, _):
                            taken.append(seconds * 1000)
                            verbs.pause(url, "measured")
                        case _:
                            pass

                with tempfile.TemporaryDirectory() as folder:
                    config = Path(folder) / "ringfence.toml"
                    config.write_text(SPEC)
                    verbs.apply(clone.url, config, accept=ACCEPT, observer=watch)
                clone.drop()
                found += milliseconds
                told.append(f"{rows}: {milliseconds[0]:.1f}")
    return {
        "founding_tenant_ms": entry(
            found,
            "column, dropped default and fill triggers of one table with the journal entry, by rows: "
            + ", ".join(told),
        )
    }
