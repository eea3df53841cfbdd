"""The peer: Get Catalog in the usual style of Django REST framework.

Nested ModelSerializers over prefetched objects, behind django-oauth-toolkit's own token check. It
must answer the same catalog as ours, otherwise the rows refuse to measure.
"""

from typing import Any

from django.db.models import Prefetch, QuerySet
from oauth2_provider.contrib.rest_framework import OAuth2Authentication, TokenHasScope
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import models
from catalog.models import Location
from integration.oauth import client_roles

NAME = "nested ModelSerializers with prefetch, OAuth toolkit's token check"


class _OmitEmpty(serializers.ModelSerializer[Any]):
    """Omit fields without a value, as the contract requires."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        fields = super().to_representation(instance)
        return {name: value for name, value in fields.items() if value is not None and value != ""}


class _Priced(_OmitEmpty):
    is_active = serializers.SerializerMethodField()
    price_amount = serializers.SerializerMethodField()
    price_currency = serializers.CharField(source="merchant.currency")

    def get_is_active(self, instance: Any) -> bool:
        return instance.is_active and all(row.is_active for row in instance.overrides)

    def get_price_amount(self, instance: Any) -> int | None:
        prices = [row.price_amount for row in instance.overrides if row.price_amount is not None]
        amount: int | None = prices[0] if prices else instance.price_amount
        return amount


class TaxSerializer(_OmitEmpty):
    rate = serializers.FloatField()

    class Meta:
        model = models.Tax
        fields = ["provider_id", "name", "rate", "is_active", "is_default", "is_inclusive"]


class FamilyPriceSerializer(_OmitEmpty):
    class Meta:
        model = models.FamilyDspPrice
        fields = ["dsp", "price_amount"]


class FamilyImageSerializer(_OmitEmpty):
    provider_url = serializers.CharField(source="url")

    class Meta:
        model = models.FamilyImage
        fields = ["provider_url"]


class FamilySerializer(_Priced):
    item_ids: "serializers.SlugRelatedField[Any]" = serializers.SlugRelatedField(
        "provider_id", source="items", many=True, read_only=True
    )
    modifier_group_ids = serializers.SerializerMethodField()
    images = FamilyImageSerializer(many=True)
    tax_ids = serializers.SerializerMethodField()
    dsp_price_amount_overrides = FamilyPriceSerializer(many=True, source="dsp_prices")

    class Meta:
        model = models.ItemFamily
        fields = [
            *("provider_id", "name", "description", "is_active", "price_amount", "price_currency"),
            *("item_ids", "modifier_group_ids", "images", "is_alcohol", "sku", "tax_ids"),
            *("allergens", "dsp_price_amount_overrides"),
        ]

    def get_modifier_group_ids(self, family: models.ItemFamily) -> list[str]:
        return [link.group.provider_id for link in family.group_links.all()]

    def get_tax_ids(self, family: models.ItemFamily) -> list[str]:
        return [link.tax.provider_id for link in family.tax_links.all()]


class RulesSerializer(_OmitEmpty):
    minimum_unique_modifiers_allowed = serializers.IntegerField(source="minimum_unique_modifiers")
    maximum_unique_modifiers_allowed = serializers.IntegerField(source="maximum_unique_modifiers")
    amount_of_modifiers_free = serializers.IntegerField(source="free_modifiers")
    default_modifier_quantities = serializers.SerializerMethodField()

    class Meta:
        model = models.ModifierGroup
        fields = [
            "selection_type",
            "minimum_unique_modifiers_allowed",
            "maximum_unique_modifiers_allowed",
            "amount_of_modifiers_free",
            "default_modifier_quantities",
        ]

    def get_default_modifier_quantities(self, group: models.ModifierGroup) -> dict[str, int]:
        links = group.modifier_links.all()
        return {
            link.modifier.provider_id: link.default_quantity
            for link in links
            if link.default_quantity
        }


class GroupSerializer(_OmitEmpty):
    is_active = serializers.SerializerMethodField()
    modifier_ids = serializers.SerializerMethodField()
    rules = RulesSerializer(source="*")

    class Meta:
        model = models.ModifierGroup
        fields = ["provider_id", "name", "is_active", "modifier_ids", "rules"]

    def get_is_active(self, group: Any) -> bool:
        return group.is_active and all(row.is_active for row in group.overrides)

    def get_modifier_ids(self, group: models.ModifierGroup) -> list[str]:
        return [link.modifier.provider_id for link in group.modifier_links.all()]


class ModifierPriceSerializer(_OmitEmpty):
    class Meta:
        model = models.ModifierDspPrice
        fields = ["dsp", "price_amount"]


class ModifierImageSerializer(_OmitEmpty):
    provider_url = serializers.CharField(source="url")

    class Meta:
        model = models.ModifierImage
        fields = ["provider_url"]


class ModifierSerializer(_Priced):
    images = ModifierImageSerializer(many=True)
    modifier_group_ids = serializers.SerializerMethodField()
    dsp_price_amount_overrides = ModifierPriceSerializer(many=True, source="dsp_prices")

    class Meta:
        model = models.Modifier
        fields = [
            *("provider_id", "name", "is_active", "price_amount", "price_currency", "sku"),
            *("images", "modifier_group_ids", "dsp_price_amount_overrides"),
        ]

    def get_modifier_group_ids(self, modifier: models.Modifier) -> list[str]:
        return [link.group.provider_id for link in modifier.nested_group_links.all()]


class CategorySerializer(_OmitEmpty):
    item_family_ids = serializers.SerializerMethodField()

    class Meta:
        model = models.Category
        fields = ["provider_id", "name", "description", "item_family_ids"]

    def get_item_family_ids(self, category: models.Category) -> list[str]:
        return [link.family.provider_id for link in category.family_links.all()]


class MenuSerializer(_OmitEmpty):
    category_ids = serializers.SerializerMethodField()

    class Meta:
        model = models.Menu
        fields = ["provider_id", "name", "category_ids", "schedule"]

    def get_category_ids(self, menu: models.Menu) -> list[str]:
        return [link.category.provider_id for link in menu.category_links.all()]


class CatalogSerializer(serializers.Serializer[Any]):
    """The whole answer. The menus have no items (sizes), so that array is empty."""

    tax_rate = serializers.FloatField()
    category = CategorySerializer(many=True)
    item_family = FamilySerializer(many=True)
    item = serializers.ListField()
    modifier_group = GroupSerializer(many=True)
    modifier = ModifierSerializer(many=True)
    menu = MenuSerializer(many=True)
    tax = TaxSerializer(many=True)


class ToolkitAuthentication(OAuth2Authentication):  # type: ignore[misc]  # It has no types.
    """The toolkit's check of a token, in the POS role."""

    def authenticate(self, request: Request) -> Any:
        request._request.client_role = client_roles.named("pos")  # type: ignore[attr-defined]  # As our views.
        return super().authenticate(request)


