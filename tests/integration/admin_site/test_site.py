"""Sign-in and sign-out of the admin, its content security policy, and removed pages."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group

from integration import models
from integration.models import Merchant
from tests.support import factories
from tests.support.admin_forms import errors, filled, names


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture
def staff_client(browser_client: Any, db: None) -> Any:
    return browser_client(factories.user(None, "", email="boss@example.com", is_superuser=True))


def test_one_sign_in_page_exists(db, browser_client, client):
    from django.test import Client

    visitor = Client(SERVER_NAME="127.0.0.1")
    answer = visitor.get("/admin/catalog/menu/?q=x", follow=True)
    assert answer.redirect_chain[-1][0] == "/account/sign-in/?next=/admin/catalog/menu/%3Fq%3Dx"
    refused = visitor.post("/admin/login/", {"username": "x", "password": "y"})
    assert refused.status_code == 302
    assert client.get("/admin/login/").headers["Location"] == "/admin/"


def test_signing_out_ends_at_the_sign_in_page(client):
    assert client.get("/admin/logout/").status_code == 405
    assert client.post("/admin/logout/").headers["Location"] == "/account/sign-in/"
    assert client.get("/admin/").status_code == 302


def test_scripts_come_from_here_only(client):
    policy = client.get("/admin/").headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["script-src"] == "'self' 'unsafe-eval'"
    assert directives["style-src"] == "'self' 'unsafe-inline'"
    assert directives["default-src"] == "'self'"


def test_the_exception_is_the_admins_alone(client):
    assert "unsafe" not in client.get("/account/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "model",
    [models.AccessToken, models.Application, models.Grant, models.IDToken, models.RefreshToken],
)
def test_no_token_is_in_the_admin(staff_client, token, model):
    assert not admin.site.is_registered(model)
    assert not admin.site.is_registered(Group)
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    assert staff_client.get(address).status_code == 404


def test_nobody_learns_which_objects_exist(client):
    assert client.get("/admin/r/1/1/").status_code == 404
    assert client.get("/admin/catalog/tax/", {"q": "\0"}).status_code == 400


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_merchants_are_for_our_own_staff(browser_client, merchant, role):
    client = browser_client(factories.user(merchant, role))
    for address in ("", "add/", f"{merchant.pk}/change/"):
        assert client.get(f"/admin/integration/merchant/{address}").status_code == 403
    assert b"/admin/integration/merchant/" not in client.get("/admin/").content


def test_our_own_staff_edit_merchants(staff_client, merchant):
    assert names(staff_client.get("/admin/integration/merchant/")) == {"Harbor Kitchen"}
    address = f"/admin/integration/merchant/{merchant.pk}/change/"
    data = filled(staff_client.get(address)) | {"name": "Harbor", "provider_id": "other"}
    assert staff_client.post(address, data).status_code == 302
    changed = Merchant.objects.get()
    assert (changed.name, changed.provider_id) == ("Harbor", merchant.provider_id)
    assert "in lower case" in errors(staff_client.post(address, data | {"currency": "USD"}))


@pytest.mark.parametrize("role", ["owner", "manager", "kitchen"])
def test_the_sidebar_shows_what_one_may_see(browser_client, merchant, role):
    page = browser_client(factories.user(merchant, role)).get("/admin/").content.decode()
    assert ("/admin/integration/user/" in page) == (role == "owner")
    assert ("/admin/integration/outboundevent/" in page) == (role != "kitchen")
    assert "/admin/orders/order/" in page


def test_ones_own_password_is_changed_here(client, owner):
    sent = {
        "old_password": factories.PASSWORD,
        "new_password1": "a-Long-one-4711",
        "new_password2": "a-Long-one-4711",
    }
    assert client.get("/admin/password_change/").status_code == 200
    assert client.post("/admin/password_change/", sent).status_code == 302
    owner.refresh_from_db()
    assert owner.check_password("a-Long-one-4711")
