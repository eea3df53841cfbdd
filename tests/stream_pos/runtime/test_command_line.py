"""Errors of the database and of the terminal end a command with a sentence, or not at all."""

import io
import os
import subprocess
import sys

import pytest
from django.core.management import call_command

import manage as manage_py
from catalog.models import Menu
from tests.run import ROOT


def manage(data_dir, *arguments, **environment):
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**inherited, "STREAM_POS_DATA_DIR": str(data_dir), **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "table"),
    [
        (["export_catalog", "--merchant", "mer_1"], "integration_merchant"),
        (["pause_location", "loc_1"], "catalog_location"),
    ],
)
def test_a_folder_without_tables_ends_a_command_with_one_sentence(tmp_path, arguments, table):
    result = manage(tmp_path, *arguments)
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr.decode() == (
        f"The database is not set up for this version (no such table: {table}):"
        " run `python manage.py migrate` first.\n"
    )


def test_a_database_that_is_away_ends_a_command_with_one_sentence(tmp_path):
    url = "postgres://stream_pos@127.0.0.1:1/none"
    result = manage(tmp_path, "pause_location", "loc_1", DATABASE_URL=url)
    assert (result.returncode, result.stdout) == (1, b"")
    message = result.stderr.decode()
    assert message.startswith("The database cannot be used (connection failed: ")
    assert message.endswith("): check DATABASE_URL and its server, then try again.\n")
    assert message.count("\n") == 1


def ascii_terminal():
    return io.TextIOWrapper(io.BytesIO(), encoding="ascii")


@pytest.mark.django_db
def test_an_export_to_an_ascii_terminal_is_the_bytes_of_the_file(merchant):
    Menu.objects.create(merchant=merchant, name="Déjeuner")
    terminal = ascii_terminal()
    call_command("export_catalog", merchant=merchant.provider_id, stdout=terminal)
    assert '"name":"Déjeuner"'.encode() in terminal.buffer.getvalue().replace(b": ", b":")


def test_what_an_ascii_terminal_cannot_show_is_escaped(monkeypatch):
    terminal = ascii_terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "argv", ["manage.py", "version"])
    manage_py.main()
    terminal.write("Plaça")
    terminal.flush()
    assert terminal.buffer.getvalue().endswith(rb"Pla\xe7a")
