"""An event's page: the body, the responses, and the next step."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.integration.support.event_rows import LIST, an_attempt, an_event, page_of


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


def test_the_page_shows_the_body_attempts_and_next_step(client, merchant):
    now = timezone.now()
    event = an_event(
        merchant, attempt_count=2, claim_count=4, due_at=now + timedelta(minutes=9, seconds=10)
    )
    headers = "Stream-Webhook-Signature: 3f9a…"
    an_attempt(event, 1, status_code=503, excerpt="<b>boom</b>", headers=headers, duration_ms=212)
    an_attempt(event, 2, error="ConnectTimeout: no connection within 5 s")
    an_attempt(event, 4, status_code=502, is_probe=True)
    answer = client.get(f"{LIST}{event.pk}/change/")
    assert b"&lt;b&gt;boom&lt;/b&gt;" in answer.content
    page = unescape(answer.content.decode())
    assert '"location_id": "loc_downtown"\n' in page  # For people,
    assert event.body in page  # and exactly as it is sent.
    assert headers in page
    assert "took 212 ms" in page
    assert "It is retried in 9 minutes, at " in page
    assert "(attempt 3 of 15)" in page
    kinds = [(attempt["number"], attempt["kind"]) for attempt in answer.context["page"]["tries"]]
    assert kinds == [(4, "failed"), (3, "lost"), (2, "failed"), (1, "failed")]
    assert "The worker died before it could record the result." in page
    assert answer.context["page"]["tries"][0]["is_probe"] is True
    assert page.count(">probe<") == 1


def test_a_readable_body_is_shown_once(client, merchant):
    event = an_event(merchant, body="no JSON at all")
    assert page_of(client, event).count("no JSON at all") == 1


def test_an_attempt_in_progress_is_not_lost(client, merchant):
    event = an_event(
        merchant, attempt_count=1, claim_count=1, leased_until=timezone.now() + timedelta(minutes=1)
    )
    page = page_of(client, event)
    assert "In progress." in page
    assert "It is being sent right now (attempt 1)." in page
    assert "/press/send_again/" not in page


def test_the_page_links_to_the_blocking_event(client, merchant):
    before, event = an_event(merchant), an_event(merchant)
    page = page_of(client, event)
    assert f"It waits behind event {before.public_id}" in page
    assert f'href="{LIST}{before.pk}/change/"' in page


def test_many_attempts_take_no_more_queries_and_only_the_newest_are_shown(client, merchant):
    counts = []
    for number in (3, 150):
        event = an_event(merchant, ordering_key=f"k{number}", claim_count=number)
        for attempt_number in range(1, number + 1):
            an_attempt(event, attempt_number, status_code=503)
        with CaptureQueriesContext(connection) as queries:
            page = page_of(client, event)
        counts.append(len(queries))
        assert page.count('class="sp-try sp-try--failed"') == min(number, 100)
    assert counts[0] == counts[1] <= 15
    assert "50 older attempts are not shown." in page
