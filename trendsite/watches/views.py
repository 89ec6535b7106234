"""/alerts/: what a user watches, where alerts go, when, and what became of each. Each user sees only their own."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contract.post import MAX_HASHTAG_CHARACTERS
from trendsite.languages.names import own_name
from trendsite.public_url import request_origin
from trendsite.queries.choice import EVERYTHING
from trendsite.queries.hiding import hides_in
from trendsite.sources import NETWORKS
from trendsite.watches import outbox
from trendsite.watches.conditions import question_of
from trendsite.watches.forms import PreferencesForm, ReceiverForm, WatchForm
from trendsite.watches.hidden import is_hidden
from trendsite.watches.models import MAX_RECEIVERS, MAX_WATCHES, Delivery, Preferences, Receiver, Watch, new_token
from trendsite.watches.quiet import digest_day, zone_of
from trendsite.watches.texts import watch_text
from trendsite.watches.watched import watched_hashtags

PAGE_SIZE = 50

_CONSOLE = "django.core.mail.backends.console.EmailBackend"


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # the user is logged in


def _page(request: HttpRequest, template: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    response = render(request, template, dict(context), status=status)
    response["Cache-Control"] = "no-store"
    return response


def _preferences(user: User) -> Preferences:
    return Preferences.objects.get_or_create(user=user, defaults={"locale": get_language() or "en"})[0]


@require_safe
@login_required
def alerts(request: HttpRequest) -> HttpResponse:
    """Show what the user watches, with what holds now, and where alerts go."""
    user = _user(request)
    preferences = _preferences(user)
    feed = reverse("alerts-feed", args=[preferences.feed_token])
    context = {
        "watches": [_row(watch) for watch in Watch.objects.filter(user=user).prefetch_related("receivers", "episodes")],
        "receivers": user.alert_receivers.all(),
        "preferences": preferences,
        "feed": f"{request_origin(request)}{feed}",
        "may_add_watch": Watch.objects.filter(user=user).count() < MAX_WATCHES,
        "may_add_receiver": Receiver.objects.filter(user=user).count() < MAX_RECEIVERS,
        "now": datetime.now(UTC),
        "new_secret": request.session.pop("alert_secret", None),
    }
    return _page(request, "watches/alerts.html", context)


def _row(watch: Watch) -> dict[str, object]:
    choice = question_of(watch).choice
    hides = hides_in(choice.languages, datetime.now(UTC))
    holding = [episode for episode in watch.episodes.all() if episode.false_since is None]
    return {
        "watch": watch,
        "text": watch_text(watch),
        "languages": "" if choice.languages == EVERYTHING.languages else ", ".join(map(own_name, choice.languages)),
        "networks": ", ".join(NETWORKS[name] for name in choice.networks),
        "holds": [episode for episode in holding if not (hides and hides(episode.key))][:5],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_watch(request: HttpRequest) -> HttpResponse:
    """Make a watch; ``?hashtag=`` fills in the form."""
    hashtag = request.GET.get("hashtag", "")[:MAX_HASHTAG_CHARACTERS]
    form = WatchForm(_user(request), request.POST or None, initial={"key": hashtag})
    return _edit(request, form, _("Saved. What already holds is no alert: the next change is."))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit_watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a watch."""
    watch = get_object_or_404(Watch, pk=pk, user=_user(request))
    return _edit(request, WatchForm(_user(request), request.POST or None, instance=watch), _("Saved."))


