"""A worker on a real Redis, as in production."""

import os
from urllib.parse import urlsplit

import pytest
import redis

from tests.integration.support.receiver import Receiver
from tests.support import services
from tests.support.processes import EMIT, Running, environment, manage

pytestmark = pytest.mark.once

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


@pytest.mark.redis
def test_a_commit_wakes_a_worker_through_redis(tmp_path):
    server = urlsplit(REDIS_URL)
    services.require("Redis", services.answers(server.hostname or "", server.port or 6379))
    redis.Redis.from_url(REDIS_URL).delete("stream-pos")
    receiver = Receiver()
    receiver.start()
    env = environment(tmp_path, REDIS_URL=REDIS_URL, STREAM_WEBHOOK_URL=receiver.url)
    assert manage("migrate", "--verbosity", "0", env=env).returncode == 0
    worker = ["-m", "celery", "-A", "stream_pos", "worker", "-P", "threads", "-c", "2"]
    running = Running(*worker, "--loglevel", "INFO", "--without-mingle", env=env)
    try:
        assert running.says(" ready."), running.lines
        assert manage("shell", "-c", EMIT % "through Redis", env=env).returncode == 0
        [webhook] = receiver.wait_for(1, seconds=10)
        assert b"through Redis" in webhook.body
        assert not (tmp_path / "broker").exists()
    finally:
        running.end()
        receiver.stop()
