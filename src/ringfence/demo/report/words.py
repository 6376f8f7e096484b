"""Numbers as people read them."""

from __future__ import annotations


def ms(value: float) -> str:
    """`0.8 ms`, `14 ms`, `1.2 s`."""
    if value >= 9950.0:
        return f"{value / 1000.0:.0f} s"
    if value >= 999.5:
        return f"{value / 1000.0:.1f} s"
    return f"{value:.0f} ms" if value >= 9.95 else f"{value:.1f} ms"


def seconds(value: float) -> str:
    """`0.4 s`, `12 s`, `3 min 5 s`."""
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 row`, `12,000 rows`; a plural of its own where an s is not enough."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def share(value: float) -> str:
    """`50 %`."""
    return f"{value * 100.0:.0f} %"


def version(number: int) -> str:
    """`18.4` for 180004."""
    return f"{number // 10000}.{number % 10000}"