def _edit(request: HttpRequest, form: WatchForm, saved: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, saved)
        return redirect("alerts")
    return _page(request, "watches/watch.html", {"form": form}, 422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def delete_watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete a watch. Its alerts stay in the log."""
    watch = get_object_or_404(Watch, pk=pk, user=_user(request))
    if request.method == "POST":
        watch.delete()
        messages.success(request, _("Deleted."))
        return redirect("alerts")
    asked = {"what": f"#{watch.key}" if watch.key else _("Newcomers"), "lines": [watch_text(watch)]}
    return _page(request, "watches/confirm.html", {**asked, "after": _("What it has brought stays in the log.")})


def _has_mail(user: User) -> bool:
    return bool(user.email) and settings.EMAIL_BACKEND != _CONSOLE


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_receiver(request: HttpRequest) -> HttpResponse:
    """Make a receiver. The next page shows a webhook's secret, once."""
    user = _user(request)
    return _edit_receiver(request, ReceiverForm(user, _has_mail(user), request.POST or None))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit_receiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Change name and address of a receiver, or give a webhook another secret."""
    receiver = get_object_or_404(Receiver, pk=pk, user=_user(request))
    return _edit_receiver(request, ReceiverForm(_user(request), True, request.POST or None, instance=receiver))


def _edit_receiver(request: HttpRequest, form: ReceiverForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        form.save()
        if form.secret_to_show:
            request.session["alert_secret"] = form.secret_to_show
        messages.success(request, _("Saved. Press Test to see whether it arrives."))
        return redirect("alerts")
    context = {"form": form, "has_mail": _has_mail(_user(request))}
    return _page(request, "watches/receiver.html", context, 422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def delete_receiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete a receiver, with what waits for it."""
    receiver = get_object_or_404(Receiver, pk=pk, user=_user(request))
    if request.method == "POST":
        receiver.delete()
        messages.success(request, _("Deleted."))
        return redirect("alerts")
    context = {
        "what": receiver.name,
        "lines": _lost_with(receiver),
        "after": _("The log keeps the alerts, not the messages that it got."),
    }
    return _page(request, "watches/confirm.html", context)


def _lost_with(receiver: Receiver) -> list[str]:
    """Return sentences about what ends with a receiver."""
    watches = receiver.watches.count()
    waiting = receiver.deliveries.filter(state=Delivery.State.WAITING).count()
    used = ngettext("%(number)s alert is sent there.", "%(number)s alerts are sent there.", watches)
    lost = ngettext(
        "%(number)s message that waits for it is lost.", "%(number)s messages that wait for it are lost.", waiting
    )
    return [words % {"number": number_format(number)} for words, number in ((used, watches), (lost, waiting)) if number]


@require_POST
@login_required
def test_receiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a test for a receiver; the log shows what became of it."""
    receiver = get_object_or_404(Receiver, pk=pk, user=_user(request))
    now = datetime.now(UTC)
    if not outbox.may_test(receiver, now):
        messages.error(request, _("Five tests an hour are enough: try again later."))
        return redirect("alerts")
    outbox.queue_test(receiver, get_language() or "en", now)
    messages.success(request, _("A test is on its way. This page shows within seconds whether it arrived."))
    return redirect("alerts-log")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """Change time zone, quiet hours and digest."""
    user = _user(request)
    row = _preferences(user)
    form = PreferencesForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        row.locale = get_language() or "en"
        if "digest_hour" in form.changed_data and row.digest_hour is not None:
            # An hour that has passed today begins tomorrow.
            row.digest_sent_on = digest_day(datetime.now(UTC), zone_of(row.time_zone), row.digest_hour, None)
        form.save()
        messages.success(request, _("Saved."))
        return redirect("alerts")
    has_receiver = Receiver.objects.filter(user=user, kind=Receiver.Kind.MAIL).exists()
    context = {"form": form, "has_mail_receiver": has_receiver}
    return _page(request, "watches/preferences.html", context, 422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_feed(request: HttpRequest) -> HttpResponse:
    """Ask, then give the feed another address."""
    if request.method == "POST":
        row = _preferences(_user(request))
        row.feed_token = new_token()
        row.save(update_fields=["feed_token"])
        messages.success(request, _("The feed has a new address. The old one is gone."))
        return redirect("alerts")
    lines = [_("Feed readers that have the old address get nothing any more.")]
    context = {"title": _("Give your feed a new address?"), "lines": lines, "button": _("New address")}
    return _page(request, "watches/confirm.html", context)


@require_safe
@login_required
def log(request: HttpRequest) -> HttpResponse:
    """Show the user's alerts and tests, each with its messages and their attempts."""
    user = _user(request)
    alerts = user.alerts.select_related("watch").prefetch_related("deliveries__receiver")
    listed = Paginator(alerts, PAGE_SIZE).get_page(request.GET.get("page"))
    now = datetime.now(UTC)
    context = {
        "listed": listed,
        "hidden": {alert.pk for alert in listed if is_hidden(alert, now)},
        "others": outbox.others_of(user),
        "now": now,
    }
    return _page(request, "watches/log.html", context)


@require_safe
@login_required
def watched(request: HttpRequest) -> HttpResponse:
    """Return the list of watched hashtags as the part of a page that its script puts in place now and then."""
    found = watched_hashtags(_user(request).pk)
    return _page(request, "watches/watched.html", {"watched": found, "is_part": False})
