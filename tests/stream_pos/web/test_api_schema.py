"""The published API schema and its documentation page."""

import pytest

pytestmark = pytest.mark.django_db


def test_the_schema_lists_the_routes_of_the_contract_and_the_availability_endpoint(client):
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
        ("/stream-events/v1/events", "post"),
        ("/api/v1/locations/{location_id}/availability/{object_id}", "put"),
    }
    availability = paths["/api/v1/locations/{location_id}/availability/{object_id}"]["put"]
    assert availability["security"] == [{"session": []}]
    assert sorted(availability["responses"]) == ["200", "400", "401", "403", "404"]


def test_the_documentation_page_is_served_without_external_resources(client):
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert "swagger-ui" in page.content.decode()
    assert "https://" not in page.content.decode().replace("https://www.w3.org", "")


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8"])
def test_a_browser_gets_the_schema_as_a_page(client, accept):
    page = client.get("/api/schema/", headers={"accept": accept})
    assert page.status_code == 200
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert "/stream-pos/v1/orders:" in page.content.decode()
    assert 'href="/api/docs/"' in page.content.decode()


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense"])
def test_an_endpoint_answers_in_json_whatever_the_caller_accepts(client, accept):
    answer = client.get("/stream-pos/v1/locations", headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/json")
