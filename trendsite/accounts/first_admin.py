"""The first admin: created once, where no administrator exists yet."""

import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from contract.environment import SettingError
from trendsite.accounts import FIRST_ADMIN


def make_first_admin(password: str) -> str | None:
    """Create the user ``admin`` unless there is an administrator already.

    Return the password that a person must be shown: a random one if ``password`` (ADMIN_PASSWORD) is empty, otherwise
    none.

    Raises:
        SettingError: ADMIN_PASSWORD is too weak for an account.
        DatabaseError: the database does not answer, or is not migrated.
    """
    users = get_user_model().objects
    if users.filter(Q(is_superuser=True) | Q(username=FIRST_ADMIN)).exists():
        return None
    shown = None if password else secrets.token_urlsafe(12)
    if password:
        _refuse_weak(password)
    try:
        with transaction.atomic():
            users.create_superuser(FIRST_ADMIN, password=password or shown)
    except IntegrityError:  # another process has just created it
        return None
    return shown


def _refuse_weak(password: str) -> None:
    try:
        validate_password(password, get_user_model()(username=FIRST_ADMIN))
    except ValidationError as error:
        raise SettingError(f"ADMIN_PASSWORD cannot be used ({' '.join(error.messages)}): give another") from None
