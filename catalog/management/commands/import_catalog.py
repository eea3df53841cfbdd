from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error

from catalog.import_errors import listing
from catalog.import_errors.problems import BadCatalog
from catalog.import_export import importer
from catalog.import_export import report as import_report
from catalog.import_export.diff import Plan
from catalog.import_jobs import bounded_job, plan_digest
from catalog.management.arguments import get_merchant, refuse
from catalog.management.progress import Bar
from catalog.spreadsheets import error_list, formats
from catalog.spreadsheets.formats import Document
from catalog.validation import check
from integration import actor
from integration.bounded import own_limits
from integration.db import outages
from integration.models import Merchant

_DIGITS = 16  # Of the plan's fingerprint, as people copy it.


class Command(BaseCommand):
    help = "Merge a JSON, CSV or XLSX file into a merchant's catalog at all locations."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="PROVIDER_ID")
        parser.add_argument("file", metavar="FILE", type=Path)
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument(
            "--merge", action="store_true", help="only add and change objects, as by default"
        )
        mode.add_argument(
            "--replace", action="store_true", help="also remove the objects that the file lacks"
        )
        parser.add_argument("--dry-run", action="store_true", help="only show what would change")
        parser.add_argument(
            "--confirm", metavar="PLAN", help="remove what the plan with this number showed"
        )
        parser.add_argument(
            "--no-input", action="store_true", help="remove without a plan, in scripts"
        )
        parser.add_argument(
            "--errors", metavar="FILE", type=Path, help="write the file's errors as CSV"
        )

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as a process of its own, within the limits of an import."""
        own_limits.apply(bounded_job.limits())
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> str:
        merchant = get_merchant(options["merchant"])
        content, merge = _content(options["file"]), not options["replace"]
        file_format = formats.format_of(options["file"])
        try:
            with formats.as_json(content, file_format, merchant.currency, merge=merge) as file:
                if options["dry_run"]:
                    return _dry_run(merchant, file, merge=merge)
                plan = self._import(merchant, file, options)
        except BadCatalog as error:
            refuse(_told(error, options["errors"]))
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
        return "\n".join([import_report.summary(plan), *import_report.left_out(check(merchant))])

    def _import(self, merchant: Merchant, file: Document, options: dict[str, Any]) -> Plan:
        bar = Bar(self.stderr)

        def confirm(plan: Plan) -> None:
            if plan.removed and not options["no_input"]:
                _refuse_unless(options["confirm"], plan)

        try:
            with actor.change_reason(actor.BY_IMPORT):
                return importer.import_catalog(
                    merchant,
                    file.content,
                    merge=not options["replace"],
                    progress=bar,
                    before=confirm,
                    problems=file.problems,
                )
        finally:
            bar.clear()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        refuse(f"{path} cannot be read: {error.strerror}.")


def _refuse_unless(confirmed: str | None, plan: Plan) -> None:
    """Refuse to remove objects unless this is the plan that was confirmed."""
    number = plan_digest.fingerprint(plan)[:_DIGITS]
    if confirmed == number:
        return
    changed = "The plan is another one by now. " if confirmed else ""
    refuse(
        f"{changed}This removes what the file lacks: {', '.join(plan_digest.removed_kinds(plan))}."
        " Nothing was changed. See it with --dry-run, and do it with --confirm"
        f" {number}; or merge the file, without --replace."
    )


def _told(error: BadCatalog, path: Path | None) -> str:
    """Return one sentence, and with several errors a table of them below it."""
    if path is not None:
        try:
            path.write_bytes(error_list.as_csv(listing.rows(error)))
        except OSError as unwritable:
            refuse(f"{path} cannot be written: {unwritable.strerror}.")
    sentence = f"{listing.summary(error)} Nothing was changed."
    return sentence if error.count == 1 else f"{sentence}\n{listing.plain_table(error)}"


def _dry_run(merchant: Merchant, file: Document, *, merge: bool) -> str:
    plan = importer.plan_import(merchant, file.content, merge=merge, problems=file.problems)
    lines = [
        import_report.details(plan),
        import_report.summary(plan),
        "Dry run: nothing was changed.",
    ]
    if plan.removed:
        lines.append(f"To do this: --confirm {plan_digest.fingerprint(plan)[:_DIGITS]}")
    return "\n".join(line for line in lines if line)
