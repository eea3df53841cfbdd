"""The admin pages of refunds owed to guests."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsp.models import Refund
from tests.dsp.support.channel import new_store
from tests.dsp.support.order_rows import channel_order, owed_refund
from tests.orders.support.board_pages import text_of
from tests.support import factories
from tests.support.admin_forms import names

pytestmark = pytest.mark.django_db
LIST = "/admin/dsp/refund/"


@pytest.fixture
def browser(role, browser_client, owner):
    return browser_client(owner)


@pytest.fixture
def foreign(role):
    elsewhere = factories.merchant(name="Elsewhere")
    return owed_refund(channel_order(new_store(elsewhere), "failed"))


def test_the_list_has_what_is_owed_oldest_first(browser, store, foreign):
    new = owed_refund(channel_order(store, "failed", failure_reason="items_unavailable"))
    since = timezone.now() - timedelta(days=3)
    old = owed_refund(channel_order(store, "completed"), reason="partial", created_at=since)
    done = owed_refund(channel_order(store, "failed"), state="done", reference="re_0")
    page = browser.get(LIST)
    assert list(page.context_data["cl"].result_list) == [old, new]
    text = text_of(page)
    for words in ("26.87 USD", "A part, decided by staff", "Something was sold out", "3 days"):
        assert words in text.replace("\xa0", " "), words
    assert names(browser.get(LIST, {"state": "done"})) == {str(done)}


def test_a_refund_is_done_with_a_reference(browser, store):
    refund = owed_refund(channel_order(store, "failed"))
    page = f"{LIST}{refund.pk}/change/"
    assert "then enter the reference" in text_of(browser.get(page))
    answer = browser.post(f"{LIST}{refund.pk}/done/", {"reference": ""}, follow=True)
    assert "The refund is still owed" in text_of(answer)
    browser.post(f"{LIST}{refund.pk}/done/", {"reference": "re_1"})
    refund.refresh_from_db()
    assert (refund.state, refund.reference) == ("done", "re_1")
    text = text_of(browser.get(page))
    assert "re_1" in text
    assert "then enter the reference" not in text


def test_another_merchants_refund_is_out_of_reach(browser, foreign):
    assert browser.get(f"{LIST}{foreign.pk}/change/").status_code == 302
    answer = browser.post(f"{LIST}{foreign.pk}/done/", {"reference": "re_1"})
    assert answer.status_code == 404
    assert Refund.objects.get().state == "due"


def test_a_manager_marks_refunds_and_the_kitchen_does_not(role, browser_client, merchant, store):
    refund = owed_refund(channel_order(store, "failed"))
    done = f"{LIST}{refund.pk}/done/"
    kitchen = browser_client(factories.user(merchant, "kitchen"))
    assert kitchen.get(LIST).status_code == 403
    assert kitchen.post(done, {"reference": "re_1"}).status_code == 403
    manager = browser_client(factories.user(merchant, "manager"))
    assert manager.get(done).status_code == 405
    assert manager.post(done, {"reference": "re_1"}).status_code == 302
    assert Refund.objects.get().state == "done"


def test_our_own_staff_see_every_merchants(role, browser_client, store, foreign):
    refund = owed_refund(channel_order(store, "failed"))
    ours = browser_client(factories.user(None, "", is_superuser=True))
    assert names(ours.get(LIST)) == {str(refund), str(foreign)}
    chosen = {"merchant": foreign.order.merchant_id}
    assert names(ours.get(LIST, chosen)) == {str(foreign)}
    assert ours.get(f"{LIST}{refund.pk}/change/").status_code == 200


def test_more_refunds_take_no_more_queries(browser, store):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(LIST).status_code == 200
        return len(captured)

    owed_refund(channel_order(store, "failed"))
    few = queries()
    for _ in range(30):
        owed_refund(channel_order(store, "failed"))
    assert queries() == few
