"""The admin pages of the channel's orders."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsp.models import ChannelOrder, ReceivedEvent
from tests.dsp.support.channel import new_store
from tests.dsp.support.order_rows import channel_order, owed_event, owed_refund
from tests.orders.support.board_pages import text_of
from tests.support import factories
from tests.support.admin_forms import names

pytestmark = pytest.mark.django_db
LIST = "/admin/dsp/channelorder/"
State = ChannelOrder.State


@pytest.fixture
def browser(role, browser_client, owner):
    return browser_client(owner)


@pytest.fixture
def foreign(role):
    elsewhere = factories.merchant(name="Elsewhere")
    return channel_order(new_store(elsewhere, name="Foreign store"), "completed")


def page_of(order):
    return f"{LIST}{order.pk}/change/"


def shown(response):
    return [order.number for order in response.context_data["cl"].result_list]


def test_what_needs_attention_comes_first_then_open_then_ended(browser, store):
    ended = channel_order(store, "completed")
    forgotten = channel_order(store, "failed", ended_at=timezone.now() - timedelta(days=2))
    opened = channel_order(store, "accepted")
    failed = channel_order(store, "failed")
    unpaid = channel_order(store, "failed", ended_at=timezone.now() - timedelta(days=9))
    owed_refund(unpaid)
    silent = channel_order(store, "unconfirmed")
    orders = [silent, unpaid, failed, opened, forgotten, ended]
    assert shown(browser.get(LIST)) == [order.number for order in orders]
    assert shown(browser.get(LIST, {"state": "attention"})) == [
        order.number for order in orders[:3]
    ]
    assert shown(browser.get(LIST, {"state": "open"})) == [silent.number, opened.number]
    assert shown(browser.get(LIST, {"state": "completed"})) == [ended.number]


def test_the_list_says_why_and_what_to_do(browser, store, settings):
    store.phone = "+15125550123"
    store.save()
    since = timezone.now().replace(hour=18, minute=0)
    silent = channel_order(store, "unconfirmed", state_since=since)
    failed = channel_order(store, "failed", failure_reason="pos_missing_items", is_unpaid=True)
    owed = channel_order(store, "failed", failure_reason="items_unavailable")
    owed_refund(owed)
    late = channel_order(store, "failed", failure_reason="not_handed_over_in_time", is_unpaid=True)
    channel_order(store, "held", send_at=timezone.now() - timedelta(minutes=5))
    page = browser.get(LIST)
    text = text_of(page)
    for sentence in (
        "the restaurant does not answer. Call the restaurant (+15125550123); if it cannot make it,"
        " cancel for the guest. Without an answer we cancel at 12:15.",
        "The POS does not have all items. Resync the POS in Stream and publish the menu again.",
        "Stream did not take it in time. Read what its attempts met with.",
        "Its time has come, but the store is paused: it is handed over after the pause.",
        "Something was sold out. Pay back 26.87 USD, then mark the refund as done.",
    ):
        assert sentence in text, sentence
    assert f'href="{page_of(silent)}#cancel"' in page.content.decode()
    assert f'href="{page_of(late)}#events"' in page.content.decode()
    assert f'href="{page_of(owed)}#refund"' in page.content.decode()
    assert f'href="{page_of(failed)}#refund"' not in page.content.decode()


def test_orders_are_found_by_number_id_guest_and_phone(browser, store):
    order = channel_order(store, number="Q7")
    channel_order(store, customers=[{"name": "Bo Diaz", "phone": "+15125550101"}])
    for words in ("q7", order.provider_id, "ann lee", "5550100"):
        assert names(browser.get(LIST, {"q": words})) == {str(order)}, words


def test_the_filters_offer_own_stores_and_days(browser, merchant, store, foreign):
    uptown = new_store(merchant, name="Uptown")
    here, there = channel_order(store), channel_order(uptown)
    yesterday = here.business_day - timedelta(days=1)
    old = channel_order(store, business_day=yesterday)
    assert names(browser.get(LIST, {"store": uptown.provider_id})) == {str(there)}
    assert names(browser.get(LIST, {"day": yesterday.isoformat()})) == {str(old)}
    everything = {str(here), str(there), str(old)}
    assert names(browser.get(LIST, {"store": foreign.store.provider_id})) == everything


def test_a_list_of_200_orders_takes_as_many_queries_as_one_of_two(browser, store):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(LIST).status_code == 200
        return len(captured)

    for state in ("placed", "failed"):
        owed_refund(channel_order(store, state))
    few = queries()
    for number in range(198):
        order = channel_order(store, ("placed", "failed", "unconfirmed")[number % 3])
        if number % 3 == 1:
            owed_refund(order)
    assert queries() == few


def test_the_list_is_renewed_when_an_order_takes_a_step(browser, store):
    order = channel_order(store)
    page = browser.get(LIST)
    version = page.context_data["live"]["version"]
    assert f'data-version="{version.replace(chr(34), "&quot;")}"' in page.content.decode()
    known = {"HTTP_IF_NONE_MATCH": version}
    assert browser.get(f"{LIST}version/", **known).status_code == 304
    order.history.create(state="ready_for_pickup", actor="stream")
    changed = browser.get(f"{LIST}version/", **known)
    assert (changed.status_code, changed["ETag"] != version) == (204, True)


def test_the_page_shows_choices_amounts_payment_and_refund(browser, store):
    order = channel_order(
        store, "failed", failure_reason="order_validation_error", failure_message="Price is low",
        special_instructions="Ring the bell",
    )  # fmt: skip
    owed_refund(order)
    order.history.create(state="placed", actor="guest", detail="We have your order.")
    order.history.create(state="failed", actor="stream", staff_detail="Rejected <b>by</b> the POS")
    text = text_of(browser.get(page_of(order)))
    for words in (
        "The POS refused the cart, perhaps for a price below its own. Pay back 26.87 USD",
        "Stream says: Price is low", "Ring the bell", "2 × Burger, large 10.00 USD each",
        "No pickles", "22.00 USD", "1 × Cheese 1.00 USD each", "1 × Cheddar",
        "Subtotal 22.00 USD", "Sales tax 1.87 USD", "Tip for the restaurant 3.00 USD",
        "The guest pays 26.87 USD", "The amounts add up to the total.",
        "Ann Lee +15125550100 ann@example.com", "Paid 26.87 USD", "With Stripe", "Reference pi_1",
        "The guest reads: We have your order. The guest",
        "Rejected &lt;b&gt;by&lt;/b&gt; the POS Stream", "Refund owed Amount 26.87 USD",
    ):  # fmt: skip
        assert words in text, words


def test_amounts_that_do_not_add_up_are_told(browser, store):
    order = channel_order(store, total=2600)
    assert "The amounts come to 26.87 USD, not to the total." in text_of(
        browser.get(page_of(order))
    )


def test_choices_nested_sixty_deep_are_shown(browser, store):
    below: list = []
    for _ in range(60):
        below = [{"name": "More", "quantity": 2, "price": 0, "modifiers": below}]
    line = {"name": "Box", "quantity": 1, "price": 2200, "modifiers": below}
    page = browser.get(page_of(channel_order(store, lines=[line])))
    assert text_of(page).count("2 × More") == 60


def test_the_page_links_the_events_owed_and_shows_their_bodies(browser, merchant, store):
    order = channel_order(store)
    event = owed_event(order)
    body = f'{{"type":"location.order.accept","order_id":"{order.provider_id}"}}'
    for one in (body, '{"type":"location.order.accept","order_id":"ord_other"}'):
        ReceivedEvent.objects.create(
            merchant=merchant, store=store, event_type="location.order.accept",
            body=one.encode(), outcome="applied",
        )  # fmt: skip
    page = browser.get(page_of(order))
    assert f'href="/admin/integration/outboundevent/{event.pk}/change/"' in page.content.decode()
    text = text_of(page)
    assert "new_order: Waiting" in text
    assert "Sent: new_order" in text
    assert text.count("Received: location.order.accept") == 1
    assert "ord_other" not in text


def test_staff_cancel_for_the_guest(browser, store, owner):
    order = channel_order(store, "unconfirmed")
    assert "Cancel the order" in text_of(browser.get(page_of(order)))
    answer = browser.post(f"{LIST}{order.pk}/press/cancel/", follow=True)
    order.refresh_from_db()
    assert (order.state, order.money) == (State.GUEST_CANCELED, ChannelOrder.Money.DUE)
    assert order.history.latest("pk").actor == owner.email
    assert f"{order.number} is canceled." in text_of(answer)


def test_what_has_ended_is_not_canceled(browser, store):
    order = channel_order(store, "completed")
    assert "Cancel the order" not in text_of(browser.get(page_of(order)))
    browser.post(f"{LIST}{order.pk}/press/cancel/")
    order.refresh_from_db()
    assert (order.state, order.money) == (State.COMPLETED, ChannelOrder.Money.NONE)


def test_a_part_of_a_completed_order_is_refunded(browser, store):
    order = channel_order(store, "completed")
    form = f"{LIST}{order.pk}/refund-part/"
    assert f'action="{form}"' in browser.get(page_of(order)).content.decode()
    answer = browser.post(form, {"amount": "ten"}, follow=True)
    assert "Nothing was refunded: Enter a price like 12.50." in text_of(answer)
    answer = browser.post(form, {"amount": "5.50"}, follow=True)
    assert "5.50 USD are owed to the guest" in text_of(answer)
    order.refresh_from_db()
    assert (order.refund.amount, order.money) == (550, ChannelOrder.Money.DUE)
    assert form not in browser.get(page_of(order)).content.decode()


def test_a_part_of_an_order_that_is_still_made_is_not_refunded(browser, store):
    order = channel_order(store, "accepted")
    answer = browser.post(f"{LIST}{order.pk}/refund-part/", {"amount": "5.50"}, follow=True)
    assert "Nothing was refunded" in text_of(answer)
    assert not hasattr(ChannelOrder.objects.get(), "refund")


def test_the_refund_is_marked_as_done_on_the_orders_page(browser, store):
    order = channel_order(store, "failed")
    owed_refund(order)
    form = f"{LIST}{order.pk}/refund-done/"
    answer = browser.post(form, {"reference": " "}, follow=True)
    assert "The refund is still owed" in text_of(answer)
    browser.post(form, {"reference": "re_1"})
    order.refresh_from_db()
    assert (order.refund.state, order.refund.reference) == ("done", "re_1")
    assert order.money == ChannelOrder.Money.REFUNDED


@pytest.mark.parametrize(
    ("path", "status"),
    [("change/", 302), ("press/cancel/", 404), ("refund-part/", 404), ("refund-done/", 404)],
)
def test_another_merchants_order_is_out_of_reach(browser, foreign, path, status):
    owed_refund(foreign)
    assert names(browser.get(LIST)) == set()
    address = f"{LIST}{foreign.pk}/{path}"
    sent = {"amount": "1.00", "reference": "re_1"}
    answer = browser.get(address) if path == "change/" else browser.post(address, sent)
    assert answer.status_code == status
    foreign.refresh_from_db()
    assert (foreign.state, foreign.refund.state) == (State.COMPLETED, "due")


@pytest.mark.parametrize("path", ["press/cancel/", "refund-part/", "refund-done/"])
def test_a_button_takes_a_post(browser, store, path):
    order = channel_order(store)
    assert browser.get(f"{LIST}{order.pk}/{path}").status_code == 405


def test_the_kitchen_sees_and_does_nothing(role, browser_client, merchant, store):
    order = channel_order(store)
    kitchen = browser_client(factories.user(merchant, "kitchen"))
    for path in ("", "version/", "numbers/", f"{order.pk}/change/"):
        assert kitchen.get(f"{LIST}{path}").status_code == 403, path
    for path in ("press/cancel/", "refund-part/", "refund-done/"):
        assert kitchen.post(f"{LIST}{order.pk}/{path}").status_code == 403, path
    order.refresh_from_db()
    assert order.state == State.ACCEPTED


def test_our_own_staff_see_every_merchants(role, browser_client, store, foreign):
    order = channel_order(store)
    ours = browser_client(factories.user(None, "", is_superuser=True))
    assert names(ours.get(LIST)) == {str(order), str(foreign)}
    assert names(ours.get(LIST, {"merchant": foreign.merchant_id})) == {str(foreign)}
    assert ours.post(f"{LIST}{order.pk}/press/cancel/").status_code == 302


def test_without_the_role_there_are_no_pages_of_orders(settings, browser, store):
    order = channel_order(store)
    settings.STREAM_DSP_CLIENT_ID = ""
    for path in ("", "version/", f"{order.pk}/change/"):
        assert browser.get(f"{LIST}{path}").status_code == 403, path
