"""A user's saved view: the choice with which the board opens in each of their browsers."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from trendsite.accounts.models import OwnBoard
from trendsite.board.links import query_of
from trendsite.queries.choice import Choice, ChoiceError, choice_of


async def own_choice(request: HttpRequest) -> Choice | None:
    """Return a user's saved choice; None without a user, without a saved choice, or if it is no longer valid."""
    user = await request.auser()
    own = await OwnBoard.objects.filter(user=user).afirst() if user.is_authenticated else None
    try:
        return _choice(own.query) if own else None
    except ChoiceError:
        return None


@require_POST
def keep_own_board(request: HttpRequest) -> HttpResponse:
    """Save the choice of the form's ``query``, or delete the saved one; redirect to the board."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("board"))
    if "forget" in request.POST:
        OwnBoard.objects.filter(user=request.user).delete()
        messages.success(request, _("The board opens for you as for all visitors."))
        return redirect("board")
    try:
        choice = _choice(request.POST.get("query", ""))
    except ChoiceError as error:
        messages.error(request, _("Not saved: %(reason)s.") % {"reason": error})
        return redirect("board")
    OwnBoard.objects.update_or_create(user=request.user, defaults={"query": query_of(choice)})
    text = _("Saved: the board opens like this for you, in every browser where you are logged in.")
    messages.success(request, text)
    return redirect("board")


def _choice(query: str) -> Choice:
    return choice_of(dict(QueryDict(query.removeprefix("?")).lists()))
