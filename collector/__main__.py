"""The collector's process: settings, wiring, signals. Run as ``python -m collector``."""

import asyncio
import gc
import logging
import os
import shlex
import signal
import sys
import threading

from dotenv import load_dotenv
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from collector.authors import AuthorKeyError, author_hash, author_key
from collector.commit_log import SpoolCorruptionError
from collector.config import Config
from collector.dropped_days import DroppedDays
from collector.ingest import Ingest
from collector.languages import Languages
from collector.server import Server
from collector.sources.choice import source_of
from collector.sources.source import Source
from collector.spool import Spool, SpoolInUseError
from collector.status import report
from contract.data_folders import spool_folder
from contract.environment import Environment, SettingError

_REDIS_SECONDS = 1.0
_GC_THRESHOLD = 100_000
_SWITCH_SECONDS = 0.0005

log = logging.getLogger("collector")


def main() -> None:
    """Collect until a signal says stop; a condition that a person must change is one line and exit code 1."""
    load_dotenv()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    # Thousands of posts are alive at once and none is in a cycle; looking for cycles often is wasted.
    gc.set_threshold(_GC_THRESHOLD)
    # The event loop needs the interpreter for moments only, after each of its system calls. At the usual 5 ms
    # a turn, a busy ingest thread slows what it serves to a fifth.
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        config = Config.from_env(Environment(os.environ))
        config.data_dir.mkdir(parents=True, exist_ok=True)
        languages = Languages(config.data_dir / "tracked_languages.json")
        hashed = author_hash(author_key(config.data_dir))
        source = source_of(config, languages, hashed)
        spool = Spool(spool_folder(config.data_dir, source.name), source.name, config.spool_max_bytes)
        asyncio.run(_collect(config, source, spool, languages))
    except (SettingError, AuthorKeyError, SpoolInUseError, SpoolCorruptionError, _AddressError) as error:
        sys.exit(f"collector: {error}")
    except OSError as error:
        sys.exit(f"collector: {explained(error)}")


def explained(error: OSError) -> str:
    """Return one line about what the system refused, with the command that helps where there is one."""
    line = f"{error.filename or 'the system'}: {error.strerror}"
    if not isinstance(error, PermissionError) or not error.filename:
        return line
    path = shlex.quote(str(error.filename))
    return f"{line}: give it to the user that runs this: chown -R {os.geteuid()} {path} && chmod -R u+rwX {path}"


class _AddressError(RuntimeError):
    """COLLECTOR_ADDRESS cannot be listened on. The message is one line."""


async def _collect(config: Config, source: Source, spool: Spool, languages: Languages) -> None:
    """Run the parts until a signal, or until the ingest thread fails; then commit and stop.

    Raises:
        _AddressError: the address is taken.
        Exception: whatever ended the ingest thread.
    """
    loop = asyncio.get_running_loop()
    stop = threading.Event()
    server = Server(spool)
    listening = await _listen(server, config.address)
    dropped_days = DroppedDays(config.data_dir, source.name, spool.committed.clock, spool.committed.counts.dropped)

    def on_commit() -> None:
        dropped_days.committed(spool.committed.clock, spool.committed.counts.dropped)
        loop.call_soon_threadsafe(server.wake_followers)

    ingest = Ingest(source, spool, config.day_grace, languages.tracked, on_commit)
    log.info("%s on %s:%d from offset %d", source.name, *config.address, spool.committed.end)
    async with _redis(config.redis_url) as languages_redis, _redis(config.redis_url) as status_redis:
        tasks = [
            asyncio.create_task(languages.follow(languages_redis)),
            asyncio.create_task(report(status_redis, source, lambda: ingest.state, spool)),
        ]
        collecting = asyncio.create_task(asyncio.to_thread(ingest.run, stop))
        await asyncio.wait([collecting, asyncio.create_task(_signal(loop))], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, server.close(), return_exceptions=True)
        await collecting
    spool.close()


async def _signal(loop: asyncio.AbstractEventLoop) -> None:
    """Return at the first signal to stop."""
    received = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, received.set)
    await received.wait()


async def _listen(server: Server, address: tuple[str, int]) -> asyncio.Server:
    host, port = address
    try:
        return await server.start(host, port)
    except OSError as error:
        raise _AddressError(
            f"COLLECTOR_ADDRESS={host}:{port} cannot be listened on ({os.strerror(error.errno or 0)}): "
            "stop what uses it, or set another"
        ) from error


def _redis(url: str) -> Redis:
    """Return a client that gives up soon: its callers know what to do without Redis.

    Raises:
        SettingError: the URL is not one.
    """
    try:
        return Redis.from_url(
            url,
            socket_connect_timeout=_REDIS_SECONDS,
            socket_timeout=_REDIS_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError as error:
        raise SettingError("REDIS_URL is not usable: give redis://host:port/0 or unix:///path") from error


if __name__ == "__main__":
    main()
