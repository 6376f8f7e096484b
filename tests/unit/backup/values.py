"""One catalog and one manifest, as small as they can be."""

from __future__ import annotations

from ringfence.backup.model import Digest, Manifest, SequenceSpan, SourceDatabase, SourceRole, TableDigest
from ringfence.catalog.model import Catalog
from ringfence.names import QualifiedName

CATALOG = Catalog(server_version=180000, database="d", current_user="o", current_user_superuser=True)
SOURCE = SourceDatabase(
    target="h:5432/d",
    server_version=180000,
    database="d",
    encoding="UTF8",
    collate="C",
    ctype="C",
    locale_provider="c",
    locale=None,
    bytes=1000,
    roles=(SourceRole("app", False),),
    extensions=("vector",),
    schemas=("public",),
)
MANIFEST = Manifest(
    version="0",
    taken_at="2026-01-01T00:00:00+00:00",
    source=SOURCE,
    tool_major=18,
    catalog_fingerprint=CATALOG.fingerprint,
    excluded_schemas=("vault",),
    tables=(TableDigest(QualifiedName("public", "Odd.Name"), ("a", "b"), Digest(2, "-17")),),
    sequences=(SequenceSpan(QualifiedName("public", "s"), None, 4),),
    large_objects=0,
    large_objects_digest=None,
    snapshot_seconds=0.5,
)
