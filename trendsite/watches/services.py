"""The chat and push services that users may name, in the notation of apprise. Pure.

A service must be one that sends a message over the network and does nothing else. Parameters that name files or other
addresses are refused.
"""

from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext as _

from trendsite.watches.public_http import AddressError

SERVICES = {
    "bark": "Bark",
    "barks": "Bark",
    "discord": "Discord",
    "gchat": "Google Chat",
    "gotify": "Gotify",
    "gotifys": "Gotify",
    "line": "LINE",
    "matrix": "Matrix",
    "matrixs": "Matrix",
    "mmost": "Mattermost",
    "mmosts": "Mattermost",
    "nctalk": "Nextcloud Talk",
    "nctalks": "Nextcloud Talk",
    "ntfy": "ntfy",
    "ntfys": "ntfy",
    "pbul": "Pushbullet",
    "pover": "Pushover",
    "rocket": "Rocket.Chat",
    "rockets": "Rocket.Chat",
    "signal": "Signal",
    "signals": "Signal",
    "slack": "Slack",
    "tgram": "Telegram",
    "threema": "Threema",
    "workflows": "Microsoft Teams",
    "wxteams": "Webex",
    "zulip": "Zulip",
}
"""The name of the service of each scheme."""

PARAMETERS = frozenset({"priority", "tags", "to", "channel", "mode", "silent", "topic", "thread", "format", "token"})
"""What may stand behind the question mark. apprise has others that read files of this machine, such as templates."""


def service_of(address: str) -> str:
    """Return the name of the service of an address such as ``ntfys://topic``.

    Raises:
        AddressError: the service or a parameter is not allowed.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in SERVICES or not address.isprintable() or " " in address or "://" not in address:
        names = ", ".join(sorted({f"{scheme}://" for scheme in SERVICES}))
        raise AddressError(_("Give the address of one of these services: %(names)s.") % {"names": names})
    unknown = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)} - PARAMETERS
    if unknown:
        values = {"names": ", ".join(sorted(unknown)), "allowed": ", ".join(sorted(PARAMETERS))}
        raise AddressError(_("Leave out %(names)s. Only these may be given: %(allowed)s.") % values)
    return SERVICES[parts.scheme]
