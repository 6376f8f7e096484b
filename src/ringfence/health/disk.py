"""Free disk space of a server, where it can be known: SQL cannot say it, but its folder may be on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path


def local_free_bytes(directory: Path, pid_file_modified: float) -> int | None:
    """Free bytes at a server's data directory; None when the folder of that name here is not the server's.

    A server in a container has a path that may exist here too, with another server's data. Its process id file was
    written at one second in time, and the two must agree. Tablespaces elsewhere are not seen.
    """
    try:
        modified = (directory / "postmaster.pid").stat().st_mtime
        free = shutil.disk_usage(directory).free
    except OSError:  # another machine, another container, or not ours to look into: all mean "not known"
        return None
    return free if int(modified) == int(pid_file_modified) else None
