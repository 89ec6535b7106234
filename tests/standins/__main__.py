"""``python -m tests.standins NETWORK``: the board on a stand-in of a network, with invented posts, until Ctrl-C.

It has a DATA_DIR of its own, so nothing mixes with real posts, and the site marks everything as a demo. The stand-in
remembers what it sent, about 30 MB an hour.
"""

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from collector.sources.simulator.hashtags import Hashtags
from collector.sources.simulator.posts import LANGUAGES
from tests.standins.jetstream import JetstreamStandIn
from tests.standins.mastodon import MastodonStandIn
from tests.standins.script import MadeUpPost, Send, Supply
from tests.standins.x import TOKEN, XStandIn

ROOT = Path(__file__).resolve().parents[2]
POSTS_PER_SECOND = 20
_SECONDS = 1_000_000
_TAGGED_SHARE = 0.7
_ACCOUNTS = 50_000

StandIn = JetstreamStandIn | MastodonStandIn | XStandIn


def invented(seed: int) -> Supply:
    """Return a supply of posts that happen now, with hashtags of the simulator."""
    choice = random.Random(seed)
    weights = [language.weight for language in LANGUAGES]
    hashtags = {
        language.code: Hashtags(seed, language.code, language.lexicon, language.utc_hours) for language in LANGUAGES
    }

    def post(number: int) -> MadeUpPost:
        (language,) = choice.choices(LANGUAGES, weights)
        moment = datetime.now(UTC)
        is_tagged = choice.random() < _TAGGED_SHARE
        tags = hashtags[language.code].of_post(choice, int(moment.timestamp()) // 60) if is_tagged else []
        account = f"account{int(_ACCOUNTS * choice.random() ** 2)}"
        return MadeUpPost(number, moment, account, language.code, tuple(dict.fromkeys(tags)))

    return post


def stand_in(network: str) -> tuple[StandIn, dict[str, str]]:
    """Return the stand-in of a network, and the settings with which the collector finds it."""
    steps, make = [Send(POSTS_PER_SECOND, 1)] * _SECONDS, invented(1)
    if network == "bluesky":
        bluesky = JetstreamStandIn(steps, make)
        return bluesky, {"JETSTREAM_URL": bluesky.url}
    if network == "mastodon":
        mastodon = MastodonStandIn(steps, make=make)
        return mastodon, {"MASTODON_URL": mastodon.url}
    x = XStandIn(steps, make=make)
    return x, {"X_API_URL": x.url, "X_BEARER_TOKEN": TOKEN, "X_MONTHLY_POST_BUDGET": "3000000"}


def environment(network: str, of_stand_in: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the demo."""
    data_dir = Path(environ.get("DATA_DIR") or ROOT / "var") / f"demo-{network}"
    return {**environ, **of_stand_in, "SOURCE": network, "DATA_DIR": str(data_dir), "DEMO_POSTS": "1"}


def main() -> None:
    """Run the stand-in and Trendsite; stop both at Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m tests.standins", description="The board on a stand-in.")
    parser.add_argument("network", choices=("bluesky", "mastodon", "x"))
    network = parser.parse_args().network
    serving, settings = stand_in(network)
    with serving:
        command = [sys.executable, "-m", "launch"]
        with subprocess.Popen(command, cwd=ROOT, env=environment(network, settings, os.environ)) as trendsite:
            signal.signal(signal.SIGTERM, lambda *_: trendsite.terminate())
            # A terminal sends Ctrl-C to both. Trendsite stops its parts first, and then we stop.
            while trendsite.poll() is None:
                with contextlib.suppress(KeyboardInterrupt):
                    trendsite.wait()
    sys.exit(trendsite.returncode)


if __name__ == "__main__":
    main()
