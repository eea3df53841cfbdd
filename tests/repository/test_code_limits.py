"""Limits that keep the code readable: short modules and functions, justified suppressions."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
_PRODUCT = ("stream_pos", "integration", "catalog", "orders", "dsp", "sandbox")
_ALL = (*_PRODUCT, "benchmarks", "tests")
_QUESTION = re.compile(r"(?:What|Who|Whose|Whether|How|Which|Where|When|Why|Until when)\b")
_SUPPRESSION = re.compile(r"# (?:noqa|type: ignore)\b(?!.*  # \S)")


def _modules(*folders: str) -> list[Path]:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return [path for path in paths if "migrations" not in path.parts]


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function's name and the length of its body without the docstring, in lines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("folder", _ALL)
def test_modules_are_shorter_than_300_lines(folder):
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in _modules(folder)
    }
    assert lengths
    assert {name: length for name, length in lengths.items() if length >= 300} == {}


@pytest.mark.parametrize("folder", [*_PRODUCT, "benchmarks"])
def test_packages_have_no_more_than_14_modules(folder):
    sizes = Counter(
        str(path.parent.relative_to(ROOT))
        for path in _modules(folder)
        if path.name != "__init__.py"
    )
    assert sizes
    assert {name: size for name, size in sizes.items() if size > 14} == {}
    assert sizes[folder] <= 10


@pytest.mark.parametrize("folder", _PRODUCT)
def test_functions_have_no_more_than_30_lines(folder):
    long = {
        f"{path.relative_to(ROOT)}:{name}": length
        for path in _modules(folder)
        for name, length in _functions(path)
        if length > 30
    }
    assert long == {}


@pytest.mark.parametrize("folder", _ALL)
def test_every_suppressed_check_has_a_reason(folder):
    unjustified = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _modules(folder)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if _SUPPRESSION.search(line)
    ]
    assert unjustified == []


def test_template_lines_have_no_more_than_160_characters():
    templates = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    assert templates
    long = {
        f"{path.relative_to(ROOT)}:{number}": len(line)
        for path in templates
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 160
    }
    assert long == {}


def test_docstrings_open_with_a_verb_or_a_noun():
    docstrings = [text for path in _modules(*_ALL) for text in _docstrings(path)]
    questions = [text.splitlines()[0] for text in docstrings if _QUESTION.match(text)]
    assert len(questions) / len(docstrings) < 0.03, questions


def _docstrings(path: Path) -> Iterator[str]:
    documented = ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef
    for node in ast.walk(ast.parse(path.read_text())):
        text = ast.get_docstring(node) if isinstance(node, documented) else None
        if text:
            yield text
