"""Middleware for every request and response of the site.

A browser may load from and connect to this site only, and run no inline script or style. A request with a NUL never
reaches a page, because PostgreSQL raises an error that nothing catches. Nor does a form that Django cannot decode,
because even Django's error pages fail on it.
"""

from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    # The preview of a frame.
    "frame-src 'self'",
    "base-uri 'none'",
)
CONTENT_SECURITY_POLICY = "; ".join((*_POLICY, "frame-ancestors 'none'"))
POLICY_OF_FRAMED_PAGES = "; ".join((*_POLICY, "frame-ancestors *"))


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return a middleware that adds the policy to every answer.

    Only a page whose view is marked with Django's ``xframe_options_exempt`` may be framed, by any site.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        may_be_framed = getattr(response, "xframe_options_exempt", False)
        response["Content-Security-Policy"] = POLICY_OF_FRAMED_PAGES if may_be_framed else CONTENT_SECURITY_POLICY
        return response

    return middleware


Handler = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def refuse_unreadable(get_response: Handler) -> Handler:
    """Return a middleware that answers 400 to a NUL in an address or a form, and to a form that is not in UTF-8."""
    if iscoroutinefunction(get_response):

        async def async_middleware(request: HttpRequest) -> HttpResponseBase:
            return _refusal(request) or await get_response(request)

        return async_middleware

    def middleware(request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return _refusal(request) or get_response(request)

    return middleware


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if text := _fault(request):
        return HttpResponse(text, content_type="text/plain; charset=utf-8", status=HTTPStatus.BAD_REQUEST)
    return None


def _fault(request: HttpRequest) -> str:
    """Return what is unreadable in a request; empty if nothing is."""
    if "\0" in request.path_info or _has_nul(request.GET):
        return "Page not found: its address contains a NUL character."
    if request.method != "POST":
        return ""
    if (request.encoding or "utf-8").lower() != "utf-8":
        return "The form is in another encoding: send it in UTF-8."
    return "There is a NUL character in the form: go back and remove it." if _has_nul(request.POST) else ""


def _has_nul(parameters: QueryDict) -> bool:
    texts: Iterable[object] = (text for name, values in parameters.lists() for text in (name, *values))
    return any(isinstance(text, str) and "\0" in text for text in texts)
