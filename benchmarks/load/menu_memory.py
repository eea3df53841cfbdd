"""A process that reads a task of dsp.menu_intake, or parses a file, and reports its peak memory.

`python -m benchmarks.load.menu_memory ours|peer PATH` prints seconds and megabytes.
"""

import gzip
import json
import sys
import time
from pathlib import Path


def main(way: str, path: Path) -> None:
    from dsp.menu_intake import child

    content = path.read_bytes()
    started = time.perf_counter()
    if way == "ours":
        child.read(content)
    else:
        json.loads(gzip.decompress(content))
    seconds = time.perf_counter() - started
    print(seconds, _peak_megabytes())


def _peak_megabytes() -> float:
    """Return this program's peak; the system's usual count begins with that of its parent."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:", 1)[1].split()[0]) / 1024


if __name__ == "__main__":
    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    main(sys.argv[1], Path(sys.argv[2]))
