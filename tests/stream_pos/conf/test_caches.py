"""Caches shared by processes: in Redis or, without it, in files."""

import time

import pytest

from catalog.import_jobs.heartbeat import Heartbeat, Progress, read_progress
from stream_pos.conf import caches
from tests.support import services


def test_without_redis_the_shared_cache_is_a_folder_in_the_data_directory(tmp_path):
    shared = caches.from_environment("", tmp_path)["shared"]

    assert shared["BACKEND"].endswith("FileBasedCache")
    assert shared["LOCATION"] == str(tmp_path / "cache")


@pytest.mark.parametrize("with_redis", [False, True])
def test_a_heartbeat_is_visible_only_while_it_beats(settings, tmp_path, with_redis):
    if with_redis:
        services.require("Redis")
    settings.CACHES = caches.from_environment(services.REDIS_URL if with_redis else "", tmp_path)

    with Heartbeat(4711) as heartbeat:
        heartbeat.advance(1, 3)
        deadline = time.monotonic() + 10
        while read_progress(4711) != Progress(1, 3) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert read_progress(4711) == Progress(1, 3)
        assert read_progress(4712) is None
    assert read_progress(4711) is None


def test_an_unreachable_redis_hides_the_heartbeat_without_an_error(settings, tmp_path):
    settings.CACHES = caches.from_environment("redis://127.0.0.1:1/0", tmp_path)

    with Heartbeat(4711):
        assert read_progress(4711) is None
