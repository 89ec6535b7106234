"""``python -m streaming``: settings, signals and wiring."""

import gc
import logging
import os
import signal
import sys
import threading

from dotenv import load_dotenv

from contract.environment import Environment, SettingError
from streaming.collector_client import CollectorClient
from streaming.config import Config
from streaming.counting import Counting
from streaming.recovery import RecoveryError
from streaming.redis_connection import connect
from streaming.redis_view import withdraw_report
from streaming.session import create_session

log = logging.getLogger(__name__)

PAUSE_SECONDS = 30.0


def main() -> None:
    """Count until told to stop."""
    load_dotenv()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("py4j").setLevel(logging.WARNING)
    try:
        config = Config.from_env(Environment(os.environ))
    except SettingError as error:
        sys.exit(f"streaming: {error}")
    # A batch makes a hundred thousand tuples that are in no cycle: by default, looking for cycles took half of the time
    # that counting took.
    gc.set_threshold(200_000, 20, 50)
    stop = threading.Event()
    session = create_session(config)
    # Not sooner: while Spark starts there is nothing to end in order, and a signal ends it at once.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        with connect(config.redis_url) as client, CollectorClient(config.collector_address, attempts=1) as collector:
            Counting(session, config, collector, client, stop).run()
            withdraw_report(client)
    except RecoveryError as error:
        log.error("%s", error)  # noqa: TRY400 - the message says it all, in one line
        # A person must act; until then, starting again and again would only keep the machine busy.
        stop.wait(PAUSE_SECONDS)
        sys.exit(1)
    finally:
        session.stop()


if __name__ == "__main__":
    main()
