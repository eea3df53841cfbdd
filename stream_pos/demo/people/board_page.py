"""Staff at the kitchen's board: waits for an order, and presses its buttons."""

import time

from ..sandbox_client import StepFailed
from .page_session import PageSession

_SECONDS = 15


class BoardPage(PageSession):
    def __init__(self, pos_url: str) -> None:
        super().__init__(pos_url)
        self.url = f"{pos_url}/board/"

    def wait_for(self, number: str) -> None:
        """Wait until the board shows the order with this number."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            if number in self.get(f"{self.url}orders/"):
                return
            time.sleep(0.1)
        raise StepFailed(f"{number} was not on {self.url} within {_SECONDS} s.")

    def move(self, order_id: str, state: str) -> None:
        """Press the button that moves the order to this state."""
        page = self.get(self.url)
        self.post(f"{self.url}orders/{order_id}/move/", page, {"to": state})
