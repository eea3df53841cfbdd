"""A published menu goes live: events over HTTP, files from a server (contract DSP-EV-PUBLISH)."""

import gzip
import json
import zlib

import msgspec
import pytest

from dsp.menu_intake import guest_body, object_ids, queue, reading, sealing, worker
from dsp.menus.schema import PublishedMenu
from dsp.models import AvailabilityChange, MenuContent, ReceivedEvent, ReceivedMenu, Store
from integration.models import Alarm
from tests.dsp.menus.files import example, read
from tests.dsp.support.publishing import Publisher

pytestmark = pytest.mark.django_db

Verdict = ReceivedMenu.Verdict


def _store():
    return Store.objects.get(provider_id="str_8H2K")


def _priced(price):
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["variations"][0]["price"] = price
    return file


@pytest.mark.parametrize("version", [1, 2])
def test_the_examples_of_the_contract_go_live(channel, files, store, version, woken):
    publisher = Publisher(channel, files, store)  # Read in a process of its own.
    menu = publisher.announce(example(version))
    assert (menu.verdict, menu.arrival) == (Verdict.WAITING, ReceivedEvent.objects.get().pk)
    assert menu.shown_address == f"{files.origin}/71.json"
    assert files.requests == []
    menu = publisher.take()
    assert (menu.verdict, menu.number, menu.version, menu.reason) == (Verdict.LIVE, 1, version, "")
    assert (menu.currency, menu.prep_time_minutes) == ("usd", 15)
    assert menu.counts == {"menus": 1, "families": 1, "variations": 2, "modifiers": 3}
    assert (menu.sealed_address, menu.claim, menu.left_out, menu.changes) == (None, None, [], [])
    assert _store().live_menu == menu
    assert files.requests[0][0] == "/71.json?X-Amz-Signature=0f1e"
    sent = {name.lower() for name in files.requests[0][1]}
    assert sent == {"host", "accept", "accept-encoding", "user-agent", "connection"}


def test_the_stored_bytes_are_the_menu_in_every_form(publisher):
    file = json.dumps(example(2)).encode()
    content = publisher.publish(file).content
    menu = read(example(2)).menu
    assert gzip.decompress(content.file) == file
    assert msgspec.msgpack.decode(content.compiled, type=PublishedMenu) == menu
    assert bytes(content.guest_body) == guest_body.render(menu, 1)
    assert object_ids.has(content.object_ids, "variations", "s-var-burger-l")
    assert not object_ids.has(content.object_ids, "items", "s-var-burger-l")


def test_the_compressed_menu_continues_to_one_valid_gzip_file(publisher):
    content = publisher.publish(example(1)).content
    body, packed = bytes(content.guest_body), bytes(content.guest_gzip)
    checksum, length = int.from_bytes(packed[-8:-4], "little"), int.from_bytes(packed[-4:])
    assert checksum == zlib.crc32(body)
    assert int.from_bytes(packed[-4:], "little") == len(body), length
    tail = b',"availability":{"items":{},"variations":{},"modifiers":{}}}'
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    end = zlib.crc32(tail, checksum).to_bytes(4, "little")
    end += (len(body) + len(tail)).to_bytes(4, "little")
    whole = packed[:-8] + deflate.compress(tail) + deflate.flush() + end
    assert gzip.decompress(whole) == body + tail
    shown = json.loads(body + tail)
    assert (shown["menu_version"], shown["availability"]["items"]) == (1, {})


