"""Error responses: pages for people, JSON for API clients, no internal details."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_an_unknown_url_is_a_page_for_people_and_json_for_api_clients(client):
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "This page does not exist" in page.content.decode()
    for path in ("/v1/nowhere", "/stream-pos/v1/nowhere", "/stream-pos/v1/token/", "/api/nowhere"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_an_internal_error_is_reported_without_its_details(token, monkeypatch, settings):
    def fail(*args, **kwargs):
        raise RuntimeError("the secret detail")

    monkeypatch.setattr("catalog.api.views._locations_of", fail)
    monkeypatch.setattr("stream_pos.web.health.delivery", fail)
    caller = Client(raise_request_exception=False, HTTP_AUTHORIZATION=f"Bearer {token.raw}")
    answer = caller.get("/v1/locations")
    assert (answer.status_code, answer.json()["error"]) == (500, "server_error")
    page = caller.get("/")
    assert page.status_code == 500
    assert "went wrong on our side" in page.content.decode()
    for response in (answer, page):
        assert "secret detail" not in response.content.decode()
        assert "RuntimeError" not in response.content.decode()


def test_a_foreign_host_name_is_refused(client):
    assert client.get("/v1/locations", headers={"host": "evil.example"}).status_code == 400
