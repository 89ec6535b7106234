"""The page of people: who may see it, roles, access, invitations and links for new passwords."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import Client

from tests.trendsite.accounts.conftest import PASSWORD
from trendsite.accounts import forms, invitations
from trendsite.accounts.models import Invitation
from trendsite.accounts.people import PeopleError, change_person, role_of, set_active

pytestmark = pytest.mark.django_db

ADDRESSES = {
    "/people/": "get",
    "/people/invite/": "post",
    "/people/1/": "post",
    "/people/invitations/1/withdraw/": "post",
}
NEW = {"username": "zoe", "password1": "a quite long one", "password2": "a quite long one"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(invitations, "in_background", lambda send: send())
    monkeypatch.setattr(forms, "in_background", lambda send: send())


def member(name, role=None, **fields):
    user = User.objects.create_user(name, password=PASSWORD, **fields)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def admin(client):
    """A client logged in with the role admin."""
    client.force_login(member("chief", "admin"))
    return client


def link_in(answer):
    return re.search(r"http://localhost:8000(/[^\"<\s]+)", answer.content.decode())[1]


def invited(admin, role="editor", email=""):
    return link_in(admin.post("/people/invite/", {"role": role, "email": email}))


@pytest.mark.parametrize("role", [None, "viewer", "editor"])
@pytest.mark.parametrize(("address", "method"), ADDRESSES.items())
def test_strangers_log_in_and_others_than_admins_are_refused(client, role, address, method):
    assert getattr(client, method)(address)["Location"].startswith("/login/")
    client.force_login(member("bob", role))
    assert getattr(client, method)(address).status_code == 403
    assert 'href="/people/"' not in client.get("/account/").content.decode()


def test_an_admin_sees_everyone_with_role_address_and_last_login(admin, client):
    member("ada", "editor", email="ada@example.org")
    member("gone", is_active=False)
    page = " ".join(admin.get("/people/").content.decode().split())
    assert 'aria-current="page">People' in page
    assert "ada@example.org" in page
    assert "Never logged in" in page
    assert "no access" in page
    assert [user.username for user, _ in admin.get("/people/?q=EXAMPLE").context["rows"]] == ["ada"]


@pytest.mark.parametrize(("role", "is_staff"), [("viewer", False), ("admin", True), ("", False)])
def test_a_role_replaces_the_others_and_only_admins_enter_the_admin(admin, role, is_staff):
    ada = member("ada", "editor")
    night = Group.objects.create(name="night shift")
    ada.groups.add(night)
    admin.post(f"/people/{ada.pk}/", {"role": role, "email": "new@example.org"})
    ada = User.objects.get(pk=ada.pk)
    assert (role_of(ada), ada.is_staff, ada.is_superuser, ada.email) == (role, is_staff, False, "new@example.org")
    assert night in ada.groups.all()
    page = admin.get("/people/").content.decode()
    assert "changed the role" in page
    assert "changed the e-mail address" in page


def test_a_deactivated_person_is_out_at_once_and_may_come_back(admin):
    ada, their = member("ada", "editor"), Client()
    their.force_login(ada)
    admin.post(f"/people/{ada.pk}/", {"deactivate": "1"})
    assert their.get("/moderation/").status_code == 302
    assert their.post("/login/", {"username": "ada", "password": PASSWORD}).status_code == 200
    admin.post(f"/people/{ada.pk}/", {"reactivate": "1"})
    assert their.post("/login/", {"username": "ada", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("change", [{"deactivate": "1"}, {"role": "viewer", "email": ""}])
def test_nobody_takes_their_own_access(admin, change):
    member("other", "admin")
    chief = User.objects.get(username="chief")
    page = admin.post(f"/people/{chief.pk}/", change, follow=True).content.decode()
    assert "You cannot" in page
    assert (role_of(chief), User.objects.get(pk=chief.pk).is_active) == ("admin", True)


def test_the_last_active_admin_stays_one_whoever_asks(db):
    boss, helper = member("boss", "admin"), member("helper")
    member("away", "admin", is_active=False)
    with pytest.raises(PeopleError, match="last active admin"):
        set_active(boss, False, helper)
    with pytest.raises(PeopleError, match="last active admin"):
        change_person(boss, "editor", "", helper)
    boss.refresh_from_db()
    assert (boss.is_active, role_of(User.objects.get(pk=boss.pk))) == (True, "admin")
    superuser = User.objects.create_superuser("root")
    set_active(boss, False, helper)
    with pytest.raises(PeopleError):
        change_person(superuser, "", "", helper)


def test_an_invitation_gives_an_account_with_its_role_once(admin):
    link, stranger = invited(admin), Client()
    assert link not in str(list(Invitation.objects.values()))
    assert link.split("/")[2] not in str(list(Invitation.objects.values()))
    form = stranger.get(link, follow=True)
    assert form.redirect_chain == [("/invitation/", 302)]
    done = stranger.post("/invitation/", NEW, follow=True).content.decode()
    assert "Welcome, zoe." in done
    zoe = User.objects.get(username="zoe")
    assert (role_of(zoe), zoe.is_staff) == ("editor", False)
    assert stranger.get("/moderation/").status_code == 200
    for again in (stranger.get("/invitation/"), Client().get(link), stranger.post("/invitation/", NEW)):
        assert again.status_code == 404
    assert "joined by invitation" in admin.get("/people/").content.decode()


def test_two_browsers_with_one_link_make_one_account(admin):
    link, one, two = invited(admin), Client(), Client()
    one.get(link)
    two.get(link)
    assert one.post("/invitation/", NEW).status_code == 302
    assert two.post("/invitation/", NEW | {"username": "eve"}).status_code == 404
    assert not User.objects.filter(username="eve").exists()


def test_an_old_or_withdrawn_invitation_does_not_work(admin):
    link, other = invited(admin), invited(admin)
    Invitation.objects.filter(token_hash=invitations.hash_of(link.split("/")[2])).update(
        expires_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    assert Client().get(link).status_code == 404
    assert Client().get("/invitation/guess/").status_code == 404
    assert Client().get("/invitation/").status_code == 404
    stranger = Client()
    stranger.get(other)
    admin.post(f"/people/invitations/{Invitation.objects.first().pk}/withdraw/")
    assert stranger.post("/invitation/", NEW).status_code == 404
    assert "withdrew the invitation" in admin.get("/people/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"username": "CHIEF"}, "already exists"),
        ({"password2": "another"}, "didn’t match"),
        ({"password1": "12345", "password2": "12345"}, "too short"),
        ({"email": "none"}, "valid email address"),
    ],
)
def test_a_wrong_form_says_what_is_wrong_and_leaves_the_invitation(admin, wrong, words):
    link, stranger = invited(admin), Client()
    stranger.get(link)
    answer = stranger.post("/invitation/", NEW | wrong)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert stranger.post("/invitation/", NEW).status_code == 302


def test_an_invitation_is_mailed_if_there_is_a_server_and_shown_once_in_any_case(admin, settings):
    invited(admin, email="zoe@example.org")
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["zoe@example.org"], "Your invitation to Trendsite")
    link = re.search(r"http://localhost:8000(/invitation/\S+)", message.body)[1]
    assert link not in admin.get("/people/").content.decode()
    stranger = Client()
    stranger.get(link)
    stranger.post("/invitation/", NEW)
    assert User.objects.get(username="zoe").email == "zoe@example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    answer = admin.post("/people/invite/", {"role": "viewer", "email": "eve@example.org"})
    assert "/invitation/" in link_in(answer)
    assert "on its way" not in answer.content.decode()
    assert len(mail.outbox) == 1


def test_invitations_have_a_bound_and_refuse_what_is_no_role_or_address(admin, monkeypatch):
    monkeypatch.setattr(invitations, "MAX_INVITATIONS", 1)
    assert admin.post("/people/invite/", {"role": "owner"}).status_code == 422
    assert admin.post("/people/invite/", {"role": "viewer", "email": "none"}).status_code == 422
    invited(admin)
    page = admin.post("/people/invite/", {"role": "viewer"}, follow=True).content.decode()
    assert "1 invitations are open" in page
    assert Invitation.objects.count() == 1


def test_a_link_for_a_new_password_works_once_and_is_logged(admin):
    ada = member("ada", email="ada@example.org")
    link = link_in(admin.post(f"/people/{ada.pk}/", {"password": "1"}))
    assert mail.outbox[0].to == ["ada@example.org"]
    stranger = Client()
    address = stranger.get(link, follow=True).redirect_chain[-1][0]
    stranger.post(address, {"new_password1": "quite another one", "new_password2": "quite another one"})
    assert stranger.post("/login/", {"username": "ada", "password": "quite another one"}).status_code == 302
    assert "no longer works" in Client().get(link, follow=True).content.decode()
    assert "made a link for a new password" in admin.get("/people/").content.decode()
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert (
        "reactivate the account first"
        in admin.post(f"/people/{ada.pk}/", {"password": "1"}, follow=True).content.decode()
    )
