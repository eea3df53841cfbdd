import json
import sys
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.management.arguments import get_location, refuse
from catalog.models import Location
from catalog.validation import Finding, check
from integration.models import Merchant


class Command(BaseCommand):
    help = "Report errors in menus (exit code 1) and probable mistakes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", metavar="PROVIDER_ID", help="default: all merchants")
        parser.add_argument(
            "--location",
            metavar="PROVIDER_ID",
            help="only its merchant's menu, as it is at this location",
        )
        parser.add_argument("--json", action="store_true", help="print a JSON list of merchants")

    def handle(self, *args: Any, **options: Any) -> None:
        location = get_location(options["location"]) if options["location"] else None
        results = [
            (merchant, check(merchant, location=location))
            for merchant in _merchants(options["merchant"], location)
        ]
        if options["json"]:
            self.stdout.write(json.dumps([_as_dict(*result) for result in results], indent=2))
        else:
            for merchant, findings in results:
                self.stdout.write("\n".join(_lines(merchant, findings)))
        if any(finding.severity == "error" for _, findings in results for finding in findings):
            sys.exit(1)


def _merchants(provider_id: str | None, location: Location | None) -> list[Merchant]:
    """Return the merchants to check; refuse an unknown one, or another merchant's location."""
    if provider_id is None:
        return [location.merchant] if location else list(Merchant.objects.order_by("name", "pk"))
    merchant = Merchant.objects.filter(provider_id=provider_id).first()
    if merchant is None:
        refuse(f"There is no merchant {provider_id}.")
    if location is not None and location.merchant_id != merchant.pk:
        refuse(f"{merchant} has no location {location.provider_id}.")
    return [merchant]


def _as_dict(merchant: Merchant, findings: Iterable[Finding]) -> dict[str, Any]:
    return {
        "merchant": merchant.provider_id,
        "name": merchant.name,
        "findings": [finding.as_dict() for finding in findings],
    }


def _lines(merchant: Merchant, findings: list[Finding]) -> list[str]:
    errors = sum(finding.severity == "error" for finding in findings)
    lines = [f"{merchant} ({merchant.provider_id}): {_count(errors, len(findings) - errors)}"]
    by_rule = groupby(findings, key=lambda finding: (finding.severity, finding.rule))
    for (severity, rule), group in by_rule:
        lines.append(f"  {severity} {rule}")
        lines += [
            f"    {finding.kind} {finding.provider_id} “{finding.name}”: {finding.sentence}"
            for finding in group
        ]
    return lines


def _count(errors: int, warnings: int) -> str:
    if not errors + warnings:
        return "no findings."
    return f"{_plural(errors, 'error')}, {_plural(warnings, 'warning')}."


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
