"""Who looks at the tracked languages."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client


@pytest.fixture
def somebody(db):
    """``somebody("editor")`` is a client of a new user in that group, ``somebody()`` of one in none."""

    def somebody(role: str | None = None, name: str | None = None) -> Client:
        user = User.objects.create_user(name or role or "nobody")
        if role:
            user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        return client

    return somebody


@pytest.fixture
def editor(somebody):
    return somebody("editor", name="ada")
