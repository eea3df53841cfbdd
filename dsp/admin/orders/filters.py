"""List filters of the channel's orders, and their order in the list."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone

from dsp.models import ChannelOrder

State, Money = ChannelOrder.State, ChannelOrder.Money

_FRESH = timedelta(days=1)
_DAYS = 8
_GROUPS = [("attention", "Needs attention"), ("open", "Open"), ("ended", "Ended")]


def needs_attention() -> Q:
    """Return the condition of unconfirmed orders, and of failures while somebody waits.

    A failure counts while its refund is owed, and for a day in any case.
    """
    failed = Q(state__in=[State.FAILED, State.GIVEN_UP])
    is_recent = Q(money=Money.DUE) | Q(ended_at__gt=timezone.now() - _FRESH)
    return Q(state=State.UNCONFIRMED) | failed & is_recent


def by_urgency() -> Any:
    """Return what orders a list: what needs attention, then open orders, then ended ones."""
    ranks = Case(
        When(needs_attention(), then=Value(0)),
        When(ended_at=None, then=Value(1)),
        default=Value(2),
    )
    return ranks.asc()


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*_GROUPS, *((value, str(label)) for value, label in State.choices)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = self.value()
        if chosen == "attention":
            return queryset.filter(needs_attention())
        if chosen in ("open", "ended"):
            return queryset.filter(ended_at__isnull=chosen == "open")
        return queryset.filter(state=chosen) if chosen in State.values else queryset


class DayFilter(admin.SimpleListFilter):
    """Filter by the day in the store's time zone."""

    title = "day"
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        # East of Greenwich tomorrow may have begun.
        latest = (timezone.now() + timedelta(hours=14)).date()
        days = [latest - timedelta(days=number) for number in range(_DAYS)]
        return [(day.isoformat(), f"{day:%a %d %b}") for day in days]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() not in {key for key, _ in self.lookup_choices}:
            return queryset
        return queryset.filter(business_day=self.value())
