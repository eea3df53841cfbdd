"""Objects switched on and off between two menus (contract DSP-EV-UPDATE)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from dsp.menu_intake import updates
from dsp.models import AvailabilityChange, ReceivedEvent, Store
from tests.dsp.events import examples
from tests.dsp.menus.files import example
from tests.dsp.support.file_server import answer

pytestmark = pytest.mark.django_db


def _rows():
    rows = AvailabilityChange.objects.order_by("kind", "stream_id")
    return list(rows.values_list("kind", "stream_id", "is_active"))


def _revision():
    return Store.objects.get(provider_id="str_8H2K").overlay_revision


@pytest.fixture
def published(publisher):
    """Publish the contract's menu with the fries that the example of an update names."""
    file = example(1)
    burger = file["menus"][0]["categories"][0]["items"][0]
    large = {"stream_id": "s-var-fries-l", "name": "Large", "price": 400, "currency": "usd"}
    fries = {**burger, "stream_id": "s-fam-fries", "name": "Fries", "variations": [large]}
    file["menus"][0]["categories"][0]["items"].append(fries)
    publisher.publish(file)
    return publisher


def test_the_example_of_the_contract_switches_three_objects(published):
    revision = _revision()
    answer = published.channel.event(examples.UPDATE)
    assert (answer.status_code, answer.json()) == (200, {})
    assert _rows() == [
        ("items", "s-fam-burger", False),
        ("modifiers", "s-mod-bacon", False),
        ("variations", "s-var-fries-l", True),
    ]
    event = ReceivedEvent.objects.latest("pk")
    assert event.outcome == "applied"
    assert set(AvailabilityChange.objects.values_list("arrival", flat=True)) == {event.pk}
    assert _revision() == revision + 1


def test_a_repeat_changes_nothing_but_counts_as_the_latest(published):
    published.channel.event(examples.UPDATE)
    revision = _revision()
    published.channel.event(examples.UPDATE)
    event = ReceivedEvent.objects.latest("pk")
    assert (event.outcome, _revision()) == ("noted", revision)
    assert set(AvailabilityChange.objects.values_list("arrival", flat=True)) == {event.pk}


def test_unknown_objects_are_404_and_the_known_ones_are_changed(published):
    answer = published.update(
        items={"s-fam-burger": False, "s-var-burger-l": False}, modifiers={"s-mod-ham": True}
    )
    assert (answer.status_code, answer.json()) == (
        404,
        {
            "error": "unknown_object",
            "error_description": (
                "No menu of this store has: s-var-burger-l (item), s-mod-ham (modifier)."
            ),
        },
    )
    assert _rows() == [("items", "s-fam-burger", False)]
    event = ReceivedEvent.objects.latest("pk")
    assert (event.outcome, event.problem) == (
        "unknown_object", answer.json()["error_description"],
    )  # fmt: skip


def test_the_contracts_sentence_for_an_unknown_object(publisher):
    answer = publisher.update(modifiers={"s-mod-bacon": False})
    assert answer.status_code == 404
    assert answer.json()["error_description"] == (
        "No menu of this store has: s-mod-bacon (modifier)."
    )


def test_after_a_failed_publish_every_update_is_404_until_the_next_one(published):
    published.publish(b"no menu")
    answer = published.update(items={"s-fam-burger": False})
    assert (answer.status_code, answer.json()) == (
        404,
        {
            "error": "unknown_object",
            "error_description": "The last menu was not taken. Publish the whole menu again.",
        },
    )
    assert published.update().status_code == 404
    assert _rows() == [("items", "s-fam-burger", False)]
    published.announce(example(1))
    assert published.update(items={"s-fam-burger": True}).status_code == 200


def test_empty_arrays_are_fine(published):
    assert published.update(items={}).status_code == 200


def test_an_older_event_never_overrides_a_newer_one(published, store):
    published.update(items={"s-fam-burger": False})
    store.refresh_from_db()
    older = ReceivedEvent(pk=1)
    assert not updates.apply(store, [("items", "s-fam-burger", True)], older)
    assert _rows() == [("items", "s-fam-burger", False)]


def test_a_failed_order_switches_off_what_its_ids_name_for_a_while(published, store):
    store.refresh_from_db()
    published.update(variations={"s-var-burger-r": False})
    arrival = ReceivedEvent.objects.latest("pk").pk + 1
    until = timezone.now() + timedelta(hours=2)
    ids = ["s-var-burger-l", "s-var-burger-r", "s-mod-bacon", "s-nothing"]
    assert updates.switch_off(store, ids, arrival, until, "Order 7: none left")
    assert _rows() == [
        ("modifiers", "s-mod-bacon", False),
        ("variations", "s-var-burger-l", False),
        ("variations", "s-var-burger-r", False),
    ]
    ends = dict(AvailabilityChange.objects.values_list("stream_id", "until"))
    assert ends == {"s-mod-bacon": until, "s-var-burger-l": until, "s-var-burger-r": None}
    revision = _revision()
    AvailabilityChange.objects.filter(stream_id="s-mod-bacon").update(until=timezone.now())
    updates.end_due()
    assert {stream_id for _, stream_id, _ in _rows()} == {"s-var-burger-l", "s-var-burger-r"}
    assert _revision() == revision + 1


def test_an_update_that_names_an_object_ends_the_reason_of_a_failed_order(published, store):
    store.refresh_from_db()
    until = timezone.now() + timedelta(hours=2)
    updates.switch_off(store, ["s-fam-burger"], 1, until, "Order 7: none left")
    published.update(items={"s-fam-burger": True})
    row = AvailabilityChange.objects.get()
    assert (row.is_active, row.until, row.reason) == (True, None, "")


def test_an_update_takes_the_same_few_queries_for_any_number_of_objects(
    published, store, django_assert_num_queries
):
    store.refresh_from_db()
    published.update(items={"s-fam-burger": False})
    record = ReceivedEvent.objects.latest("pk")
    changes = [
        ("items", "s-fam-burger", True),
        ("items", "s-fam-fries", True),
        ("modifiers", "s-mod-bacon", True),
        ("variations", "s-var-burger-l", True),
    ]
    with django_assert_num_queries(4):
        updates.apply(store, changes[:1], record)
    with django_assert_num_queries(6):
        updates.apply(store, changes, record)


def test_many_unknown_objects_are_counted_in_the_answer(published):
    answer = published.update(items={f"s-{number}": True for number in range(25)})
    assert answer.json()["error_description"].endswith("s-19 (item), and 5 more.")


def test_a_server_that_is_away_leaves_updates_as_they_are(published):
    published.files.behave = answer(500)
    published.announce()
    published.take()
    assert published.update(items={"s-fam-burger": False}).status_code == 200
