"""Send requests of a front end: carts for quotes, or orders with their idempotency keys.

`python -m benchmarks.load.front_end PORT PATH KEY FILE CONNECTIONS SECONDS [PER_SECOND]` runs as
a separate process, like benchmarks.load.order_sender, and prints the same JSON.
"""

import json
import secrets
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.load.order_sender import Sender, Sent, send_all


def main(arguments: list[str]) -> Sent:
    port, path, key, file, connections, seconds, *per_second = arguments
    run = secrets.token_hex(4)
    requests = [
        (f"Authorization: Bearer {key}\r\nIdempotency-Key: {run}-{number}", body)
        for number, body in enumerate(Path(file).read_bytes().splitlines())
    ]
    senders = [Sender(int(port), path) for _ in range(int(connections))]
    pace = float(per_second[0]) if per_second else None
    return send_all(senders, requests, float(seconds), pace)


if __name__ == "__main__":
    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    print(json.dumps(asdict(main(sys.argv[1:]))))
