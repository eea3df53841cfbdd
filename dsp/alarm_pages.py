"""The pages that help with the channel's alarms; the endpoint of each is a store's ID."""

from dsp.models import Store
from integration.models import Alarm
from integration.monitoring.alarms import Page

PAGES = {
    Alarm.Kind.MENU: Page("menus", "dsp_receivedmenu", "store={}"),
    Alarm.Kind.UNHEARD: Page("orders", "dsp_channelorder", "state=attention&store={}"),
    Alarm.Kind.MADE: Page("orders", "dsp_channelorder", "state=ended&store={}"),
    Alarm.Kind.FOREIGN: Page("events", "dsp_receivedevent", "store={}"),
    Alarm.Kind.CARTS: Page("orders", "dsp_channelorder", "state=failed&store={}"),
    Alarm.Kind.BROKEN: Page("store", "dsp_store", "q={}"),
    Alarm.Kind.PAUSED: Page("orders", "dsp_channelorder", "state=attention&store={}"),
}


def alarm_place(store: Store) -> str:
    """Return what alarms about the store name as their endpoint."""
    return store.provider_id[:32]
