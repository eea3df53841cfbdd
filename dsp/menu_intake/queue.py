"""The menus that wait for a worker: held by one at a time, under a lease that it renews."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from dsp.models import MenuContent, ReceivedMenu
from integration.db import database_time
from integration.models import Alarm
from integration.monitoring import alarms

Verdict = ReceivedMenu.Verdict
LEASE = timedelta(seconds=10)
# (A) The first try is made at once. One that killed its worker counts too.
RETRY_SECONDS = (5, 20, 60, 300)
MOST_TRIES = len(RETRY_SECONDS) + 1
_WITHOUT_NUMBER_KEPT = 50


def latest(store_id: int) -> ReceivedMenu | None:
    """Return the newest menu of a store, whatever became of it; without its large fields."""
    menus = ReceivedMenu.objects.filter(store=store_id).order_by("-pk")
    return menus.only("verdict").first()


def claim(menu_id: int | None = None) -> ReceivedMenu | None:
    """Lease a menu that is due, the longest waiting one or the one asked for; None: there is none.

    Of a merchant one menu is taken at a time, so that no merchant's servers keep others waiting.
    """
    now = database_time.now()
    due = ReceivedMenu.objects.filter(_free(now), verdict=Verdict.WAITING, due_at__lte=now)
    taken = ReceivedMenu.objects.filter(
        verdict=Verdict.WAITING, leased_until__gt=now, store__merchant=OuterRef("store__merchant")
    )
    waiting = due.filter(~Exists(taken)) if menu_id is None else due.filter(pk=menu_id)
    for key in waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:5]:
        claim_id = uuid.uuid4()
        lease = {"claim": claim_id, "leased_until": now + LEASE}
        if due.filter(pk=key).update(attempt_count=F("attempt_count") + 1, **lease):
            held = ReceivedMenu.objects.select_related("store").filter(pk=key, claim=claim_id)
            return held.first()
    return None


def renew(menu: ReceivedMenu) -> bool:
    """Extend the lease; return False if the menu is no longer ours."""
    return bool(held(menu).update(leased_until=database_time.now() + LEASE))


def held(menu: ReceivedMenu) -> "QuerySet[ReceivedMenu]":
    """Return the row as long as it is ours: nobody gave it up, and our lease was not taken over."""
    return ReceivedMenu.objects.filter(pk=menu.pk, claim=menu.claim, verdict=Verdict.WAITING)


def put_off(menu: ReceivedMenu, reason: str, seconds: float) -> None:
    """Have the menu tried again later."""
    due_at = database_time.now() + timedelta(seconds=seconds)
    held(menu).update(reason=reason, due_at=due_at, claim=None, leased_until=None)


def begin_again(menu: ReceivedMenu) -> None:
    """Have the menu taken again at once, not counting this try: the store changed meanwhile."""
    tries = F("attempt_count") - 1
    held(menu).update(attempt_count=tries, claim=None, leased_until=None)


@transaction.atomic
def give_up(menu: ReceivedMenu, verdict: str, reason: str, **fields: object) -> bool:
    """End the menu for good; the live one stays. Return False if it was no longer ours."""
    ended = held(menu).update(
        verdict=verdict, reason=reason, sealed_address=None, claim=None, leased_until=None, **fields
    )
    if not ended:
        return False
    MenuContent.objects.filter(menu=menu).delete()
    alarms.raise_alarm(
        Alarm.Kind.MENU,
        endpoint=alarm_endpoint(menu),
        merchant_id=menu.store.merchant_id,
        message=f"{menu.store}: a published menu was not taken. {reason} The one before stays.",
    )
    _forget_old(menu.store_id)
    return True


def alarm_endpoint(menu: ReceivedMenu) -> str:
    return menu.store.provider_id[:32]


def _forget_old(store_id: int) -> None:
    ended = ReceivedMenu.objects.filter(store=store_id, number=None)
    ended = ended.exclude(verdict=Verdict.WAITING).order_by("-pk")
    newest = list(ended.values_list("pk", flat=True)[: _WITHOUT_NUMBER_KEPT + 1])
    if len(newest) > _WITHOUT_NUMBER_KEPT:
        ended.filter(pk__lte=newest[-1]).delete()


def _free(now: datetime) -> Q:
    return Q(leased_until=None) | Q(leased_until__lte=now)
