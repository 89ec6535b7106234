"""``python -m tests.containers``: builds the images and runs every service of docker/compose.yaml in a container.

They start in the worst order: the site and streaming first, Redis and PostgreSQL last. Then the board must have bars,
the first admin must be able to log in, and nothing may be writable or public that need not be. Each container is killed
once and must come back, and the counts must go on. Where containers cannot run, it prints why and succeeds.
"""

import fcntl
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.containers import images
from tests.containers.board import Board
from tests.containers.podman import CACHE, FailedError, Podman, UnusableError, require_tools
from tests.containers.stack import USER, Stack, wait_until

OWN = ("site", "streaming", "collector", "archive")
SERVICES = (*OWN, "caddy", "redis", "postgres")
SECRETS = ("admin_password", "collector_secret", "database_password", "redis_password", "secret_key")
_MOST_SECONDS = 1_800
_started = time.monotonic()


def main() -> int:
    """Run everything; return the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("containers: stopped"))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"containers: FAILED: not done after {_MOST_SECONDS} s"))
    signal.alarm(_MOST_SECONDS)
    try:
        require_tools()
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / "lock").open("w") as lock, tempfile.TemporaryDirectory(prefix="ts-", dir="/var/tmp") as name:
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder = Path(name)
            podman = Podman(folder)
            images.build_all(podman, folder, log)
            run(Stack(podman, folder))
    except UnusableError as reason:
        print(f"containers: skipped: {reason}")
    except FailedError as failure:
        print(f"containers: FAILED: {failure}", file=sys.stderr)
        return 1
    return 0


def log(what: str) -> None:
    """Print what is done now."""
    print(f"containers: {time.monotonic() - _started:4.0f} s: {what}", flush=True)


def run(stack: Stack) -> None:
    """Start the services in the worst order, check them, and remove them.

    Raises:
        FailedError: a check failed.
    """
    try:
        for services in (
            ("site", "streaming", "archive", "caddy"),
            ("collector", "prepare"),
            ("postgres",),
            ("redis",),
        ):
            log(f"starting {', '.join(services)}")
            stack.up(*services)
        board = check_board(stack)
        check_walls(stack)
        log("memory: " + ", ".join(stack.memory(SERVICES).splitlines()))
        for service in SERVICES:
            check_recovery(stack, board, service)
        check_secrets(stack)
    except FailedError:
        for service in (*SERVICES, "prepare"):
            print(f"--- {service}\n{stack.logs(service)[-2_000:]}", file=sys.stderr)
        raise
    finally:
        stack.down()
    log("every check passed")


def check_board(stack: Stack) -> Board:
    """Check that the board has bars and that the first admin can log in; return it."""
    path = "/data/caddy/pki/authorities/local/root.crt"
    wait_until(lambda: stack.execute("caddy", "cat", path), "Caddy has a certificate")
    board = Board(stack.address, stack.execute("caddy", "cat", path))
    wait_until(board.posts, "posts are counted")
    _expect(board.has_bars(), "the WebSocket sends the bars")
    log(f"the board has bars, of {board.posts()} posts")
    wait_until(lambda: board.logs_in("admin", stack.secret("admin_password")), "the first admin can log in")
    for service in SERVICES:
        wait_until(lambda service=service: stack.is_healthy(service), f"{service} is healthy")
    log("the first admin has logged in, and every health check is good")
    return board


def check_walls(stack: Stack) -> None:
    """Check what each container must not be able to do."""
    for service in OWN:
        _expect(stack.execute(service, "sh", "-c", "echo $(id -u):$(id -g)").strip() == USER, f"{service} is {USER}")
        found = stack.execute(service, "sh", "-c", "command -v cc gcc make apt-get || true")
        _expect("cc" not in found and "make" not in found, f"{service} has no compiler")
    for service in ("site", "collector", "archive"):
        found = stack.execute(service, "sh", "-c", "command -v java; python -c 'import pyspark' 2>&1 || true")
        _expect("No module named" in found and "java" not in found, f"{service} has neither Spark nor Java")
    for service in SERVICES:
        found = stack.execute(service, "sh", "-c", "touch /srv/x /usr/x /x 2>&1 || true")
        _expect(found.count("Read-only file system") >= 2, f"the root of {service} is read-only")
        _expect(
            stack.execute(service, "grep", "NoNewPrivs", "/proc/1/status").split()[1] == "1", f"{service} gains none"
        )
        effective = stack.execute(service, "grep", "CapEff", "/proc/1/status").split()[1]
        allowed = 1 << 10 if service == "caddy" else 0  # NET_BIND_SERVICE
        _expect(int(effective, 16) == allowed, f"{service} has no other capabilities than {allowed:x}")
        _expect(stack.inspect(service, "{{.HostConfig.Memory}}") != "0", f"{service} has a memory limit")
    seen = stack.execute("site", "ls", "/var/lib/trendsite")
    _expect("spool" not in seen and "counts" not in seen, f"the site sees nothing of the pipeline, but {seen}")
    ports = {service: stack.inspect(service, "{{range .NetworkSettings.Ports}}{{.}}{{end}}") for service in SERVICES}
    public = {service for service, found in ports.items() if "{" in found}
    _expect(public == {"site", "caddy"}, f"only site and Caddy have ports, not {public}")
    _expect("{127.0.0.1 " in ports["site"], "the port of the site is for this machine only")
    log("nothing is writable, public or privileged that need not be")


def check_recovery(stack: Stack, board: Board, service: str) -> None:
    """Kill a container; check that it comes back, that the counts go on, and that none is lost."""
    before = board.posts()
    started = time.monotonic()
    stack.kill(service)
    # What was counted before the kill may still arrive.
    seen = [before, board.posts()]
    wait_until(lambda: stack.is_healthy(service), f"{service} is healthy after it was killed")
    reached = max(seen)

    def goes_on() -> bool:
        seen.append(board.posts())
        return seen[-1] > reached

    wait_until(goes_on, f"counts go on after {service} was killed")
    shown = [posts for posts in seen if posts]
    _expect(shown == sorted(shown), f"counts never step back: {shown}")
    log(f"{service} was killed, and counts went on after {time.monotonic() - started:.0f} s")


def check_secrets(stack: Stack) -> None:
    """Check that no secret is in a log, or in what everyone who may ask podman can see."""
    for service in (*SERVICES, "prepare"):
        seen = stack.logs(service) + stack.inspect(service, "{{json .}}")
        leaked = [name for name in SECRETS if stack.secret(name) in seen]
        _expect(not leaked, f"no secret is in the log or the settings of {service}, but {leaked} is")


def _expect(is_so: bool, what: str) -> None:
    if not is_so:
        raise FailedError(f"it is not so that {what}")


if __name__ == "__main__":
    sys.exit(main())
