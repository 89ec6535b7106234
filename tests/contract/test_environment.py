import os
import subprocess
import sys
from pathlib import Path

import pytest

from contract.environment import (
    Environment,
    SettingError,
    foreign_variables,
    remove_foreign_variables,
    with_password,
)

FOREIGN = {
    "SPARK_HOME": "/opt/spark-2",
    "SPARK_CONF_DIR": "/nowhere",
    "SPARK_LOCAL_IP": "203.0.113.1",
    "PYSPARK_PYTHON": "/nowhere/python",
    "PYSPARK_DRIVER_PYTHON": "jupyter",
    "PYSPARK_SUBMIT_ARGS": "--master yarn pyspark-shell",
    "HADOOP_CONF_DIR": "/nowhere",
    "JAVA_TOOL_OPTIONS": "-Xbogus",
    "_JAVA_OPTIONS": "-Xbogus",
    "JDK_JAVA_OPTIONS": "-Xbogus",
    "PYTHONPATH": "/nowhere",
    "PYTHONSTARTUP": "/nowhere",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "DJANGO_SETTINGS_MODULE": "their.settings",
    "LC_ALL": "xx_YY",
    "LANG": "C",
}
OWN = {
    "SPARK_MASTER": "local[2]",
    "SPARK_MEMORY_MB": "480",
    "JAVA_HOME": "/java",
    "PYTHON": "python",
    "TZ": "Asia/Tokyo",
}


def test_unset_and_empty_settings_have_their_defaults():
    env = Environment({"PORT": " "})
    assert env.integer("PORT", 8000, 1, 65_535) == 8000
    assert (env.sources(), env.collector_addresses()) == (["simulator"], [("127.0.0.1", 5555)])
    assert env.data_dir() == Path("var").resolve()
    assert env.redis_url() == f"unix://{Path('var').resolve()}/redis.sock"


