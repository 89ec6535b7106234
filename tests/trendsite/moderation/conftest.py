"""Users with and without the permission to hide hashtags."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client


@pytest.fixture
def editor(client: Client) -> Client:
    """A client logged in as a member of the group "editor"."""
    user = User.objects.create_user("ada")
    user.groups.add(Group.objects.get(name="editor"))
    client.force_login(user)
    return client
