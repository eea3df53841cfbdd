"""The rounds of followed orders, and the words of their history."""

from django.utils import translation

from integration.clocks import registry
from orders import tasks
from orders.staff_pages import followed_words
from orders.stream_events import application, repairs


def test_an_event_wakes_the_round_that_runs_every_second():
    [one] = registry.woken_by("orders.tasks.follow_orders")

    assert (one.task, one.every_seconds, one.is_elected) == (tasks.follow_orders, 1.0, True)


def test_every_entry_of_the_history_has_words_in_spanish():
    written = {
        application.CONFIRMED, application.CONFIRMED_AGAIN, application.STATUS_CHANGED,
        application.DELIVERY_CHANGED, application.CANCELED, application.NOTHING_NEW,
        application.LOCATION_KNOWN, repairs.CLOSED,
    }  # fmt: skip

    with translation.override("es"):
        assert not {what for what in written if followed_words.in_words(what) == what}
    assert followed_words.in_words("Something else") == "Something else"
