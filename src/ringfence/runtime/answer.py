"""What a statement answered: rows, their columns, and how many rows it touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ringfence.errors import RingfenceError


class NotOneRow(RingfenceError):
    """One row was asked for, and the answer has none or several."""

    code = "RF913"


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one statement."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    count: int
    """Rows returned or changed; 0 for statements that count nothing."""
    status: str
    """The command tag, such as `INSERT 0 1`."""

    def dicts(self) -> list[dict[str, Any]]:
        """The rows by column name; of two columns with one name the later wins."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def one(self) -> tuple[Any, ...]:
        """The only row; raises NotOneRow."""
        if len(self.rows) != 1:
            raise NotOneRow(f"one row was asked for, the answer has {len(self.rows)}")
        return self.rows[0]

    def value(self) -> Any:
        """The first column of the only row; raises NotOneRow."""
        return self.one()[0]
