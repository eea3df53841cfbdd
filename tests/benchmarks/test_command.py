import pkgutil
import subprocess
import sys
from pathlib import Path

from benchmarks.rows import BY_NAME

ROOT = Path(__file__).resolve().parent.parent.parent


def _run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_row_name_resolves_to_a_function():
    for path in BY_NAME.values():
        assert callable(pkgutil.resolve_name(path))


def test_every_row_is_documented():
    documentation = (ROOT / "docs" / "benchmarks.md").read_text()

    assert [name for name in BY_NAME if f"| `{name}` |" not in documentation] == []


def test_an_unknown_row_is_a_usage_error():
    result = _run("webhooks_50ms", "no_such_row")

    assert result.returncode == 2
    assert "no such row: no_such_row" in result.stderr


def test_without_a_database_one_sentence_states_the_requirement():
    result = _run("outbox_cost", BENCH_DATABASE_URL="postgres://postgres@127.0.0.1:9/postgres")

    assert result.returncode == 1
    assert result.stderr.startswith("PostgreSQL is required: ")
    assert "Traceback" not in result.stderr
