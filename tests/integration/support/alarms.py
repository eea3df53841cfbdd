"""What the tests of alarms sound and read."""

import re
from typing import Any

from integration.models import Alarm, Merchant, User
from integration.monitoring import alarms
from tests.support import factories

Kind = Alarm.Kind


def sound(kind: Kind = Kind.REFUSED, of: Merchant | None = None, **fields: Any) -> Alarm:
    told = {"endpoint": "stream", "message": "It answered 400."} | fields
    alarms.sound(kind, merchant_id=of.pk if of else None, **told)
    return Alarm.objects.get(kind=kind, merchant=of, endpoint=told["endpoint"], resolved_at=None)


def own_staff() -> User:
    return factories.user(None, "", is_superuser=True)


def banner(page: Any) -> str:
    """The text of the alarms on a page; nothing when it has none."""
    assert page.status_code == 200, page
    found = re.findall(r'<section class="sp-alarms" role="alert".*?</section>', text_of(page), re.S)
    assert len(found) <= 1
    return " ".join(re.sub(r"<[^>]*>", " ", found[0]).split()) if found else ""


def text_of(page: Any) -> str:
    text: str = page.content.decode()
    return text
