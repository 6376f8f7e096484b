"""SQL files that ship with the package: the questions we ask and the objects we leave behind.

Files are read once. Nothing is ever formatted into them: values are bound by the driver, and the few names that must
be chosen at run time are written as `{{name}}` and filled with quoted identifiers by `fill`.
"""

from __future__ import annotations

import functools
import re
from importlib import resources

_SLOT = re.compile(r"\{\{([a-z_]+)\}\}")


@functools.cache
def load(package: str, name: str) -> str:
    """Read `sql/<name>.sql` of a stage package such as `ringfence.catalog`; raises FileNotFoundError when missing."""
    return (resources.files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def fill(text: str, **slots: str) -> str:
    """Put already quoted SQL into the `{{slots}}` of a text; every slot must be given and every given one used."""
    wanted = set(_SLOT.findall(text))
    if wanted != set(slots):
        raise KeyError(f"slots {sorted(wanted ^ set(slots))} do not match between text and arguments")
    return _SLOT.sub(lambda match: slots[match.group(1)], text)
