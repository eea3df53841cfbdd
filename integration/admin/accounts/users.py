"""The admin of a merchant's users, for its owners and our own staff."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm

from integration.admin.shared.tenancy import TenantAdmin, TenantForm, signed_in_user
from integration.models import Merchant, User
from integration.oauth import authorizations, client_roles, departures
from integration.roles import Role

_ROLE_HELP = (
    "Owner: everything, including users and the connection to Stream. Manager: menus, locations"
    " and orders. Kitchen: the order board and availability."
)
_STAYS = (
    "This person connected {}: if you switch them off or give them another role, the restaurant"
    " stays connected, and every owner is told."
)
_ROLE_COLORS = {Role.OWNER.label: "success", Role.MANAGER.label: "info", Role.KITCHEN.label: ""}


class PersonForm(TenantForm):
    """Keep an owner for every merchant, and keep users from locking themselves out."""

    editor: ClassVar[User | None] = None

    class Meta:
        model = User
        fields = ("email", "full_name", "phone", "role", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "role" in self.fields:
            self.fields["role"].required = self.instance.merchant_id is not None
            self.fields["role"].help_text = _ROLE_HELP
        if self.instance.pk is not None:
            self._say_what_stays()
        if self.editor is not None and self.instance.pk == self.editor.pk:
            for name in {"role", "is_active"} & self.fields.keys():
                self.fields[name].disabled = True
                self.fields[name].help_text = "You cannot change this for yourself."

    def _say_what_stays(self) -> None:
        """Say beforehand what becomes of the connections that this person has made."""
        given = authorizations.given_by(self.instance)
        names = " and ".join(client_roles.named(one.role).display_name for one in given)
        for field in [self.fields[name] for name in ("role", "is_active") if name in self.fields]:
            if given:
                field.help_text = f"{field.help_text} {_STAYS.format(names)}".strip()

    def clean_email(self) -> str:
        email = User.objects.normalize(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("This e-mail is already in use: enter another.")
        return email

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if self.instance.merchant_id is None and role:
            raise forms.ValidationError("Our own staff have no role.")
        return role

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        was_owner = not self.instance._state.adding and self.instance.is_owner
        if was_owner and self.instance.is_active and not _is_active_owner(cleaned):
            self._require_another_owner()
        return cleaned

    def _require_another_owner(self) -> None:
        # Locked, so that two owners cannot take the role from each other at the same moment.
        merchant = Merchant.objects.select_for_update().get(pk=self.instance.merchant_id)
        owners = merchant.users.filter(role=Role.OWNER, is_active=True)
        if not owners.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("This is the only owner: make another user an owner first.")


def _is_active_owner(cleaned: dict[str, Any]) -> bool:
    return cleaned.get("role") == Role.OWNER and bool(cleaned.get("is_active"))


class PersonAddForm(PersonForm, UserCreationForm):
    usable_password = None  # All users sign in with a password.


if TYPE_CHECKING:  # Django's class adds nothing for the type checker.
    _Base = TenantAdmin
else:

    class _Base(UserAdmin, TenantAdmin):
        pass


@admin.register(User)
class PersonAdmin(_Base):
    form = PersonForm
    add_form = PersonAddForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["email", "full_name", "shown_role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    search_fields = ["email", "full_name", "phone"]
    ordering = ["email"]
    filter_horizontal = ()
    readonly_fields = ["password_link", "last_login", "date_joined"]
    inlines: ClassVar[list[Any]] = []  # Other apps append theirs.
    object_fieldsets = [
        (None, {"fields": ["email", "full_name", "phone"]}),
        ("Access", {"fields": ["role", "is_active", "password_link"]}),
        ("Dates", {"fields": ["last_login", "date_joined"], "classes": ["collapse"]}),
    ]
    adding_fieldsets = [
        (None, {"fields": ["email", "full_name", "phone", "role"]}),
        ("Password", {"fields": ["password1", "password2"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = TenantAdmin.get_fieldsets(self, request, obj)
        if obj is not None:
            return fieldsets
        return [*fieldsets[: -len(self.object_fieldsets)], *self.adding_fieldsets]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.editor = signed_in_user(request)
        return form

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [] if obj is None or obj.merchant_id is None else list(self.inlines)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        departures.tell_owners()

    @display(description="role", ordering="role", label=_ROLE_COLORS)
    def shown_role(self, user: User) -> str:
        return user.get_role_display() if user.merchant_id else "Our own staff"

    @display(description="password")
    def password_link(self, user: User) -> SafeString:
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('<a class="text-link" href="{}">Set a new password</a>', url)