@pytest.mark.parametrize(
    ("read", "name", "value"),
    [
        (lambda env: env.integer("PORT", 8000, 1, 65_535), "PORT", "eighty"),
        (lambda env: env.integer("PORT", 8000, 1, 65_535), "PORT", "70000"),
        (lambda env: env.integer("PORT", 8000, 1, 65_535), "PORT", "²"),
        (lambda env: env.integer("PORT", 8000, 1, 65_535), "PORT", "-"),
        (lambda env: env.integer("PORT", 8000, 1, 65_535), "PORT", "--5"),
        (lambda env: env.integer("PORT", 8000, 1, 65_535), "PORT", "9" * 5_000),
        (lambda env: env.number("REPLAY_SPEED", 1, 0, 1e6), "REPLAY_SPEED", "fast"),
        (lambda env: env.number("REPLAY_SPEED", 1, 0, 1e6), "REPLAY_SPEED", "nan"),
        (lambda env: env.choice("SOURCE", "simulator", ("simulator", "x")), "SOURCE", "twitter"),
        (lambda env: env.collector_addresses(), "COLLECTOR_ADDRESS", "localhost"),
        (lambda env: env.collector_addresses(), "COLLECTOR_ADDRESS", "localhost:0"),
        (lambda env: env.collector_addresses(), "COLLECTOR_ADDRESS", "::1:5555"),
        (lambda env: env.collector_listen_addresses(), "COLLECTOR_BIND_ADDRESS", "0.0.0.0:5555"),
        (lambda env: env.sources(), "SOURCE", "bluesky,fax"),
        (lambda env: env.sources(), "SOURCE", "x,bluesky,x"),
        (lambda env: env.sources(), "SOURCE", "simulator,bluesky"),
        (lambda env: env.sources(), "SOURCE", "x,replay"),
        (lambda env: env.collector_addresses(), "COLLECTOR_ADDRESS", "a:5555,b:5555"),
        (lambda env: env.bind_address(), "BIND_ADDRESS", "every where"),
        (lambda env: env.bind_address(), "BIND_ADDRESS", "127.0.0.1:8000"),
        (lambda env: env.bind_address(), "BIND_ADDRESS", "*"),
        (lambda env: env.hosts("ALLOWED_HOSTS", "localhost"), "ALLOWED_HOSTS", "https://board.example"),
        (lambda env: env.hosts("ALLOWED_HOSTS", "localhost"), "ALLOWED_HOSTS", "a, b.example:8000"),
        (lambda env: env.hosts("ALLOWED_HOSTS", "localhost"), "ALLOWED_HOSTS", "a b"),
        (lambda env: env.hosts("ALLOWED_HOSTS", "localhost"), "ALLOWED_HOSTS", "::1"),
        (lambda env: env.hosts("ALLOWED_HOSTS", "localhost"), "ALLOWED_HOSTS", "board.example/trends"),
        (lambda env: env.hosts("ALLOWED_HOSTS", "localhost"), "ALLOWED_HOSTS", " , "),
        (lambda env: env.secret("SECRET_KEY"), "SECRET_KEY", "x"),
        (lambda env: env.secret("SECRET_KEY"), "SECRET_KEY", "x" * 64),
        (lambda env: env.secret("SECRET_KEY"), "SECRET_KEY", "abcabcabcabcabcabcabcabcabcabcabcabcabc"),
        (lambda env: env.secret("SECRET_KEY"), "SECRET_KEY", "abcdefgh" * 5),
        (lambda env: env.secret("SECRET_KEY"), "SECRET_KEY", "django-insecure-8f!k2x9q0s7w3m5n1b4v6c8z"),
        (lambda env: env.secret("SECRET_KEY"), "SECRET_KEY", "please-CHANGEME-before-you-go-to-production"),
        (lambda env: env.required("X_BEARER_TOKEN", "X asks for one"), "X_BEARER_TOKEN", ""),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(read, name, value):
    with pytest.raises(SettingError, match=f"^{name}[^\n]*$"):
        read(Environment({name: value}))


def test_items_of_a_list_are_trimmed():
    env = Environment({"ALLOWED_HOSTS": " 127.0.0.1, board.example ,,[::1],.example.org, * ,my_box"})
    hosts = ["127.0.0.1", "board.example", "[::1]", ".example.org", "*", "my_box"]
    assert env.hosts("ALLOWED_HOSTS", "localhost") == hosts
    assert env.items("NOTHING") == []
    assert env.hosts("NOTHING", "localhost,127.0.0.1") == ["localhost", "127.0.0.1"]


def test_a_random_secret_is_accepted_and_never_shown():
    secret = "0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"
    assert Environment({"SECRET_KEY": secret}).secret("SECRET_KEY") == secret
    assert Environment({}).secret("SECRET_KEY") == ""
    with pytest.raises(SettingError) as refusal:
        Environment({"SECRET_KEY": "hunter2"}).secret("SECRET_KEY")
    assert "hunter2" not in str(refusal.value)


def test_a_secret_can_be_in_a_file(tmp_path):
    secret = tmp_path / "redis_password"
    secret.write_text("p/s@w:rd\n")
    env = Environment({"REDIS_URL": "redis://redis:6379/0", "REDIS_PASSWORD_FILE": str(secret)})
    assert env.text("REDIS_PASSWORD") == "p/s@w:rd"
    assert env.redis_url() == "redis://:p%2Fs%40w%3Ard@redis:6379/0"


def test_only_secrets_are_read_from_files(tmp_path):
    (tmp_path / "source").write_text("bluesky")
    assert Environment({"SOURCE_FILE": str(tmp_path / "source")}).sources() == ["simulator"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), ("", "has no text"), (" \n", "has no text"), (b"\xff\xfe", "has no text")],
)
def test_a_secret_file_that_cannot_be_used_is_named_in_one_line(tmp_path, content, words):
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SettingError) as refused:
        Environment({"SECRET_KEY_FILE": str(path)}).secret("SECRET_KEY")
    assert str(refused.value).startswith(f"SECRET_KEY_FILE='{path}' {words}")
    assert "\n" not in str(refused.value)


