from __future__ import annotations

import ast
import sys
from pathlib import Path

import sandbox

FOLDER = Path(sandbox.__file__).parent


def test_the_sandbox_imports_the_standard_library_and_requests_only() -> None:
    imported = {
        name.split(".")[0]
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _names(node)
    }

    assert imported - sys.stdlib_module_names == {"requests", "sandbox"}


def _names(node: ast.AST) -> list[str]:
    """List absolute imports; a relative one with one dot stays in its package."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level <= 1
        return [str(node.module)] if node.level == 0 else []
    return []
