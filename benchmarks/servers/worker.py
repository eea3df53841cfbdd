"""Our worker as in docs/production.md, with receivers of the benchmarks' own beside Stream.

`celery --app benchmarks.servers.worker worker …`; BENCH_ENDPOINTS says where they are: {name: URL}.
"""

import json
import os

from integration.webhooks import endpoints
from stream_pos.celery import app
from stream_pos.runtime.parent_death import die_with_parent

__all__ = ["app"]

_urls: dict[str, str] = json.loads(os.environ.get("BENCH_ENDPOINTS", "{}"))


def _bench(name: str) -> endpoints.Destination | None:
    if name not in _urls:
        return None
    return endpoints.Destination(url=_urls[name], secrets=("benchmark",))


endpoints.sources.append(_bench)
die_with_parent()
