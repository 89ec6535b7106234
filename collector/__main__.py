"""The collector's process: settings, wiring, signals.

Run it with ``python -m collector``, or ``python -m collector NETWORK`` for one of several networks of SOURCE.
"""

import asyncio
import gc
import logging
import os
import resource
import shlex
import signal
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from dotenv import load_dotenv
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from collector.author_keys import AuthorKeyError, AuthorKeys, LiveKeys, RecordingKeys
from collector.config import Config
from collector.intake.ingest import Ingest
from collector.intake.stream_restart import finish_restart, needs_restart, restart_command, restart_stream
from collector.languages import LanguageFollower
from collector.log import Log, LogCorruptionError, LogInUseError
from collector.log.spool import Spool
from collector.server import LogServer
from collector.sources import PostSource
from collector.sources.bluesky.source import BlueskySource
from collector.sources.fields import AuthorHash
from collector.sources.mastodon.source import MastodonSource
from collector.sources.replay.source import ReplaySource
from collector.sources.simulator.source import SimulatorSource
from collector.sources.x.client import Rule, XClient
from collector.sources.x.rules import rules_for
from collector.sources.x.source import XSource
from collector.status import DroppedDays, announce, report
from contract.address import Address, address_text
from contract.data_version import claim_data_dir
from contract.environment import Environment, SettingError
from contract.error_reports import start_error_reports
from contract.files import restrict_new_files, spool_folder
from contract.kafka_log import KafkaTopic
from contract.logs import print_as_logged, start_logging
from contract.redis_fault import raise_fault
from contract.secret import collector_secret
from contract.version import command_line

_REDIS_SECONDS = 1.0
_GC_THRESHOLD = 100_000
_SWITCH_SECONDS = 0.0005
_OPEN_FILES = 1_024
"""Enough for all connections of the socket, and the spool. The default of macOS is 256."""

log = logging.getLogger("collector")


def main() -> None:
    """Collect until a signal. A problem that a person must solve is one line and exit code 1."""
    network = _network_of_arguments()
    restrict_new_files()
    load_dotenv()
    # Thousands of posts are alive at once, and none is in a cycle. A frequent search for cycles would be wasted.
    gc.set_threshold(_GC_THRESHOLD)
    # The event loop needs the interpreter only for moments, after each system call. With the default of 5 ms, a busy
    # ingest thread slows the server to a fifth.
    sys.setswitchinterval(_SWITCH_SECONDS)
    settings = Environment(os.environ)
    try:
        start_logging("collector", settings)
        print_as_logged("collector", settings)
        start_error_reports("collector", settings)
        config = Config.from_env(settings, network)
        _allow_open_files()
        config.data_dir.mkdir(parents=True, exist_ok=True)
        claim_data_dir(config.data_dir)
        languages = LanguageFollower(config.data_dir / "tracked_languages.json", config.source)
        secret = collector_secret(config.data_dir, config.collector_secret)
        stream = _stream(config, languages)
        asyncio.run(_collect(config, stream, LogServer(stream.log, secret), languages))
    except (SettingError, AuthorKeyError, LogInUseError, LogCorruptionError, _AddressError) as error:
        sys.exit(f"collector: {error}")
    except OSError as error:
        sys.exit(f"collector: {explained(error)}")


def _network_of_arguments() -> str:
    """Return the network to collect, empty for the only name of SOURCE."""
    parser = command_line("python -m collector", "Collect the posts of SOURCE until a signal, and serve them.")
    parser.add_argument("network", nargs="?", default="", help="which of several networks of SOURCE to collect")
    return str(parser.parse_args().network)


@dataclass(frozen=True)
class _Stream:
    """A source, the log of its posts, how an operator restarts it, and the keys of the posts' authors."""

    source: PostSource
    log: Log
    restart: str
    keys: AuthorKeys


def _stream(config: Config, languages: LanguageFollower) -> _Stream:
    """Return the stream that this process collects.

    Raises:
        LogInUseError, LogCorruptionError, AuthorKeyError, OSError: its files cannot be used.
    """
    is_recording = config.source == "replay"
    keys = RecordingKeys(config.data_dir) if is_recording else LiveKeys(config.data_dir, config.day_grace)
    source = _source(config, languages, keys.hash_author)
    if config.log_topic is None:
        folder = spool_folder(config.data_dir, source.name)
        stream: Log = _spool(config, source, folder)
        restart = f"run `{restart_command(folder)}` in DATA_DIR and restart"
    else:
        stream = _kafka_log(config.log_topic, source, config.day_grace)
        restart = "set LOG_URL to a topic of another name and restart"
    keys.load(source.name, stream.committed)
    return _Stream(source, stream, restart, keys)


def _kafka_log(topic: KafkaTopic, source: PostSource, day_grace: timedelta) -> Log:
    """Return the source's log in Kafka.

    Raises:
        SettingError: the topic would lose posts.
        LogInUseError, OSError: another collector has it, or Kafka is away.
    """
    from collector.log.kafka import KafkaLog  # its client library is installed only where LOG_URL is set

    return KafkaLog(topic, source.name, day_grace)


