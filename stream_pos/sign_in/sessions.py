"""Sessions that last while they are used: those of the board, of dispatch, of any open page.

A session ends two weeks after its last use and at most 90 days after the sign-in.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

LONGEST = timedelta(days=90)  # From the sign-in.
_EVERY = timedelta(days=1)  # One write a day for each session, however often its pages poll.
_SIGNED_IN_AT = "signed_in_at"


class SessionStore(db.SessionStore):
    """Django's sessions in the database, which also know when they end."""

    ends_at: datetime | None = None

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()  # type: ignore[misc]  # private
        self.ends_at = None if row is None else row.expire_date
        return row


def begin(request: HttpRequest) -> None:
    """Note the instant of a sign-in."""
    request.session[_SIGNED_IN_AT] = timezone.now().timestamp()


def renew(request: HttpRequest, response: HttpResponse) -> None:
    """Let a used session last longer.

    Its data is not written again: another request may be changing it, such as an order's draft.
    """
    session: Any = request.session
    now = timezone.now()
    age = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    if session.ends_at is None or session.ends_at - now > age - _EVERY:
        return
    begun = session.get(_SIGNED_IN_AT)
    if begun is None:  # From before sessions noted it.
        begin(request)
        return
    ends_at = min(now + age, datetime.fromtimestamp(begun, tz=now.tzinfo) + LONGEST)
    if ends_at <= session.ends_at:
        return
    rows = SessionStore.get_model_class().objects.filter(session_key=session.session_key)
    if rows.filter(expire_date__gt=now).update(expire_date=ends_at):
        response.set_cookie(
            settings.SESSION_COOKIE_NAME,
            session.session_key,
            max_age=int((ends_at - now).total_seconds()),
            domain=settings.SESSION_COOKIE_DOMAIN,
            path=settings.SESSION_COOKIE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=settings.SESSION_COOKIE_HTTPONLY,
            samesite="Lax",
        )
