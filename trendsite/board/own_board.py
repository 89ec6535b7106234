"""The choice with which the board opens for somebody who is logged in, in every browser: kept on the server."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from trendsite.accounts.models import OwnBoard
from trendsite.board.addresses import query_of
from trendsite.live.choice import Choice, ChoiceError, choice_of


async def own_choice(request: HttpRequest) -> Choice | None:
    """Return the choice that somebody kept; None for strangers, and where there is none that can be chosen still."""
    user = await request.auser()
    own = await OwnBoard.objects.filter(user=user).afirst() if user.is_authenticated else None
    try:
        return _choice(own.query) if own else None
    except ChoiceError:
        return None


@require_POST
def keep_own_board(request: HttpRequest) -> HttpResponse:
    """Keep the choice of the form's ``query``, or forget the one that is kept; lead to the board."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("board"))
    if "forget" in request.POST:
        OwnBoard.objects.filter(user=request.user).delete()
        messages.success(request, "The board opens for you as for everybody.")
        return redirect("board")
    try:
        choice = _choice(request.POST.get("query", ""))
    except ChoiceError as error:
        messages.error(request, f"That is not kept: {error}.")
        return redirect("board")
    OwnBoard.objects.update_or_create(user=request.user, defaults={"query": query_of(choice)})
    messages.success(request, "Kept: this is how the board opens for you, in every browser in which you are logged in.")
    return redirect("board")


def _choice(query: str) -> Choice:
    return choice_of(dict(QueryDict(query.removeprefix("?")).lists()))
