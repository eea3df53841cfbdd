"""`make demo`: start everything, run the walkthrough, and keep running."""

import argparse
import io
import json
import os
import signal
import sys
import time
from contextlib import ExitStack
from typing import Any

from . import processes
from .channel import ChannelWalk
from .delivery import DeliveryWalk
from .people.board_page import BoardPage
from .people.dispatch_page import DispatchPage
from .people.front_end import FrontEnd
from .people.guest import Guest
from .processes import StartError
from .sandbox_client import SandboxClient, StepFailed
from .walkthrough import Walk

FAMILY = "fam_chocolate_chip_cookie"  # The walkthrough changes its price.


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="exit after the walkthrough")
    once = parser.parse_args().once
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    with ExitStack() as stack:
        try:
            demo = Demo(stack)
            demo.start()
            demo.walk()
        except (StartError, StepFailed, OSError, ValueError, KeyError) as error:
            print(f"\n  FAILED  {error}\n", file=sys.stderr)
            return 1
        print_step("Done", f"every step succeeded, in {time.monotonic() - started:.0f} s")
        if once:
            return 0
        demo.print_links()
        _wait_for_interrupt()
    return 0


def print_step(step: str, detail: str) -> None:
    print(f"  {step:<16} {detail}", flush=True)


def _wait_for_interrupt() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print_step("Stopped", "")


class Demo:
    """The POS and the sandbox on this machine, with the demo restaurants."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._pos_port = processes.free_port(8000)
        self._sandbox_port = processes.free_port(9000)
        self.pos_url = f"http://127.0.0.1:{self._pos_port}"
        self.sandbox_url = f"http://127.0.0.1:{self._sandbox_port}"
        self._environment = processes.environment_for(self.pos_url, self.sandbox_url)
        self.accounts: dict[str, Any] = {}

    def start(self) -> None:
        print_step("Stream POS", "creating the database and the demo restaurants")
        output = processes.run("seed_demo", "--json", environment=self._environment)
        self.accounts = json.loads(output)
        self._start("pos", f"{self.pos_url}/readyz", "serve", "--port", str(self._pos_port))
        print_step("Running", f"web and worker on {self.pos_url}")
        arguments = ("sandbox", "--port", str(self._sandbox_port), "--pos", self.pos_url)
        self._start("sandbox", f"{self.sandbox_url}/healthz", *arguments)
        print_step("Sandbox", f"a stand-in for Stream on {self.sandbox_url}")

    def _start(self, name: str, url: str, *arguments: str) -> None:
        process = processes.start(self._stack, name, *arguments, environment=self._environment)
        log = processes.log_path(name, self._environment)
        processes.wait_until_up(process, name, url, log)

    def walk(self) -> None:
        merchant = self.accounts["merchants"][0]
        location_id = merchant["locations"][0]["provider_id"]
        sandbox = SandboxClient(self.sandbox_url)
        walk = Walk(sandbox, print_step)
        walk.connect(merchant)
        walk.locations()
        walk.catalog(location_id)
        walk.connection(location_id)
        walk.order(location_id)
        walk.refusal(location_id)
        before = walk.price_of(location_id, FAMILY)
        after = before + 25
        walk.webhook_after(lambda: self._change_price(before, after), location_id)
        pulled_price = walk.price_of(location_id, FAMILY)
        if pulled_price != after:
            raise StepFailed(f"The catalog has the price {pulled_price} instead of {after}.")
        print_step("Pulled again", f"the catalog has the new price, {after / 100:.2f}")
        page = DispatchPage(self.pos_url)
        DeliveryWalk(sandbox, page, print_step).deliver(merchant, location_id)
        self._walk_channel(sandbox, merchant)

    def _walk_channel(self, sandbox: SandboxClient, merchant: dict[str, Any]) -> None:
        channel = self.accounts["dsp"]["merchants"][0]
        stores = [store["provider_id"] for store in channel["stores"]]
        locations = [location["provider_id"] for location in merchant["locations"]]
        board = BoardPage(self.pos_url)
        board.sign_in(merchant["email"], merchant["password"])
        front_end = FrontEnd(self.pos_url, channel["channel_key"])
        walk = ChannelWalk(sandbox, front_end, Guest(self.pos_url, stores[0]), board, print_step)
        walk.publish(merchant, dict(zip(stores, locations, strict=True)))
        walk.order(stores[0])
        walk.sell_out(stores[0], lambda state: _switch(locations[0], state))
        walk.pause(stores[0], lambda closed: _pause(locations[0], closed))
        walk.fail(stores[1])

    def _change_price(self, before: int, after: int) -> None:
        """Change the price as staff would, but without the form."""
        os.environ.update(self._environment, DJANGO_SETTINGS_MODULE="stream_pos.settings")
        import django

        django.setup()
        from catalog.models import ItemFamily

        family = ItemFamily.objects.get(provider_id=FAMILY)
        family.price_amount = after
        family.save()
        print_step("Price changed", f"{family.name}: {before / 100:.2f} → {after / 100:.2f}")

    def print_links(self) -> None:
        print("\n  Try it out:")
        print_step("  Status", self.pos_url)
        print_step("  Sandbox", self.sandbox_url)
        admin = self.accounts["admin"]
        print_step("  Admin", f"{self.pos_url}/admin/  {admin['email']}  {admin['password']}")
        for merchant in self.accounts["merchants"]:
            account = f"{self.pos_url}/account/  {merchant['email']}  {merchant['password']}"
            print_step(f"  {merchant['name']}", account)
        print_step("  Board", f"{self.pos_url}/board/  live orders, as either merchant")
        print_step("  Dispatch", f"{self.pos_url}/dispatch/  what your own drivers deliver")
        for store in self.accounts["dsp"]["merchants"][0]["stores"]:
            address = f"{self.pos_url}/order/{store['provider_id']}/"
            print_step("  Order page", f"{address}  as a guest of {store['name']}")
        print("\n  Press Ctrl-C to stop everything.\n", flush=True)


def _switch(location_id: str, state: str) -> None:
    """Switch the dish as staff would, in this process: Django is set up by now."""
    from django.core.management import call_command

    quiet = io.StringIO()
    call_command("set_availability", FAMILY, state, location=location_id, stdout=quiet)


def _pause(location_id: str, closed: bool) -> None:
    from django.core.management import call_command

    command = "pause_location" if closed else "resume_location"
    call_command(command, location_id, stdout=io.StringIO())


if __name__ == "__main__":
    sys.exit(main())
