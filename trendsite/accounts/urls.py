"""The addresses of accounts. The admin has no log-in page of its own: there is one log-in, and it is throttled."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from trendsite.accounts import people_views, views

urlpatterns = [
    path("login/", views.LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("account/", views.account, name="account"),
    path("account/password/", views.ChangePassword.as_view(), name="change-password"),
    path("forgotten-password/", views.ForgottenPassword.as_view(), name="forgotten-password"),
    path("forgotten-password/sent/", views.LinkSent.as_view(), name="link-sent"),
    # Django's view removes the token from the address before it shows the form.
    path("forgotten-password/<uidb64>/<token>/", views.NewPassword.as_view(), name="new-password"),
    path("people/", people_views.everyone, name="people"),
    path("people/invite/", people_views.invite, name="invite"),
    path("people/<int:pk>/", people_views.change, name="person"),
    path("people/invitations/<int:pk>/withdraw/", people_views.withdraw, name="withdraw"),
    path("invitation/", people_views.join, name="invitation"),
    path("invitation/<str:token>/", people_views.open_invitation, name="open-invitation"),
    path("admin/login/", views.log_in_to_admin),
]
