"""The setting SOURCE -> the source."""

from functools import partial

from collector.authors import AuthorHash
from collector.config import Config
from collector.languages import Languages
from collector.sources.replay import ReplaySource
from collector.sources.simulator import SimulatorSource
from collector.sources.source import Source
from collector.sources.x import XSource
from collector.sources.x_client import XClient
from collector.sources.x_rules import rules_for


def source_of(config: Config, languages: Languages, hashed: AuthorHash) -> Source:
    """Return the source that the settings ask for; ``languages`` tells it what is tracked, and by which words.

    ``hashed`` makes its account ids what they are in posts.

    Raises:
        OSError: the recording cannot be read.
    """
    if config.source == "replay" and config.replay_file is not None:
        return ReplaySource(config.replay_file, config.replay_speed, config.replay_shift == "now", hashed)
    if config.source == "x":
        client = partial(XClient, config.x_bearer_token, config.x_api_url)
        return XSource(
            client, config.x_monthly_post_budget, lambda: rules_for(languages.tracked(), languages.x_terms()), hashed
        )
    return SimulatorSource(config.simulator_seed, config.simulator_posts_per_second)
