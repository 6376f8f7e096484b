"""Walks the application's source, within bounds, and reads what the rules can read. Follows no symbolic link."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ringfence.scan.model import Scan, SourceNotFound, SourceStatement
from ringfence.scan.rules import ENDINGS, statements

FILES_MAX = 50_000
FILE_BYTES_MAX = 2_000_000
"""Larger files are generated or bundled; the source they were made from is read instead."""
STATEMENTS_MAX = 20_000
SKIPPED = frozenset({"node_modules", "dist", "build", "__pycache__", "site-packages", "vendor", "venv", "target"})
"""Folders of other people's code or of products; so is everything that begins with a dot."""


def scan(base: Path, sources: Sequence[str]) -> Scan:
    """Read every file below the folders, which are relative to `base`.

    Raises SourceNotFound for a folder that is not there; what cannot be read is named in the result.
    """
    found: set[SourceStatement] = set()
    unread: list[str] = []
    files = 0
    for source in sources:
        folder = base / source
        if not folder.exists():
            raise SourceNotFound(
                f"{folder} is not there",
                subject=source,
                hint='[application]\nsources = ["src"]    # relative to ringfence.toml',
            )
        for path in _files(folder):
            if files >= FILES_MAX or len(found) >= STATEMENTS_MAX:
                unread.append(
                    f"{source}: more than {FILES_MAX} files or {STATEMENTS_MAX} statements, the rest was left out"
                )
                break
            files += 1
            name = Path(os.path.relpath(path, base)).as_posix()
            try:
                if path.stat().st_size > FILE_BYTES_MAX:
                    unread.append(f"{name}: larger than {FILE_BYTES_MAX} bytes")
                    continue
                read = statements(path.read_text(encoding="utf-8"), path.suffix)
            except (OSError, UnicodeDecodeError, SyntaxError, ValueError, RecursionError) as error:
                unread.append(f"{name}: {type(error).__name__}")
                continue
            found.update(SourceStatement(name, line, text) for line, text in read)
    return Scan(tuple(sorted(found)), files, tuple(unread))


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield from (folder,) if folder.suffix in ENDINGS else ()
        return
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.startswith("."))
        for name in sorted(names):
            path = Path(here, name)
            if path.suffix in ENDINGS and not path.is_symlink():
                yield path
