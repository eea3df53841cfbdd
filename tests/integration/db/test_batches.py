"""Large deletions in statements that each fit into their time limit."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integration.db import batches

pytestmark = pytest.mark.django_db


@pytest.fixture
def sessions():
    """Create 25 sessions that are over and one that is not."""
    now = timezone.now()
    Session.objects.bulk_create(
        Session(session_key=f"key {number}", expire_date=now - timedelta(hours=number))
        for number in range(-1, 25)
    )
    return Session.objects.filter(expire_date__lte=now)


def test_rows_are_deleted_a_batch_at_a_time_and_only_they(sessions):
    steps: list[int] = []
    with CaptureQueriesContext(connection) as queries:
        deleted = batches.delete(sessions, size=10, step=lambda: steps.append(1))
    assert (deleted, len(steps)) == (25, 3)
    statements = [query["sql"] for query in queries if query["sql"].startswith("DELETE")]
    assert len(statements) == 3
    assert Session.objects.get().session_key == "key -1"


def test_a_row_that_has_changed_since_it_was_selected_stays(sessions):
    for batch in batches.each(sessions, size=10):
        Session.objects.update(expire_date=timezone.now() + timedelta(hours=1))
        assert batch.delete()[0] == 0
    assert Session.objects.count() == 26
