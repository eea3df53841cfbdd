"""The ceiling of the event archive: the same rows inserted by psycopg, each committed by itself.

`python -m benchmarks.load.event_inserts FILE CONNECTIONS SECONDS` inserts the bodies in FILE into
the archive of DATABASE_URL, and prints the number of rows per second.
"""

import hashlib
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg

_INSERT = (
    "INSERT INTO orders_streamevent (content, received_at, event_type, body, outcome)"
    " VALUES (%s, %s, %s, %s, 'received') ON CONFLICT (content) DO NOTHING"
)


def main(file: str, connections: int, seconds: float) -> float:
    """Return the rows per second."""
    bodies = Path(file).read_bytes().splitlines()
    rows = [
        (hashlib.sha256(body).hexdigest(), datetime.now(UTC), "order.confirmed", body)
        for body in bodies
    ]
    opened = [
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) for _ in range(connections)
    ]
    indexes = count()  # next() is atomic across threads.
    started = time.perf_counter()

    def run(connection: "psycopg.Connection[tuple[object]]") -> int:
        cursor, inserted = connection.cursor(), 0
        while (index := next(indexes)) < len(rows) and time.perf_counter() < started + seconds:
            cursor.execute(_INSERT, rows[index])
            inserted += 1
        return inserted

    with ThreadPoolExecutor(connections) as executor:
        inserted = sum(executor.map(run, opened))
    return inserted / (time.perf_counter() - started)


if __name__ == "__main__":
    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    print(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
