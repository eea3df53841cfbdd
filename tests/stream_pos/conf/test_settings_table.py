"""The table in docs/settings.md lists every setting with its default."""

import pytest

from stream_pos.conf import env
from tests.support.processes import ROOT

pytestmark = pytest.mark.once


def _table():
    lines = (ROOT / "docs" / "settings.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_table_lists_exactly_the_settings_of_the_code():
    names = [row[0].strip("`") for row in _table()]
    assert len(names) == len(set(names))
    assert set(names) == env.DECLARED


def test_every_row_of_the_table_has_a_default_and_a_meaning():
    for row in _table():
        assert len(row) == 3
        assert all(row), row


def test_the_defaults_in_the_table_match_the_code():
    from django.conf import settings

    defaults = {row[0].strip("`"): row[1] for row in _table()}
    waits = ",".join(str(wait) for wait in settings.WEBHOOK_RETRY_SECONDS)
    connect, read = settings.WEBHOOK_TIMEOUT_SECONDS
    assert defaults["STREAM_WEBHOOK_RETRY_SECONDS"] == f"`{waits}`"
    assert defaults["STREAM_WEBHOOK_CONNECT_TIMEOUT_SECONDS"] == f"`{connect:g}`"
    assert defaults["STREAM_WEBHOOK_READ_TIMEOUT_SECONDS"] == f"`{read:g}`"
    assert defaults["ACCESS_TOKEN_SECONDS"] == f"`{settings.ACCESS_TOKEN_SECONDS}`"
    assert defaults["REFRESH_TOKEN_SECONDS"] == f"`{settings.REFRESH_TOKEN_SECONDS}`"
    assert defaults["SIGN_IN_TRIES_PER_MINUTE"] == f"`{settings.SIGN_IN_TRIES_PER_MINUTE}`"
    assert defaults["ORDER_PRICE_TOLERANCE"] == f"`{settings.ORDER_PRICE_TOLERANCE}`"
    assert defaults["PERSONAL_DATA_DAYS"] == f"`{settings.PERSONAL_DATA_DAYS}`"
    assert defaults["ORDER_DAYS_AHEAD"] == f"`{settings.ORDER_DAYS_AHEAD}`"
    assert defaults["STREAM_POS_PUBLIC_URL"] == f"`{settings.PUBLIC_URL}`"
    assert defaults["STREAM_CLIENT_ID"].startswith(f"`{settings.STREAM_CLIENT_ID}`")
    assert defaults["STREAM_REDIRECT_URIS"].startswith(f"`{settings.STREAM_REDIRECT_URIS[0]}`")
    assert defaults["STREAM_WEBHOOK_SIGNATURE_ENCODING"] == "`hex`"
