"""The chart of our failure rate of Stream's events, for our own staff."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from integration.failure_watch import rate
from integration.monitoring.time_series import SPANS
from tests.integration.support.handler_answers import STRANGER, answered
from tests.support import factories
from tests.support.markup import compact

pytestmark = pytest.mark.django_db
DASHBOARD = "/admin/integration/endpoint/dashboard/"
TITLE = "Stream's events: failure rate per minute"


@pytest.fixture
def client(browser_client: Any) -> Any:
    return browser_client(factories.user(None, "", is_superuser=True))


def drawn(page: str) -> list[dict[str, Any]]:
    """Return the lines of the page's only chart with values."""
    [value] = re.findall(r'data-value="([^"]*)"', page)
    return list(json.loads(unescape(value))["datasets"])


def test_it_shows_the_rate_with_the_lines_at_which_stream_acts(client):
    answered(201, times=5, minutes_ago=3)
    answered(201, 503, minutes_ago=1, times=2)
    answered(503, minutes_ago=1, reason="full")
    answered(401, to=STRANGER, minutes_ago=1, times=3)
    page = client.get(DASHBOARD).content.decode()

    rate, *limits = drawn(page)
    assert [value for value in rate["data"] if value is not None] == [0.0, 60.0]
    assert rate["data"][-2] == 60.0
    assert [(limit["label"], set(limit["data"])) for limit in limits] == [
        ("Stream warns (10 %)", {10.0}),
        ("Stream warns again (25 %)", {25.0}),
        ("Stream switches off (50 %)", {50.0}),
    ]
    text = compact(unescape(page))
    assert TITLE in text
    assert (
        "Last hour: 10 requests, 3 failed (30.0 %): 2 × 503, 1 × 503 (overload: full)."
        " Not counted: 3 × 401 to addresses that never sent an authentic event." in text
    )
    assert "<td>60.0</td><td>5</td><td>3</td><td>3</td>" in text


def test_without_requests_it_says_so(client):
    page = unescape(client.get(DASHBOARD).content.decode())
    assert TITLE in page
    assert "No event has come yet." in page


def test_it_is_not_shown_while_the_role_is_off(client, settings):
    settings.STREAM_EVENTS_SECRETS = []
    assert TITLE not in unescape(client.get(DASHBOARD).content.decode())


def test_a_week_takes_one_query(django_assert_num_queries):
    for hours in (1, 30, 100):
        answered(201, 503, minutes_ago=hours * 60)
    with django_assert_num_queries(1):
        steps = rate.steps(SPANS["week"], timezone.now())
    assert [step.total for step in steps if step.total] == [2, 2, 2]
