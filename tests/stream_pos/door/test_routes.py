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


@pytest.mark.parametrize(
    ("path", "lane", "name"),
    [
        ("stores", "channel", "channel_stores"),
        ("stores/str_8H2K", "channel", "channel_other"),
        ("stores/str_8H2K/menu", "channel", "channel_menu"),
        ("stores/str_8H2K/quotes", "channel", "channel_quotes"),
        ("orders", "channel", "channel_orders"),
        ("orders/ord_01", "channel", "channel_other"),
        ("orders/ord_01/cancel", "channel", "channel_cancel"),
        ("refunds/ref_01/ack", "channel", "channel_ack"),
        ("docs/", "people", "other"),
        ("schema/", "people", "other"),
    ],
)
def test_front_ends_have_a_lane_that_streams_orders_do_not_wait_for(path, lane, name):
    assert routes.find("POST", f"/channel/v1/{path}") == routes.Route(lane, name)


def test_guests_take_no_thread_of_staff_or_of_streams_orders():
    route = routes.Route("channel", "order")
    assert routes.find("POST", "/order/str_8H2K/details/") == route
