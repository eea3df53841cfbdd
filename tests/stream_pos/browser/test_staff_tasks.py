"""Staff tasks in a real Chromium: connect Stream, change a price, choose an image."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings as django_settings

from integration.oauth.client import ensure_stream_application
from tests.catalog.support.image_files import encoded, image
from tests.support import factories, services

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Callback(BaseHTTPRequestHandler):
    """Stream's callback page; it answers every request."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Keep the test output clean."""


@pytest.fixture
def callback(db: None, settings: Any) -> Iterator[str]:
    """A redirect URI of Stream's client with a server behind it."""
    services.require("Chromium")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/oauth/callback"
    settings.STREAM_REDIRECT_URIS = [url]
    ensure_stream_application()  # Transactional tests empty the database.
    yield url
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, live_server: Any, callback: str) -> Iterator[Any]:
    """A phone-sized page; any page or console error fails the test.

    It depends on the servers so that it closes before them: a server that stops while the browser
    still fetches an icon resets the connection, and the browser logs an error.
    """
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; our queries still run one at a time.
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 390, "height": 844})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: errors.append(message.text) if message.type == "error" else None,
        )
        yield page
        browser.close()
    assert errors == []


def test_an_owner_signs_in_consents_and_returns_to_stream_with_a_code(
    page: Any, live_server: Any, callback: str
) -> None:
    merchant = factories.merchant(name="Harbor Kitchen")
    factories.user(merchant, "owner", email="owner@example.com")
    query = {
        "client_id": django_settings.STREAM_CLIENT_ID,
        "response_type": "code",
        "redirect_uri": callback,
        "state": "s-1",
    }

    page.goto(f"{live_server.url}/v1/authorize?{urlencode(query)}")
    page.get_by_label("E-mail").fill("owner@example.com")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_text("Harbor Kitchen").first.is_visible()
    page.locator("button[name=allow]").click()
    page.wait_for_url(f"{callback}**")

    answer = parse_qs(urlsplit(page.url).query)
    assert answer["state"] == ["s-1"]
    assert len(answer["code"][0]) >= 30


def test_a_manager_changes_a_price_in_the_admin_and_stream_pulls_it(
    page: Any, live_server: Any, callback: str
) -> None:
    merchant = factories.merchant()
    factories.user(merchant, "manager", email="manager@example.com")
    location = factories.location(merchant, provider_id="loc_1")
    family = factories.family(merchant, name="Clam chowder", price_amount=900)

    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("E-mail").fill("manager@example.com")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{live_server.url}/admin/catalog/itemfamily/{family.pk}/change/")
    price = page.locator("input[name=price_amount]")
    assert price.input_value() == "9.00"
    price.fill("9.75")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/catalog/itemfamily/")

    owner = factories.user(merchant, "owner")
    token = factories.access_token(owner)
    pulled = page.request.get(
        f"{live_server.url}/v1/catalog",
        headers={
            "Authorization": f"Bearer {token.raw}",
            "X-Provider-Location-Id": location.provider_id,
        },
    ).json()
    assert [row["price_amount"] for row in pulled["item_family"]] == [975]


def test_a_chosen_image_is_previewed_and_an_invalid_one_is_refused_at_once(
    page: Any, live_server: Any, callback: str
) -> None:
    merchant = factories.merchant()
    factories.user(merchant, "manager", email="manager@example.com")
    family = factories.family(merchant)
    family.images.create(url="https://example.com/elsewhere.jpg")

    page.goto(f"{live_server.url}/admin/catalog/itemfamily/{family.pk}/change/#images")
    page.get_by_label("E-mail").fill("manager@example.com")
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{live_server.url}/admin/catalog/itemfamily/{family.pk}/change/#images")
    chooser = page.locator("input[name=images-0-file]")
    refused = {"small.jpg": encoded("JPEG", image(319, 640)), "drawing.jpg": b"<svg/>"}
    messages = []
    for name, content in refused.items():
        chooser.set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": content})
        page.wait_for_function("e => e.validationMessage", arg=chooser.element_handle())
        messages.append(chooser.evaluate("e => e.validationMessage"))
        chooser.set_input_files([])
        page.wait_for_function("e => !e.validationMessage", arg=chooser.element_handle())
    assert messages == [
        "This picture has 319 × 640 pixels; each side must be 320 to 6,000.",
        "This file is not a picture that can be shown here.",
    ]
    chooser.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": encoded()})
    page.wait_for_selector("canvas.sp-picture")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/catalog/itemfamily/#images")
    image_shown = page.locator("img.sp-picture")
    page.wait_for_function("e => e.naturalWidth === 240", arg=image_shown.element_handle())
