"""Clients of users in each role."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client


@pytest.fixture
def user_client(db):
    """``user_client("editor")`` is a client of a new user in that group, ``user_client()`` of a user without one."""

    def user_client(role: str | None = None, name: str | None = None) -> Client:
        user = User.objects.create_user(name or role or "nobody")
        if role:
            user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        return client

    return user_client


@pytest.fixture
def editor(user_client):
    return user_client("editor", name="ada")
