"""The documents name what exists: commands, links, paths, functions and packages."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.run import ROOT

pytestmark = pytest.mark.once

DECISIONS = ROOT / "docs" / "decisions"
RECORDS = sorted(DECISIONS.glob("[0-9]*.md"))
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
_PACKAGES = "integration|catalog|orders|dsp|sandbox|stream_pos|benchmarks|templates|tests"
_PLACE = re.compile(rf"`((?:{_PACKAGES})/[\w/.-]*)`")
_FUNCTION = re.compile(rf"\b((?:{_PACKAGES})/[\w/]+\.py):([A-Za-z_][\w.]*\w)")
_DATE = r"Date: \d{4}-\d{2}-\d{2}"
_STATUS = r"Status: (?:accepted|closed|superseded by \d{4})"
_HEADINGS = ["## Context", "## Decision", "## Rejected"]

every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


@pytest.mark.parametrize(("name", "limit"), [("README.md", 80), ("CONTRIBUTING.md", 120)])
def test_the_first_pages_are_short(name: str, limit: int) -> None:
    assert len((ROOT / name).read_text().splitlines()) < limit


def test_the_readme_shows_one_picture_of_the_board() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text())

    assert pictures == ["docs/board.png"]
    assert (ROOT / "docs" / "board.png").exists()


@every_document
def test_every_command_of_a_document_exists(document: Path) -> None:
    text = "\n".join(_code(document.read_text()))
    targets = set(re.findall(r"(?<![\w./-])make ([a-z]+)\b", text))
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text))

    assert [target for target in targets if not _is_target(target)] == []
    assert commands <= (_known_commands() if commands else set())


@every_document
def test_every_link_of_a_document_leads_to_a_file_and_a_heading(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)]*)\)", document.read_text())

    assert [link for link in links if not _leads_somewhere(document, link)] == []


@every_document
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    places = _PLACE.findall(document.read_text())

    assert [place for place in places if not (ROOT / place).exists()] == []


@every_document
def test_every_function_that_a_document_names_exists(document: Path) -> None:
    stations = _FUNCTION.findall(document.read_text())

    assert [f"{path}:{name}" for path, name in stations if name not in _names_in(path)] == []


def test_every_document_that_the_code_names_exists() -> None:
    files = [file for folder in _PACKAGES.split("|") for file in (ROOT / folder).rglob("*.*")]
    wrong = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files
        if file.suffix in {".py", ".html", ".css", ".js"}
        for name in re.findall(r"\bdocs/[\w/-]+\.md", file.read_text())
        if not (ROOT / name).exists()
    ]

    assert len(files) > 100
    assert wrong == []


def test_the_four_ways_of_the_architecture_have_stations() -> None:
    sections = (ROOT / "docs" / "architecture.md").read_text().split("\n## ")
    ways = ("An order", "A menu change", "A token", "A button on the board")
    stations = {
        way: len(_FUNCTION.findall(section))
        for way in ways
        for section in sections
        if section.startswith(f"{way}\n")
    }

    assert set(stations) == set(ways)
    assert min(stations.values()) >= 8


def test_the_map_of_the_architecture_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    block = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert block is not None
    entries = re.findall(r"^( *)([\w/]+)/ ", block[1], re.MULTILINE)
    named: dict[str, set[str]] = {}
    app = ""
    for indent, name in entries:
        if indent:
            named[app].add(name)
        else:
            app, named[name] = name, set()

    for app in ("integration", "catalog", "orders", "dsp"):
        assert named[app] == _rooms(app)


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.name)
def test_every_decision_record_has_the_fixed_form(record: Path) -> None:
    lines = record.read_text().splitlines()
    number = record.name[:4]
    headings = [line for line in lines if line.startswith("## ")]

    assert re.fullmatch(rf"# {int(number)}\. \S.*", lines[0])
    assert re.fullmatch(_DATE, lines[2])
    assert re.fullmatch(_STATUS, lines[3])
    assert headings == _HEADINGS
    for heading in headings:
        following = lines[lines.index(heading) + 1 :]
        assert "".join(following[:2]).strip(), f"{heading} is empty"


def test_every_decision_record_is_in_the_index() -> None:
    rows = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \| (.+) \|$",
        (DECISIONS / "README.md").read_text(),
        re.MULTILINE,
    )
    records = [
        (
            record.name[:4],
            record.name,
            _first(r"# \d+\. (.+)", record),
            _first(r"Status: (.+)", record),
        )
        for record in RECORDS
    ]

    assert rows == records
    assert [number for number, *_ in rows] == [f"{n:04d}" for n in range(1, len(rows) + 1)]


def test_every_dependency_has_a_decision() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        "runtime": project["project"]["dependencies"],
        "development": project["dependency-groups"]["dev"],
    }
    for kind, dependencies in wanted.items():
        (record,) = DECISIONS.glob(f"*-{kind}-dependencies.md")
        named = {name.lower() for name in re.findall(r"`([\w-]+)`", record.read_text())}
        names = {re.split(r"[\[<>=~! ]", dependency)[0].lower() for dependency in dependencies}
        assert names - named == set()


def test_every_index_names_the_function_that_reads_it() -> None:
    """In the line above: `# For orders/privacy/erasure.py:due_orders: the few that are due.`"""
    indexes = [index for app in _apps() for index in _indexes(app)]
    wrong = [
        f"{place}: {comment or 'no comment'}"
        for place, comment in indexes
        if not _readers(comment)
        or any(name not in _names_in(path) for path, name in _readers(comment))
    ]

    assert indexes
    assert wrong == []


@cache
@cache
def _is_target(name: str) -> bool:
    return subprocess.run(["make", "-n", name], cwd=ROOT, capture_output=True).returncode == 0


@cache
def _known_commands() -> set[str]:
    listed = subprocess.run(
        [sys.executable, "manage.py", "help", "--commands"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(listed.stdout.split())


def _leads_somewhere(document: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = document.parent / path if path else document
    if not target.exists():
        return False
    return not heading or heading in _slugs(target)


def _slugs(document: Path) -> set[str]:
    """The headings as links name them: lower case, hyphens for spaces, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def _names_in(path: str) -> frozenset[str]:
    """The functions, classes and methods of a module; none when it does not exist."""
    file = ROOT / path
    return (
        frozenset(_definitions(ast.parse(file.read_text()), "")) if file.exists() else frozenset()
    )


