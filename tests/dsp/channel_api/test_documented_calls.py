"""The calls of docs/channel-api.md, run by a shell with curl against a real server."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dsp.channel_api import keys
from dsp.models import ChannelOrder
from tests.support import services

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENT = Path(__file__).parents[3] / "docs" / "channel-api.md"
CURL = shutil.which("curl")


def documented_calls() -> list[str]:
    """Return the curl commands of the section, each with its continued lines."""
    section = DOCUMENT.read_text().partition("## An order in four calls")[2]
    block = section.partition("```sh\n")[2].partition("```")[0]
    return re.split(r"\n(?=curl )", block.strip())[1:]


class Shell:
    """Runs the commands with the variables that the document sets first."""

    def __init__(self, url: str, key: str) -> None:
        self._variables = f"API={url}/channel/v1 KEY={key}\n"

    def run(self, command: str) -> Any:
        command = command.replace("curl ", "curl --fail-with-body -sS --noproxy '*' ", 1)
        done = subprocess.run(
            ["bash", "-c", self._variables + command], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return json.loads(done.stdout)


def test_the_documented_calls_place_an_order_and_follow_it(selling, live_server):
    services.require("curl", CURL is not None)
    menu_call, quote_call, order_call, follow_call = documented_calls()
    shell = Shell(live_server.url, keys.create(selling.merchant, name="Web shop")[1])
    assert shell.run(menu_call)["menus"][0]["id"] == "s-menu-all"
    quote = shell.run(quote_call)
    # The amount in the document is this total.
    assert quote["total"] == 2387
    order = shell.run(order_call.replace("quo_…", quote["quote_id"]))
    assert order["state"] == "placed"
    assert shell.run(follow_call.replace("ord_…", order["id"])) == order
    assert ChannelOrder.objects.get().payment_reference == "pay_1"
