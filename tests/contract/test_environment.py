from pathlib import Path

import pytest

from contract.environment import Environment, SettingError


def test_defaults_hold_for_what_is_unset_or_empty():
    env = Environment({"PORT": " "})
    assert env.integer("PORT", 8000, 1, 65_535) == 8000
    assert env.collector_address() == ("127.0.0.1", 5555)
    assert env.data_dir() == Path("var").resolve()
    assert env.redis_url() == f"unix://{Path('var').resolve()}/redis.sock"


@pytest.mark.parametrize(
    ("read", "name", "value"),
    [
        (lambda env: env.integer("PORT", 8000, 1, 65_535), "PORT", "eighty"),
        (lambda env: env.integer("PORT", 8000, 1, 65_535), "PORT", "70000"),
        (lambda env: env.integer("PORT", 8000, 1, 65_535), "PORT", "²"),
        (lambda env: env.integer("PORT", 8000, 1, 65_535), "PORT", "-"),
        (lambda env: env.number("REPLAY_SPEED", 1, 0, 1e6), "REPLAY_SPEED", "fast"),
        (lambda env: env.number("REPLAY_SPEED", 1, 0, 1e6), "REPLAY_SPEED", "nan"),
        (lambda env: env.choice("SOURCE", "simulator", ("simulator", "x")), "SOURCE", "twitter"),
        (lambda env: env.collector_address(), "COLLECTOR_ADDRESS", "localhost"),
        (lambda env: env.collector_address(), "COLLECTOR_ADDRESS", "localhost:0"),
        (lambda env: env.bind_address(), "BIND_ADDRESS", "everywhere"),
        (lambda env: env.required("X_BEARER_TOKEN", "X asks for one"), "X_BEARER_TOKEN", ""),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(read, name, value):
    with pytest.raises(SettingError, match=f"^{name}[^\n]*$"):
        read(Environment({name: value}))
