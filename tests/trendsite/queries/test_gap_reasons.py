"""Why posts are missing, in the reader's language."""

import pytest
from django.utils import translation

from collector.intake.ingest import CLOSED_UNCONNECTED
from collector.sources.bluesky.position import NONE_SENT, NOT_RESENT, TOO_OLD
from collector.sources.x.coverage import NOT_RUNNING
from contract.gap import SEVERAL_REASONS
from trendsite.queries.gap_reasons import reason_in_words

REASONS = (CLOSED_UNCONNECTED, NONE_SENT, NOT_RESENT, NOT_RUNNING, SEVERAL_REASONS, TOO_OLD)


@pytest.mark.parametrize("reason", [*REASONS, "example.social closed the stream"])
def test_what_sources_say_is_translated_and_english_stays_as_it_was_said(reason: str) -> None:
    assert reason_in_words(reason) == reason
    with translation.override("es"):
        assert reason_in_words(reason) != reason


def test_the_words_of_a_network_itself_stay() -> None:
    with translation.override("ar"):
        assert reason_in_words("example.social answered 503") == "example.social answered 503"