def _source(config: Config, languages: LanguageFollower, hash_author: AuthorHash) -> PostSource:
    """Return the source that this process collects. ``languages`` holds the tracked ones and the words for X's rules.

    Raises:
        OSError: the recording cannot be read.
    """
    if config.source == "replay" and config.replay_file is not None:
        return ReplaySource(config.replay_file, config.replay_speed, config.replay_shift == "now", hash_author)
    if config.source == "x":
        client = partial(XClient, config.x_bearer_token, config.x_api_url)
        rules = None if config.x_stream == "sample" else partial(_x_rules, languages)
        return XSource(client, config.x_monthly_post_budget, rules, hash_author)
    if config.source == "mastodon":
        return MastodonSource(config.mastodon_servers, config.mastodon_with_bots, hash_author)
    if config.kafka_topic is not None:
        return _kafka_source(config.kafka_topic, hash_author, config.day_grace)
    if config.source == "bluesky":
        return BlueskySource(config.jetstream_urls, config.jetstream_version, hash_author)
    return SimulatorSource(config.simulator_seed, config.simulator_posts_per_second)


def _kafka_source(topic: KafkaTopic, hash_author: AuthorHash, day_grace: timedelta) -> PostSource:
    from collector.sources.kafka.source import KafkaSource  # its client library is installed only where Kafka is used

    return KafkaSource(topic, hash_author, day_grace)


def _x_rules(languages: LanguageFollower) -> list[Rule]:
    words = languages.x_words()
    return rules_for(languages.tracked(), words.terms, words.countries)


def _spool(config: Config, source: PostSource, folder: Path) -> Spool:
    """Return the source's spool. Restart a live stream that needs it.

    Raises:
        LogInUseError, LogCorruptionError, OSError: the spool cannot be used.
    """
    finish_restart(folder, config.data_dir)
    spool = Spool(folder, source.name, config.spool_max_bytes)
    now = datetime.now(UTC)
    if source.is_live and needs_restart(spool, now, config.day_grace):
        return restart_stream(spool, config.data_dir, config.spool_max_bytes, now, config.day_grace)
    return spool


def _allow_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def explained(error: OSError) -> str:
    """Return one line about an error of the system, with the command that helps if there is one."""
    line = f"{error.filename or 'the system'}: {error.strerror}"
    if not isinstance(error, PermissionError) or not error.filename:
        return line
    path = shlex.quote(str(error.filename))
    return f"{line}: give it to the user that runs this: chown -R {os.geteuid()} {path} && chmod -R u+rwX {path}"


class _AddressError(RuntimeError):
    """The collector cannot listen on its address. The message is one line."""


async def _collect(config: Config, stream: _Stream, server: LogServer, languages: LanguageFollower) -> None:
    """Run all parts until a signal or a failure of the ingest thread. Then commit and stop.

    Raises:
        SettingError: Redis refuses REDIS_URL.
        _AddressError: the address is taken.
        Exception: the failure of the ingest thread.
    """
    loop = asyncio.get_running_loop()
    stop = threading.Event()
    await _check_redis(config.redis_url)
    listening = await _listen(server, config.address)
    source, stream_log = stream.source, stream.log
    ingest = _ingest(config, stream, server, languages)
    clock_problem = partial(ingest.clock_problem, restart=stream.restart)
    log.info("%s on %s from offset %d", source.name, address_text(config.address), stream_log.committed.end)
    async with _redis(config.redis_url) as languages_redis, _redis(config.redis_url) as status_redis:
        tasks = [
            asyncio.create_task(languages.follow(languages_redis)),
            asyncio.create_task(announce(status_redis, source.name, config.running_beside(source.name))),
            asyncio.create_task(report(status_redis, source, lambda: ingest.state, stream_log, clock_problem)),
        ]
        collecting = asyncio.create_task(asyncio.to_thread(ingest.run, stop))
        await asyncio.wait([collecting, asyncio.create_task(_signal(loop))], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, server.close(), return_exceptions=True)
        await collecting
    stream_log.close()


def _ingest(config: Config, stream: _Stream, server: LogServer, languages: LanguageFollower) -> Ingest:
    """Return the ingest. Each commit updates the drops of the day and wakes the server's followers."""
    source, stream_log, keys = stream.source, stream.log, stream.keys
    loop = asyncio.get_running_loop()
    dropped_days = DroppedDays(config.data_dir, source.name, stream_log.committed)

    def on_commit() -> None:
        dropped_days.on_commit(stream_log.committed)
        keys.forget(stream_log.committed)
        loop.call_soon_threadsafe(server.wake_followers)

    ingest = Ingest(source, stream_log, config.day_grace, languages.tracked, on_commit)
    ingest.before_commit = keys.store
    return ingest


async def _signal(loop: asyncio.AbstractEventLoop) -> None:
    """Return at the first SIGTERM or SIGINT."""
    received = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, received.set)
    await received.wait()


async def _listen(server: LogServer, address: Address) -> asyncio.Server:
    try:
        return await server.start(address)
    except OSError as error:
        raise _AddressError(
            f"{address_text(address)} cannot be listened on ({error.strerror}): stop what uses it, or set another "
            "COLLECTOR_ADDRESS, or COLLECTOR_BIND_ADDRESS"
        ) from error


async def _check_redis(url: str) -> None:
    """Connect to Redis once.

    Raises:
        SettingError: it refuses REDIS_URL. A Redis that is away is no error.
    """
    try:
        async with _redis(url) as redis:
            await redis.ping()
    except Exception as error:  # noqa: BLE001 - a Redis that is away is waited for
        raise_fault(error)


def _redis(url: str) -> Redis:
    """Return a client with short timeouts and without retries: its callers handle outages themselves."""
    return Redis.from_url(
        url,
        socket_connect_timeout=_REDIS_SECONDS,
        socket_timeout=_REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


if __name__ == "__main__":
    main()
