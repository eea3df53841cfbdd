"""Stream hears of an edit however it was made; many quick ones make few events (contract WH)."""

import os
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog import models, tasks
from integration import wakeups
from integration.delivery import leases
from integration.delivery.transport import Answer
from integration.models import OutboundEvent
from tests.catalog.support.catalog_events import CATALOG, finish, waiting
from tests.catalog.support.database_edits import sql
from tests.catalog.support.puller_process import ROOT, database_url
from tests.support.stream import Stream


def soda_row():
    return models.ItemFamily.objects.get(provider_id="soda")


def _save():
    row = soda_row()
    row.name = "Cola"
    row.save()


def _bulk_update():
    row = soda_row()
    row.name = "Cola"
    models.ItemFamily.objects.bulk_update([row], ["name"])


def _bulk_create():
    models.ItemFamily.objects.bulk_create(
        [models.ItemFamily(merchant=soda_row().merchant, provider_id="new", name="New")]
    )
    models.ItemFamily.objects.filter(provider_id="new").update(price_amount=1)


_RENAME = "UPDATE catalog_itemfamily SET name = 'Cola' WHERE provider_id = 'soda'"
EDITS = {
    "save": _save,
    "update": lambda: models.ItemFamily.objects.update(name="Cola"),
    "bulk update": _bulk_update,
    "bulk create": _bulk_create,
    "raw SQL": lambda: sql(_RENAME),
    "an archiving": lambda: models.ItemFamily.objects.update(archived_at=timezone.now()),
}


@pytest.mark.parametrize("edit", EDITS)
def test_the_sweep_finds_every_edit_whose_wake_up_was_lost(soda, woken, edit):
    woken.clear()

    EDITS[edit]()

    assert woken == []
    tasks.look_after_catalogs()
    assert waiting() == [(CATALOG, "loc_downtown")]


def _in_a_shell():
    code = "from catalog.models import ItemFamily; ItemFamily.objects.update(name='Cola')"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url()},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0


def _by_another_program():
    """Edit from a process that has loaded neither our code nor Django."""
    if connection.vendor == "sqlite":
        with sqlite3.connect(connection.settings_dict["NAME"], timeout=20) as other:
            other.execute(_RENAME)
        other.close()
    else:
        with psycopg.connect(database_url().replace("postgres://", "postgresql://")) as other:
            other.execute(_RENAME)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("edit", [_in_a_shell, _by_another_program])
def test_the_sweep_finds_edits_of_another_process(stream, soda, edit):
    edit()

    tasks.look_after_catalogs()

    assert waiting() == [(CATALOG, "loc_downtown")]
    assert stream.catalog("loc_downtown").json()["item_family"][0]["name"] == "Cola"


class _Staff:
    """Three people who change prices as fast as they can."""

    def __init__(self, merchant):
        self.merchant, self.last_edit_at = merchant, 0.0

    def edit(self, person):
        try:
            for number in range(34):
                self.last_edit_at = time.time()
                with transaction.atomic():
                    models.ItemFamily.objects.filter(provider_id="soda").update(
                        price_amount=1000 * (person + 1) + number
                    )
                    wakeups.on_commit("catalog.tasks.refresh", self.merchant.pk)
                time.sleep(0.02)
        finally:
            connection.close()


class _System:
    """A worker, the scheduler and delivery; Stream pulls at each event."""

    def __init__(self, merchant, raw_token, woken):
        self.merchant, self.woken, self.stream = merchant, woken, Stream(raw_token)
        self.over = Event()
        self.heard: list[tuple[float, int]] = []  # When, and the price that it then pulled.

    def work(self):
        swept_at = 0.0
        try:
            while not self.over.is_set():
                if self.woken:
                    self.woken.clear()
                    tasks.refresh(self.merchant.pk)
                if time.time() - swept_at > 1:
                    swept_at = time.time()
                    tasks.look_after_catalogs()
                time.sleep(0.01)
        finally:
            connection.close()

    def deliver(self):
        try:
            while not self.over.is_set():
                for held in leases.claim("stream", 10):
                    finish([held], Answer(200))
                    family = self.stream.catalog("loc_downtown").json()["item_family"][0]
                    self.heard.append((time.time(), family["price_amount"]))
                time.sleep(0.02)
        finally:
            connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_hundred_quick_edits_by_three_people_are_few_events_and_the_last_is_after_the_last_edit(
    soda, merchant, token, woken
):
    staff, system = _Staff(merchant), _System(merchant, token.raw, woken)
    with ThreadPoolExecutor(5) as pool:
        running = [pool.submit(system.work), pool.submit(system.deliver)]
        for future in [pool.submit(staff.edit, person) for person in range(3)]:
            future.result(60)
        last = soda_row().price_amount
        deadline = time.time() + 10
        while time.time() < deadline and not (system.heard and system.heard[-1][1] == last):
            time.sleep(0.05)
        time.sleep(1.5)  # Nothing comes after it.
        system.over.set()
        for future in running:
            future.result(20)

    assert system.heard[-1][1] == last
    assert system.heard[-1][0] > staff.last_edit_at
    assert 1 <= len(system.heard) <= 12
    assert not OutboundEvent.objects.filter(state=OutboundEvent.State.WAITING).exists()
