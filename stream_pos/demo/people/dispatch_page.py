"""A person at the dispatch page: signs in, and presses what the page shows."""

import re
import time

from ..sandbox_client import StepFailed
from .page_session import PageSession

_COLUMN = re.compile(r'id="column-(\w+)"')
_CHOICE = re.compile(r'name="delivery"\s+value="([^"]+)"')
_DRIVER = re.compile(r'<option value="(\d+)">([^<]+)</option>')
_SECONDS = 15


class DispatchPage(PageSession):
    def __init__(self, pos_url: str) -> None:
        super().__init__(pos_url)
        self.url = f"{pos_url}/dispatch/"

    def wait_for(self, number: str, column: str) -> None:
        """Wait until the page shows the order with this number in this column."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            if _find(self.get(f"{self.url}deliveries/"), number)[0] == column:
                return
            time.sleep(0.1)
        raise StepFailed(f"{number} was not under {column!r} at {self.url} within {_SECONDS} s.")

    def assign(self, number: str) -> str:
        """Assign the first driver of the list to the order, and return the driver's name."""
        page = self.get(self.url)
        driver, choice = _DRIVER.search(page), _CHOICE.search(_find(page, number)[1])
        if not choice or not driver:
            raise StepFailed(f"{self.url} offers no driver for {number}.")
        fields = {"delivery": choice[1], "driver": driver[1]}
        self.post(f"{self.url}assign/", page, fields)
        return driver[2]


def _find(page: str, number: str) -> tuple[str, str]:
    """Return the column and the card of the order with this number; empty without one."""
    column = ""
    for part in page.split("<article"):
        card = part.partition("</article>")[0]
        if f'data-number="{number}"' in card:
            return column, card
        column = next(iter(_COLUMN.findall(part)[-1:]), column)
    return "", ""
