"""Helpers that raise and read alarms."""

import re
from typing import Any

from integration.models import Alarm, Merchant, User
from integration.monitoring import alarms
from tests.support import factories

Kind = Alarm.Kind


def raise_alarm(kind: Kind = Kind.REFUSED, of: Merchant | None = None, **fields: Any) -> Alarm:
    alarm_fields = {"endpoint": "stream", "message": "It answered 400."} | fields
    alarms.raise_alarm(kind, merchant_id=of.pk if of else None, **alarm_fields)
    return Alarm.objects.get(
        kind=kind, merchant=of, endpoint=alarm_fields["endpoint"], resolved_at=None
    )


def own_staff() -> User:
    return factories.user(None, "", is_superuser=True)


def banner(page: Any) -> str:
    """Return the text of the alarms on a page; empty if there are none."""
    assert page.status_code == 200, page
    sections = re.findall(
        r'<section class="sp-alarms" role="alert".*?</section>', text_of(page), re.S
    )
    assert len(sections) <= 1
    return " ".join(re.sub(r"<[^>]*>", " ", sections[0]).split()) if sections else ""


def text_of(page: Any) -> str:
    text: str = page.content.decode()
    return text
