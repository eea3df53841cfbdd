"""The admin pages of the channel's received events."""

import pytest

from dsp.models import ReceivedEvent
from tests.support import factories
from tests.support.admin_forms import names

pytestmark = pytest.mark.django_db
LIST = "/admin/dsp/receivedevent/"


@pytest.fixture
def received(channel):
    channel.event(b'{"type":"location.paused","location_id":"str_8H2K","note":"<b>hi</b>"}')
    return ReceivedEvent.objects.get()


def test_a_merchant_reads_its_own_events_with_body_and_outcome(browser_client, owner, received):
    browser = browser_client(owner)
    assert names(browser.get(LIST)) == {"location.paused: Applied"}
    page = browser.get(f"{LIST}{received.pk}/change/").content.decode()
    assert "Applied" in page
    assert "&lt;b&gt;hi&lt;/b&gt;" in page
    assert "<b>hi</b>" not in page


def test_other_merchants_and_the_kitchen_see_none(browser_client, merchant, received):
    elsewhere = browser_client(factories.user(factories.merchant(name="Elsewhere"), "owner"))
    assert names(elsewhere.get(LIST)) == set()
    assert elsewhere.get(f"{LIST}{received.pk}/change/").status_code == 302
    assert browser_client(factories.user(merchant, "kitchen")).get(LIST).status_code == 403


def test_nobody_changes_the_archive(browser_client, owner, received):
    browser = browser_client(owner)
    assert browser.get(f"{LIST}add/").status_code == 403
    assert browser.post(f"{LIST}{received.pk}/change/", {"problem": "x"}).status_code == 403


def test_without_the_role_there_are_no_pages_of_events(settings, browser_client, owner, received):
    settings.STREAM_DSP_CLIENT_ID = ""
    assert browser_client(owner).get(LIST).status_code == 403
