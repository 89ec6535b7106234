"""Who may look at the tracked languages, and who may change them. They are never public."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

VIEW, CHANGE = "languages.view_language", "languages.change_language"


def for_viewers_and_editors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send strangers to log in, let viewers look, and let only editors send something."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: str, **named: str) -> HttpResponse:
        needed = VIEW if request.method in ("GET", "HEAD") else CHANGE
        if not request.user.has_perm(needed):
            raise PermissionDenied
        return view(request, *arguments, **named)

    return never_cache(login_required(guarded))
