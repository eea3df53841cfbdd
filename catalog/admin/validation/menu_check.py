"""The menu check for people: a page of its own, and messages about what was just saved."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from catalog.admin.scope.location_limits import limit_of
from catalog.models import Item, ItemFamily, Location
from catalog.models.base import MenuObject
from catalog.validation import Finding, check
from catalog.validation.report import ERROR, MODELS, TABLE
from integration.admin.shared.tenancy import chosen_merchant, person
from integration.models import Merchant

_SHOWN_BY_RULE = 50
_TOLD_AFTER_SAVING = 5
_HEADINGS = {
    ERROR: ("Kept out of what Stream gets", "danger"),
    "warning": ("Probably not meant", "warning"),
}
_RULES = {rule.id: rule for rules in TABLE.values() for rule in rules}


def respond(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The page; our own staff choose a merchant first."""
    merchant = person(request).merchant or chosen_merchant(request)
    if merchant is None:
        return _choice(request, context)
    locations = _locations(request, merchant)
    place = _place(request, locations)
    findings = check(merchant, location=place, among=limit_of(request))
    page = {
        "title": "Menu check",
        "merchant": merchant,
        "locations": locations if len(locations) > 1 else [],
        "place": place,
        "parts": _parts(findings),
    }
    return TemplateResponse(request, "admin/catalog/menu/check.html", {**context, **page})


def _choice(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    choices = [(one, f"merchant={one.pk}") for one in Merchant.objects.order_by("name")]
    page = {
        "title": "Menu check: of which merchant?",
        "lead": "Each merchant's menu is checked by itself.",
        "choices": choices,
    }
    return TemplateResponse(request, "admin/choose_merchant.html", {**context, **page})


def _locations(request: HttpRequest, merchant: Merchant) -> list[Location]:
    live = Location.objects.filter(merchant=merchant, archived_at=None)
    limit = limit_of(request)
    return list(live if limit is None else live.filter(pk__in=limit))


def _place(request: HttpRequest, locations: list[Location]) -> Location | None:
    """The location that the address asks for, of those that the person may see."""
    wanted = request.GET.get("location")
    if not wanted:
        return None
    for location in locations:
        if location.provider_id == wanted:
            return location
    raise Http404


def _parts(findings: list[Finding]) -> list[dict[str, Any]]:
    """By severity, and in that by rule."""
    return [
        {
            "title": _HEADINGS[severity][0],
            "color": _HEADINGS[severity][1],
            "severity": severity,
            "count": len(of_severity),
            "rules": [_of_rule(rule, list(some)) for rule, some in groupby(of_severity, _rule)],
        }
        for severity in TABLE
        if (of_severity := [one for one in findings if one.severity == severity])
    ]


def _rule(finding: Finding) -> str:
    return finding.rule


def _of_rule(rule: str, findings: list[Finding]) -> dict[str, Any]:
    shown = [
        {"finding": one, "kind": capfirst(MODELS[one.kind]._meta.verbose_name)}
        for one in findings[:_SHOWN_BY_RULE]
    ]
    hidden = len(findings) - len(shown)
    return {"wrong": _RULES[rule].wrong, "count": len(findings), "shown": shown, "hidden": hidden}


def tell(request: HttpRequest, saved: MenuObject) -> None:
    """Messages about what was saved; of a family, about its sizes, too."""
    named = {(saved.kind, saved.provider_id)}
    if isinstance(saved, ItemFamily):
        sizes = Item.objects.filter(family=saved).values_list("provider_id", flat=True)
        named |= {(Item.kind, one) for one in sizes}
    found = check(saved.merchant, among=limit_of(request))
    about = [one for one in found if (one.kind, one.provider_id) in named]
    for one in about[:_TOLD_AFTER_SAVING]:
        if one.severity == ERROR:
            messages.error(request, f"Stream does not get “{one.label}”. {one.sentence}")
        else:
            messages.warning(request, f"“{one.label}”: {one.sentence}")
    if len(about) > _TOLD_AFTER_SAVING:
        more = len(about) - _TOLD_AFTER_SAVING
        messages.warning(request, f"The page “Menu check” says {more} more about it.")