class NestedCatalogView(APIView):
    authentication_classes = [ToolkitAuthentication]
    permission_classes = [TokenHasScope]
    required_scopes = ["catalog:read"]

    def get(self, request: Request) -> Response:
        location = Location.objects.get(
            merchant=request.auth.merchant,  # type: ignore[union-attr]  # An access token of ours.
            provider_id=request.headers["X-Provider-Location-Id"],
        )
        return Response(catalog_of(location))


def catalog_of(location: Location) -> Any:
    return CatalogSerializer(_rows(location)).data


def _rows(location: Location) -> dict[str, Any]:
    own: dict[str, Any] = {"merchant": location.merchant_id, "archived_at": None}
    default = models.Tax.objects.filter(**own, is_default=True, is_active=True).first()
    families = models.ItemFamily.objects.filter(**own).select_related("merchant").order_by("pk")
    groups = models.ModifierGroup.objects.filter(**own).order_by("pk")
    modifiers = models.Modifier.objects.filter(**own).select_related("merchant").order_by("pk")
    return {
        "tax_rate": default.rate if default else 0,
        "category": models.Category.objects.filter(**own)
        .order_by("pk")
        .prefetch_related("family_links__family"),
        "item_family": families.prefetch_related(
            *("items", "images", "dsp_prices", "group_links__group", "tax_links__tax"),
            _location_overrides(models.FamilyAtLocation.objects.filter(location=location)),
        ),
        "item": [],
        "modifier_group": groups.prefetch_related(
            "modifier_links__modifier",
            _location_overrides(models.GroupAtLocation.objects.filter(location=location)),
        ),
        "modifier": modifiers.prefetch_related(
            *("images", "dsp_prices", "nested_group_links__group"),
            _location_overrides(models.ModifierAtLocation.objects.filter(location=location)),
        ),
        "menu": models.Menu.objects.filter(**own)
        .order_by("pk")
        .prefetch_related("category_links__category"),
        "tax": models.Tax.objects.filter(**own).order_by("pk"),
    }


def _location_overrides(rows: QuerySet[Any]) -> "Prefetch[Any]":
    return Prefetch("at_locations", queryset=rows, to_attr="overrides")
