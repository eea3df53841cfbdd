"""`make check`: format, templates, lint, types, import rules, migrations, deploy checks."""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        failed = [name for name, command, env in _steps(folder) if not _passes(name, command, env)]
    if failed:
        print(f"\nmake check failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def _steps(folder: str) -> list[tuple[str, list[str], dict[str, str]]]:
    development = {"STREAM_POS_DATA_DIR": folder}
    manage = [sys.executable, "manage.py"]
    return [
        ("format", [str(BIN / "ruff"), "format", "--check", "--quiet"], {}),
        ("templates", [str(BIN / "djangofmt"), "--check", "templates"], {}),
        ("lint", [str(BIN / "ruff"), "check", "--quiet"], {}),
        ("import rules", [str(BIN / "lint-imports"), "--no-cache"], development),
        ("types", [str(BIN / "mypy"), "--no-error-summary"], development),
        (
            "migrations",
            [*manage, "makemigrations", "--check", "--dry-run", "--verbosity", "0"],
            development,
        ),
        (
            "deploy checks",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            _production(folder),
        ),
    ]


def _production(folder: str) -> dict[str, str]:
    """Return the settings of a public deployment; no service is contacted."""
    return {
        "STREAM_POS_DATA_DIR": folder,
        "STREAM_POS_PUBLIC_URL": "https://pos.example.com",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "STREAM_CLIENT_ID": "stream",
        "STREAM_CLIENT_SECRET": secrets.token_urlsafe(48),
        "STREAM_REDIRECT_URIS": "https://stream.example.com/oauth/callback",
        "STREAM_WEBHOOK_URL": "https://stream.example.com/pos/example/webhook",
        "STREAM_WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "DATABASE_URL": "postgres://stream_pos@db.example.com/stream_pos",
        "REDIS_URL": "redis://redis.example.com/0",
    }


def _passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    result = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    print(f"{'ok' if result.returncode == 0 else 'FAILED':<7} {name}", flush=True)
    if result.returncode != 0:
        print(result.stdout + result.stderr)
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
