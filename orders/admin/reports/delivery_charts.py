"""Charts of our own drivers' deliveries, each with a text summary and a table."""

from collections import Counter
from collections.abc import Iterable

from catalog.models import Location
from integration.admin.shared.chart_data import (
    BLUE,
    GREEN,
    RED,
    Chart,
    Line,
    data_json,
    options_json,
)
from orders.reports.deliveries import Deliveries, DeliveryFigures
from orders.reports.durations import percentile

_NONE = (
    "Our drivers were assigned no order in these days. Once they are, this chart shows how long"
    " they take."
)


def delivery_charts(figures: DeliveryFigures, locations: Iterable[Location]) -> list[Chart]:
    names = {location.pk: location.name for location in locations}
    drivers = [(str(driver), tally) for driver, tally in figures.drivers.items()]
    places = [(names[key], tally) for key, tally in figures.locations.items()]
    return [
        _chart("Deliveries by driver", "Driver", drivers, figures.whole),
        _chart("Deliveries by location", "Location", places, figures.whole),
    ]


def _chart(
    title: str, heading: str, labelled: list[tuple[str, Deliveries]], whole: Deliveries
) -> Chart:
    lines = [
        Line("In time", GREEN, [tally.delivered - tally.late for _, tally in labelled]),
        Line("Late", RED, [tally.late for _, tally in labelled]),
        Line("Not delivered yet", BLUE, [tally.open for _, tally in labelled]),
    ]
    return Chart(
        title=title,
        kind="bar",
        data=data_json([label for label, _ in labelled], lines, "bar"),
        options=options_json(heading, ["Deliveries"], is_stacked=True),
        summary=(
            f"{whole.delivered:,} of {whole.assigned:,} delivered: median"
            f" {median(whole.to_leave)} until the driver left, {median(whole.on_the_way)} on the"
            f" way, {median(whole.in_total)} in total; {late(whole)} late."
        ),
        columns=[heading, "Deliveries", "Delivered", "To leave", "On the way", "In total", "Late"],
        rows=[_row(label, tally) for label, tally in labelled],
        empty="" if whole.assigned else _NONE,
    )


def _row(label: str, tally: Deliveries) -> list[str]:
    times = (tally.to_leave, tally.on_the_way, tally.in_total)
    return [
        label,
        f"{tally.assigned:,}",
        f"{tally.delivered:,}",
        *(median(counts) for counts in times),
        late(tally),
    ]


def median(counts: Counter[int]) -> str:
    """Format the median: `12 min`."""
    value = percentile(counts, 0.5)
    return "–" if value is None else f"{value} min"


def late(tally: Deliveries) -> str:
    """Format the late ones of those with a due time: `3 of 40`."""
    return f"{tally.late:,} of {tally.due:,}" if tally.due else "–"
