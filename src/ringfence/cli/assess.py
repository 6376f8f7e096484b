"""`ringfence assess`: what stands in the way, before anything is changed."""

from __future__ import annotations

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, EXIT_REFUSED, AsJson, Config, Database, Verbose
from ringfence.cli.shell import say, url_of, warn

EXAMPLES = (
    ("ringfence assess", "with what ringfence.toml says of each table"),
    ("ringfence assess --verbose", "every finding in full"),
    ("ringfence assess --json | jq .blockers", "in a pipeline"),
)


def assess(
    config: Config = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Say what stands in the way of a migration, worst first, each with a repair to paste.

    Works without a spec, too; then every table counts as a tenant table. Blockers end it with exit code 3. Nothing in
    the database is changed.
    """
    from ringfence import verbs
    from ringfence.assess import render
    from ringfence.cli.document import dump

    spec = config
    if config == DEFAULT_CONFIG and not config.exists():
        warn(f"there is no {config}: every table counts as a tenant table (ringfence init writes one)")
        found = verbs.assess(url_of(database), None)
    else:
        found = verbs.assess(url_of(database), spec)
    say(dump(render.json_document(found)) if as_json else render.text(found, every=verbose))
    return EXIT_REFUSED if found.blockers else EXIT_OK
