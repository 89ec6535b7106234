"""A user, and an empty cache."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

PASSWORD = "a long enough one"


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def ada(db):
    return User.objects.create_user("ada", "ada@example.org", PASSWORD)
