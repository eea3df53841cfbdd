"""The compiled menus that a process holds, within its bound."""

import tracemalloc

import pytest
from django.conf import settings

from catalog.compiled import memory, store
from catalog.compiled.memory import Memory, Version
from catalog.compiled.menu import Family, Group, Menu, Sold, decode, encode
from tests.support.threads import at_once

MENUS, DISHES = 50, 300


def _menu(dishes, merchant=0):
    """A menu with two sizes and a group of eight options for each dish."""
    first = merchant * 1_000_000
    sizes = [
        Sold(first + n, f"item_{first + n:016x}", "Large", True, n, n // 2)
        for n in range(2 * dishes)
    ]
    families = [
        Sold(first + n, f"item_family_{first + n:016x}", f"Burger number {n}", True, n, 0, True)
        for n in range(dishes)
    ]
    options = range(8 * dishes)
    modifiers = [
        Sold(first + n, f"modifier_{first + n:016x}", f"Extra {n}", True, n) for n in options
    ]
    groups = [
        Group(n, f"modifier_group_{n:016x}", f"Extras {n}", True, 1, 3, "single", 0)
        for n in range(dishes)
    ]
    return Menu(
        items={one.provider_id: one for one in sizes},
        families={one.provider_id: one for one in families},
        modifiers={one.provider_id: one for one in modifiers},
        families_of_items={one.key: Family(*_plain(one)) for one in families},
        groups={one.key: one for one in groups},
        groups_of_families={n: (n,) for n in range(dishes)},
        groups_of_modifiers={},
        defaults={n: {n // 8: 0} for n in options},
        options={n: tuple(range(8 * n, 8 * n + 8)) for n in range(dishes)},
        size_prices={n: {n: 100} for n in range(dishes)},
    )


def _plain(one):
    return one.key, one.provider_id, one.name, one.is_active


def test_fifty_menus_of_300_dishes_fit_into_the_room_and_into_its_estimate():
    content = encode(_menu(DISHES))
    tracemalloc.start()
    try:
        menu = decode(content)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(menu.modifiers) == 8 * DISHES
    assert size <= len(content) * memory._GROWTH
    assert MENUS * len(content) * memory._GROWTH <= settings.ORDER_MENU_MEMORY_MB * 2**20


@pytest.fixture
def stored(monkeypatch):
    """Three menus in the store; yields their versions and the loads of them."""
    contents = {f"etag{n}": encode(_menu(3, n)) for n in range(3)}
    loads = []

    def load(merchant_id, etag):
        loads.append(etag)
        return decode(contents[etag]) if etag in contents else None

    monkeypatch.setattr(store, "load", load)
    versions = [Version(n, f"etag{n}", len(contents[f"etag{n}"])) for n in range(3)]
    return versions, loads


class _Clock:
    now = 0.0

    def __call__(self):
        return self.now


def _room_for(versions, clock=None):
    return Memory(sum(version.room for version in versions) + 100, clock or _Clock())


def test_a_menu_is_loaded_once(stored):
    [version, *_], loads = stored
    held = _room_for([version])
    assert held.get(version) is None
    assert held.load(version) is held.load(version) is held.get(version)
    assert loads == ["etag0"]


def test_the_least_recently_used_menu_makes_room_once_it_is_unused_for_a_minute(stored):
    [first, second, third], loads = stored
    clock = _Clock()
    held = _room_for([first, second], clock)
    held.load(first)
    held.load(second)
    clock.now = 50.0
    held.load(first)
    clock.now = 59.9
    assert held.load(third) is None
    clock.now = 60.1
    held.load(third)
    assert [held.get(one) is not None for one in (first, second, third)] == [True, False, True]
    assert loads == ["etag0", "etag1", "etag2"]


def test_a_newer_menu_of_the_same_merchant_takes_the_place_of_the_older(stored):
    [first, *_], _ = stored
    held = _room_for([first])
    held.load(first)
    newer = first._replace(etag="etag1")
    held.load(newer)
    assert (held.get(first), held.get(newer) is not None) == (None, True)


def test_a_menu_without_room_or_that_was_replaced_is_not_held(stored):
    [first, *_], loads = stored
    assert Memory(first.size, _Clock()).load(first) is None
    assert loads == []
    gone = first._replace(etag="gone")
    held = _room_for([first])
    assert held.load(gone) is None
    assert held.get(gone) is None


def test_while_one_thread_reads_a_menu_no_other_waits_for_it(stored, monkeypatch):
    [first, *_], loads = stored
    held, real, others = _room_for([first]), store.load, []

    def load_slowly(*args):
        others.extend(at_once(lambda: held.load(first)))
        return real(*args)

    monkeypatch.setattr(store, "load", load_slowly)
    assert held.load(first) is not None
    assert (others, loads) == ([None], ["etag0"])
