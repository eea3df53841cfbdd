"""Send signed events over keep-alive connections, as Stream does.

`python -m benchmarks.load.event_sender PORT PATH SECRET FILE CONNECTIONS SECONDS [PER_SECOND]`; see
benchmarks.load.order_sender.
"""

import hashlib
import hmac
import json
import sys
from dataclasses import asdict
from pathlib import Path

from .order_sender import Request, Sender, Sent, send_all


def main(arguments: list[str]) -> Sent:
    port, path, secret, file, connections, seconds, *per_second = arguments
    requests = [_signed(body, secret) for body in Path(file).read_bytes().splitlines()]
    senders = [Sender(int(port), path) for _ in range(int(connections))]
    pace = float(per_second[0]) if per_second else None
    return send_all(senders, requests, float(seconds), pace)


def _signed(body: bytes, secret: str) -> Request:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return f"X-Stream-Signature: sha256={signature}", body


if __name__ == "__main__":
    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    print(json.dumps(asdict(main(sys.argv[1:]))))
