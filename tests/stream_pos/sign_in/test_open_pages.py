"""Pages that stay open over a new sign-in: their forms are kept, and stay their person's."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from integration.models import User
from orders.models import Driver
from stream_pos.sign_in import kept_forms
from tests.support import factories

DRIVERS = "/dispatch/drivers/?location=loc_downtown"
DANA = {"name": "Dana <Driver>", "phone": "+1 212 555 0100", "code": ""}


@pytest.fixture
def browser(owner: User, location: Any) -> Client:
    return Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)


@pytest.fixture
def cook(merchant: Any) -> User:
    return factories.user(merchant, "manager", email="second@example.com")


def token_of(response: Any) -> str:
    match = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.content.decode())
    assert match, response.content
    return match[1]


def hidden(response: Any) -> dict[str, str]:
    """Return the hidden fields of the page's form inside its main part."""
    main = response.content.decode().partition("<main")[2]
    pairs = re.findall(r'type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', main)
    return {unescape(name): unescape(value) for name, value in pairs}


def sign_in(browser: Client, email: str = "owner@example.com", **fields: str) -> Any:
    page = browser.get("/account/sign-in/")
    form = {"username": email, "password": factories.PASSWORD, **fields}
    return browser.post("/account/sign-in/", {"csrfmiddlewaretoken": token_of(page), **form})


def open_form(browser: Client, address: str = DRIVERS) -> dict[str, str]:
    """Sign in and open the page; return its token as an old tab keeps it."""
    sign_in(browser)
    return {"csrfmiddlewaretoken": token_of(browser.get(address))}


def test_a_form_from_before_a_new_sign_in_is_offered_again_and_then_works(browser):
    old = open_form(browser)
    sign_in(browser)

    offered = browser.post(DRIVERS, old | DANA)
    assert offered.status_code == 403
    assert "Send it again" in offered.content.decode()
    assert not Driver.objects.exists()
    again = hidden(offered)
    assert {name: again[name] for name in DANA} == DANA
    assert f'action="{DRIVERS}"' in offered.content.decode()
    assert "no-store" in offered["Cache-Control"]

    assert browser.post(DRIVERS, again).status_code == 302
    assert Driver.objects.get().name == "Dana <Driver>"


def test_a_form_that_another_person_opened_is_not_offered(browser, cook):
    old = open_form(browser)
    sign_in(browser, cook.email)

    refused = browser.post(DRIVERS, old | DANA)

    assert refused.status_code == 403
    text = refused.content.decode()
    assert "Another person is signed in" in text
    assert "second@example.com" in text
    assert "Dana" not in text
    assert not Driver.objects.exists()


@pytest.mark.parametrize("token", ["a" * 64, "", "é" * 64, "a" * 32, "x"])
def test_a_form_that_is_not_ours_is_never_offered(browser, token):
    open_form(browser)
    refused = browser.post(DRIVERS, DANA | {"csrfmiddlewaretoken": token})
    assert refused.status_code == 403
    assert "This form has expired" in refused.content.decode()
    assert "Dana" not in refused.content.decode()


def test_a_forged_cookie_of_earlier_tokens_proves_nothing(browser):
    old = open_form(browser)
    sign_in(browser)
    browser.cookies["form_tokens"] = browser.cookies["form_tokens"].value[:-3] + "abc"
    refused = browser.post(DRIVERS, old | DANA)
    assert "This form has expired" in refused.content.decode()


def test_a_form_sent_after_the_session_ended_is_kept_over_the_sign_in(browser):
    old = open_form(browser)
    Session.objects.all().delete()

    asked = browser.post(DRIVERS, old | DANA)
    assert asked.status_code == 403
    assert "what you entered is kept" in asked.content.decode()
    wrong = browser.post(
        "/account/sign-in/", hidden(asked) | {"username": "owner@example.com", "password": "no"}
    )
    assert wrong.status_code == 200
    page = browser.post(
        "/account/sign-in/",
        hidden(wrong) | {"username": "owner@example.com", "password": factories.PASSWORD},
    )

    assert page.status_code == 200
    assert not Driver.objects.exists()
    again = hidden(page)
    assert {name: again[name] for name in DANA} == DANA
    assert browser.post(DRIVERS, again).status_code == 302
    assert Driver.objects.get().name == "Dana <Driver>"


def test_a_form_kept_for_one_person_is_not_given_to_another(browser, cook):
    old = open_form(browser)
    Session.objects.all().delete()
    kept = hidden(browser.post(DRIVERS, old | DANA))["kept"]

    answer = sign_in(browser, cook.email, kept=kept)

    assert answer.status_code == 302
    page = browser.get("/account/").content.decode()
    assert "Your form was not sent: somebody else opened it, or it is too old." in page


