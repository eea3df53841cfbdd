from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsp.channel_api import keys
from dsp.models import Store
from integration.models import Merchant


class Command(BaseCommand):
    help = "Make a key for a front end of the ordering channel, and print it this one time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", metavar="PROVIDER_ID", required=True)
        parser.add_argument(
            "--store",
            metavar="PROVIDER_ID",
            action="append",
            default=[],
            help="only this store; may be repeated (default: all stores, also later ones)",
        )
        parser.add_argument("--name", default="Front end", help="to tell keys apart")

    def handle(self, *args: Any, **options: Any) -> str:
        merchant = Merchant.objects.filter(provider_id=options["merchant"]).first()
        if merchant is None:
            raise CommandError(f"There is no merchant {options['merchant']}.")
        stores = [_store(merchant, provider_id) for provider_id in options["store"]]
        _, text = keys.create(merchant, name=options["name"][:100], stores=stores)
        return text


def _store(merchant: Merchant, provider_id: str) -> Store:
    store = Store.objects.filter(
        merchant=merchant, provider_id=provider_id, archived_at=None
    ).first()
    if store is None:
        raise CommandError(f"{merchant} has no store {provider_id}.")
    return store
