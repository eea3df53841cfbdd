"""Time the import of 30,000 families that share 300 groups and 3,000 modifiers.

Run as `.venv/bin/python -m benchmarks.import_catalog FILE` with DATABASE_URL naming an empty
database; the first run adds everything, the second changes nothing. Without FILE the catalog is
generated (`tests/catalog/support/random_catalogs.py`).
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.catalog.support import random_catalogs

MERCHANT = "mer_bench"
_SET_UP = f"""
from catalog.models import Location
from integration.models import Merchant
merchant, _ = Merchant.objects.get_or_create(
    provider_id="{MERCHANT}", defaults={{"name": "Bench", "currency": "usd"}}
)
Location.objects.get_or_create(
    provider_id="loc_bench",
    defaults={{"merchant": merchant, "name": "B", "address_line_1": "1 A", "city": "B"}},
)
"""


def main() -> None:
    manage = [sys.executable, "manage.py"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "catalog.json"
        if len(sys.argv) == 1:
            catalog = random_catalogs.make(30_000, seed=1, groups=300, modifiers=3_000)
            path.write_text(json.dumps(catalog))
        subprocess.run([*manage, "migrate", "--verbosity", "0"], check=True)
        subprocess.run([*manage, "shell", "--verbosity", "0", "-c", _SET_UP], check=True)
        for name in ("first", "again"):
            start = time.monotonic()
            command = [*manage, "import_catalog", "--merchant", MERCHANT, "--replace", str(path)]
            subprocess.run(command, check=True)  # The same file again removes nothing.
            print(f"{name}: {time.monotonic() - start:.1f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"peak memory of an import: {peak // 1024} MB")


if __name__ == "__main__":
    main()
