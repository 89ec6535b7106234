"""The collector's process with 200 times less patience for servers, for scripts that run 200 times as fast."""

from functools import partial

from collector import __main__ as collector
from collector.sources.mastodon.client import Patience
from collector.sources.mastodon.source import MastodonSource

SPEED = 200
PATIENCE = Patience(connect=5.0, silence=3.0, steady=60 / SPEED, delays=1 / SPEED)
"""Silence is longer than 40 s / 200: a busy machine may stop a process for so long, and what is sent while we leave is
lost."""

if __name__ == "__main__":
    collector.MastodonSource = partial(MastodonSource, patience=PATIENCE)
    collector.main()
