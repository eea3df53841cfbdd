"""Servers that misbehave, and addresses that are not called (contract DSP-MENU-FILE)."""

import gzip
import json
import socket
import time
from datetime import timedelta

import pytest

from dsp.menu_intake import addresses, download, queue, reading, worker
from dsp.menu_intake.addresses import BadAddress
from dsp.menus.limits import BadMenuFile
from dsp.models import ReceivedMenu
from integration.bounded import process
from integration.db import database_time
from integration.models import Alarm
from tests.dsp.menus.files import example
from tests.dsp.support.file_server import answer
from tests.dsp.support.publishing import Publisher

Verdict = ReceivedMenu.Verdict


@pytest.fixture
def quick(settings):
    """Limit a file to 100,000 bytes as sent, 1 MB unpacked and 0.3 seconds."""
    limits = settings.DSP.menu_limits._replace(
        wire_bytes=100_000, unpacked_bytes=2**20, seconds=0.3
    )
    settings.DSP = settings.DSP._replace(menu_limits=limits)


def _endless(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65_536)


def _dripping(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def _broken_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"x" * 10)


def _garbage(handler):
    handler.wfile.write(b"nothing of HTTP\r\n\r\n")


def _silent(handler):
    time.sleep(0.5)


REFUSED = [
    (_endless, BadMenuFile, "The file has more than 0 MB as sent."),
    (answer(200, b"x" * 100_001), BadMenuFile, "The file has more than 0 MB as sent."),
    (_dripping, download.Unavailable, "The file did not come within 0.3 seconds."),
    (_silent, download.Unavailable, "The file did not come within 0.3 seconds."),
    (_broken_off, download.Unavailable, "The connection broke off before the file was complete."),
    (_garbage, download.Unavailable, "The answer was not valid HTTP."),
    (
        answer(302, Location="http://127.0.0.1:9/"),
        download.Unavailable,
        "The server redirects, which is not followed.",
    ),
    (answer(403), download.Unavailable, "The server answered 403."),
    (answer(500, b"secret"), download.Unavailable, "The server answered 500."),
    (answer(206, b"x"), download.Unavailable, "The server answered 206."),
    (
        answer(200, b"x", Content_Encoding="br"),
        download.Unavailable,
        "The file came compressed in another way than gzip.",
    ),
]


@pytest.mark.parametrize(("behave", "error", "sentence"), REFUSED)
def test_a_server_that_misbehaves_is_told_in_one_sentence(files, quick, behave, error, sentence):
    files.behave = behave
    with pytest.raises(error) as raised:
        download.fetch(f"{files.origin}/a.json?X-Amz-Signature=0f1e")
    assert str(raised.value) == sentence


def test_a_server_that_is_away_is_told_without_the_address(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}/a?secret"
    with pytest.raises(download.Unavailable, match=r"127\.0\.0\.1 cannot be reached") as raised:
        download.fetch(address)
    assert "secret" not in str(raised.value)


def test_a_file_that_nobody_wants_any_more_is_left(files, quick):
    files.behave = answer(200, b"x" * 90_000)
    with pytest.raises(download.Abandoned):
        download.fetch(f"{files.origin}/a.json", is_wanted=lambda: False)


REFUSED_ADDRESSES = [
    ("ftp://menus.s3.amazonaws.com/a", "Its address does not begin with https:// and a host."),
    ("https:///a", "Its address does not begin with https:// and a host."),
    ("http://menus.s3.amazonaws.com/a", "Its address does not begin with https://."),
    ("https://menus.s3.amazonaws.com:8443/a", "Its address names port 8443; only 443 is used."),
    (
        "https://evilamazonaws.com/a",
        "Menus are not fetched from evilamazonaws.com (DSP_MENU_HOSTS).",
    ),
    (
        "https://amazonaws.com.evil.example/a",
        "Menus are not fetched from amazonaws.com.evil.example (DSP_MENU_HOSTS).",
    ),
    ("https://u:p@s3.amazonaws.com/a", "Its address holds a user name or a password."),
    ("https://s3.amazonaws.com:x/a", "Its address cannot be read."),
    ("https://[::1/a", "Its address cannot be read."),
    ("https://s3.amazonaws.com/" + "a" * 8_000, "Its address is longer than 8,000 characters."),
    ("https://127.0.0.1/a", "Menus are not fetched from 127.0.0.1 (DSP_MENU_HOSTS)."),
    ("http://localhost:8000/a", "Menus are not fetched from localhost (DSP_MENU_HOSTS)."),
]


@pytest.mark.parametrize(("address", "sentence"), REFUSED_ADDRESSES)
def test_other_addresses_are_not_called(settings, address, sentence):
    settings.PUBLIC_HOST = "pos.example.com"
    with pytest.raises(BadAddress) as raised:
        addresses.check(address)
    assert str(raised.value) == sentence


@pytest.mark.parametrize("host", ["amazonaws.com", "menus.S3.amazonaws.com", "s3.amazonaws.com."])
def test_hosts_below_an_allowed_one_are_called(settings, host):
    settings.PUBLIC_HOST = "pos.example.com"
    origin, target = addresses.check(f"https://{host}/a%2Fb/ü.json?X-Amz-Signature=0f%2B1e")
    assert (origin.scheme, origin.port) == ("https", 443)
    assert target == "/a%2Fb/%C3%BC.json?X-Amz-Signature=0f%2B1e"


