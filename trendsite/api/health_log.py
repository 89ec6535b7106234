"""Keeps the site's log quiet about /healthz: whoever asks it each second while a part starts knows its 503."""

import logging

from django.urls import reverse


class NotUnhealthy(logging.Filter):
    """Lets every record of ``django.request`` pass but that of a 503 of /healthz."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log ``record``, which Django gives the request and its status."""
        request = getattr(record, "request", None)
        return not (request and record.__dict__.get("status_code") == 503 and request.path == reverse("healthz"))
