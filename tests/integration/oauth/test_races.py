"""The end of an authorization at the instant of a refresh or an exchange: nothing survives it.

RACES=200 runs so many rounds of each instead of a few, and the parallel refreshes each in a thread
of its own.
"""

import os
import uuid
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.utils import timezone

from catalog.locations import connection
from catalog.models import Location
from integration.models import AccessToken, Authorization, Grant, RefreshToken, User
from integration.oauth import access_tokens, authorizations
from integration.oauth.client import ensure_stream_application
from integration.oauth.tokens import checksum
from tests.integration.support.oauth_client import (
    ALL_SCOPES,
    REDIRECT_URI,
    ask_for_tokens,
    code_body,
    refresh_body,
)
from tests.support import factories
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
RACES = int(os.environ.get("RACES", "0"))
ROUNDS = RACES or 10
HOUR = timedelta(hours=1)


class Round(NamedTuple):
    """A merchant whose Stream holds tokens, the used code they came of, and a fresh code."""

    location: Location
    access: str
    refresh: str
    used_code: str
    fresh_code: str
    superseded: str


@pytest.fixture
def begin() -> Any:
    """Return a function that begins a round; all are of one merchant, and apart from each other."""
    ensure_stream_application()  # Transactional tests empty the database.
    owner = factories.user(factories.merchant())
    location = factories.location(owner.merchant)  # type: ignore[arg-type]  # An owner has one.

    def begin_one() -> Round:
        token = factories.access_token(owner)
        connection.connect(Location.objects.filter(pk=location.pk))
        used = _code(owner, used_at=timezone.now(), token_family=token.token_family)
        return Round(location, token.raw, token.raw_refresh, used, _code(owner), _superseded(token))

    return begin_one


def _code(owner: User, **fields: Any) -> str:
    """Store a code as the authorize page does."""
    code = uuid.uuid4().hex
    authorization = Authorization.objects.get()
    Grant.objects.create(
        user=owner,
        code=checksum(code),
        application=ensure_stream_application(),
        authorization=authorization,
        epoch=authorization.epoch,
        expires=timezone.now() + HOUR,
        redirect_uri=REDIRECT_URI,
        scope=ALL_SCOPES,
        **fields,
    )
    return code


def _superseded(token: AccessToken) -> str:
    """Store a refresh token of the family, whose grace is over."""
    old, before = uuid.uuid4().hex, timezone.now() - HOUR
    row = RefreshToken.objects.get(access_token=token)
    row.pk, row.access_token, row.revoked, row.superseded_at = None, None, before, before
    row._raw_token = old
    row.save(force_insert=True)
    return old


def _exchange(code: str) -> Any:
    return ask_for_tokens(code_body(code))


def _refresh(refresh_token: str) -> Any:
    return ask_for_tokens(refresh_body(refresh_token))


def _works(access: str, refresh: str) -> bool:
    """Return True if either is still good for anything."""
    return access_tokens.find(access) is not None or _refresh(refresh).status_code == 201


def _survivors(one: Round, *answers: Any) -> list[Any]:
    """Return what still works: of the round's own tokens, and of those that were answered."""
    assert {answer.status_code for answer in answers} <= {201, 400}
    given = [answer.json() for answer in answers if answer.status_code == 201]
    pairs = [(tokens["access_token"], tokens["refresh_token"]) for tokens in given]
    return [pair for pair in [(one.access, one.refresh), *pairs] if _works(*pair)]


def test_nothing_survives_a_disconnect_during_a_refresh_and_an_exchange(begin):
    for _ in range(ROUNDS):
        one = begin()
        merchant = one.location.merchant
        _, *answers = at_once(
            lambda merchant=merchant: connection.disconnect_merchant(merchant),
            lambda one=one: _refresh(one.refresh),
            lambda one=one: _exchange(one.fresh_code),
        )
        assert _survivors(one, *answers) == []
        assert _exchange(one.fresh_code).status_code == 400
        assert not authorizations.is_live(merchant.pk)
        one.location.refresh_from_db()
        assert not connection.is_connected(one.location)


def test_nothing_survives_the_replay_of_a_code_during_a_refresh(begin):
    for _ in range(ROUNDS):
        one = begin()
        replayed, refreshed = at_once(
            lambda one=one: _exchange(one.used_code), lambda one=one: _refresh(one.refresh)
        )
        assert replayed.status_code == 400
        assert _survivors(one, refreshed) == []


def test_nothing_survives_the_replay_of_a_code_during_its_exchange(begin):
    for _ in range(ROUNDS):
        one = begin()
        answers = at_once(*[lambda one=one: _exchange(one.fresh_code)] * 2)
        assert sorted(answer.status_code for answer in answers) == [201, 400]
        # The tokens of the other consent are good, and used up by the look at them.
        assert _survivors(one, *answers) == [(one.access, one.refresh)]


def test_nothing_survives_the_reuse_of_a_refresh_token_during_a_refresh(begin):
    for _ in range(ROUNDS):
        one = begin()
        reused, refreshed = at_once(
            lambda one=one: _refresh(one.superseded), lambda one=one: _refresh(one.refresh)
        )
        assert reused.status_code == 400
        assert _survivors(one, refreshed) == []


def test_a_reuse_during_another_exchange_ends_its_own_family_alone(begin):
    for _ in range(ROUNDS):
        one = begin()
        reused, exchanged = at_once(
            lambda one=one: _refresh(one.superseded), lambda one=one: _exchange(one.fresh_code)
        )
        assert (reused.status_code, exchanged.status_code) == (400, 201)
        assert _survivors(one) == []
        assert access_tokens.find(exchanged.json()["access_token"]) is not None


def test_64_refreshes_at_once_leave_one_family_with_one_successor(begin):
    one = begin()
    threads = 64 if RACES else 16  # PostgreSQL has a hundred connections for everybody.
    each = [lambda: [_refresh(one.refresh) for _ in range(64 // threads)]] * threads
    answers = [answer for answered in at_once(*each) for answer in answered]
    assert [answer.status_code for answer in answers] == [201] * 64
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert len({answer.json()["access_token"] for answer in answers}) == 1
    assert RefreshToken.objects.filter(revoked=None).count() == 1
    assert RefreshToken.objects.values("token_family").distinct().count() == 1
    assert access_tokens.find(answers[0].json()["access_token"]) is not None
