"""The charts of the numbers, each also in words and as a table."""

from collections import Counter
from collections.abc import Iterable, Sequence

from integration import currency
from integration.admin.shared.chart_data import (
    AMBER,
    BLUE,
    GREEN,
    RED,
    VIOLET,
    Chart,
    Line,
    data_of,
    options_of,
)
from orders.reports.durations import Times, percentile
from orders.reports.sales import Sales, Tally

NOTHING = "No order came in these days. Orders are counted here from the moment they arrive."
_COLORS = [BLUE, VIOLET, GREEN, AMBER]
_Labelled = Sequence[tuple[str, Tally]]


def money(amounts: Counter[str]) -> str:
    """Of each currency by itself: `1,250.00 USD`."""
    texts = [currency.as_text(amount, code) for code, amount in sorted(amounts.items())]
    return " + ".join(texts) or "–"


def of_sales(found: Sales) -> list[Chart]:
    days = [(f"{day:%d %b}", tally) for day, tally in found.days.items()]
    hours = [(f"{hour:02}:00", tally) for hour, tally in enumerate(found.hours)]
    channels = [(name or "Without a channel", tally) for name, tally in found.channels.items()]
    best = max(hours, key=lambda one: one[1].sold, default=("", Tally()))
    said = f"{found.whole.sold:,} sold, {found.whole.lost:,} canceled, rejected or failed."
    first = channels[0][0] if channels else ""
    return [
        _orders("Orders by day", "Day", days, said, newest_first=True),
        _sales("Sales by day", days, found.whole),
        _orders(
            "Orders by hour of the day",
            "From",
            hours,
            f"Most come from {best[0]} to {best[0][:3]}59.",
        ),
        _orders("Orders by channel", "Channel", channels, f"Most come by {first}."),
    ]


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
        data=data_of([label for label, _ in labelled], lines, "bar"),
        options=options_of(heading, ["Orders"], is_stacked=True),
        summary=summary,
        columns=[heading, "Sold", "Lost", "Sales", "Totals"],
        rows=_rows(reversed(labelled) if newest_first else labelled),
        empty="" if any(tally.sold or tally.lost for _, tally in labelled) else NOTHING,
    )


def _rows(labelled: Iterable[tuple[str, Tally]]) -> list[list[str]]:
    """Without what nothing was sold in."""
    return [
        [label, f"{one.sold:,}", f"{one.lost:,}", money(one.subtotal), money(one.total)]
        for label, one in labelled
        if one.sold or one.lost
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
        data=data_of([label for label, _ in days], lines, "bar"),
        options=options_of("Day", ["Sales"], is_stacked=False),
        summary=f"{money(whole.subtotal)} before discounts, tax, tips and fees.",
        columns=["Day", "Sales", "Totals"],
        rows=[[row[0], row[3], row[4]] for row in _rows(reversed(days))],
        empty="" if codes else NOTHING,
    )


def of_times(found: Times) -> list[Chart]:
    return [_waits(found), _kitchen(found)]


def _waits(found: Times) -> Chart:
    median, p95 = percentile(found.waits, 0.5), percentile(found.waits, 0.95)
    return _histogram(
        "From receipt to decision",
        "Seconds",
        _binned(found.waits, 5, 60),
        BLUE,
        f"Half of {found.waits.total():,} decisions within {median} s, 95 of 100 within {p95} s;"
        f" {found.by_the_clock:,} were left to the clock.",
        "No order waited for a decision in these days. Where staff accept orders themselves, this"
        " shows how long they take.",
    )


def _kitchen(found: Times) -> Chart:
    median, p95 = percentile(found.kitchen, 0.5), percentile(found.kitchen, 0.95)
    count = found.kitchen.total()
    promised = round(found.promised_minutes / count) if count else 0
    return _histogram(
        "From acceptance to ready",
        "Minutes",
        _binned(found.kitchen, 5, 90),
        AMBER,
        f"Half of {count:,} orders within {median} min, 95 of 100 within {p95} min; {promised} min"
        f" were promised on average, and {found.late:,} came later than promised.",
        "No order was marked as ready in these days. This shows how long the kitchen takes, once"
        " staff press “Ready”.",
    )


def _histogram(
    title: str, unit: str, bins: list[tuple[str, int]], color: str, summary: str, empty: str
) -> Chart:
    labels = [label for label, _ in bins]
    counts = [count for _, count in bins]
    return Chart(
        title=title,
        kind="bar",
        data=data_of(labels, [Line("Orders", color, counts)], "bar"),
        options=options_of(unit, ["Orders"], is_stacked=True),
        summary=summary,
        columns=[unit, "Orders"],
        rows=[[label, f"{count:,}"] for label, count in bins if count],
        empty="" if any(counts) else empty,
    )


def _binned(counts: Counter[int], width: int, end: int) -> list[tuple[str, int]]:
    """Counts in steps of that width, and one for all from the end on."""
    bins = [0] * (end // width + 1)
    for value, count in counts.items():
        bins[min(value, end) // width] += count
    labels = [f"{low}–{low + width}" for low in range(0, end, width)]
    return list(zip([*labels, f"{end} +"], bins, strict=True))
