"""The ceiling of sending: the same requests from as many threads, without a database.

`python -m benchmarks.load.ceiling URL COUNT THREADS` prints the number of answers per second.
"""

import hashlib
import hmac
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import urllib3

_BODY = '{"type":"location.catalog.updated","object":{"location_id":"ceiling-%d"}}'


def main(url: str, count: int, threads: int) -> float:
    """Return the number of requests answered per second."""
    pool = urllib3.PoolManager(maxsize=threads, block=True, retries=False)

    def post(number: int) -> None:
        body = (_BODY % number).encode()
        signature = hmac.new(b"benchmark", body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Stream-Webhook-Signature": signature}
        answer = pool.request("POST", url, body=body, headers=headers, redirect=False)
        assert answer.status == 200

    with ThreadPoolExecutor(threads) as executor:
        list(executor.map(post, range(threads)))  # Opens the connections.
        started = time.perf_counter()
        list(executor.map(post, range(count)))
        return count / (time.perf_counter() - started)


if __name__ == "__main__":
    from integration.bounded.parent_death import die_with_parent

    die_with_parent()
    print(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
