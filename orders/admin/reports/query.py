"""The reports page's query: location, channel and days, read from the URL."""

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
from orders.models import FollowedOrder, Order
from orders.reports.scope import Scope

SPANS = {"today": ("Today", 1), "week": ("7 days", 7), "month": ("30 days", 30)}
SPANS |= {"quarter": ("90 days", 90)}
_DEFAULT_SPAN = "month"
_MAX_DAYS = 366
_DATE_LENGTH = 20
_MAX_CHANNELS = 50


@dataclass
class ReportQuery:
    """A parsed query, with what the page's form needs to show it again."""

    scope: Scope
    span: str  # A key of SPANS, or "own".
    locations: list[Location]  # The choices.
    location: Location | None
    since: str = ""  # As entered, valid or not.
    until: str = ""
    error: str = ""
    kept: dict[str, str] = field(default_factory=dict)  # The URL parameters other than the days.

    @property
    def query(self) -> str:
        """The query string that repeats this query."""
        if self.span != "own":
            return urlencode({**self.kept, "span": self.span})
        days = {"since": self.scope.first.isoformat(), "until": self.scope.last.isoformat()}
        return urlencode({**self.kept, **days})

    def spans(self) -> list[dict[str, Any]]:
        """Return the links to the predefined spans."""
        return [
            {"title": title, "query": urlencode({**self.kept, "span": name}), "name": name}
            for name, (title, _) in SPANS.items()
        ]

    @property
    def zones(self) -> list[str]:
        return sorted({location.timezone.replace("_", " ") for location in self.scope.locations})


def read_query(request: HttpRequest, merchant: Merchant) -> ReportQuery:
    """Read the query from the URL; invalid days set `error`.

    Raises Http404 for a location the person may not see.
    """
    limit = limit_of(request)
    visible = Location.objects.filter(merchant=merchant)
    locations = list(visible if limit is None else visible.filter(pk__in=limit))
    location = _selected_location(request.GET.get("location", ""), locations)
    selected = locations if location is None else [location]
    channel = request.GET.get("channel", "")[:1000]
    span, first, last, error = _days(request.GET, _today(selected))
    is_whole = location is None and limit is None
    kept = {"location": location.provider_id if location else "", "channel": channel}
    kept["merchant"] = str(merchant.pk) if request.GET.get("merchant") else ""
    return ReportQuery(
        Scope(merchant, selected, first, last, channel, is_whole),
        span,
        locations,
        location,
        request.GET.get("since", "")[:_DATE_LENGTH],
        request.GET.get("until", "")[:_DATE_LENGTH],
        error,
        {name: value for name, value in kept.items() if value},
    )


def recent_channels(merchant: Merchant, locations: list[Location]) -> list[str]:
    """Return the distinct channels of the latest orders, sorted, ignoring case."""
    own = Order.objects.filter(merchant=merchant, location__in=locations).order_by("-created_at")
    followed = FollowedOrder.objects.filter(merchant=merchant, location__in=locations)
    recent = [
        *own.exclude(source="").values_list("source", flat=True)[:5_000],
        *followed.exclude(source="")
        .order_by("-confirmed_at")
        .values_list("source", flat=True)[:5_000],
    ]
    named = {source.casefold(): source for source in recent}
    return sorted(named.values(), key=str.casefold)[:_MAX_CHANNELS]


def _selected_location(provider_id: str, locations: list[Location]) -> Location | None:
    if not provider_id:
        return None
    for location in locations:
        if location.provider_id == provider_id:
            return location
    raise Http404


def _today(locations: list[Location]) -> date:
    """Return the latest current date in any of the locations' time zones."""
    now = timezone.now()
    zones = {location.timezone for location in locations} or {"UTC"}
    return max(now.astimezone(ZoneInfo(zone)).date() for zone in zones)


def _days(data: QueryDict, today: date) -> tuple[str, date, date, str]:
    """Return the span's name, its first and last day, and an error text (empty if valid)."""
    since, until = data.get("since", ""), data.get("until", "")
    name = data.get("span", "") if data.get("span") in SPANS else _DEFAULT_SPAN
    default = (name, today - timedelta(days=SPANS[name][1] - 1), today)
    if not (since or until):
        return *default, ""
    try:
        last = _day(until) if until else today
        first = _day(since) if since else last
    except ValueError:
        return *default, "Write both dates like 2026-05-04."
    if first > last:
        return *default, "The first day is after the last: swap them."
    if (last - first).days >= _MAX_DAYS:
        return *default, f"At most {_MAX_DAYS} days can be shown: choose a later first day."
    return "own", first, last, ""


def _day(text: str) -> date:
    day = datetime.strptime(text, "%Y-%m-%d").date()  # A calendar day, in no time zone.
    if not 2000 <= day.year <= 9000:  # Time zones shift the day; stay inside the calendar.
        raise ValueError(text)
    return day
