"""Owners manage their own users and cannot be locked out."""

from typing import Any

import pytest
from django.urls import reverse

from integration.models import User
from tests.support import factories
from tests.support.admin_forms import errors, filled, names

LIST = "/admin/integration/user/"
PASSWORDS = {"password1": "a-Long-one-4711", "password2": "a-Long-one-4711"}


@pytest.fixture
def client(browser_client: Any, owner: Any) -> Any:
    return browser_client(owner)


@pytest.fixture
def stranger(db: None) -> User:
    return factories.user(factories.merchant(name="Casa Verde"), email="stranger@example.com")


@pytest.fixture
def boss(db: None) -> User:
    return factories.user(None, "", email="boss@example.com", is_superuser=True)


def page_of(user: User) -> str:
    return reverse("admin:integration_user_change", args=[user.pk])


def change(client: Any, user: User, **fields: Any) -> Any:
    """Post the page; None leaves a field out, as browsers do for an unchecked box."""
    data = filled(client.get(page_of(user))) | fields
    return client.post(
        page_of(user), {key: value for key, value in data.items() if value is not None}
    )


def test_an_owner_sees_only_their_own_users(client, owner, stranger, boss):
    assert names(client.get(LIST)) == {"owner@example.com"}
    for foreign in (stranger, boss):
        assert client.get(page_of(foreign)).status_code == 302
        password = reverse("admin:auth_user_password_change", args=[foreign.pk])
        assert client.get(password).status_code == 404
        assert client.post(password, PASSWORDS).status_code == 404
        assert foreign.email not in client.get(page_of(foreign), follow=True).content.decode()


@pytest.mark.parametrize("role", ["manager", "kitchen"])
def test_other_roles_do_not_see_users(browser_client, merchant, owner, role):
    client = browser_client(factories.user(merchant, role))
    assert client.get(LIST).status_code == 403
    assert client.get(page_of(owner)).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_an_owner_can_add_a_user(client, merchant):
    data = filled(client.get(f"{LIST}add/")) | PASSWORDS | {
        "email": "New@Example.com", "full_name": "New Person", "role": "manager",
    }  # fmt: skip
    assert client.post(f"{LIST}add/", data).status_code == 302
    added = User.objects.get(email="new@example.com")
    assert (added.merchant, added.role, added.is_superuser) == (merchant, "manager", False)
    assert added.check_password(PASSWORDS["password1"])


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"email": "OWNER@example.com"}, "is already in use"),
        ({"role": ""}, "required"),
        ({"role": "god"}, "Select a valid choice"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "another-Long-one"}, "match"),
    ],
)
def test_an_invalid_new_user_is_refused(client, sent, message):
    right = {"email": "new@example.com", "role": "manager", **PASSWORDS}
    data = filled(client.get(f"{LIST}add/")) | right | sent
    assert message in errors(client.post(f"{LIST}add/", data))


def test_privileges_beyond_the_merchant_cannot_be_gained(client, owner, merchant, stranger):
    forged = {"is_superuser": "on", "merchant": stranger.merchant_id, "user_permissions": "1"}
    colleague = factories.user(merchant, "manager", email="m@example.com")
    change(client, colleague, **forged)
    data = filled(client.get(f"{LIST}add/")) | forged | PASSWORDS
    client.post(f"{LIST}add/", data | {"email": "new@example.com", "role": "owner"})
    for user in (colleague, User.objects.get(email="new@example.com")):
        user.refresh_from_db()
        assert (user.merchant, user.is_superuser) == (merchant, False)


def test_an_owner_cannot_lock_their_own_account(client, owner, merchant):
    factories.user(merchant, "owner", email="second@example.com")
    answer = change(client, owner, role="kitchen", is_active=None, full_name="Renamed")
    assert answer.status_code == 302
    owner.refresh_from_db()
    assert (owner.role, owner.is_active, owner.full_name) == ("owner", True, "Renamed")


@pytest.mark.parametrize("sent", [{"role": "manager"}, {"is_active": None}])
def test_the_last_owner_cannot_be_removed(browser_client, boss, owner, merchant, sent):
    factories.user(merchant, "owner", email="gone@example.com", is_active=False)
    staff = browser_client(boss)
    assert "only owner" in errors(change(staff, owner, **sent))
    factories.user(merchant, "owner", email="second@example.com")
    assert change(staff, owner, **sent).status_code == 302


def test_a_password_can_be_set_but_is_never_shown(client, merchant):
    colleague = factories.user(merchant, "manager", email="m@example.com")
    page = client.get(page_of(colleague)).content.decode()
    assert "md5$" not in page
    assert colleague.password not in page
    address = reverse("admin:auth_user_password_change", args=[colleague.pk])
    assert address in page
    assert client.post(address, PASSWORDS).status_code == 302
    colleague.refresh_from_db()
    assert colleague.check_password(PASSWORDS["password1"])


@pytest.mark.parametrize("lookup", ["password__startswith", "is_superuser__exact", "merchant"])
def test_the_list_cannot_be_probed_by_lookups(client, lookup):
    assert client.get(LIST, {lookup: "1"}).status_code == 400


def test_our_own_staff_can_add_users_for_a_merchant(browser_client, boss, stranger):
    staff = browser_client(boss)
    assert f"?merchant={stranger.merchant_id}" in staff.get(f"{LIST}add/").content.decode()
    address = f"{LIST}add/?merchant={stranger.merchant_id}"
    sent = {"email": "new@example.com", "role": "owner", **PASSWORDS}
    answer = staff.post(address, filled(staff.get(address)) | sent)
    assert answer.status_code == 302, errors(answer)
    assert User.objects.get(email="new@example.com").merchant == stranger.merchant


def test_our_own_staff_have_no_role(browser_client, boss):
    staff = browser_client(boss)
    other = factories.user(None, "", email="other@example.com")
    assert "no role" in errors(change(staff, other, role="owner"))
    assert change(staff, other, role="", full_name="Other").status_code == 302
