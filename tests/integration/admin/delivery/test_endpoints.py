"""The receivers: our own staff see their state, resume them and probe them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integration.models import Endpoint
from tests.support import factories

LIST = "/admin/integration/endpoint/"
RECEIVER = f"{LIST}stream/"


@pytest.fixture
def staff(db: None) -> Any:
    return factories.user(None, "", is_superuser=True)


@pytest.fixture
def client(browser_client: Any, staff: Any) -> Any:
    return browser_client(staff)


@pytest.fixture
def failing(db: None) -> Endpoint:
    now = timezone.now()
    return Endpoint.objects.create(
        name="stream",
        failing_since=now - timedelta(minutes=14),
        probe_at=now + timedelta(minutes=4, seconds=5),
        consecutive_failures=23,
        last_failure="It answered 503.",
    )


def press(client: Any, button: str) -> list[str]:
    answer = client.post(f"{RECEIVER}press/{button}/", follow=True)
    assert answer.redirect_chain[-1][0] == f"{RECEIVER}change/"
    return [str(message) for message in answer.context["messages"]]


def test_the_list_and_the_page_of_a_receiver(client, failing, merchant):
    factories.event(merchant)
    listed = client.get(LIST).content.decode()
    assert "Failing" in listed
    assert "It answered 503." in listed
    page = client.get(f"{RECEIVER}change/").content.decode()
    assert "1 event waiting" in page
    assert "The next probe is sent in 4 minutes, at " in page
    assert "14 minutes ago, at " in page
    assert "It answered 503." in page


def test_resume(client, failing, woken):
    assert press(client, "resume") == ["Events are sent to “stream” again."]
    failing.refresh_from_db()
    assert failing.breaker == "closed"
    assert press(client, "resume") == ["“stream” was not blocked."]
    assert "/press/" not in client.get(f"{RECEIVER}change/").content.decode()


def test_resume_a_stopped_one(client, failing):
    Endpoint.objects.update(stopped_at=timezone.now())
    page = client.get(f"{RECEIVER}change/").content.decode()
    assert "/press/probe_now/" not in page
    assert press(client, "probe_now") == ["“stream” is not failing."]
    assert press(client, "resume") == ["Events are sent to “stream” again."]
    failing.refresh_from_db()
    assert failing.stopped_at is None


def test_probe_now(client, failing):
    assert press(client, "probe_now") == ["“stream” is being probed with one event."]
    failing.refresh_from_db()
    assert failing.probe_at is not None
    assert failing.probe_at <= timezone.now()


def test_a_get_or_a_forged_form_changes_nothing(client, staff, failing):
    assert client.get(f"{RECEIVER}press/resume/").status_code == 405
    strict = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    strict.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(f"{RECEIVER}press/resume/").status_code == 403
    failing.refresh_from_db()
    assert failing.breaker == "open"


def test_nothing_can_be_added_changed_or_deleted(client, failing):
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{RECEIVER}change/", {"name": "x"}).status_code == 403
    assert client.post(f"{RECEIVER}delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_a_merchants_users_cannot_see_or_resume_receivers(browser_client, merchant, failing, role):
    merchant_client = browser_client(factories.user(merchant, role))
    assert merchant_client.get(LIST).status_code == 403
    assert merchant_client.get(f"{RECEIVER}change/").status_code == 403
    for button in ("resume", "probe_now"):
        assert merchant_client.post(f"{RECEIVER}press/{button}/").status_code == 403
    probe_at = failing.probe_at
    failing.refresh_from_db()
    assert failing.probe_at == probe_at
