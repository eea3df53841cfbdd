"""The guest's menu: stored bytes, and what changed since."""

import gzip

import pytest
import time_machine

from dsp.live import guest_menu
from dsp.menu_intake import guest_body
from dsp.models import AvailabilityChange, ChannelKey, Store
from tests.dsp.menus.files import example, read
from tests.dsp.support.channel import new_store
from tests.dsp.support.front_end import front_end_of
from tests.dsp.support.menus import NOON, go_live

pytestmark = pytest.mark.django_db
MENU = "/stores/str_8H2K/menu"
NOTHING = {"items": {}, "variations": {}, "modifiers": {}}


def change(store, kind, stream_id, is_active, **fields):
    AvailabilityChange.objects.create(
        store=store, kind=kind, stream_id=stream_id, is_active=is_active, arrival=3, **fields
    )
    store.overlay_revision += 1
    store.save()


def test_the_menu_is_the_stored_text_with_nothing_changed(front_end):
    answer = front_end.get(MENU)
    stored = guest_body.render(read(example(1)).menu, 1)
    assert answer.content.startswith(stored + b',"availability":')
    shown = answer.json()
    assert (shown["menu_version"], shown["currency"]) == (1, "usd")
    assert shown["availability"] == NOTHING
    assert [one["name"] for one in shown["menus"]] == ["All day"]
    assert answer["Vary"] == "Accept-Encoding, Authorization"
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("change_count", [0, 1, 3_000])
def test_the_compressed_menu_is_one_member_with_the_same_text(front_end, selling, change_count):
    AvailabilityChange.objects.bulk_create(
        AvailabilityChange(
            store=selling, kind="items", stream_id=f"Ñ{number}", is_active=False, arrival=2
        )
        for number in range(change_count)
    )
    plain = front_end.get(MENU)
    packed = front_end.get(MENU, HTTP_ACCEPT_ENCODING="br, gzip")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(plain.json()["availability"]["items"]) == change_count
    assert packed["ETag"] == plain["ETag"][:-1] + '-gzip"'


def test_updates_are_seen_at_once_under_another_tag(front_end, selling):
    first = front_end.get(MENU)["ETag"]
    change(selling, "items", "s-fam-burger", is_active=False)
    change(selling, "modifiers", "s-mod-bacon", is_active=True)
    answer = front_end.get(MENU)
    assert answer.json()["availability"] == {
        "items": {"s-fam-burger": False},
        "variations": {},
        "modifiers": {"s-mod-bacon": True},
    }
    assert answer["ETag"] != first
    go_live(selling, example(2))
    assert front_end.get(MENU).json()["availability"] != NOTHING
    go_live(selling, example(2), arrival=5)
    assert front_end.get(MENU).json()["availability"] == NOTHING


def test_a_change_that_has_run_out_is_another_tag_without_a_revision(front_end, selling):
    end = NOON.replace(hour=19)
    change(selling, "items", "s-fam-burger", is_active=False, until=end)
    tag = front_end.get(MENU)["ETag"]
    with time_machine.travel(end, tick=False):
        answer = front_end.get(MENU, HTTP_IF_NONE_MATCH=tag)
    assert (answer.status_code, answer.json()["availability"]) == (200, NOTHING)


def test_a_known_menu_is_304_without_its_bytes(front_end, django_assert_num_queries):
    front_end.get("/stores")  # Notes the key's use.
    with django_assert_num_queries(2):  # Key, store, menu and bytes; its updates.
        tag = front_end.get(MENU)["ETag"]
    with django_assert_num_queries(1):
        assert front_end.get(MENU).status_code == 200
    for header in (tag, f'W/{tag}, "other"', tag[:-1] + '-gzip"', "*"):
        with django_assert_num_queries(1):
            answer = front_end.get(MENU, HTTP_IF_NONE_MATCH=header)
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert front_end.get(MENU, HTTP_IF_NONE_MATCH='"1-0-other"').status_code == 200


def test_the_menu_is_shown_while_the_store_is_closed_and_missing_is_no_menu(front_end, selling):
    Store.objects.update(connected_at=None, paused_at=NOON)
    assert front_end.get(MENU).status_code == 200
    Store.objects.update(disconnected_at=NOON)
    for _ in range(2):
        answer = front_end.get(MENU)
        assert (answer.status_code, answer.json()["code"]) == (422, "no_menu")
        Store.objects.update(live_menu=None, disconnected_at=None)


def test_a_foreign_or_archived_stores_menu_is_404(front_end, selling):
    new_store(selling.merchant, provider_id="str_archived", archived_at=NOON)
    for store_id in ("str_archived", "str_none", "str%00"):
        assert front_end.get(f"/stores/{store_id}/menu").status_code == 404


def test_a_key_shows_the_menus_of_its_own_stores_beside_keys_that_see_all(front_end, selling):
    """The question that finds the menu asks for one key, whatever others the merchant has."""
    other = new_store(selling.merchant, provider_id="str_other")
    go_live(other, example(1))
    limited = front_end_of(selling.merchant, other)
    for store_id, statuses in (("str_8H2K", (200, 404)), ("str_other", (200, 200))):
        answers = [one.get(f"/stores/{store_id}/menu") for one in (front_end, limited)]
        assert tuple(answer.status_code for answer in answers) == statuses
    ChannelKey.objects.get(is_limited=True).stores.clear()  # It sees none now, not all.
    assert limited.get(MENU).status_code == 404
    ChannelKey.objects.update(revoked_at=NOON)
    assert (front_end.get(MENU).status_code, limited.get(MENU).status_code) == (401, 401)


def test_bytes_come_with_the_question_unless_process_or_client_has_them(front_end, selling):
    key = ChannelKey.objects.get().checksum

    def row(*known):
        held = guest_menu._memory.find(selling.live_menu_id)
        found = guest_menu.find_with_key(key, "str_8H2K", frozenset(known))
        return held is not None, found[0].etag

    assert row("1-0-00000000")[0] is False
    assert guest_menu._memory.find(selling.live_menu_id) is None  # The client has this menu.
    assert row("2-0-00000000")[0] is False
    assert guest_menu._memory.find(selling.live_menu_id) is not None
    tag = front_end.get(MENU)["ETag"]
    guest_menu.forget()
    change(selling, "items", "s-fam-burger", is_active=False)
    answer = front_end.get(MENU, HTTP_IF_NONE_MATCH=tag)  # Its menu is known, but not its end.
    assert answer.json()["availability"]["items"] == {"s-fam-burger": False}
