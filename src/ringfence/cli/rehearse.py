"""`ringfence rehearse`: the plan forward and back on a copy of the schema."""

from __future__ import annotations

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, EXIT_REFUSED, AsJson, Config, Database, Verbose
from ringfence.cli.shell import Ink, say, url_of

EXAMPLES = (
    ("ringfence rehearse", "before the first apply, and after every change of the spec"),
    ("ringfence rehearse --json", "in a pipeline"),
)


def rehearse(
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Run the whole plan forward and back on a clone of the schema, in a scratch server of its own.

    The catalog found after all phases is compared with the one the plan foresees, and after the revert with the one
    before. Needs the extra `embedded`. Nothing in the database is changed.
    """
    import sys

    from ringfence import verbs
    from ringfence.cli import show
    from ringfence.cli.document import document, dump
    from ringfence.cli.live import watching

    url = url_of(database)
    with watching(as_json=as_json, verbose=verbose) as observer:
        result = verbs.rehearse(url, config, observer)
    if as_json:
        say(dump({"passed": result.passed, **document(result)}))
    else:
        say(show.rehearsal(result, Ink.on_stream(sys.stdout)))
    return EXIT_OK if result.passed else EXIT_REFUSED
