"""``python -m tests.trendsite.patient``: the site, but it waits long for Redis, database and disk.

In operation it waits a second or two, then shows a page without them. On a busy machine a test would take that for a
fault.
"""

import os
from collections.abc import Callable

from trendsite.queries import health, redis_client, site_processes

_SECONDS = 30.0


def be_patient(change: Callable[[object, str, object], None] = setattr) -> None:
    """Wait longer from now on; ``change`` sets an attribute of a module."""
    options = redis_client._options
    change(redis_client, "_options", lambda timeout: options(max(timeout, _SECONDS)))
    for module in (health, site_processes):
        change(module, "PATIENCE_SECONDS", _SECONDS)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trendsite.settings")
    be_patient()

    from trendsite import serve

    serve.main()