def _definitions(parent: ast.AST, prefix: str) -> Iterator[str]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{prefix}{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from _definitions(node, f"{prefix}{node.name}.")


def _apps() -> list[Path]:
    return sorted(path.parent for path in ROOT.glob("*/models") if path.is_dir())


def _rooms(app: str) -> set[str]:
    """The packages of an app that hold code of ours, without what Django looks for."""
    of_django = {"models", "management", "migrations", "templatetags"}
    packages = {path.parent.name for path in (ROOT / app).glob("*/__init__.py")}
    return packages - of_django


def _indexes(app: Path) -> Iterator[tuple[str, str]]:
    """Each index of the app's models, with the comment above it."""
    for module in sorted((app / "models").glob("*.py")):
        lines = module.read_text().splitlines()
        for number, line in enumerate(lines):
            if re.search(r"\b(?<!\.)(?:models\.)?Index\(", line):
                yield f"{module.relative_to(ROOT)}:{number + 1}", _comment_above(lines, number)


def _comment_above(lines: list[str], number: int) -> str:
    above: list[str] = []
    while lines[number - 1].strip().startswith("#"):
        number -= 1
        above.insert(0, lines[number].strip().removeprefix("#").strip())
    return " ".join(above)


def _readers(comment: str) -> list[tuple[str, str]]:
    return _FUNCTION.findall(comment) if comment.startswith("For ") else []


def _first(pattern: str, document: Path) -> str:
    found = re.search(f"^{pattern}$", document.read_text(), re.MULTILINE)
    return found[1] if found else ""


def _code(text: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
