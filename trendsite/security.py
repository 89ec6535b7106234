"""What a browser may do with our pages: load and connect to this site only, run no inline script or style."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
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
