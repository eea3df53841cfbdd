"""The short form of the channel's fuzzers: no 5xx, answers as documented, no second refund."""

import pytest
from django.core import signals
from django.db import close_old_connections

from tests.fuzz.channel import scene
from tests.fuzz.properties import Judge
from tests.fuzz.restaurants import Pos, Scene

from .events import ChannelEventBatch
from .front_ends import FrontEndBatch
from .menus import MenuBatch


@pytest.fixture
def channel_scene(db, settings, merchant):
    """A scene without restaurants, inside the test's transaction, which requests must not close."""
    from stream_pos.wsgi import application  # Requires the settings.

    scene.switch_on(settings)
    request_signals = (signals.request_started, signals.request_finished)
    for signal in request_signals:
        signal.disconnect(close_old_connections)
    nothing = Scene(Pos(application, ""), merchant, menus=[], ids=[], foreign_order_id="")
    yield scene.prepare(Judge(nothing))
    for signal in request_signals:
        signal.connect(close_old_connections)


@pytest.mark.parametrize(
    ("batch", "kinds"), [(ChannelEventBatch, 4), (MenuBatch, 5), (FrontEndBatch, 8)]
)
def test_whatever_is_sent_is_answered_according_to_the_contract(channel_scene, batch, kinds):
    batch(channel_scene).run(150, 1)  # Raises Broken with the offending body.

    sent = {kind: row["bodies"] for kind, row in channel_scene.judge.table.items() if row["bodies"]}
    assert sum(sent.values()) >= 150
    assert len(sent) >= kinds
