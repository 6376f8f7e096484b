"""The locator finds the line of every key that tomllib reads."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ringfence.spec.locate import KeyPath, locate


def paths(value: Any, base: KeyPath = ()) -> set[KeyPath]:
    """Every key path of a parsed document, array elements by their number."""
    found: set[KeyPath] = {base} if base else set()
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= paths(inner, (*base, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found |= paths(inner, (*base, index))
    return found


TRICKY = r'''# a comment with [brackets] = and "quotes"
top = 1   # [not.a.table]
"quoted key" = "a # b"
'literal.key' = 'c:\d'
a . b . "c.d" = [1, 2,
   [3, "x]"], # ] comment
   { d = 1, e.f = 'y}' },
]
when = 1979-05-27 07:32:00
text = """
line = 5
[table]
"""
more = """a\"""b"""""
raw = """"two quotes at the front"""
lit = \'\'\'
x = 1\'\'\'
[tenant]
assign = { rule = "one", "public domains" = ["a.b", "c"] }
empty = {}
none = []
[tables."public.\"User\""]
scope = "shared"
[tables.'public."Weird]"']
[[list]]
x = 1
[[list]]
x = 2
[list.sub]
y = 3
[[list.items]]
z = 1
'''.replace("\\'", "'")


def test_every_way_to_write_a_key_is_found_on_its_line() -> None:
    """Quoted, dotted, inline, multi-line and repeated keys all have the line a person would point at."""
    found = locate(TRICKY)

    text = TRICKY.splitlines()
    assert paths(tomllib.loads(TRICKY)) == set(found)
    assert text[found["quoted key",] - 1].startswith('"quoted key"')
    assert text[found["a", "b", "c.d"] - 1].startswith("a . b")
    assert text[found["a", "b", "c.d", 2, 1] - 1] == '   [3, "x]"], # ] comment'
    assert text[found["a", "b", "c.d", 3, "e", "f"] - 1].strip().startswith("{ d = 1")
    assert text[found["lit",] - 1] == "lit = '''"
    assert text[found["tenant", "assign", "public domains", 1] - 1].startswith("assign")
    assert text[found["tables", 'public."User"', "scope"] - 1] == 'scope = "shared"'
    assert text[found["tables", 'public."Weird]"'] - 1] == "[tables.'public.\"Weird]\"']"
    assert text[found["list", 1, "x"] - 1] == "x = 2"
    assert text[found["list", 1, "sub", "y"] - 1] == "y = 3"
    assert text[found["list", 1, "items", 0, "z"] - 1] == "z = 1"


def test_windows_line_ends_count_once() -> None:
    """A file from Windows has the same lines."""
    text = 'a = 1\r\nb = """\r\nx"""\r\n\r\nc = [\r\n 1]\r\n'

    assert locate(text) == {("a",): 1, ("b",): 2, ("c",): 5, ("c", 0): 6}


KEYS = st.sampled_from(["a", "b", "owner_id", '"a.b"', '"x # y"', "'[q]'", '"\\u00e9"', "1-2"])
SCALARS = st.sampled_from(
    [
        "1",
        "-1.5e3",
        "true",
        "1979-05-27",
        "1979-05-27 07:32:00",
        '"a=b"',
        "'#'",
        '"""\nm\n"""',
        "'''\n[x]\n'''",
        '"\\""',
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ",\n ".join(items) + "\n]"),
        st.lists(st.tuples(KEYS, inner), max_size=3, unique_by=lambda pair: pair[0]).map(
            lambda pairs: "{ " + ", ".join(f"{k} = {v}" for k, v in pairs) + " }"
        ),
    ),
    max_leaves=6,
)
LINES = st.one_of(
    st.tuples(KEYS, VALUES).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    st.tuples(KEYS, KEYS, VALUES).map(lambda t: f"{t[0]} . {t[1]} = {t[2]} # c"),
    KEYS.map(lambda key: f"[{key}]"),
    st.tuples(KEYS, KEYS).map(lambda t: f"[ {t[0]}.{t[1]} ]"),
    KEYS.map(lambda key: f"[[{key}]]"),
    st.tuples(KEYS, KEYS).map(lambda t: f"[[{t[0]}.{t[1]}]]"),
    st.just("# comment ]["),
    st.just(""),
)


@given(st.lists(LINES, max_size=12))
def test_locator_and_tomllib_agree_on_what_is_there(lines: list[str]) -> None:
    """Every key of any valid document has a line, and nothing else has one."""
    text = ""
    for line in lines:  # keep the lines that together are valid TOML
        try:
            tomllib.loads(text + line + "\n")
        except tomllib.TOMLDecodeError:
            continue
        text += line + "\n"

    found = locate(text)

    assert paths(tomllib.loads(text)) == set(found)
    total = text.count("\n")
    assert all(1 <= line <= total for line in found.values())


@given(st.lists(st.sampled_from(["a = 1", '"b" = [\n1]', "c.d = { e = 2 }", "# x", 't = """\n\n"""']), unique=True))
def test_a_key_stands_on_the_line_that_holds_it(lines: list[str]) -> None:
    """Whatever comes before, a key's line is the one that begins with it."""
    text = "\n".join(lines)

    found = locate(text)

    for key in (k for k in found if len(k) == 1):
        assert text.splitlines()[found[key] - 1].lstrip('"').startswith(str(key[0]))
