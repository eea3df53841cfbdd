import django.db.models.deletion
from django.db import migrations, models

_BODIES = """
INSERT INTO catalog_catalogbody (merchant_id, etag, content)
SELECT merchant_id, etag, body FROM catalog_catalogsnapshot
WHERE id IN (SELECT MIN(id) FROM catalog_catalogsnapshot WHERE etag <> '' GROUP BY merchant_id, etag)
"""
_REFER = """
UPDATE catalog_catalogsnapshot SET shared_body_id = (
  SELECT b.id FROM catalog_catalogbody b
  WHERE b.merchant_id = catalog_catalogsnapshot.merchant_id
    AND b.etag = catalog_catalogsnapshot.etag)
"""
_COPY_BACK = """
UPDATE catalog_catalogsnapshot SET body = (
  SELECT b.content FROM catalog_catalogbody b WHERE b.id = catalog_catalogsnapshot.shared_body_id)
WHERE shared_body_id IS NOT NULL
"""


def share(apps, schema_editor):
    for statement in (_BODIES, _REFER):
        schema_editor.execute(statement)
    _settle(schema_editor)


def copy_back(apps, schema_editor):
    schema_editor.execute(_COPY_BACK)
    _settle(schema_editor)


def _settle(schema_editor):
    """PostgreSQL alters no table of which foreign keys are still to be checked."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    """Equal catalogs of a merchant share one stored body; who builds holds a row for the time."""

    dependencies = [
        ("integration", "0004_asked_until"),
        ("catalog", "0005_special_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="CatalogBody",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("etag", models.CharField(help_text="SHA-256 of the bytes.", max_length=64)),
                ("content", models.BinaryField(help_text="The JSON, compressed with gzip.")),
                ("merchant", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="catalog_bodies", to="integration.merchant")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("merchant", "etag"), name="catalog_body_once")],
            },
        ),
        migrations.CreateModel(
            name="CatalogBuild",
            fields=[
                ("merchant", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="integration.merchant")),
                ("held_until", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="catalogsnapshot",
            name="shared_body",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.RESTRICT, related_name="snapshots", to="catalog.catalogbody"),
        ),
        migrations.RunPython(share, copy_back),
        migrations.RemoveField(model_name="catalogsnapshot", name="body"),
    ]
