"""Two merchants of the channel, whose stores sell the contract's menu at all hours."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone

from tests.dsp.menus.files import example, read
from tests.dsp.support.channel import CLIENT_ID, SCOPES, new_store
from tests.dsp.support.channel import SECRET as CLIENT_SECRET
from tests.dsp.support.menus import go_live
from tests.fuzz.properties import Judge
from tests.support import factories

_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_PHONE = "+15125550199"


@dataclass(frozen=True)
class ChannelScene:
    """A store of ours with its token and key, and ids that belong to somebody else."""

    judge: Judge
    store: Any
    token: str
    key: str
    ids: list[str]

    def forget(self) -> None:
        """Delete what the last example wrote, and open the store again."""
        from dsp import models
        from integration.models import Alarm, OutboundEvent

        written = [
            models.Refund, models.ChannelOrderEvent, models.ChannelOrder, models.Quote,
            models.ReceivedEvent, models.AvailabilityChange, OutboundEvent, Alarm,
        ]  # fmt: skip
        for model in written:
            rows = model.objects.all()
            rows._raw_delete(rows.db)
        waiting = models.ReceivedMenu.objects.filter(number=None)
        waiting._raw_delete(waiting.db)
        models.Store.objects.filter(pk=self.store.pk).update(
            paused_at=None,
            own_paused_at=None,
            turned_away_at=None,
            suspect_since=None,
            overlay_revision=F("overlay_revision") + 1,
        )


def prepare(judge: Judge) -> ChannelScene:
    """Add the channel's merchants to the judge's restaurants; the role must be switched on."""
    from dsp.channel_api import keys
    from dsp.live import compiled, guest_menu, overlay, timetable
    from dsp.menu_intake import object_ids, updates
    from dsp.models import MenuContent

    for module in (compiled, guest_menu, overlay, timetable, updates):
        module.forget()  # Another test's menus, whose keys come again after a rollback.
    own, other = (factories.merchant(name=name) for name in ("Channel", "Other channel"))
    store, foreign = (_store(own, "str_8H2K"), _store(other, "str_other"))
    token = factories.access_token(factories.user(own), scope=SCOPES, role="dsp").raw
    for one in (store, foreign):
        factories.access_token(factories.user(one.merchant), scope=SCOPES, role="dsp")
        menu = go_live(one, all_day(1))
        ids = object_ids.of_menu(read(all_day(1)).menu)
        MenuContent.objects.filter(menu=menu).update(object_ids=ids)
    key = keys.create(own, name="Fuzz")[1]
    others = ["str_8H2K", "str_other", "no-such-id", own.provider_id]
    return ChannelScene(judge, store, token, key, [*others, *_menu_ids()])


def switch_on(settings: Any) -> None:
    settings.STREAM_DSP_CLIENT_ID = CLIENT_ID
    settings.STREAM_DSP_CLIENT_SECRET = CLIENT_SECRET
    settings.STREAM_DSP_REDIRECT_URIS = ["http://127.0.0.1:9000/oauth/callback"]


def all_day(version: int) -> dict[str, Any]:
    """Return the contract's menu file of the version, open at all hours."""
    file: dict[str, Any] = example(version)
    file["menus"][0]["schedule"] = {day: ["00:00-24:00"] for day in _DAYS}
    return file | {"holidays": []}


def _store(merchant: Any, provider_id: str) -> Any:
    return new_store(
        merchant,
        provider_id=provider_id,
        phone=_PHONE,
        fulfillment_types=["pickup", "curbside", "drive_thru", "merchant_managed_delivery"],
        guests_may_cancel_late=True,
        connected_at=timezone.now(),
    )


def _menu_ids() -> list[str]:
    flat = example(2)
    names = ("categories", "item_families", "items", "modifier_groups", "modifiers", "taxes")
    return [one["stream_id"] for name in names for one in flat[name]]
