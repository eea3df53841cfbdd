from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from catalog.management.arguments import location_named, merchant_named, refuse
from catalog.transfer.exporting import export


class Command(BaseCommand):
    help = "Write a merchant's catalog, or that of one location, as Get Catalog's JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="PROVIDER_ID")
        parser.add_argument("--location", metavar="PROVIDER_ID")
        parser.add_argument("file", metavar="FILE", nargs="?", type=Path)

    def handle(self, *args: Any, **options: Any) -> str | None:
        merchant = merchant_named(options["merchant"])
        location = None
        if options["location"] is not None:
            location = location_named(options["location"])
            if location.merchant_id != merchant.pk:
                refuse(f"{merchant} has no location {options['location']}.")
        content = export(merchant, location)
        if options["file"] is None:
            self.stdout.write(content.decode(), ending="")
            return None
        try:
            options["file"].write_bytes(content)
        except OSError as error:
            refuse(f"{options['file']} cannot be written: {error.strerror}.")
        return f"Wrote {options['file']}."