def test_an_allowed_name_with_a_private_address_is_not_called(settings, monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    settings.PUBLIC_HOST = "pos.example.com"  # STREAM_WEBHOOK_ALLOW_LOOPBACK is true here.
    with pytest.raises(download.Unavailable, match=r"resolves to 127\.0\.0\.1, a loopback address"):
        download.fetch("https://menus.s3.amazonaws.com/a")


@pytest.mark.django_db
def test_a_file_may_come_as_gzip_and_a_bomb_is_refused(publisher, quick):
    packed = gzip.compress(json.dumps(example(1)).encode())
    publisher.files.behave = answer(200, packed, Content_Encoding="gzip")
    menu = publisher.announce()
    menu = publisher.take()
    assert (menu.verdict, bytes(menu.content.file)) == (Verdict.LIVE, packed)
    for file, sentence in [
        (gzip.compress(b" " * (2**20 + 1)), "Unpacked, the file has more than 1 MB."),
        (packed[:-9], "The compressed file ends too early."),
        (b"\x1f\x8b" + b"x" * 100, "The file is not valid gzip."),
    ]:
        refused = publisher.publish(file)
        assert (refused.verdict, refused.reason) == (Verdict.REFUSED, sentence)


def _passes(menu):
    """Let the wait for the next try pass; return its length in seconds."""
    menu.refresh_from_db()
    waits = (menu.due_at - database_time.now()).total_seconds()
    assert queue.claim() is None
    ReceivedMenu.objects.update(due_at=database_time.now() - timedelta(seconds=1))
    return round(waits)


@pytest.mark.django_db
def test_a_failed_try_is_repeated_four_times_at_growing_distances(publisher):
    publisher.files.behave = answer(500)
    menu = publisher.announce()
    waits = []
    for tries in range(1, 5):
        menu = publisher.take()
        assert (menu.verdict, menu.attempt_count, menu.claim) == (Verdict.WAITING, tries, None)
        assert menu.reason == "The server answered 500."
        waits.append(_passes(menu))
    assert waits == [5, 20, 60, 300]
    menu = publisher.take()
    assert (menu.verdict, menu.reason) == (
        Verdict.UNREACHABLE, "The server answered 500. It was tried 5 times.",
    )  # fmt: skip
    assert menu.sealed_address is None
    assert Alarm.objects.get().message.startswith("Downtown, order ahead: a published menu was")


@pytest.mark.django_db
@pytest.mark.parametrize("status", [403, 404])
def test_a_file_that_is_not_there_is_given_up_after_the_second_try(publisher, status):
    publisher.files.behave = answer(status)
    publisher.announce()
    _passes(publisher.take())
    menu = publisher.take()
    assert (menu.verdict, menu.attempt_count) == (Verdict.UNREACHABLE, 2)


@pytest.mark.django_db
def test_an_address_that_is_not_called_is_given_up_at_once(publisher, store):
    event = {"type": "location.publish", "location_id": store.provider_id}
    address = "https://evil.example/a.json?X-Amz-Signature=0f1e"
    assert publisher.channel.event(event | {"download_url": address}).status_code == 200
    menu = publisher.take()
    assert (menu.verdict, menu.reason) == (
        Verdict.UNREACHABLE, "Menus are not fetched from evil.example (DSP_MENU_HOSTS).",
    )  # fmt: skip


@pytest.mark.django_db
def test_the_menu_of_a_killed_worker_is_taken_again(publisher):
    publisher.announce(example(1))
    assert queue.claim() is not None  # And then it is killed.
    assert queue.claim() is None
    ReceivedMenu.objects.update(leased_until=database_time.now())
    menu = publisher.take()
    assert (menu.verdict, menu.attempt_count) == (Verdict.LIVE, 2)


@pytest.mark.django_db
def test_a_worker_whose_lease_was_taken_over_changes_nothing(publisher):
    publisher.announce(example(1))
    frozen = queue.claim()
    ReceivedMenu.objects.update(leased_until=database_time.now())
    publisher.take()
    publisher.files.behave = answer(404)
    worker.take(frozen)
    assert not queue.renew(frozen)
    menu = ReceivedMenu.objects.get()
    assert (menu.verdict, menu.number, menu.content.pk) == (Verdict.LIVE, 1, menu.pk)


@pytest.mark.django_db
def test_a_menu_that_kills_every_worker_is_given_up(publisher):
    publisher.announce(example(1))
    ReceivedMenu.objects.update(attempt_count=5)
    menu = publisher.take()
    assert (menu.verdict, menu.reason) == (
        Verdict.UNREACHABLE, "It was tried five times and never finished.",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_file_whose_process_was_ended_is_read_again(publisher, monkeypatch):
    def end(*args, **kwargs):
        raise process.Ended("The process that read the file was ended.")

    monkeypatch.setattr(reading.process, "run", end)
    menu = publisher.publish(example(1))
    assert (menu.verdict, menu.reason) == (
        Verdict.WAITING, "The process that read the file was ended.",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_file_that_needs_too_much_memory_is_refused(channel, files, store, monkeypatch):
    monkeypatch.setattr(reading, "_MEMORY_MB", 40)
    file = example(2)
    file["padding"] = "x" * 40_000_000
    menu = Publisher(channel, files, store).publish(gzip.compress(json.dumps(file).encode()))
    assert (menu.verdict, menu.reason) == (
        Verdict.REFUSED, "The file needs more than 40 MB of memory.",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_worker_killed_before_the_swap_leaves_the_live_menu_and_is_followed(
    publisher, monkeypatch
):
    live = publisher.publish(example(1))
    with monkeypatch.context() as killing:
        killing.setattr(worker.installing, "install", lambda *args: 1 / 0)
        publisher.announce(example(2))
        with pytest.raises(ZeroDivisionError):
            publisher.take()
    live.store.refresh_from_db()
    assert live.store.live_menu == live
    ReceivedMenu.objects.update(leased_until=database_time.now())
    menu = publisher.take()
    assert (menu.verdict, menu.number, menu.attempt_count) == (Verdict.LIVE, 2, 2)
