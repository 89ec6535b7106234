"""The setting SOURCE -> the source."""

from collections.abc import Callable, Collection

from collector.config import Config
from collector.sources.replay import ReplaySource
from collector.sources.simulator import SimulatorSource
from collector.sources.source import Source
from collector.sources.x import XSource


def source_of(config: Config, tracked: Callable[[], Collection[str] | None]) -> Source:
    """Return the source that the settings ask for; ``tracked`` tells it the tracked languages.

    Raises:
        OSError: the recording cannot be read.
    """
    if config.source == "replay" and config.replay_file is not None:
        return ReplaySource(config.replay_file, config.replay_speed, config.replay_shift == "now")
    if config.source == "x":
        return XSource(config.x_bearer_token, config.x_api_url, config.x_monthly_post_budget, tracked)
    return SimulatorSource(config.simulator_seed, config.simulator_posts_per_second)
