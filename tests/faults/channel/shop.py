"""The channel's store of the kill run, open at all hours, with the contract's menu."""

import io
import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from django.core.management import call_command
from django.utils import timezone

from tests.dsp.menus.files import example
from tests.dsp.support.channel import CLIENT_ID, SCOPES, new_store
from tests.dsp.support.channel import SECRET as CLIENT_SECRET
from tests.faults.receivers.receiver import SECRET
from tests.support import factories

_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Shop:
    """A connected store, the key of its front end, and Stream's token for its merchant."""

    def __init__(self, folder: Path) -> None:
        from dsp.channel_api import keys

        merchant = factories.merchant(name="Channel kill run")
        self.store = new_store(
            merchant,
            provider_id=f"str_{secrets.token_hex(8)}",
            phone="+15125550199",
            fulfillment_types=["pickup", "drive_thru"],
            guests_may_cancel_late=True,
            connected_at=timezone.now(),
        )
        user = factories.user(merchant)
        self.token: str = factories.access_token(
            user, scope=SCOPES, role="dsp", client_id=CLIENT_ID
        ).raw
        self.key = keys.create(merchant, name="Kill run")[1]
        file = folder / "menu.json"
        file.write_text(json.dumps(_menu()))
        store_id = self.store.provider_id
        call_command("channel_publish", file, store=store_id, stdout=io.StringIO())


def _menu() -> object:
    menu = example(1)
    menu["menus"][0]["schedule"] = {day: ["00:00-24:00"] for day in _DAYS}
    return menu | {"holidays": []}


def settings(webhook_url: str) -> Mapping[str, str]:
    """Return what switches the role on; no clock ends an order before the run does."""
    return {
        "STREAM_DSP_CLIENT_ID": CLIENT_ID,
        "STREAM_DSP_CLIENT_SECRET": CLIENT_SECRET,
        "STREAM_DSP_WEBHOOK_URL": webhook_url,
        "STREAM_DSP_WEBHOOK_SECRET": SECRET,
        **dict.fromkeys(
            ("DSP_HANDOVER_SECONDS", "DSP_CONFIRM_SECONDS", "DSP_GIVE_UP_SECONDS"), "3600"
        ),
        "DSP_SELF_PAUSE_FAILURES": "0",  # Many of the orders fail, as Stream decides by chance.
    }
