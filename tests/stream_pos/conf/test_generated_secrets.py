"""Unset secrets are generated once, stored, and never overwritten."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured

from stream_pos.conf.generated_secrets import secret


def _secret(data_dir, name="SECRET_KEY", value=""):
    return secret(name, value, production=False, data_dir=data_dir)


def test_unset_secrets_are_generated_once_and_readable_only_by_the_owner(tmp_path):
    folder = tmp_path / "new" / "folder"
    first = _secret(folder)
    assert len(first) >= 50
    assert _secret(folder) == first
    assert _secret(folder, "STREAM_CLIENT_SECRET") != first
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secrets.json"]
    assert _secret(folder, value="mine") == "mine"


def test_many_first_starts_agree_on_the_secrets(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        values = list(pool.map(lambda _: _secret(tmp_path), range(64)))
    assert len(set(values)) == 1


def test_a_missing_secret_is_added_and_the_others_are_kept(tmp_path):
    (tmp_path / "secrets.json").write_text('{"SECRET_KEY": "old"}')
    assert len(_secret(tmp_path, "STREAM_WEBHOOK_SECRET")) >= 16
    assert _secret(tmp_path) == "old"
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\udcff"])
def test_a_damaged_secrets_file_is_reported_and_not_overwritten(tmp_path, content):
    path = tmp_path / "secrets.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(ImproperlyConfigured, match=re.escape(str(path))):
        _secret(tmp_path)
    assert path.read_bytes() == content.encode(errors="surrogateescape")
