"""Our worker as in docs/production.md, with the benchmark's receivers in addition to Stream.

`celery --app benchmarks.servers.worker worker …`; BENCH_ENDPOINTS maps receivers to URLs.
"""

import json
import os
from functools import partial

from integration.bounded.parent_death import die_with_parent
from integration.webhooks import endpoints
from stream_pos.celery import app

__all__ = ["app"]

_urls: dict[str, str] = json.loads(os.environ.get("BENCH_ENDPOINTS", "{}"))


for _name, _url in _urls.items():
    endpoints.register(_name, partial(endpoints.Destination, url=_url, secrets=("benchmark",)))
die_with_parent()
