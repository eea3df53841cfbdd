from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.import_errors.problems import BadCatalog
from catalog.import_export.exporter import export
from catalog.management.arguments import get_location, get_merchant, refuse
from catalog.spreadsheets import formats


class Command(BaseCommand):
    help = "Export a merchant's catalog, or a location's, as Get Catalog JSON, CSV or XLSX."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="PROVIDER_ID")
        parser.add_argument("--location", metavar="PROVIDER_ID")
        parser.add_argument(
            "file",
            metavar="FILE",
            nargs="?",
            type=Path,
            help="JSON, CSV or XLSX by its extension; default: JSON on standard output",
        )

    def handle(self, *args: Any, **options: Any) -> str | None:
        merchant = get_merchant(options["merchant"])
        location = None
        if options["location"] is not None:
            location = get_location(options["location"])
            if location.merchant_id != merchant.pk:
                refuse(f"{merchant} has no location {options['location']}.")
        content = export(merchant, location)
        if options["file"] is None:
            self._print(content)
            return None
        try:
            file_format = formats.format_of(options["file"])
            options["file"].write_bytes(formats.written(content, file_format, merchant.currency))
        except BadCatalog as error:
            refuse(str(error))
        except OSError as error:
            refuse(f"{options['file']} cannot be written: {error.strerror}.")
        return f"Wrote {options['file']}."

    def _print(self, content: bytes) -> None:
        """Write the bytes as they are: the terminal's encoding may lack some characters."""
        buffer = getattr(self.stdout, "buffer", None)
        if buffer is None:
            self.stdout.write(content.decode(), ending="")
        else:
            buffer.write(content)
            buffer.flush()
