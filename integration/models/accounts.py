"""Merchants and their users."""

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from integration import roles
from integration.currency import validate_code
from integration.roles import Role


def new_merchant_id() -> str:
    return f"mer_{secrets.token_hex(8)}"


class Merchant(models.Model):
    """The account of a restaurant business, which alone sees its data."""

    provider_id = models.CharField(
        max_length=64,
        unique=True,
        default=new_merchant_id,
        help_text="The merchant's ID at Stream.",
    )
    name = models.CharField(max_length=200)
    currency = models.CharField(
        max_length=3,
        validators=[validate_code],
        help_text="ISO 4217, lower case; the same for all locations.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.normalize(username or ""))

    @staticmethod
    def normalize(email: str) -> str:
        return email.strip().lower()


class User(AbstractBaseUser, PermissionsMixin):
    """A user, who signs in by e-mail: of a merchant, with a role, or our own staff, without."""

    email = models.EmailField("e-mail", max_length=254, unique=True)
    full_name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=32, blank=True, help_text="With country code: +1 555 …")
    merchant = models.ForeignKey(
        Merchant, on_delete=models.CASCADE, null=True, blank=True, related_name="users"
    )
    role = models.CharField(max_length=8, choices=Role, blank=True)
    is_active = models.BooleanField(default=True, help_text="Switch off instead of deleting.")
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=Q(merchant=None, role="")
                | Q(merchant__isnull=False, role__in=Role.values, is_superuser=False),
                name="user_role_goes_with_merchant",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        """True for all: permissions alone decide what a user sees in the admin."""
        return True

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        if self.merchant_id is None:
            return super().has_perm(perm, obj)
        return self.is_active and roles.grants(self.role, perm)

    def has_module_perms(self, app_label: str) -> bool:
        if self.merchant_id is None:
            return super().has_module_perms(app_label)
        return self.is_active and roles.reaches(self.role, app_label)
