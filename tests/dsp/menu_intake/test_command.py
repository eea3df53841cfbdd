"""The command that takes a menu file for a store."""

import json

import pytest
from django.core.management import CommandError, call_command

from dsp.models import ReceivedMenu
from tests.dsp.menus.files import example

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_this_process")]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "menu.json"
    path.write_text(json.dumps(example(2)))
    return path


def _publish(path, store="str_8H2K"):
    return call_command("channel_publish", str(path), store=store)


def test_a_file_goes_live(store, file, capsys):
    assert _publish(file) == "Menu 1 of Downtown, order ahead is live."
    menu = ReceivedMenu.objects.get()
    assert (menu.verdict, menu.arrival, menu.shown_address) == ("live", 0, "")
    assert menu.notes == ["Published by the command channel_publish."]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "The file is not valid JSON in UTF-8."),
        (b"{}", "The file has no menus."),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_a_file_that_is_not_taken_ends_the_command_with_one_sentence(
    store, tmp_path, content, sentence
):
    path = tmp_path / "menu.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError) as raised:
        _publish(path)
    assert str(raised.value).endswith(sentence)


def test_an_unknown_store_is_said(file, db):
    with pytest.raises(CommandError, match=r"There is no store str_none\."):
        _publish(file, store="str_none")


def test_a_file_comes_after_all_events_so_far(publisher, file):
    publisher.publish(example(1))
    publisher.update(items={"s-fam-burger": False})
    _publish(file)
    menu = ReceivedMenu.objects.latest("pk")
    assert (menu.number, menu.store.availability_changes.count()) == (2, 0)
