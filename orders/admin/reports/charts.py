"""Charts of the reports page, each with a text summary and a table."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from catalog.models import Location
from integration import currency
from integration.admin.shared.chart_data import (
    AMBER,
    BLUE,
    GREEN,
    RED,
    VIOLET,
    Chart,
    Line,
    data_json,
    options_json,
)
from orders.reports.durations import Durations, percentile
from orders.reports.other_pos import OtherSales
from orders.reports.sales import Sales, Tally

NO_ORDERS = "No orders were received in these days."
IN_OTHER = " in another POS"
_COLORS = [BLUE, VIOLET, GREEN, AMBER]
_Labelled = Sequence[tuple[str, Tally]]
_MaybeLabelled = Iterable[tuple[str, Tally | None]]


def money(amounts: Counter[str]) -> str:
    """Format the amount of each currency separately: `1,250.00 USD`."""
    texts = [currency.as_text(amount, code) for code, amount in sorted(amounts.items())]
    return " + ".join(texts) or "–"


def sales_charts(sales: Sales, others: OtherSales, locations: Iterable[Location]) -> list[Chart]:
    return [*_by_time(sales), _by_channel(sales, others), _by_location(sales, others, locations)]


def _by_time(sales: Sales) -> Iterator[Chart]:
    days = [(f"{day:%d %b}", tally) for day, tally in sales.days.items()]
    hours = [(f"{hour:02}:00", tally) for hour, tally in enumerate(sales.hours)]
    busiest = max(hours, key=lambda hour: hour[1].sold, default=("", Tally()))
    summary = f"{sales.whole.sold:,} sold, {sales.whole.lost:,} canceled, rejected or failed."
    yield _orders("Orders by day", "Day", days, summary, newest_first=True)
    yield _sales("Sales by day", days, sales.whole)
    summary = f"Busiest from {busiest[0]} to {busiest[0][:3]}59."
    yield _orders("Orders by hour of the day", "From", hours, summary)


def _by_channel(sales: Sales, others: OtherSales) -> Chart:
    channels = _marked(
        ((name or "No channel", tally) for name, tally in sales.channels.items()),
        ((name or "No channel", tally) for name, tally in others.channels.items()),
    )
    top_channel = channels[0][0] if channels else ""
    summary = f"Most orders come through {top_channel}."
    return _orders("Orders by channel", "Channel", channels, summary)


def _by_location(sales: Sales, others: OtherSales, locations: Iterable[Location]) -> Chart:
    places = list(locations)
    rows = _marked(
        ((place.name, sales.locations.get(place.pk)) for place in places),
        ((place.name, others.locations.get(place.pk)) for place in places),
    )
    everywhere = sales.whole.sold + others.whole.sold
    summary = f"{others.whole.sold:,} of {everywhere:,} were sold{IN_OTHER}."
    return _orders("Orders by location", "Location", rows, summary)


def _marked(own: _MaybeLabelled, others: _MaybeLabelled) -> list[tuple[str, Tally]]:
    """Join both, most orders first; those in other POSs are marked."""
    rows = [(label, tally) for label, tally in own if tally]
    rows += [(f"{label}{IN_OTHER}", tally) for label, tally in others if tally]
    return sorted(rows, key=lambda row: (-row[1].sold, row[0]))


def _orders(
    title: str, heading: str, labelled: _Labelled, summary: str, *, newest_first: bool = False
) -> Chart:
    lines = [
        Line("Sold", GREEN, [tally.sold for _, tally in labelled]),
        Line("Canceled, rejected, failed", RED, [tally.lost for _, tally in labelled]),
    ]
    return Chart(
        title=title,
        kind="bar",
        data=data_json([label for label, _ in labelled], lines, "bar"),
        options=options_json(heading, ["Orders"], is_stacked=True),
        summary=summary,
        columns=[heading, "Sold", "Lost", "Sales", "Totals"],
        rows=_rows(reversed(labelled) if newest_first else labelled),
        empty="" if any(tally.sold or tally.lost for _, tally in labelled) else NO_ORDERS,
    )


def _rows(labelled: Iterable[tuple[str, Tally]]) -> list[list[str]]:
    """Build the table rows, leaving out those without orders."""
    return [
        [label, f"{tally.sold:,}", f"{tally.lost:,}", money(tally.subtotal), money(tally.total)]
        for label, tally in labelled
        if tally.sold or tally.lost
    ]


def _sales(title: str, days: _Labelled, whole: Tally) -> Chart:
    codes = sorted(whole.subtotal)
    lines = [
        Line(
            f"Sales ({code.upper()})",
            _COLORS[number % len(_COLORS)],
            [float(currency.as_decimal(tally.subtotal[code], code)) for _, tally in days],
        )
        for number, code in enumerate(codes)
    ]
    return Chart(
        title=title,
        kind="bar",
        data=data_json([label for label, _ in days], lines, "bar"),
        options=options_json("Day", ["Sales"], is_stacked=False),
        summary=f"{money(whole.subtotal)} before discounts, tax, tips and fees.",
        columns=["Day", "Sales", "Totals"],
        rows=[[row[0], row[3], row[4]] for row in _rows(reversed(days))],
        empty="" if codes else NO_ORDERS,
    )


def duration_charts(durations: Durations) -> list[Chart]:
    return [_waits(durations), _kitchen(durations)]


def _waits(durations: Durations) -> Chart:
    median, p95 = percentile(durations.waits, 0.5), percentile(durations.waits, 0.95)
    return _histogram(
        "From receipt to decision",
        "Seconds",
        _binned(durations.waits, 5, 60),
        BLUE,
        f"{durations.waits.total():,} decisions: median {median} s, 95th percentile {p95} s;"
        f" {durations.by_the_clock:,} were decided automatically.",
        "No order waited for a decision in these days. Where staff accept orders themselves, this"
        " chart shows how long they take.",
    )


def _kitchen(durations: Durations) -> Chart:
    median, p95 = percentile(durations.kitchen, 0.5), percentile(durations.kitchen, 0.95)
    count = durations.kitchen.total()
    promised = round(durations.promised_minutes / count) if count else 0
    return _histogram(
        "From acceptance to ready",
        "Minutes",
        _binned(durations.kitchen, 5, 90),
        AMBER,
        f"{count:,} orders: median {median} min, 95th percentile {p95} min; promised on average"
        f" {promised} min; {durations.late:,} were ready later than promised.",
        "No order was marked ready in these days. Once staff press “Ready”, this chart shows how"
        " long the kitchen takes.",
    )


def _histogram(
    title: str, unit: str, bins: list[tuple[str, int]], color: str, summary: str, empty: str
) -> Chart:
    labels = [label for label, _ in bins]
    counts = [count for _, count in bins]
    return Chart(
        title=title,
        kind="bar",
        data=data_json(labels, [Line("Orders", color, counts)], "bar"),
        options=options_json(unit, ["Orders"], is_stacked=True),
        summary=summary,
        columns=[unit, "Orders"],
        rows=[[label, f"{count:,}"] for label, count in bins if count],
        empty="" if any(counts) else empty,
    )


def _binned(counts: Counter[int], width: int, end: int) -> list[tuple[str, int]]:
    """Group the counts into bins of `width`, with one last bin for `end` and above."""
    bins = [0] * (end // width + 1)
    for value, count in counts.items():
        bins[min(value, end) // width] += count
    labels = [f"{low}–{low + width}" for low in range(0, end, width)]
    return list(zip([*labels, f"{end} +"], bins, strict=True))
