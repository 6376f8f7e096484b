"""SQL in the literals of an application's source: found with its line, what is put in as a parameter, nothing invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.assess.sqlread import read_statement
from ringfence.scan import run
from ringfence.scan.model import SourceNotFound
from ringfence.scan.rules import statements

PY = '''
import db
ROWS = "select * from documents where id = %s and a = %(name)s"
def f(table, key):
    db.execute(
        "insert into documents (title) "
        "values (:title) returning *",
        {"title": "select a pen from the drawer"},
    )
    db.execute(f"""
        -- the newest
        select d.* from documents d where d.id = {key!r} and at > now() - interval '1 day'::interval""")
    return "Select * from the menu", b"select * from bytes"
'''
NEWEST = "select d.* from documents d where d.id = $1 and at > now() - interval '1 day'::interval"
TS = r"""
const a = await sql`select * from documents where id = ${id}`;
const b = db.query("update \"Docs\" set a = 'it\u0027s' where id = ? returning *", [1]);
const c = supabase.from('documents').select('*');
const d = `truncate ${table}`; // "select * from comment"
"""


def test_python() -> None:
    """Plain, implicitly joined and formatted strings; placeholders of every driver; not bytes. Some prose is SQL."""
    found = statements(PY, ".py")

    assert found == (
        (3, "select * from documents where id = $1 and a = $1"),
        (6, "insert into documents (title) values ($1) returning *"),
        (8, "select a pen from the drawer"),
        (10, f"-- the newest\n        {NEWEST}"),
        (13, "Select * from the menu"),
    )
    assert [read_statement(text).complete for _, text in found] == [True] * 5


@pytest.mark.parametrize("ending", [".ts", ".tsx", ".js", ".mjs"])
def test_scripts(ending: str) -> None:
    """Strings with escapes and templates; a query builder's star is no statement, and a comment is none."""
    assert statements(TS, ending) == (
        (2, "select * from documents where id = $1"),
        (3, "update \"Docs\" set a = 'it's' where id = $1 returning *"),
        (5, "truncate $1"),
    )


def test_what_is_put_together_at_run_time_is_known_to_be_unread() -> None:
    """A table's name that is put in makes no SQL, and is said to be unread instead of being taken for nothing."""
    ((_, text),) = statements("x = f'select * from {table}'", ".py")

    assert not read_statement(text).complete


@given(st.text(), st.sampled_from([".py", ".ts", ".jsx"]))
def test_any_text_gives_an_answer_or_a_syntax_error(text: str, ending: str) -> None:
    """Source is other people's: whatever is in a file, reading it ends well."""
    try:
        found = statements(text, ending)
    except (SyntaxError, ValueError):
        assert ending == ".py"
    else:
        assert all(line >= 1 and sql for line, sql in found)


def test_a_tree_is_walked_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Own code is read; packages, products, links and what is too large are not, and what was left out is said."""
    for name, text in {
        "src/app.py": "q = 'select * from a'",
        "src/web/page.tsx": "const q = 'select * from b'",
        "src/node_modules/x/index.js": "const q = 'select * from not_ours'",
        "src/.hidden/x.py": "q = 'select * from not_ours'",
        "src/readme.md": "select * from prose",
        "src/old.py": "print 'python 2'",
        "src/bundle.js": "x" * 2_000_001,
        "elsewhere.py": "q = 'select * from elsewhere'",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "src/link.py").symlink_to(tmp_path / "elsewhere.py")
    (tmp_path / "src/latin.py").write_bytes("q = 'ä'".encode("latin-1"))

    found = run.scan(tmp_path, ["src"])

    assert [s.place for s in found.statements] == ["src/app.py:1", "src/web/page.tsx:1"]
    assert sorted(found.unread) == [
        "src/bundle.js: larger than 2000000 bytes",
        "src/latin.py: UnicodeDecodeError",
        "src/old.py: SyntaxError",
    ]
    monkeypatch.setattr(run, "FILES_MAX", 1)
    assert "left out" in run.scan(tmp_path, ["src"]).unread[-1]
    with pytest.raises(SourceNotFound, match="nowhere"):
        run.scan(tmp_path, ["nowhere"])
