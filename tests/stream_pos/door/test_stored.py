"""Stored catalogs and menus at the door: as Django answers them, and everything else by Django."""

import io
import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from integration.api.conditional import WAS_SOUGHT
from integration.models import AccessToken, Authorization
from stream_pos.door.application import Door
from stream_pos.door.body import Body
from stream_pos.door.direct import stored
from tests.dsp.conftest import channel, role, selling, store  # noqa: F401  # Fixtures.
from tests.dsp.support.front_end import front_end_of
from tests.support import factories

CATALOG = "/stream-pos/v1/catalog"
MENU = "/channel/v1/stores/str_8H2K/menu"
# What REST framework and Django's middleware add for browsers.
_OF_PAGES = {"allow", "content-length", "content-security-policy", "cross-origin-opener-policy"}
_OF_PAGES |= {"referrer-policy", "x-content-type-options", "x-frame-options"}


@pytest.fixture(autouse=True)
def _connection_of_the_test(monkeypatch):
    monkeypatch.setattr(stored, "close_old_connections", lambda: None)


def _scope(path, sent):
    listed = [(name.lower().encode(), text.encode("latin-1")) for name, text in sent.items()]
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
    scope |= {"query_string": b"", "headers": listed, "http_version": "1.1", "scheme": "http"}
    return scope | {"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9)}


def _ask(path, sent, **changes):
    answer = stored.menu if "/menu" in path else stored.catalog
    scope = _scope(path, sent) | changes
    return answer(scope, dict(scope["headers"]))


def _told(response):
    listed = {name.decode(): value.decode() for name, value in response.headers}
    assert listed.pop("x-content-type-options") == "nosniff"
    return response.status, listed, response.content


def _told_by_django(client, path, headers):
    answer = client.get(path, headers=headers)
    listed = {name.lower(): value for name, value in answer.items()}
    kept = {name: listed[name] for name in listed if name not in _OF_PAGES}
    return answer.status_code, kept, answer.content


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
@pytest.mark.parametrize("place", [{}, {"X-Provider-Location-Id": "loc_downtown"}])
def test_a_catalog_is_answered_as_django_does(stream, merchant, accepted, place):
    factories.family(merchant)
    headers = {"Authorization": stream.headers["HTTP_AUTHORIZATION"], "Accept-Encoding": accepted}
    headers |= place
    assert _ask(CATALOG, headers) is None  # It must be built.
    status, listed, content = _told_by_django(stream.client, CATALOG, headers)
    assert (status, _ask(CATALOG, headers).status) == (200, 200)
    assert _told(_ask("/v1/catalog", headers)) == (status, listed, content)
    headers["If-None-Match"] = listed["etag"]
    known = _told(_ask(CATALOG, headers))
    assert known == _told_by_django(stream.client, CATALOG, headers)
    assert (known[0], known[2]) == (304, b"")
    factories.family(merchant)
    assert _ask(CATALOG, headers) is None


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_a_guest_s_menu_is_answered_as_django_does(selling, accepted):  # noqa: F811  # A fixture.
    front_end = front_end_of(selling.merchant)
    headers = {"Authorization": front_end.headers["HTTP_AUTHORIZATION"]}
    headers["Accept-Encoding"] = accepted
    answer = _told(_ask(MENU, headers))
    assert answer == _told_by_django(front_end.client, MENU, headers)
    headers["If-None-Match"] = answer[1]["etag"]
    known = _told(_ask(MENU, headers))
    assert known == _told_by_django(front_end.client, MENU, headers)
    assert (known[0], known[2]) == (304, b"")


def test_what_is_not_ordinary_is_left_to_django(stream, merchant, selling):  # noqa: F811  # A fixture.
    token = {"Authorization": stream.headers["HTTP_AUTHORIZATION"]}
    key = {"Authorization": front_end_of(selling.merchant).headers["HTTP_AUTHORIZATION"]}
    stream.catalog("loc_downtown")
    assert _ask(CATALOG, token).status == _ask(MENU, key).status == 200
    for path, headers in ((CATALOG, token), (MENU, key)):
        twice = [*_scope(path, headers)["headers"]] * 2
        for changes in ({"method": "HEAD"}, {"query_string": b"format=x"}, {"headers": twice}):
            assert _ask(path, headers, **changes) is None
        for wrong in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}):
            assert _ask(path, wrong) is None
    assert _ask(CATALOG, key) is None
    assert _ask(MENU, token) is None
    for name in ("X-Provider-Merchant-Id", "X-Provider-Location-Id"):
        assert _ask(CATALOG, token | {name: "another"}) is None
    for path in ("/stream-dsp/v1/catalog", "/v1/catalog/"):
        assert _ask(path, token) is None
    for path in ("/channel/v1/stores/a/str_8H2K/menu", "/channel/v1/menu", "/menu"):
        assert _ask(path, key) is None
    assert _ask(MENU, key, raw_path=MENU.replace("H", "%48").encode()) is None


