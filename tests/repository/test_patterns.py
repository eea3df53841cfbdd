"""Every regular expression of the product takes linear time, whatever the text.

The patterns are found in the source, so a new one is covered without a new line here.
"""

import ast
import re
import time
from collections.abc import Iterator
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]  # Only they know the literals.
from typing import Any, NamedTuple

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
_PRODUCT = ("stream_pos", "integration", "catalog", "orders", "dsp", "sandbox")
_CALLS = {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
_SEARCHING = {"search", "sub", "subn", "split", "findall", "finditer"}
# A literal pattern of JavaScript: after an operator or a bracket, and on one line.
_JS_LITERAL = re.compile(
    r"(?:[(,=:;!&|?{}\[]|\breturn)\s*"
    r"/(?![*/])((?:\[(?:\\.|[^\]\\\n])+\]|\\.|[^/\[\\\n])+)/([a-z]*)"
)
_JS_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_FIELDS = {"RegexValidator", "RegexField", "re_path"}
_LENGTH = 100_000
_SECONDS = 0.2
_SAMPLE = 4_000  # So short that a quadratic pattern shows, and does not hold up the test.


class Pattern(NamedTuple):
    place: str
    text: Any
    flags: int
    methods: frozenset[str]


def _constant(node: ast.AST | None, names: dict[str, ast.expr]) -> Any:
    """Return the text of a pattern; a part that is computed counts as one word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return node.value
    if isinstance(node, ast.Name) and node.id in names:
        return _constant(names[node.id], names)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "word" for part in node.values
        )
    return None


def _flags(call: ast.Call) -> int:
    names = [node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)]
    known = {name for name in names if name.isupper() and isinstance(getattr(re, name, None), int)}
    return sum(int(getattr(re, name)) for name in known)


def _argument(call: ast.Call, keyword: str) -> ast.expr | None:
    named = [word.value for word in call.keywords if word.arg == keyword]
    return named[0] if named else call.args[0] if call.args else None


def _found(tree: ast.Module, place: str) -> Iterator[Pattern]:
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    names = {
        target.id: node.value
        for node in assigned
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    used: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.setdefault(node.value.id, set()).add(node.attr)
    owners = {id(value): name for name, value in names.items()}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        where = f"{place}:{node.lineno}"
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        of_re = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "re"
        plain = name or (node.func.id if isinstance(node.func, ast.Name) else "")
        if of_re and name in _CALLS:
            methods = used.get(owners.get(id(node), ""), set()) if name == "compile" else {name}
            text = _constant(_argument(node, "pattern"), names)
            assert text is not None, f"{where}: write the pattern as a constant"
            yield Pattern(where, text, _flags(node), frozenset(methods & _CALLS or {"search"}))
        elif plain in _FIELDS:
            text = _constant(_argument(node, "regex"), names)
            assert text is not None, f"{where}: write the pattern as a constant"
            yield Pattern(where, text, 0, frozenset({"search"}))
        elif plain == "Meta" and any(word.arg == "pattern" for word in node.keywords):
            text = _constant(_argument(node, "pattern"), names)
            yield Pattern(where, text, 0, frozenset({"search"}))


def _patterns() -> list[Pattern]:
    paths = [path for folder in _PRODUCT for path in sorted((ROOT / folder).rglob("*.py"))]
    return [
        pattern
        for path in paths
        for pattern in _found(ast.parse(path.read_text()), str(path.relative_to(ROOT)))
    ]


def _in_scripts(text: str, place: str) -> Iterator[Pattern]:
    """Yield the literal patterns of JavaScript; ours mean the same in Python."""
    assert "RegExp(" not in text, f"{place}: write the pattern as a literal"
    for match in _JS_LITERAL.finditer(text):
        flags = sum(_JS_FLAGS.get(letter, 0) for letter in match[2])
        yield Pattern(
            f"{place}:{text.count(chr(10), 0, match.start()) + 1}",
            match[1],
            flags,
            frozenset({"search"}),
        )


def _script_patterns() -> list[Pattern]:
    scripts = sorted((ROOT / "stream_pos/static/stream_pos").glob("*.js"))
    paths = [*scripts, *sorted((ROOT / "templates").rglob("*.html"))]
    return [
        pattern
        for path in paths
        for text in _javascript(path)
        for pattern in _in_scripts(text, str(path.relative_to(ROOT)))
    ]


def _javascript(path: Path) -> list[str]:
    text = path.read_text()
    return (
        [text]
        if path.suffix == ".js"
        else re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)
    )


def _literals(parsed: Any) -> Iterator[str]:
    """Yield the pattern's literal runs, and one character of each of its sets."""
    run = ""
    for operation, argument in parsed:
        if operation is _constants.LITERAL:
            run += chr(argument)
            continue
        yield run
        run = ""
        if operation is _constants.RANGE:
            yield chr(argument[0])
        yield from _nested(argument)
    yield run


def _nested(argument: Any) -> Iterator[str]:
    if isinstance(argument, _parser.SubPattern):
        yield from _literals(argument)
    elif isinstance(argument, list):
        for part in argument:
            yield from _nested(part)
    elif isinstance(argument, tuple):
        if isinstance(argument[0], _constants._NamedIntConstant):
            yield from _literals([argument])
        else:
            for part in argument:
                yield from _nested(part)


def _hostile(pattern: Pattern, length: int) -> Iterator[str]:
    text = pattern.text.decode("latin-1") if isinstance(pattern.text, bytes) else pattern.text
    runs = {run for run in _literals(_parser.parse(text, pattern.flags)) if run}
    letters = sorted({run[0] for run in runs})[:8]
    words = sorted({run for run in runs if len(run) > 1}, key=len)[-4:]
    pieces = [*dict.fromkeys([" ", "1", "a", *letters, *words])]
    for piece in pieces:
        yield piece * (length // len(piece)) + "\0"
        for other in pieces:
            yield other + piece * (length // len(piece)) + "\0"
            yield (other + piece) * (length // len(other + piece))
            yield other + piece * (length // len(piece)) + other


def _run(pattern: Pattern, text: str) -> float:
    compiled = re.compile(pattern.text, pattern.flags)
    subject: Any = text.encode("latin-1", "replace") if isinstance(pattern.text, bytes) else text
    started = time.process_time()
    if pattern.methods & _SEARCHING:
        for _match in compiled.finditer(subject):
            pass
    if "match" in pattern.methods:
        compiled.match(subject)
    if "fullmatch" in pattern.methods:
        compiled.fullmatch(subject)
    return time.process_time() - started


def _slow(pattern: Pattern) -> list[str]:
    """Return the texts that take more than linear time, shortened."""
    slow = []
    texts = zip(*(_hostile(pattern, length) for length in (_SAMPLE, _LENGTH)), strict=True)
    for short, long in texts:
        # Linear time is 0.1 ms for the short text; quadratic is at least 20 ms.
        if _takes_longer(pattern, short, 0.01):
            slow.append(f"{short[:20]!r}… of {_SAMPLE} characters")
        elif _takes_longer(pattern, long, _SECONDS):
            slow.append(f"{long[:20]!r}… of {_LENGTH} characters")
    return slow


def _takes_longer(pattern: Pattern, text: str, seconds: float) -> bool:
    """Try a slow text again: on a busy machine, one slow run proves nothing."""
    return all(_run(pattern, text) > seconds for _ in range(4))


_ALL = [*_patterns(), *_script_patterns()]


def test_the_patterns_are_found():
    assert len(_ALL) > 40
    found = {pattern.place.rpartition(":")[0] for pattern in _ALL}
    assert {
        "catalog/admin/fields/week_text.py",
        "catalog/import_export/schema.py",
        "catalog/models/base.py",
        "catalog/spreadsheets/cells.py",
        "orders/dispatch/forms.py",
        "stream_pos/urls.py",
        "stream_pos/static/stream_pos/board.js",
        "stream_pos/static/stream_pos/week.js",
    } <= found


def test_the_patterns_of_a_script_are_found():
    script = """const a = /[,;/]/g, b = x / y / z; t.split(/ *- */i); // and/or
    return /^[a-z]$/.test(u);"""
    found = [(pattern.text, pattern.flags) for pattern in _in_scripts(script, "a.js")]
    assert found == [("[,;/]", 0), (" *- *", re.IGNORECASE), ("^[a-z]$", 0)]


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        (r"\s*[-–—]\s*", {"sub"}),
        (r'\s*(?:"((?:[^"]|"")*)"|([^\s",][^,]*?))?\s*(?:,|\Z)', {"match"}),
        (r" - at `(key in )?\$(?P<path>.*)`\Z", {"search"}),
        (r"\d+x", {"search"}),
    ],
)
def test_a_quadratic_pattern_is_noticed(text, methods):
    assert _slow(Pattern("", text, 0, frozenset(methods)))


@pytest.mark.parametrize(
    "pattern",
    [*{one[1:]: one for one in _ALL}.values()],
    ids=lambda pattern: pattern.place,
)
def test_patterns_take_linear_time(pattern):
    assert _slow(pattern) == []
