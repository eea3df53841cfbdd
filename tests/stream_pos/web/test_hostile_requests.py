"""Requests crafted to break the server."""

import pytest

from tests.support.stream import BASE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/account/", "/admin/", f"{BASE}/authorize"])
def test_a_cookie_with_a_zero_byte_is_ignored(client, path):
    answer = client.get(path, HTTP_COOKIE='sessionid="\\000aaaaaaaaaaaa"', SERVER_NAME="127.0.0.1")
    assert answer.status_code < 500


@pytest.mark.parametrize("method", ["options", "post", "put", "delete"])
def test_the_api_documentation_is_read_only(client, method):
    answer = getattr(client, method)("/api/docs/", SERVER_NAME="127.0.0.1")
    assert answer.status_code == 405
