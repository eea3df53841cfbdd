from django.db import migrations
from django.db.models import Max, OuterRef, Subquery
from django.db.models.functions import Coalesce


def count_old_claims(apps, schema_editor):
    """The next attempt of an event that was tried before needs a number of its own."""
    event = apps.get_model("integration", "OutboundEvent")
    attempt = apps.get_model("integration", "DeliveryAttempt")
    newest = attempt.objects.filter(event=OuterRef("pk")).order_by().values("event")
    event.objects.filter(attempts__isnull=False).update(
        claim_count=Coalesce(Subquery(newest.annotate(newest=Max("number")).values("newest")), 0)
    )


class Migration(migrations.Migration):
    dependencies = [("integration", "0002_delivery_engine")]
    operations = [migrations.RunPython(count_old_claims, migrations.RunPython.noop)]
