"""What is hidden is not answered, however it is asked for by name."""

from collections.abc import Sequence
from datetime import UTC, datetime

from trendsite.api.errors import ApiError
from trendsite.live.hidden_now import hides_in


def refuse_hidden(key: str, languages: Sequence[str]) -> None:
    """Refuse a hashtag that is hidden in some languages.

    Raises:
        ApiError: it is.
    """
    hides = hides_in(languages, datetime.now(UTC))
    if hides and hides(key):
        raise ApiError(404, f"hashtag: #{key[:100]} is hidden in these languages")