def test_a_secret_that_is_set_twice_is_refused(tmp_path):
    (tmp_path / "token").write_text("one")
    env = Environment({"X_BEARER_TOKEN": "other", "X_BEARER_TOKEN_FILE": str(tmp_path / "token")})
    with pytest.raises(SettingError, match="X_BEARER_TOKEN and X_BEARER_TOKEN_FILE are both set") as refused:
        env.text("X_BEARER_TOKEN")
    assert "other" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://host:6379/0", "redis://:new@host:6379/0"),
        ("rediss://reader@host:6379/0?ssl_ca_certs=/ca", "rediss://reader:new@host:6379/0?ssl_ca_certs=/ca"),
        ("redis://[::1]:6379", "redis://:new@[::1]:6379"),
        ("postgres://trendsite@postgres/trendsite", "postgres://trendsite:new@postgres/trendsite"),
        ("redis://:own@host:6379/0", "redis://:own@host:6379/0"),
        ("sqlite:////data/trendsite.sqlite3", "sqlite:////data/trendsite.sqlite3"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("redis://[broken", "redis://[broken"),
        ("", ""),
    ],
)
def test_a_password_of_its_own_goes_into_a_url_that_has_none(url, expected):
    assert with_password(url, "new") == expected
    assert with_password(url, "") == url


def test_variables_for_other_programs_are_removed_and_our_settings_stay():
    assert sorted(foreign_variables({**FOREIGN, **OWN})) == sorted(FOREIGN)
    environ = {**FOREIGN, **OWN}
    remove_foreign_variables(environ)
    assert environ.keys() == {*OWN, "PYTHONUTF8", "LC_ALL"}
    assert {name: environ[name] for name in OWN} == OWN


def test_only_yarn_reads_the_folder_of_hadoops_settings():
    folder = {"HADOOP_CONF_DIR": "/etc/hadoop/conf"}
    assert foreign_variables({**folder, "SPARK_MASTER": "yarn"}) == []
    assert foreign_variables({**folder, "SPARK_MASTER": "spark://host:7077"}) == ["HADOOP_CONF_DIR"]


def test_programs_read_and_write_utf_8_whatever_the_locale():
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"}
    remove_foreign_variables(environ)
    said = subprocess.run([sys.executable, "-c", "print('日本')"], env=environ, capture_output=True, check=True).stdout
    assert said == "日本\n".encode()


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("", [("127.0.0.1", 5555), ("127.0.0.1", 5556), ("127.0.0.1", 5557)]),
        ("[::1]:7000", [("::1", 7000), ("::1", 7001), ("::1", 7002)]),
        ("a:5555, b:5555,c:5556", [("a", 5555), ("b", 5555), ("c", 5556)]),
    ],
)
def test_each_network_has_a_collector_address_of_its_own(value, addresses):
    env = Environment({"SOURCE": "x, mastodon,bluesky", "COLLECTOR_ADDRESS": value})
    assert env.sources() == ["x", "mastodon", "bluesky"]
    assert env.collector_addresses() == addresses


@pytest.mark.parametrize(("bind", "host"), [("", "collector.internal"), ("0.0.0.0", "0.0.0.0"), ("[::]", "::")])
def test_a_collector_may_listen_at_another_address_than_its_readers_connect_to(bind, host):
    values = {"SOURCE": "x,bluesky", "COLLECTOR_ADDRESS": "collector.internal:5555", "COLLECTOR_BIND_ADDRESS": bind}
    env = Environment(values)
    assert env.collector_addresses() == [("collector.internal", 5555), ("collector.internal", 5556)]
    assert env.collector_listen_addresses() == [(host, 5555), (host, 5556)]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a:1,b:2", "has 2 addresses and SOURCE 3 names"),
        ("a:1,b:2,a:1", "an address twice"),
        ("a:65534", "no ports for the other networks"),
    ],
)
def test_addresses_that_do_not_fit_the_networks_are_refused_in_one_line(value, words):
    env = Environment({"SOURCE": "x,mastodon,bluesky", "COLLECTOR_ADDRESS": value})
    with pytest.raises(SettingError, match=words) as refusal:
        env.collector_addresses()
    assert "\n" not in str(refusal.value)
