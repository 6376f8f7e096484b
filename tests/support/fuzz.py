"""Requests of every shape, right and wrong, made from an application's own OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

ANSWER_S_MAX = 30
HEADER_VALUES = st.one_of(
    st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f")),
    st.from_regex(r"(Bearer|bearer|Basic) {1,2}[A-Za-z0-9._~+/=-]{1,60}", fullmatch=True),
    st.from_regex(r"Bearer [A-Za-z0-9_-]{2,30}\.[A-Za-z0-9_-]{2,30}\.[A-Za-z0-9_-]{0,30}", fullmatch=True),
)
"""What may stand in an Authorization header: anything, and what looks like tokens."""


def statuses_of(
    base_url: str,
    *,
    headers: Callable[[], Mapping[str, str]],
    examples_max: int,
    paths: Collection[str] = (),
) -> dict[str, set[int]]:
    """The statuses that each operation answered with, each of them below 500; raises on the first above."""
    schema = schemathesis.openapi.from_url(base_url + "/openapi.json")
    found: dict[str, set[int]] = {}
    for result in schema.get_all_operations():
        found_here: Any = result
        operation = found_here.ok()  # raises for an operation that the document describes wrongly
        if paths and operation.path not in paths:
            continue
        answered = found.setdefault(f"{operation.method.upper()} {operation.path}", set())
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                _ask(operation.as_strategy(generation_mode=mode), headers, examples_max, answered)
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE  # there is nothing to be done wrong where nothing is taken
    return found


def _ask(
    cases: st.SearchStrategy[Any], headers: Callable[[], Mapping[str, str]], examples_max: int, answered: set[int]
) -> None:
    @given(case=cases)
    @settings(max_examples=examples_max, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def holds(case: Any) -> None:
        answer = case.call_and_validate(headers=dict(headers()), checks=[not_a_server_error], timeout=ANSWER_S_MAX)
        answered.add(answer.status_code)

    holds()
