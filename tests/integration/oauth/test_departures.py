"""The authorization when its person leaves: the merchant stays connected, the owners are told."""

from typing import Any

import pytest
from django.core import mail
from django.urls import reverse

from catalog.locations import connection
from integration import tasks
from integration.models import Alarm, Authorization, RefreshToken, User
from integration.oauth import authorizations
from tests.integration.support.oauth_client import allow, ask_for_tokens, code_body, opens, refresh
from tests.support import factories
from tests.support.admin_forms import filled

pytestmark = pytest.mark.django_db
STAYS = "The restaurant stays connected"


@pytest.fixture
def second(merchant) -> User:
    return factories.user(merchant, email="second@example.com", full_name="Sam Second")


@pytest.fixture
def connected(location, browser, second):
    """The tokens of an authorization that the first owner gave; there is a second one."""
    return ask_for_tokens(code_body(allow(browser))).json()


def _message() -> str:
    return str(Alarm.objects.get(kind=Alarm.Kind.PERSON, resolved_at=None).message)


def _works(tokens: dict[str, Any], location: Any) -> dict[str, Any]:
    """Assert that the merchant is connected; return the answer to a refresh."""
    assert opens(tokens["access_token"])
    location.refresh_from_db()
    assert connection.is_connected(location)
    connection.disconnect_lapsed()
    location.refresh_from_db()
    assert location.is_connected
    assert authorizations.is_live(location.merchant_id)
    answer = refresh(tokens["refresh_token"])
    assert opens(answer["access_token"])
    return answer


def _save(browser: Any, user: User, **fields: Any) -> Any:
    """Change the person's page as another owner does."""
    url = reverse("admin:integration_user_change", args=[user.pk])
    data = filled(browser.get(url)) | fields
    return browser.post(url, {name: value for name, value in data.items() if value is not None})


def test_a_person_who_is_switched_off_leaves_the_merchant_connected(
    connected, location, owner, second, browser_client
):
    answer = _save(browser_client(second), owner, is_active=None)
    assert answer.status_code == 302
    owner.refresh_from_db()
    assert not owner.is_active

    refreshed = _works(connected, location)
    assert refreshed["email"] == "second@example.com"
    assert refreshed["sso_details"] == {"email": "second@example.com", "full_name": "Sam Second"}
    assert _message() == (
        "owner@example.com, who connected Stream, was switched off. The restaurant stays"
        " connected, and its orders go on. If it should not, disconnect on the account page."
    )
    _save(browser_client(second), owner, is_active="on")
    assert _works(refreshed, location)["email"] == "owner@example.com"


def test_a_person_who_is_demoted_leaves_the_merchant_connected(
    connected, location, owner, second, browser_client
):
    assert _save(browser_client(second), owner, role="manager").status_code == 302
    assert _works(connected, location)["email"] == "second@example.com"
    assert "owner@example.com, who connected Stream, is no longer an owner." in _message()


def test_a_person_who_is_removed_leaves_the_merchant_connected(connected, location, owner):
    owner.delete()
    assert tasks.tell_owners() == 1
    assert _works(connected, location)["email"] == "second@example.com"
    assert "owner@example.com, who connected Stream, was removed." in _message()
    assert RefreshToken.objects.filter(user=None).exists()


def test_a_person_who_moves_to_another_merchant_leaves_the_merchant_connected(
    connected, location, owner
):
    owner.merchant = factories.merchant(name="Elsewhere")
    owner.save()
    assert tasks.tell_owners() == 1
    assert _works(connected, location)["email"] == "second@example.com"
    assert "has moved to another restaurant" in _message()


def test_a_merchant_without_an_owner_is_named_by_its_id_alone(location, browser, owner, merchant):
    tokens = ask_for_tokens(code_body(allow(browser))).json()
    owner.delete()
    answer = _works(tokens, location)
    assert answer["id"] == merchant.provider_id
    assert "email" not in answer
    assert "sso_details" not in answer


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "manager"}])
def test_a_pending_code_of_a_person_who_left_is_refused(browser, owner, change):
    code = allow(browser)
    User.objects.filter(pk=owner.pk).update(**change)
    answer = ask_for_tokens(code_body(code))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_the_page_says_beforehand_what_becomes_of_the_connection(
    connected, owner, second, browser_client
):
    browser = browser_client(second)
    told = "This person connected Stream: if you switch them off or give them another role"
    page = browser.get(reverse("admin:integration_user_change", args=[owner.pk]))
    assert page.content.decode().count(told) == 2
    other = browser.get(reverse("admin:integration_user_change", args=[second.pk]))
    assert told not in other.content.decode()


def test_the_owners_are_told_once_by_mail_and_on_their_pages(
    connected, owner, second, settings, browser_client, merchant
):
    settings.EMAIL_IS_SET = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.OPERATOR_EMAILS = ["ops@example.com"]
    factories.user(merchant, "manager", email="manager@example.com")
    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert (tasks.tell_owners(), tasks.tell_owners()) == (1, 0)
    assert (tasks.mail_alarms(), tasks.mail_alarms()) == (1, 0)

    (sent,) = mail.outbox
    assert sent.to == ["second@example.com"]
    assert STAYS in sent.body
    assert f"{settings.PUBLIC_URL}/account/" in sent.body
    page = browser_client(second).get("/account/").content.decode()
    assert "owner@example.com, who connected Stream, was switched off." in page
    assert "Show the connection" in page
    assert "the connection belongs to the restaurant and stays" in page
    boss = browser_client(factories.user(None, "", is_superuser=True))
    assert "was switched off" in boss.get("/admin/integration/alarm/").content.decode()


def test_nobody_is_told_of_an_authorization_that_has_ended(connected, owner, merchant):
    authorizations.revoke_all(merchant.pk)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert tasks.tell_owners() == 0
    assert not Alarm.objects.exists()


def test_another_owner_who_connects_anew_is_who_connected(
    connected, owner, second, browser_client, merchant
):
    ask_for_tokens(code_body(allow(browser_client(second))))
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert tasks.tell_owners() == 0
    assert Authorization.objects.get().authorized_by == "second@example.com"
    assert authorizations.current(merchant.pk).authorized_by == "second@example.com"
