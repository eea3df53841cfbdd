"""Requests crafted to break the server."""

import time

import pytest

from tests.support.stream import BASE

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/account/", "/admin/", f"{BASE}/authorize"])
def test_a_cookie_with_a_zero_byte_is_ignored(client, path):
    answer = client.get(path, HTTP_COOKIE='sessionid="\\000aaaaaaaaaaaa"', SERVER_NAME="127.0.0.1")
    assert answer.status_code < 500


@pytest.mark.parametrize("escape", ["\\\\", '\\"', "\\1"])
@pytest.mark.parametrize("path", ["/account/", f"{BASE}/authorize"])
def test_escapes_in_a_cookie_cost_no_time(client, path, escape):
    """Python before 3.11.10 takes seconds to read such a header."""
    client.get(path, SERVER_NAME="127.0.0.1")
    header = 'a=1; sessionid="' + escape * 15_500 + '"; theirs=2'
    begin = time.thread_time()
    answer = client.get(path, HTTP_COOKIE=header, SERVER_NAME="127.0.0.1")
    assert time.thread_time() - begin < 1
    assert answer.wsgi_request.COOKIES == {"a": "1", "theirs": "2"}


@pytest.mark.parametrize("method", ["options", "post", "put", "delete"])
def test_the_api_documentation_is_read_only(client, method):
    answer = getattr(client, method)("/api/docs/", SERVER_NAME="127.0.0.1")
    assert answer.status_code == 405
