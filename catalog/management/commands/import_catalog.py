from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error

from catalog.import_export import importer
from catalog.import_export import report as import_report
from catalog.import_export.parser import BadCatalog
from catalog.import_jobs import bounded_job
from catalog.management.arguments import get_merchant, refuse
from catalog.management.progress import Bar
from catalog.spreadsheets import formats
from catalog.validation import check
from integration import actor
from integration.bounded import own_limits
from integration.db import outages
from integration.models import Merchant


class Command(BaseCommand):
    help = "Replace a merchant's catalog at all locations with a JSON, CSV or XLSX file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="PROVIDER_ID")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--merge", action="store_true", help="only add and change objects")
        parser.add_argument("--dry-run", action="store_true", help="only show what would change")

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a process of its own, within the limits of an import."""
        own_limits.apply(bounded_job.limits())
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> str:
        merchant = get_merchant(options["merchant"])
        content, merge = _content(options["file"]), options["merge"]
        file_format = formats.format_of(options["file"])
        bar = Bar(self.stderr)
        try:
            with formats.as_json(content, file_format, merchant.currency, merge=merge) as catalog:
                if options["dry_run"]:
                    return _dry_run(merchant, catalog, merge=merge)
                with actor.change_reason(actor.BY_IMPORT):
                    plan = importer.import_catalog(merchant, catalog, merge=merge, progress=bar)
        except BadCatalog as error:
            refuse(f"{error} Nothing was changed.")
        except MemoryError:
            refuse(
                f"The file needs more than {settings.IMPORT_MEMORY_MB:,} MB of memory"
                " (IMPORT_MEMORY_MB). Nothing was changed."
            )
        except Error as error:
            if not outages.is_temporary(error):
                raise
            reason = " ".join(str(error).split())
            refuse(
                f"The database refused the import; nothing was changed. Try again: {reason:.200}"
            )
        finally:
            bar.clear()
        return "\n".join([import_report.summary(plan), *import_report.left_out(check(merchant))])


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror}.")


def _dry_run(merchant: Merchant, content: bytes, *, merge: bool) -> str:
    plan = importer.plan_import(merchant, content, merge=merge)
    lines = [
        import_report.details(plan),
        import_report.summary(plan),
        "Dry run: nothing was changed.",
    ]
    return "\n".join(line for line in lines if line)
