"""The runtime is small to import, and its two faces are one text."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from ringfence.runtime import blocking, database
from ringfence.runtime.rollout import blocking as blocking_rollout
from ringfence.runtime.rollout import run
from ringfence.runtime.sessions import blocking as blocking_sessions
from ringfence.runtime.sessions import service

FOREIGN = (
    *(f"ringfence.{room}" for room in ("cli", "web", "demo", "verbs", "statusing", "reports", "rehearse", "monitor")),
    *(f"ringfence.{room}" for room in ("verify", "execute", "plan", "assess", "scan", "backup", "health", "tenancy")),
    *(f"ringfence.{room}" for room in ("catalog", "journal", "audit", "spec", "embedded")),
    *("typer", "rich", "structlog", "fastapi", "starlette", "uvicorn", "postgast", "google.protobuf", "pydantic"),
    *("joserfc", "cryptography", "httpx"),  # an application that gets its context elsewhere needs no tokens
)


def test_an_application_loads_neither_command_line_nor_pages_nor_parser_nor_migrator() -> None:
    code = "import sys, ringfence.runtime; print('\\n'.join(sys.modules))"

    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )

    assert "ringfence.runtime.database" in loaded
    assert loaded.isdisjoint(FOREIGN)


def test_a_verifier_loads_nothing_of_the_migrator_either() -> None:
    code = "import sys, ringfence.runtime.jwks, ringfence.runtime.claims; print('\\n'.join(sys.modules))"

    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )

    # httpx brings rich where it is installed, for its own command line
    assert loaded & set(FOREIGN) <= {"joserfc", "cryptography", "httpx", "rich"}


class _Blocking(ast.NodeTransformer):
    """What turns the asynchronous face into the synchronous one."""

    NAMES: ClassVar[dict[str, str]] = {
        "AsyncIterator": "Iterator",
        "asynccontextmanager": "contextmanager",
        "AsyncCursor": "Cursor",
        "Line": "BlockingLine",
        "Lines": "BlockingLines",
        "TenantDatabase": "BlockingTenantDatabase",
        "TenantTransaction": "BlockingTenantTransaction",
        "Source": "BlockingSource",
        "__aenter__": "__enter__",
        "__aexit__": "__exit__",
    }

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:  # ast's own name
        self.generic_visit(node)
        name = self.NAMES.get(node.name, node.name)
        return ast.FunctionDef(name, node.args, node.body, node.decorator_list, node.returns, node.type_comment)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        self.generic_visit(node)
        return ast.With(node.items, node.body)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        self.generic_visit(node)
        match node.value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="asyncio"), attr="shield"), args=[inner]):
                return inner
            case _:
                return node.value

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.NAMES.get(node.id, node.id), node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return ast.Attribute(node.value, self.NAMES.get(node.attr, node.attr), node.ctx)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        match node.value:
            case ast.Name(id="Awaitable"):
                return node.slice
            case _:
                return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.NAMES.get(node.name, node.name)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        match node.value:
            case str():
                text = node.value.replace("async with", "with").replace("await ", "")
                return ast.Constant(text.replace("TenantDatabase(", "BlockingTenantDatabase("))
            case _:
                return node


def _classes(module: object, names: tuple[str, ...], *, made_blocking: bool) -> dict[str, str]:
    tree = ast.parse(Path(str(module.__file__)).read_text())  # type: ignore[attr-defined]
    found = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in names]
    changed = [_Blocking().visit(node) if made_blocking else node for node in found]
    return {node.name: ast.unparse(ast.fix_missing_locations(node)) for node in changed}


def test_the_synchronous_face_is_the_asynchronous_one_without_waiting() -> None:
    asynchronous = _classes(database, ("TenantDatabase", "TenantTransaction"), made_blocking=True)
    synchronous = _classes(blocking, ("BlockingTenantDatabase", "BlockingTenantTransaction"), made_blocking=False)

    assert len(synchronous) == 2
    assert synchronous == asynchronous


def _functions(module: object, face: str | None, names: tuple[str, ...], *, made_blocking: bool) -> dict[str, str]:
    """Methods of a class, or functions of the module."""
    found: list[ast.stmt] = ast.parse(Path(str(module.__file__)).read_text()).body  # type: ignore[attr-defined]
    if face is not None:
        (found,) = [node.body for node in found if isinstance(node, ast.ClassDef) and node.name == face]
    picked = [n for n in found if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name in names]
    changed = [_Blocking().visit(node) if made_blocking else node for node in picked]
    return {node.name: ast.unparse(ast.fix_missing_locations(node)) for node in changed}


@pytest.mark.parametrize(
    ("asynchronous", "synchronous", "face", "names"),
    [
        (
            service,
            blocking_sessions,
            "Sessions",
            (
                *("context_for", "context_for_opaque", "headers_for", "_context", "_ask"),
                *("start", "refresh", "switch", "end", "sign_out_everywhere"),
            ),
        ),
        (run, blocking_rollout, "Rollout", ("mode", "age_s", "read", "write", "_tenant", "_judge")),
        (run, blocking_rollout, None, ("_refresh", "_ask")),
    ],
    ids=["sessions", "rollout", "rollout's functions"],
)
def test_what_both_faces_say_is_one_text(
    asynchronous: object, synchronous: object, face: str | None, names: tuple[str, ...]
) -> None:
    blocking_face = None if face is None else f"Blocking{face}"

    expected = _functions(asynchronous, face, names, made_blocking=True)

    assert set(expected) == set(names)
    assert _functions(synchronous, blocking_face, names, made_blocking=False) == expected