def test_a_guest_gets_the_ids_and_rules_of_the_file():
    shown = json.loads(guest_body.render(read(example(2)).menu, 3) + b"}")
    assert list(shown) == [
        "menu_version", "currency", "prep_time_minutes", "menus", "holidays", "taxes",
        "modifier_groups",
    ]  # fmt: skip
    menu = shown["menus"][0]
    assert menu["hours"]["friday"] == ["07:00-14:30", "17:00-24:00"]
    assert menu["hours"]["sunday"] == []
    item = menu["categories"][0]["items"][0]
    assert item["default_variation_id"] == "s-var-burger-r"
    assert item["variations"] == [
        {"id": "s-var-burger-r", "name": "Regular", "price": 800, "is_active": True,
         "stock_count": 40},
        {"id": "s-var-burger-l", "name": "Large", "price": 1000, "is_active": True,
         "modifier_prices": {"s-mod-bacon": 200}},
    ]  # fmt: skip
    groups = shown["modifier_groups"]
    group = groups[item["modifier_group_indexes"][0]]
    assert {name: group[name] for name in ("minimum", "maximum", "free", "selection_type")} == {
        "minimum": 0, "maximum": 2, "free": 0, "selection_type": "multiple",
    }  # fmt: skip
    assert group["defaults"] == {"s-mod-cheese": 1}
    cheese = group["modifiers"][0]
    (below,) = cheese["modifier_group_indexes"]
    assert groups[below]["modifiers"][0]["id"] == "s-mod-cheddar"
    assert shown["holidays"][1] == {"date": "01-01", "hours": ["09:00-17:00"]}
    assert shown["taxes"] == [
        {"id": "s-tax-sales", "name": "Sales tax", "rate": 8.5, "is_inclusive": False}
    ]


def test_the_next_publish_replaces_the_menu_and_lists_the_differences(publisher):
    first = publisher.publish(example(1))
    second = publisher.publish(_priced(850))
    first.refresh_from_db()
    assert (first.verdict, second.verdict, second.number) == (Verdict.REPLACED, Verdict.LIVE, 2)
    assert second.changes == [
        {"kind": "variation", "id": "s-var-burger-r", "name": "Burger, Regular",
         "what": "price", "before": "8.00 USD", "after": "8.50 USD"}
    ]  # fmt: skip
    assert second.notes == []
    assert json.loads(bytes(second.content.guest_body) + b"}")["menu_version"] == 2


def test_a_file_of_the_other_version_is_taken_with_a_note(publisher):
    publisher.publish(example(1))
    menu = publisher.publish(example(2))
    assert menu.notes == ["The file has version 2; the one before had version 1."]


def test_an_empty_menu_is_a_menu(publisher):
    menu = publisher.publish({"menus": [], "holidays": [], "taxes": []})
    assert (menu.verdict, menu.currency, menu.prep_time_minutes) == (Verdict.LIVE, "", 20)


def test_a_refused_file_leaves_the_menu_and_raises_an_alarm_until_the_next_good_one(publisher):
    good = publisher.publish(example(1))
    bad = publisher.publish(b'{"menus":')
    assert (bad.verdict, bad.reason) == (Verdict.REFUSED, "The file is not valid JSON in UTF-8.")
    assert _store().live_menu == good
    assert list(MenuContent.objects.values_list("pk", flat=True)) == [good.pk]
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.endpoint, alarm.merchant_id) == (
        Alarm.Kind.MENU, "str_8H2K", good.store.merchant_id,
    )  # fmt: skip
    assert alarm.message == (
        "Downtown, order ahead: a published menu was not taken. The file is not valid JSON in"
        " UTF-8. The one before stays."
    )
    assert publisher.publish(example(1)).number == 2
    alarm.refresh_from_db()
    assert alarm.resolved_at is not None


def test_what_is_left_out_is_listed(publisher):
    file = example(1)
    file["menus"][0]["categories"][0]["items"][0]["variations"][0]["price"] = 1200.5
    menu = publisher.publish(file)
    assert (menu.verdict, menu.left_out_count) == (Verdict.LIVE, 2)
    assert menu.left_out[0] == [
        "variation", "s-var-burger-r", "price", "price is not a whole amount.",
    ]  # fmt: skip


def test_a_later_publish_gives_up_the_one_that_waits(publisher, store):
    first = publisher.announce(example(1))
    second = publisher.announce(example(1))
    first.refresh_from_db()
    assert (first.verdict, first.sealed_address) == (Verdict.SUPERSEDED, None)
    assert publisher.take() == second
    assert publisher.take() is None