@pytest.mark.parametrize("kept", ["x", "a:b:c", "é"])
def test_a_kept_form_that_we_did_not_write_is_ignored(browser, kept):
    assert sign_in(browser, kept=kept).status_code == 302


def test_a_kept_form_ends_after_a_day(browser):
    form = kept_forms.KeptForm("1", "/x/", [("name", ["Dana"])])
    sealed = kept_forms.sealed(form)
    assert kept_forms.opened(sealed).pairs == [("name", "Dana")]
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert kept_forms.opened(sealed) is None


def test_no_page_holds_a_password(browser, owner):
    old = open_form(browser, f"/admin/integration/user/{owner.pk}/password/")
    sign_in(browser)
    offered = browser.post(
        f"/admin/integration/user/{owner.pk}/password/",
        old | {"password1": "Secret-4711", "password2": "Secret-4711"},
    )
    assert offered.status_code == 403
    assert "Secret-4711" not in offered.content.decode()


def test_an_admin_form_is_kept_over_the_end_of_the_session(browser, location):
    address = f"/admin/catalog/location/{location.pk}/change/"
    old = open_form(browser, address)
    Session.objects.all().delete()
    asked = browser.post(address, old | {"name": "Uptown"})
    assert "what you entered is kept" in asked.content.decode()


def test_a_script_of_one_person_does_nothing_as_another(browser, owner, cook):
    sign_in(browser, cook.email)
    token = browser.cookies["csrftoken"].value
    headers = {"X-Opened-By": str(owner.pk), "X-CSRFToken": token}
    assert browser.post(DRIVERS, DANA, headers=headers).status_code == 409
    assert browser.get("/board/orders/", headers=headers).status_code == 409
    assert not Driver.objects.exists()
    own = headers | {"X-Opened-By": str(cook.pk)}
    assert browser.post(DRIVERS, DANA, headers=own).status_code == 302


def test_signing_in_on_an_open_page_names_the_person_or_says_why_not(browser, owner):
    browser.get("/account/sign-in/")
    headers = {"X-Sign-In-Place": "1", "X-CSRFToken": browser.cookies["csrftoken"].value}
    form = {"username": "owner@example.com", "password": "no"}
    refused = browser.post("/account/sign-in/", form, headers=headers)
    assert refused.status_code == 422
    [sentence] = refused.json()["errors"]
    assert "correct" in sentence
    form["password"] = factories.PASSWORD
    assert browser.post("/account/sign-in/", form, headers=headers).json() == {
        "person": str(owner.pk)
    }
    assert browser.get("/account/").status_code == 200


def session_end() -> Any:
    return Session.objects.get().expire_date


def test_a_session_in_use_lasts_until_90_days_after_the_sign_in(browser):
    begun = timezone.now()
    with time_machine.travel(begun, tick=False) as clock:
        sign_in(browser)
        clock.shift(timedelta(hours=23))
        browser.get("/board/orders/")
        assert session_end() == begun + timedelta(days=14)

        clock.shift(timedelta(hours=2))
        answer = browser.get("/board/orders/")
        assert session_end() == begun + timedelta(days=15, hours=1)
        cookie = answer.cookies[settings.SESSION_COOKIE_NAME]
        assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (
            14 * 86400, True, "Lax",
        )  # fmt: skip
        for _ in range(8):
            clock.shift(timedelta(days=10))
            assert browser.get("/board/orders/").status_code == 200
        assert session_end() == begun + timedelta(days=90)
        clock.shift(timedelta(days=10))
        browser.cookies[settings.SESSION_COOKIE_NAME]["max-age"] = ""
        poll = browser.get("/board/orders/", headers={"HX-Request": "true"})
        assert poll.status_code == 401


def test_a_session_not_used_for_two_weeks_ends(browser):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        sign_in(browser)
        clock.shift(timedelta(days=14, seconds=1))
        poll = browser.get("/board/orders/", headers={"HX-Request": "true"})
        assert poll.status_code == 401


def test_renewing_a_session_leaves_what_another_request_wrote_into_it(browser, monkeypatch):
    from stream_pos.sign_in import sessions

    renew = sessions.renew

    def renew_late(request: Any, response: Any) -> None:
        other = sessions.SessionStore(request.session.session_key)
        other["draft"] = "a dish"
        other.save()
        renew(request, response)

    with time_machine.travel(timezone.now(), tick=False) as clock:
        sign_in(browser)
        clock.shift(timedelta(days=2))
        monkeypatch.setattr(sessions, "renew", renew_late)
        browser.get("/board/orders/")
        assert browser.session["draft"] == "a dish"
