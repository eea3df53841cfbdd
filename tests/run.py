"""`make test`: run the whole suite on SQLite and, if available, on PostgreSQL.

The summary names missing services; with REQUIRE_SERVICES=1, as in CI, they are a failure.
"""

import os
import subprocess
import sys
from pathlib import Path

from .support import services

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    available = services.available()
    runs = [("SQLite", {})]
    if available["PostgreSQL"]:
        runs.append(("PostgreSQL", {"TEST_DATABASE_URL": services.POSTGRESQL_URL}))
    results = {name: _pytest(name, environment) for name, environment in runs}
    missing = [name for name, is_available in available.items() if not is_available]
    print("\nSummary")
    for name, code in results.items():
        print(f"  {'passed' if code == 0 else 'FAILED':<8} whole suite on {name}")
    required = os.environ.get("REQUIRE_SERVICES") == "1"
    for name in missing:
        outcome = "MISSING" if required else "skipped"
        print(f"  {outcome:<8} tests that need {name}: not available on this machine")
    return 1 if any(results.values()) or (missing and required) else 0


def _pytest(name: str, environment: dict[str, str]) -> int:
    print(f"\nWhole suite on {name}", flush=True)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "3",
        "--dist",
        "worksteal",
        *sys.argv[1:],
    ]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
