"""Somebody with an account, and a memory without traces of other tests."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

PASSWORD = "a long enough one"


@pytest.fixture(autouse=True)
def _quick_and_forgetful(settings):
    """Hash passwords in no time, and begin as if nobody had been written to."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def ada(db):
    return User.objects.create_user("ada", "ada@example.org", PASSWORD)
