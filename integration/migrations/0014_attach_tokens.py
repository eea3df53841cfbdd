from django.db import migrations
from django.db.models import F, Min, OuterRef, Subquery
from django.utils import timezone

# Until now tokens were good while their person was active and with the merchant.
_VALID = {"user__is_active": True, "user__merchant": F("merchant")}


def attach_tokens(apps, schema_editor):
    """Give each merchant its authorizations, and end what the rule of before kept from working.

    Otherwise tokens of people who were switched off would come to life again.
    """
    for name in ("AccessToken", "RefreshToken"):
        tokens = apps.get_model("integration", name).objects.filter(authorization=None)
        valid = tokens.filter(**_VALID)
        _create_authorizations(apps, valid)
        attached = valid.values("pk")
        tokens.filter(pk__in=attached).update(authorization=Subquery(_authorization_of(apps)))
    _end_the_rest(apps)
    _date_families(apps)


def _create_authorizations(apps, tokens):
    authorization = apps.get_model("integration", "Authorization")
    names = ("merchant_id", "role", "application__client_id", "user_id", "user__email")
    found = tokens.order_by("created").values_list(*names, "created")
    newest = {(merchant, role, client): rest for merchant, role, client, *rest in found.iterator()}
    rows = [
        authorization(
            merchant_id=merchant, role=role, client_id=client, user_id=user,
            authorized_by=email, authorized_at=created, last_used_at=created,
        )
        for (merchant, role, client), (user, email, created) in newest.items()
    ]  # fmt: skip
    authorization.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _authorization_of(apps):
    applications = apps.get_model("integration", "Application").objects
    client_id = applications.filter(pk=OuterRef(OuterRef("application"))).values("client_id")
    return (
        apps.get_model("integration", "Authorization")
        .objects.filter(
            merchant=OuterRef("merchant"), role=OuterRef("role"), client_id=Subquery(client_id)
        )
        .values("pk")
    )


def _end_the_rest(apps):
    apps.get_model("integration", "AccessToken").objects.filter(authorization=None).delete()
    refresh_tokens = apps.get_model("integration", "RefreshToken").objects
    refresh_tokens.filter(authorization=None, revoked=None).update(revoked=timezone.now())


def _date_families(apps):
    """Let the lifetime of each family begin with its oldest token."""
    refresh_tokens = apps.get_model("integration", "RefreshToken").objects
    of_family = refresh_tokens.filter(token_family=OuterRef("token_family")).order_by()
    began = of_family.values("token_family").annotate(began=Min("created")).values("began")
    refresh_tokens.exclude(token_family=None).update(consented_at=Subquery(began))


def forget_people_who_left(apps, schema_editor):
    """Delete what has no person: the columns of before require one."""
    for name in ("Grant", "AccessToken", "RefreshToken"):
        apps.get_model("integration", name).objects.filter(user=None).delete()


class Migration(migrations.Migration):
    dependencies = [("integration", "0013_authorizations")]
    operations = [migrations.RunPython(attach_tokens, forget_people_who_left)]