def test_a_token_that_django_refuses_is_not_answered(stream):
    sent = {"Authorization": stream.headers["HTTP_AUTHORIZATION"]}
    stream.catalog("loc_downtown")
    tokens, authorizations = AccessToken.objects.all(), Authorization.objects.all()
    client_id = authorizations.get().client_id
    for rows, changes, before in (
        (tokens, {"scope": "orders:write"}, {"scope": "catalog:read"}),
        (tokens, {"expires": timezone.now()}, {"expires": timezone.now() + timedelta(hours=1)}),
        (authorizations, {"epoch": 2}, {"epoch": 1}),
        (authorizations, {"client_id": "retired"}, {"client_id": client_id}),
    ):
        assert rows.update(**changes) == 1
        assert _ask(CATALOG, sent) is None
        assert stream.catalog("loc_downtown").status_code in (401, 403)
        rows.update(**before)
        assert _ask(CATALOG, sent).status == 200


def test_the_use_of_an_authorization_is_noted(stream):
    stream.catalog("loc_downtown")
    long_ago = timezone.now() - timedelta(hours=2)
    Authorization.objects.update(last_used_at=long_ago)
    assert _ask(CATALOG, {"Authorization": stream.headers["HTTP_AUTHORIZATION"]}).status == 200
    assert Authorization.objects.get().last_used_at > long_ago + timedelta(hours=1)


def test_without_the_role_there_is_no_menu(selling, settings):  # noqa: F811  # A fixture.
    key = {"Authorization": front_end_of(selling.merchant).headers["HTTP_AUTHORIZATION"]}
    settings.STREAM_DSP_CLIENT_ID = ""
    assert _ask(MENU, key) is None


@pytest.mark.parametrize(("path", "field"), [(CATALOG, "error"), (MENU, "code")])
def test_without_the_database_the_answer_is_503_after_one_try(path, field, settings, monkeypatch):
    def fail(*arguments):
        raise OperationalError("The server is away.")

    settings.STREAM_DSP_CLIENT_ID = "channel"
    monkeypatch.setattr(stored.outages, "report", lambda error: None)
    monkeypatch.setattr(stored.pulls, "at_once", fail)
    monkeypatch.setattr(stored.stored_menu, "at_once", fail)
    answer = _ask(path, {"Authorization": "Bearer x"})
    assert (answer.status, dict(answer.headers)[b"retry-after"]) == (503, b"5")
    assert json.loads(answer.content)[field] == "temporarily_unavailable"


def test_an_error_of_ours_is_logged_and_left_to_django(monkeypatch, caplog):
    def fail(header):
        raise ValueError("Ours.")

    monkeypatch.setattr(stored.pulls, "at_once", fail)
    assert _ask(CATALOG, {"Authorization": "Bearer x"}) is None
    assert "A stored answer was not found." in caplog.text


def test_the_application_is_asked_for_what_is_not_stored_and_does_not_seek_it_again():
    asked = []

    def application(environ, start):
        asked.append(environ.get(WAS_SOUGHT, False))
        start("200 OK", [])
        return [b"built"]

    door = Door(application)
    scope, body = _scope(CATALOG, {}), Body(io.BytesIO(), 0)
    for seek in (lambda scope, headers: None, None):
        [response] = door._respond([(scope, {}, body, seek)])
        assert response.content == b"built"
    assert asked == [True, False]
    found = stored.refusals.make("/", 429)
    [response] = door._respond([(scope, {}, body, lambda scope, headers: found)])
    assert (response.status, len(asked)) == (429, 2)
