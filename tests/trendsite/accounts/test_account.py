"""The page of an account, and access to the admin."""

import pytest
from django.contrib.auth.models import Group

pytestmark = pytest.mark.django_db


def test_users_see_their_roles(client, ada):
    client.force_login(ada)
    assert "no role here yet" in client.get("/account/").content.decode()
    ada.groups.add(Group.objects.get(name="editor"))
    assert "Your role: editor." in client.get("/account/").content.decode()


def test_a_role_alone_does_not_open_the_admin(client, ada):
    ada.groups.add(Group.objects.get(name="admin"))
    client.force_login(ada)
    assert client.get("/admin/", follow=True).status_code == 403
    assert "/admin/" not in client.get("/account/").content.decode()
    ada.is_staff = True
    ada.save()
    assert client.get("/admin/auth/user/").status_code == 200
    assert "/admin/" in client.get("/account/").content.decode()


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 403), ("admin", 200)])
def test_only_admins_manage_users(client, ada, role, status):
    ada.groups.add(Group.objects.get(name=role))
    ada.is_staff = True
    ada.save()
    client.force_login(ada)
    assert client.get("/admin/history/day/").status_code == 200
    assert client.get("/admin/auth/user/").status_code == status


def test_a_log_in_redirects_only_to_this_site(client, ada):
    fields = {"username": "ada", "password": "a long enough one", "next": "https://evil.example/"}
    assert client.post("/login/", fields)["Location"] == "/"
