"""The published schema and its documentation."""

import pytest

pytestmark = pytest.mark.django_db


def test_the_schema_holds_the_contracts_routes_and_the_switch(client):
    answer = client.get("/api/schema/", headers={"accept": "application/json"})
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    routes = {(path, method) for path, methods in paths.items() for method in methods}
    base = "/stream-pos/v1"
    assert routes == {
        (f"{base}/authorize", "get"),
        (f"{base}/token", "post"),
        (f"{base}/locations", "get"),
        (f"{base}/catalog", "get"),
        (f"{base}/orders", "post"),
        (f"{base}/locations/connection", "get"),
        (f"{base}/locations/connection", "post"),
        (f"{base}/locations/connection", "delete"),
        ("/api/v1/locations/{location_id}/availability/{object_id}", "put"),
    }
    switch = paths["/api/v1/locations/{location_id}/availability/{object_id}"]["put"]
    assert switch["security"] == [{"session": []}]
    assert sorted(switch["responses"]) == ["200", "400", "401", "403", "404"]


def test_the_documentation_is_shown(client):
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert "swagger-ui" in page.content.decode()
    assert "https://" not in page.content.decode().replace("https://www.w3.org", "")
