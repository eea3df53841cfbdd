"""The files in the data folder are readable by its owner only."""

import logging
import os
import stat

import pytest

from stream_pos.runtime import private_files
from tests.support.processes import environment, manage

pytestmark = pytest.mark.once


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_new_data_folder_is_private_whatever_the_umask(tmp_path, open_umask):
    folder = tmp_path / "data"
    keep_open = "from django.db import connection; connection.cursor(); import os; print(*["
    keep_open += "oct(os.stat(p).st_mode & 0o777) for p in ("
    keep_open += ",".join(repr(f"{folder}/stream-pos.sqlite3{end}") for end in ("", "-wal", "-shm"))
    keep_open += ")])"
    assert manage("migrate", "--verbosity", "0", env=environment(folder)).returncode == 0
    shell = manage("shell", "-v", "0", "-c", keep_open, env=environment(folder))
    assert shell.stdout.split() == ["0o600", "0o600", "0o600"], shell.stderr
    wide = [path for path in [folder, *folder.rglob("*")] if mode(path) & 0o077]
    assert wide == []


def test_wider_modes_are_tightened_and_other_files_are_left_alone(tmp_path, open_umask, caplog):
    (tmp_path / "broker" / "queue").mkdir(parents=True, mode=0o777)
    for name in ("secrets.json", "stream-pos.sqlite3-wal", "broker/queue/1.q.msg", "notes.txt"):
        (tmp_path / name).write_text("")
    tmp_path.chmod(0o755)
    with caplog.at_level(logging.WARNING):
        private_files.tighten(tmp_path)
        private_files.tighten(tmp_path)
        private_files.report()
        private_files.report()
    assert mode(tmp_path) == mode(tmp_path / "broker" / "queue") == 0o700
    assert mode(tmp_path / "secrets.json") == mode(tmp_path / "broker/queue/1.q.msg") == 0o600
    assert mode(tmp_path / "stream-pos.sqlite3-wal") == 0o600
    assert mode(tmp_path / "notes.txt") == 0o666
    assert [r.getMessage() for r in caplog.records] == [
        f"Took other users' access to {tmp_path} and 5 more."
    ]


def test_a_folder_that_users_share_is_left_alone(tmp_path):
    tmp_path.chmod(0o1777)
    private_files.tighten(tmp_path)
    assert mode(tmp_path) == 0o1777


def test_a_link_is_not_followed(tmp_path):
    target = tmp_path / "target"
    target.write_text("")
    target.chmod(0o644)
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "secrets.json").symlink_to(target)
    private_files.tighten(data)
    assert mode(target) == 0o644


def test_a_file_in_place_of_the_brokers_folder_is_removed(tmp_path):
    (tmp_path / "broker").write_text("garbage")
    private_files.clear_way(tmp_path / "broker" / "queue")
    assert not (tmp_path / "broker").exists()
