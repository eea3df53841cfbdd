"""`make demo`: starts everything, walks through the main job, and stays up to look around."""

import argparse
import json
import os
import signal
import sys
import time
from contextlib import ExitStack
from typing import Any

from . import processes
from .processes import DidNotStart
from .walkthrough import StepFailed, Walk

FAMILY = "fam_chocolate_chip_cookie"  # Its price is changed.


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the walk")
    once = parser.parse_args().once
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    begun = time.monotonic()
    with ExitStack() as stack:
        try:
            demo = Demo(stack)
            demo.start()
            demo.walk()
        except (DidNotStart, StepFailed, OSError, ValueError, KeyError) as error:
            print(f"\n  FAILED  {error}\n", file=sys.stderr)
            return 1
        say("Done", f"every step went well, in {time.monotonic() - begun:.0f} s")
        if once:
            return 0
        demo.invite()
        _wait_for_interrupt()
    return 0


def say(step: str, what: str) -> None:
    print(f"  {step:<16} {what}", flush=True)


def _wait_for_interrupt() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("Stopped", "")


class Demo:
    """The POS and the sandbox on this machine, and the demo restaurants in them."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._pos_port = processes.free_port(8000)
        self._sandbox_port = processes.free_port(9000)
        self.pos_url = f"http://127.0.0.1:{self._pos_port}"
        self.sandbox_url = f"http://127.0.0.1:{self._sandbox_port}"
        self._environment = processes.environment_for(self.pos_url, self.sandbox_url)
        self.made: dict[str, Any] = {}

    def start(self) -> None:
        say("Stream POS", "making the database and the demo restaurants")
        made = processes.run("seed_demo", "--json", environment=self._environment)
        self.made = json.loads(made)
        self._start("pos", f"{self.pos_url}/readyz", "serve", "--port", str(self._pos_port))
        say("Running", f"web, worker and scheduler on {self.pos_url}")
        arguments = ("sandbox", "--port", str(self._sandbox_port), "--pos", self.pos_url)
        self._start("sandbox", f"{self.sandbox_url}/healthz", *arguments)
        say("Sandbox", f"a stand-in for Stream on {self.sandbox_url}")

    def _start(self, name: str, address: str, *arguments: str) -> None:
        process = processes.start(self._stack, name, *arguments, environment=self._environment)
        log = processes.log_of(name, self._environment)
        processes.wait_until_up(process, name, address, log)

    def walk(self) -> None:
        merchant = self.made["merchants"][0]
        location_id = merchant["locations"][0]["provider_id"]
        walk = Walk(self.sandbox_url, say)
        walk.connect(merchant)
        walk.locations()
        walk.catalog(location_id)
        walk.connection(location_id)
        walk.order(location_id)
        walk.refusal(location_id)
        before = walk.price_of(location_id, FAMILY)
        after = before + 25
        walk.webhook_after(lambda: self._change_price(before, after), location_id)
        pulled = walk.price_of(location_id, FAMILY)
        if pulled != after:
            raise StepFailed(f"The catalog pulled afterwards says {pulled}, not {after}.")
        say("Pulled again", f"the catalog has the new price, {after / 100:.2f}")

    def _change_price(self, before: int, after: int) -> None:
        """As a member of staff would, only without the form."""
        os.environ.update(self._environment, DJANGO_SETTINGS_MODULE="stream_pos.settings")
        import django

        django.setup()
        from catalog.models import ItemFamily

        family = ItemFamily.objects.get(provider_id=FAMILY)
        family.price_amount = after
        family.save()
        say("Price changed", f"{family.name}: {before / 100:.2f} → {after / 100:.2f}")

    def invite(self) -> None:
        print("\n  Look around:")
        say("  Status", self.pos_url)
        say("  Sandbox", self.sandbox_url)
        admin = self.made["admin"]
        say("  Admin", f"{self.pos_url}/admin/  {admin['email']}  {admin['password']}")
        for merchant in self.made["merchants"]:
            where = f"{self.pos_url}/account/  {merchant['email']}  {merchant['password']}"
            say(f"  {merchant['name']}", where)
        say("  Board", f"{self.pos_url}/board/  live orders, as one of these two")
        print("\n  Ctrl-C stops everything.\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
