"""The flood sends the same orders as the other loads."""

import pytest

from .flood import NUMBER
from .restaurant import Restaurant


@pytest.mark.django_db
def test_the_request_of_the_flood_is_the_call_of_its_number():
    restaurant = Restaurant()
    call = restaurant.call(2_000_001)
    head, _, body = restaurant.request_text().replace(NUMBER, "2000001").partition("\r\n\r\n")
    lines = head.split("\r\n")
    assert body.encode() == call.body
    assert lines[0] == f"{call.method} {call.path} HTTP/1.1"
    assert f"Content-Length: {len(call.body)}" in lines
    assert f"Authorization: {call.headers['Authorization']}" in lines
