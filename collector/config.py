"""The collector's settings, read and checked once at start."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from contract.environment import Environment, SettingError

SOURCES = ("simulator", "replay", "x")
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Config:
    """Every setting of one collector process."""

    source: str
    data_dir: Path
    address: tuple[str, int]
    redis_url: str = field(repr=False)
    day_grace: timedelta
    spool_max_bytes: int
    simulator_seed: int
    simulator_posts_per_second: float
    replay_file: Path | None
    replay_speed: float
    replay_shift: str
    x_bearer_token: str = field(repr=False)
    x_api_url: str
    x_monthly_post_budget: int

    @classmethod
    def from_env(cls, env: Environment) -> "Config":
        """Return the settings.

        Raises:
            SettingError: a setting is missing or cannot be used.
        """
        source = env.choice("SOURCE", "simulator", SOURCES)
        return cls(
            source=source,
            data_dir=env.data_dir(),
            address=env.collector_address(),
            redis_url=env.redis_url(),
            day_grace=timedelta(seconds=env.integer("DAY_GRACE", 3600, 0, 43_200)),
            spool_max_bytes=env.integer("SPOOL_MAX_BYTES", 2048 * _MIB, _MIB, 2**50),
            simulator_seed=env.integer("SIMULATOR_SEED", 1, 0, 2**31 - 1),
            simulator_posts_per_second=env.number("SIMULATOR_POSTS_PER_SECOND", 250, 0, 20_000),
            replay_file=_replay_file(env) if source == "replay" else None,
            replay_speed=env.number("REPLAY_SPEED", 1, 0, 1_000_000),
            replay_shift=env.choice("REPLAY_SHIFT", "now", ("now", "none")),
            x_bearer_token=_bearer_token(env) if source == "x" else "",
            x_api_url=_http_url(env, "X_API_URL", "https://api.x.com"),
            x_monthly_post_budget=env.x_monthly_post_budget(),
        )


def _replay_file(env: Environment) -> Path:
    path = Path(env.required("REPLAY_FILE", "SOURCE=replay needs a file of posts")).expanduser().resolve()
    if not path.is_file():
        raise SettingError(f"REPLAY_FILE={str(path)!r} is not a file: give NDJSON, plain, .gz or .zst")
    try:
        path.open("rb").close()
    except OSError as error:
        raise SettingError(f"REPLAY_FILE={str(path)!r} cannot be read: {error.strerror}") from error
    return path


def _bearer_token(env: Environment) -> str:
    token = env.required("X_BEARER_TOKEN", "SOURCE=x needs the bearer token of an X app")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise SettingError("X_BEARER_TOKEN is not usable: it has characters no token has")
    return token


def _http_url(env: Environment, name: str, default: str) -> str:
    url = env.text(name, default).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise SettingError(f"{name}={url!r} is not usable: give http://... or https://...")
    return url
