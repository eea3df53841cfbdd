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


def test_every_name_leads_to_what_measures_it():
    for place in BY_NAME.values():
        assert callable(pkgutil.resolve_name(place))


def test_every_row_is_explained():
    explained = (ROOT / "docs" / "benchmarks.md").read_text()

    assert [name for name in BY_NAME if f"| `{name}` |" not in explained] == []


def test_a_row_that_does_not_exist_is_wrong_usage():
    done = _run("webhooks_50ms", "no_such_row")

    assert done.returncode == 2
    assert "no such row: no_such_row" in done.stderr


def test_without_a_database_one_sentence_says_what_is_needed():
    done = _run("outbox_cost", BENCH_DATABASE_URL="postgres://postgres@127.0.0.1:9/postgres")

    assert done.returncode == 1
    assert done.stderr.startswith("PostgreSQL is needed: ")
    assert "Traceback" not in done.stderr