def test_a_menu_that_is_being_read_never_overwrites_a_later_one(publisher, monkeypatch):
    plain = reading.read

    def read_slowly(packed_file, base):
        monkeypatch.setattr(reading, "read", plain)
        built = plain(packed_file, base)
        assert publisher.publish(_priced(900)).number == 1  # Another worker is faster.
        return built

    monkeypatch.setattr(reading, "read", read_slowly)
    older = publisher.publish(example(1))
    live = _store().live_menu
    assert (older.verdict, older.number) == (Verdict.SUPERSEDED, None)
    assert live.pk > older.pk
    assert list(MenuContent.objects.values_list("pk", flat=True)) == [live.pk]


def test_an_update_while_a_publish_is_read_counts_for_the_old_and_the_new_menu(
    publisher, monkeypatch
):
    publisher.publish(example(1))
    publisher.update(modifiers={"s-mod-bacon": True})
    plain = reading.read

    def read_slowly(packed_file, base):
        built = plain(packed_file, base)
        assert publisher.update(items={"s-fam-burger": False}).status_code == 200
        return built

    revision = _store().overlay_revision
    monkeypatch.setattr(reading, "read", read_slowly)
    menu = publisher.publish(_priced(900))
    kept = AvailabilityChange.objects.get()  # The older update ended with the publish.
    assert (kept.stream_id, kept.is_active) == ("s-fam-burger", False)
    assert kept.arrival > menu.arrival
    assert _store().overlay_revision == revision + 2


def test_a_publish_ends_what_failed_orders_switched_off_and_the_suspicion(publisher, store):
    publisher.publish(example(1))
    Store.objects.update(suspect_since="2026-01-01T00:00:00Z")
    AvailabilityChange.objects.create(
        store=store, kind="items", stream_id="s-fam-burger", is_active=False, arrival=1,
        reason="Order 7",
    )  # fmt: skip
    publisher.publish(example(1))
    assert not AvailabilityChange.objects.exists()
    assert _store().suspect_since is None


def test_ten_versions_are_kept(publisher, monkeypatch):
    for _ in range(11):
        publisher.publish(example(1))
    numbers = ReceivedMenu.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(2, 12))
    assert MenuContent.objects.count() == 10


def test_the_address_is_sealed_and_its_query_shown_nowhere(publisher, settings):
    menu = publisher.announce(example(1))
    assert sealing.unseal(bytes(menu.sealed_address)).endswith("/71.json?X-Amz-Signature=0f1e")
    assert b"0f1e" not in bytes(menu.sealed_address)
    assert b"0f1e" not in bytes(ReceivedEvent.objects.get().body)
    settings.SECRET_KEY = "another-key"
    menu = publisher.take()
    assert (menu.verdict, menu.reason) == (
        Verdict.UNREACHABLE,
        "SECRET_KEY was changed while it waited. Publish the menu again in Stream.",
    )


def test_another_menu_that_went_live_meanwhile_has_the_file_read_again(publisher, monkeypatch):
    publisher.publish(example(1))
    plain = reading.base_of
    bases = iter([reading.Base(None, 1)])
    monkeypatch.setattr(reading, "base_of", lambda store: next(bases, None) or plain(store))
    menu = publisher.publish(_priced(900))
    assert (menu.verdict, menu.attempt_count) == (Verdict.WAITING, 0)
    assert publisher.take().number == 2


def test_a_worker_takes_one_menu_of_a_merchant_at_a_time(publisher, store):
    other = Store.objects.create(merchant=store.merchant, name="Uptown", timezone="UTC")
    first = publisher.announce(example(1))
    publisher.store = other
    publisher.announce(example(1))
    held = queue.claim()
    assert held == first
    assert queue.claim() is None
    worker.take(held)
    assert queue.claim().store == other


def test_intake_and_install_take_few_queries(publisher, django_assert_max_num_queries):
    publisher.publish(example(1))
    with django_assert_max_num_queries(12):
        publisher.announce(example(1))
    with django_assert_max_num_queries(40):
        publisher.take()
