"""What the numbers are asked for: restaurant, channel and days, as the address says it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from catalog.admin.scope.location_limits import limit_of
from catalog.models import Location
from integration.models import Merchant
from orders.models import Order
from orders.reports.scope import Scope

SPANS = {"today": ("Today", 1), "week": ("7 days", 7), "month": ("30 days", 30)}
SPANS |= {"quarter": ("90 days", 90)}
_USUAL = "month"
_MOST_DAYS = 366
_LONGEST_DAY = 20
_MOST_CHANNELS = 50


@dataclass
class Asked:
    scope: Scope
    span: str  # Of SPANS, or "own".
    locations: list[Location]  # To choose from.
    location: Location | None
    since: str = ""  # As it was written, right or wrong.
    until: str = ""
    error: str = ""
    kept: dict[str, str] = field(default_factory=dict)  # Of the address, without the days.

    @property
    def query(self) -> str:
        """The address's query that asks for the same again."""
        if self.span != "own":
            return urlencode({**self.kept, "span": self.span})
        days = {"since": self.scope.first.isoformat(), "until": self.scope.last.isoformat()}
        return urlencode({**self.kept, **days})

    def spans(self) -> list[dict[str, Any]]:
        """The ways to the usual spans."""
        return [
            {"title": title, "query": urlencode({**self.kept, "span": name}), "name": name}
            for name, (title, _) in SPANS.items()
        ]

    @property
    def zones(self) -> list[str]:
        return sorted({one.timezone.replace("_", " ") for one in self.scope.locations})


def asked_in(request: HttpRequest, merchant: Merchant) -> Asked:
    """Only one's own locations: others are a 404. Days that cannot be read are an error."""
    limit = limit_of(request)
    mine = Location.objects.filter(merchant=merchant)
    locations = list(mine if limit is None else mine.filter(pk__in=limit))
    location = _chosen(request.GET.get("location", ""), locations)
    counted = locations if location is None else [location]
    channel = request.GET.get("channel", "")[:1000]
    span, first, last, error = _days(request.GET, _today(counted))
    whole = location is None and limit is None
    kept = {"location": location.provider_id if location else "", "channel": channel}
    kept["merchant"] = str(merchant.pk) if request.GET.get("merchant") else ""
    return Asked(
        Scope(merchant, counted, first, last, channel, whole),
        span,
        locations,
        location,
        request.GET.get("since", "")[:_LONGEST_DAY],
        request.GET.get("until", "")[:_LONGEST_DAY],
        error,
        {name: value for name, value in kept.items() if value},
    )


def channels_of(merchant: Merchant, locations: list[Location]) -> list[str]:
    """Those of the newest orders, each once."""
    newest = Order.objects.filter(merchant=merchant, location__in=locations).exclude(source="")
    recent = newest.order_by("-created_at").values_list("source", flat=True)[:5_000]
    named = {source.casefold(): source for source in recent}
    return sorted(named.values(), key=str.casefold)[:_MOST_CHANNELS]


def _chosen(said: str, locations: list[Location]) -> Location | None:
    if not said:
        return None
    for location in locations:
        if location.provider_id == said:
            return location
    raise Http404


def _today(locations: list[Location]) -> date:
    """The day that has begun at one of them at least."""
    now = timezone.now()
    zones = {location.timezone for location in locations} or {"UTC"}
    return max(now.astimezone(ZoneInfo(zone)).date() for zone in zones)


def _days(said: QueryDict, today: date) -> tuple[str, date, date, str]:
    """The span's name, its first and last day, and what is wrong with the days that were asked."""
    since, until = said.get("since", ""), said.get("until", "")
    name = said.get("span", "") if said.get("span") in SPANS else _USUAL
    usual = (name, today - timedelta(days=SPANS[name][1] - 1), today)
    if not (since or until):
        return *usual, ""
    try:
        last = _day(until) if until else today
        first = _day(since) if since else last
    except ValueError:
        return *usual, "Write days like 2026-05-04: from which day, and until which."
    if first > last:
        return *usual, "The first day is after the last: exchange them."
    if (last - first).days >= _MOST_DAYS:
        return *usual, f"Ask for {_MOST_DAYS} days at most: choose a later first day."
    return "own", first, last, ""


def _day(text: str) -> date:
    day = datetime.strptime(text, "%Y-%m-%d").date()  # A day, wherever it is.
    if not 2000 <= day.year <= 9000:  # Calendars end, and days are shifted by time zones.
        raise ValueError(text)
    return day
