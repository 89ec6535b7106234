"""``python -m tests.torture.replayed_network NETWORK``: a collector that replays a recording as a network.

Only networks run side by side, and after a kill no network can repeat every post. A recording can, so its counts are
known exactly. Everything but the source is the real collector.
"""

import json
import os
import sys
from pathlib import Path

from collector import __main__ as collector
from collector.author_keys import RecordingKeys
from collector.config import Config
from collector.languages import LanguageFollower
from collector.sources.fields import AuthorHash
from collector.sources.replay.source import ReplaySource

RECORDINGS = "TORTURE_RECORDINGS"
"""The recordings by network, as JSON."""


def main() -> None:
    """Collect until a signal."""
    recordings = json.loads(os.environ[RECORDINGS])

    def source(config: Config, _languages: LanguageFollower, hash_author: AuthorHash) -> ReplaySource:
        replayed = ReplaySource(Path(recordings[config.source]), config.replay_speed, False, hash_author)
        replayed.name = config.source
        return replayed

    collector._source = source
    collector.LiveKeys = lambda data_dir, _grace: RecordingKeys(data_dir)
    collector.main()


if __name__ == "__main__":
    sys.exit(main())
