from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.management.arguments import merchant_named, refuse
from catalog.management.progress import Bar
from catalog.transfer import importing, reporting
from catalog.transfer.reading import BadCatalog
from integration.models import Merchant


class Command(BaseCommand):
    help = "Replace a merchant's catalog, at all locations, by a file of Get Catalog's JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="PROVIDER_ID")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--merge", action="store_true", help="only add and change")
        parser.add_argument("--dry-run", action="store_true", help="only show what would change")

    def handle(self, *args: Any, **options: Any) -> str:
        merchant = merchant_named(options["merchant"])
        content = _content(options["file"])
        bar = Bar(self.stderr)
        try:
            if options["dry_run"]:
                return _dry_run(merchant, content, merge=options["merge"])
            plan = importing.import_catalog(merchant, content, merge=options["merge"], progress=bar)
        except BadCatalog as error:
            refuse(f"{error} Nothing was changed.")
        finally:
            bar.clear()
        return reporting.summary(plan)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror}.")


def _dry_run(merchant: Merchant, content: bytes, *, merge: bool) -> str:
    plan = importing.plan_import(merchant, content, merge=merge)
    said = [reporting.details(plan), reporting.summary(plan), "A dry run: nothing was changed."]
    return "\n".join(line for line in said if line)
