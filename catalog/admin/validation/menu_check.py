"""The menu check: its page, and messages findings an object that was just saved."""

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
from catalog.validation.report import ERROR, MODELS, RULES_BY_SEVERITY
from integration.admin.shared.tenancy import chosen_merchant, signed_in_user
from integration.models import Merchant

_SHOWN_BY_RULE = 50
_SHOWN_AFTER_SAVING = 5
_HEADINGS = {
    ERROR: ("Not sent to Stream", "danger"),
    "warning": ("Probable mistakes", "warning"),
}
_RULES = {rule.id: rule for rules in RULES_BY_SEVERITY.values() for rule in rules}


def respond(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Render the page; our own staff choose a merchant first."""
    merchant = signed_in_user(request).merchant or chosen_merchant(request)
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
    choices = [
        (merchant, f"merchant={merchant.pk}") for merchant in Merchant.objects.order_by("name")
    ]
    page = {
        "title": "Menu check: which merchant?",
        "lead": "Each merchant's menu is checked separately.",
        "choices": choices,
    }
    return TemplateResponse(request, "admin/choose_merchant.html", {**context, **page})


def _locations(request: HttpRequest, merchant: Merchant) -> list[Location]:
    live = Location.objects.filter(merchant=merchant, archived_at=None)
    limit = limit_of(request)
    return list(live if limit is None else live.filter(pk__in=limit))


def _place(request: HttpRequest, locations: list[Location]) -> Location | None:
    """Return the location in the query string, among those the user may see, or raise Http404."""
    provider_id = request.GET.get("location")
    if not provider_id:
        return None
    for location in locations:
        if location.provider_id == provider_id:
            return location
    raise Http404


def _parts(findings: list[Finding]) -> list[dict[str, Any]]:
    """Group the findings by severity, then by rule."""
    return [
        {
            "title": _HEADINGS[severity][0],
            "color": _HEADINGS[severity][1],
            "severity": severity,
            "count": len(of_severity),
            "rules": [
                _rule_section(rule, list(group)) for rule, group in groupby(of_severity, _rule)
            ],
        }
        for severity in RULES_BY_SEVERITY
        if (of_severity := [finding for finding in findings if finding.severity == severity])
    ]


def _rule(finding: Finding) -> str:
    return finding.rule


def _rule_section(rule: str, findings: list[Finding]) -> dict[str, Any]:
    shown = [
        {"finding": finding, "kind": capfirst(MODELS[finding.kind]._meta.verbose_name)}
        for finding in findings[:_SHOWN_BY_RULE]
    ]
    hidden = len(findings) - len(shown)
    return {"wrong": _RULES[rule].wrong, "count": len(findings), "shown": shown, "hidden": hidden}


def report_findings(request: HttpRequest, saved: MenuObject) -> None:
    """Show messages findings the saved object; for a family, findings its sizes as well."""
    ids = {(saved.kind, saved.provider_id)}
    if isinstance(saved, ItemFamily):
        sizes = Item.objects.filter(family=saved).values_list("provider_id", flat=True)
        ids |= {(Item.kind, provider_id) for provider_id in sizes}
    findings = [
        finding
        for finding in check(saved.merchant, among=limit_of(request))
        if (finding.kind, finding.provider_id) in ids
    ]
    for finding in findings[:_SHOWN_AFTER_SAVING]:
        if finding.severity == ERROR:
            messages.error(request, f"Stream does not get “{finding.label}”. {finding.sentence}")
        else:
            messages.warning(request, f"“{finding.label}”: {finding.sentence}")
    if len(findings) > _SHOWN_AFTER_SAVING:
        more = len(findings) - _SHOWN_AFTER_SAVING
        messages.warning(request, f"The page “Menu check” has {more} more findings on it.")
