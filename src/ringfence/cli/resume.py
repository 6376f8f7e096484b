"""`ringfence resume`: a pause is taken back."""

from __future__ import annotations

from ringfence.cli.options import DEFAULT_CONFIG, EXIT_OK, AsJson, ConfigUnread, Database, Verbose
from ringfence.cli.pause import show_status
from ringfence.cli.shell import url_of

EXAMPLES = (("ringfence resume && ringfence apply", "take the pause back, then go on"),)


def resume(
    config: ConfigUnread = DEFAULT_CONFIG,
    database: Database = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> int:
    """Take a pause back. It starts nothing: `ringfence apply` (or `revert`) goes on where the run stopped."""
    del config
    from ringfence import verbs

    url = url_of(database)
    show_status(verbs.resume(url), url, as_json, verbose)
    return EXIT_OK
