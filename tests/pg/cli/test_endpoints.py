"""`ringfence endpoints` as an operator types it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ringfence.cli.app import run
from support.databases import Database
from support.rollout import Operated, operated

ENDPOINT = "GET /documents"


@pytest.fixture
def kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> Operated:
    """The modes' database, named by the environment."""
    monkeypatch.setenv("RINGFENCE_DATABASE_URL", database.url)
    return operated(database)


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What a command says on stdout."""
    assert run(["endpoints", *words]) == code
    return capsys.readouterr().out


def document(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """Its JSON document."""
    return json.loads(told(capsys, *words, "--json", code=code))


def test_an_endpoint_goes_all_the_way_and_back(kept: Operated, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No endpoint is known yet" in told(capsys, "list")
    assert "Nothing was changed yet" in told(capsys, "history")

    for words in (("shadow",), ("tenant_share", "--percent", "2.5"), ("tenant", "--stay"), ("legacy",)):
        shown = told(capsys, "set", ENDPOINT, *words, "--reason", f"to {words[0]}")
        assert ENDPOINT in shown
        assert "nobody asked in the last minute" in shown
        assert ("does not fall back" in shown) == (words[0] in ("tenant", "legacy"))

    (now,) = document(capsys, "list")["endpoints"]
    assert (now["mode"], now["percent"], now["falls_back"], now["legacy_answers"]) == ("legacy", None, False, 0)
    changes = document(capsys, "history", ENDPOINT)["changes"]
    assert [(c["mode_before"], c["mode_after"], c["percent_after"], c["reason"]) for c in changes] == [
        (None, "shadow", None, "to shadow"),
        ("shadow", "tenant_share", 2.5, "to tenant_share"),
        ("tenant_share", "tenant", None, "to tenant"),
        ("tenant", "legacy", None, "to legacy"),
    ]
    assert document(capsys, "history", "GET /other")["changes"] == []
    assert len(document(capsys, "history", "-n", "2")["changes"]) == 2


def test_what_is_not_named_stays(kept: Operated, capsys: pytest.CaptureFixture[str]) -> None:
    kept.set(ENDPOINT, "tenant_share", 25, observed_min=7, difference_share_max=0.5)

    (now,) = document(capsys, "set", ENDPOINT, "--error-share-max", "0.2", "--reason", "a loud one")["endpoints"]

    assert (now["mode"], now["percent"], now["observed_min"]) == ("tenant_share", 25, 7)
    assert (now["error_share_max"], now["difference_share_max"], now["falls_back"]) == (0.2, 0.5, True)


def test_what_was_seen_is_told(kept: Operated, capsys: pytest.CaptureFixture[str]) -> None:
    kept.set(ENDPOINT, "shadow")
    kept.database.execute(
        'select count(*) from ringfence.exchange_endpoints_v1(\'[{"endpoint": "GET /documents", "revision": 1,'
        ' "legacy_answers": 5, "tenant_answers": 0, "tenant_runs": 4, "tenant_errors": 1, "compared": 3, "differed": 2,'
        ' "skipped": 1}]\')'
    )

    shown = told(capsys, "list")

    assert (
        "legacy side 5 answers, tenant side 0 answers, 1 error in 4 (at most 1.00%),"
        " 2 differences in 3 (at most 0.10%), 1 not compared" in shown
    )


@pytest.mark.parametrize(
    "words",
    [
        (ENDPOINT, "shadow"),
        (ENDPOINT, "--reason", "r"),
        (ENDPOINT, "shadowy", "--reason", "r"),
        (ENDPOINT, "tenant", "--percent", "5", "--reason", "r"),
        (ENDPOINT, "tenant_share", "--reason", "r"),
        (ENDPOINT, "tenant_share", "--percent", "101", "--reason", "r"),
        (ENDPOINT, "tenant_share", "--percent", "nan", "--reason", "r"),
        (ENDPOINT, "tenant_share", "--percent", "0.001", "--reason", "r"),
        (ENDPOINT, "--percent", "5", "--reason", "r"),
        (ENDPOINT, "--error-share-max", "1.5", "--reason", "r"),
        (ENDPOINT, "--error-share-max", "nan", "--reason", "r"),
        (ENDPOINT, "--observed-min", "0", "--reason", "r"),
        ("", "shadow", "--reason", "r"),
    ],
    ids=" ".join,
)
def test_what_means_nothing_is_refused_and_changes_nothing(
    kept: Operated, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    refused = document(capsys, "set", *words, code=2)

    assert refused["error"]["hint"]
    assert kept.history() == []


def test_without_phase_3_it_says_what_to_do(
    database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGFENCE_DATABASE_URL", database.url)

    for words in (("list",), ("set", ENDPOINT, "shadow", "--reason", "r"), ("history",)):
        assert document(capsys, *words, code=2)["error"]["code"] == "RF961"


def test_names_from_the_database_cannot_move_the_cursor(kept: Operated, capsys: pytest.CaptureFixture[str]) -> None:
    kept.set("GET /\x1b[2J", "shadow")

    assert "\x1b" not in told(capsys, "list") + told(capsys, "history")
