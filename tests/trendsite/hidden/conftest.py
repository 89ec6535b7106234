"""People who may and who may not hide hashtags, and archived days to hide them from."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client


@pytest.fixture
def editor(client: Client) -> Client:
    """A client that is logged in as somebody in the group "editor"."""
    user = User.objects.create_user("ada")
    user.groups.add(Group.objects.get(name="editor"))
    client.force_login(user)
    return client
