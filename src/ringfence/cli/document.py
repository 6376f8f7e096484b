"""Reports as JSON documents: plain objects with stable keys. Pure."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from ringfence.errors import RingfenceError


def document(value: object) -> Any:
    """A report as what json.dumps takes: its fields by name, times in ISO 8601, paths as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: document(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): document(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [document(v) for v in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"{type(value).__name__} has no JSON form")


def error_document(error: RingfenceError, exit_code: int) -> dict[str, Any]:
    """What stands on stdout instead of a report when a verb fails under --json."""
    return {"error": error.to_json(), "exit_code": exit_code}


def dump(value: Any) -> str:
    """The one JSON text of a document, ending with a line break."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
