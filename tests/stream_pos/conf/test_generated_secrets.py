"""Secrets that nobody set: made once, kept, and never overwritten."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured

from stream_pos.conf.generated_secrets import secret


def _kept(data_dir, name="SECRET_KEY", value=""):
    return secret(name, value, production=False, data_dir=data_dir)


def test_unset_secrets_are_made_once_and_only_the_owner_may_read_them(tmp_path):
    folder = tmp_path / "new" / "folder"
    first = _kept(folder)
    assert len(first) >= 50
    assert _kept(folder) == first
    assert _kept(folder, "STREAM_CLIENT_SECRET") != first
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secrets.json"]
    assert _kept(folder, value="mine") == "mine"


def test_many_first_starts_agree_on_the_secrets(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: _kept(tmp_path), range(64)))
    assert len(set(made)) == 1


def test_a_secret_that_came_later_is_added_and_the_others_stay(tmp_path):
    (tmp_path / "secrets.json").write_text('{"SECRET_KEY": "old"}')
    assert len(_kept(tmp_path, "STREAM_WEBHOOK_SECRET")) >= 16
    assert _kept(tmp_path) == "old"
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\udcff"])
def test_a_damaged_file_of_secrets_is_told_and_not_overwritten(tmp_path, content):
    path = tmp_path / "secrets.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(ImproperlyConfigured, match=re.escape(str(path))):
        _kept(tmp_path)
    assert path.read_bytes() == content.encode(errors="surrogateescape")
