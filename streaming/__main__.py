"""``python -m streaming``: settings, signals and wiring."""

import gc
import logging
import os
import signal
import sys
import threading

from dotenv import load_dotenv

from contract.data_version import claim_data_dir
from contract.environment import Environment, SettingError
from contract.error_reports import start_error_reports
from contract.files import restrict_new_files
from contract.logs import log_children, print_as_logged, start_logging
from contract.version import command_line
from streaming.cluster.check import ClusterError
from streaming.config import StreamingConfig
from streaming.jobs.side_by_side import SideBySide
from streaming.jobs.starting import start_reported
from streaming.session import create_session
from streaming.sink.redis_view import check_redis, connect_redis


def main() -> None:
    """Count until SIGTERM or SIGINT."""
    command_line("python -m streaming", "Count what the collectors serve, until a signal.").parse_args()
    restrict_new_files()
    load_dotenv()
    logging.getLogger("py4j").setLevel(logging.WARNING)
    try:
        configs = _prepare(Environment(os.environ))
    except SettingError as error:
        sys.exit(f"streaming: {error}")
    # A batch makes a hundred thousand tuples without cycles. By default, looking for cycles took half of the time of
    # counting.
    gc.set_threshold(200_000, 20, 50)
    stop = threading.Event()
    try:
        with connect_redis(configs[0].redis_url) as client, start_reported(client, configs[0]):
            session = create_session(configs[0])
    except (ClusterError, SettingError) as error:
        sys.exit(f"streaming: {error}")
    # Only now: while Spark starts there is nothing to stop cleanly, and a signal ends the process at once.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        with connect_redis(configs[0].redis_url) as client:
            SideBySide(session, configs, client, stop).run()
    except ClusterError as error:
        sys.exit(f"streaming: {error}")
    finally:
        session.stop()


def _prepare(settings: Environment) -> list[StreamingConfig]:
    """Start logs and error reports; return the settings of each stream.

    Raises:
        SettingError: a setting cannot be used.
    """
    start_logging("streaming", settings)
    print_as_logged("streaming", settings)
    log_children("streaming", settings)
    start_error_reports("streaming", settings)
    configs = StreamingConfig.from_env(settings)
    claim_data_dir(configs[0].data_dir)
    check_redis(configs[0].redis_url)
    return [config.with_secret() for config in configs]


if __name__ == "__main__":
    main()
