"""Errors: a page for people, JSON for machines, and nothing of what broke."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_an_unknown_address_is_a_page_for_people_and_json_for_machines(client):
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "This page does not exist" in page.content.decode()
    for path in ("/v1/nowhere", "/stream-pos/v1/nowhere", "/stream-pos/v1/token/", "/api/nowhere"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_what_breaks_is_told_without_what_it_was(token, monkeypatch, settings):
    def burst(*args, **kwargs):
        raise RuntimeError("the secret detail")

    monkeypatch.setattr("catalog.api.views._locations_of", burst)
    monkeypatch.setattr("stream_pos.web.health.delivery", burst)
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
