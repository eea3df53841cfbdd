"""The lanes of the ordering channel's addresses."""

import pytest

from stream_pos.door import routes

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("method", "path", "lane", "name"),
    [
        ("GET", "authorize", "people", "authorize"),
        ("POST", "token", "stream", "token"),
        ("GET", "locations", "stream", "locations"),
        ("DELETE", "locations/connection", "stream", "locations/connection"),
        ("POST", "event", "events", "channel_events"),
        ("GET", "anything", "stream", "other_stream"),
    ],
)
def test_each_address_of_the_channel_has_its_lane(method, path, lane, name):
    assert routes.find(method, f"/stream-dsp/v1/{path}") == routes.Route(lane, name)
