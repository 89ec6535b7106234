"""The code runs on macOS as well: it uses nothing of Python that only Linux has, without looking first."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("contract", "collector", "streaming", "trendsite", "launch")

LINUX_ONLY = {
    "os": {"eventfd", "fdatasync", "getrandom", "memfd_create", "pipe2", "posix_fadvise", "posix_fallocate"}
    | {"sched_getaffinity", "sched_setaffinity", "sendfile", "setns", "unshare", "O_DIRECT", "O_PATH", "O_TMPFILE"},
    "resource": {"prlimit"},
    "select": {"epoll"},
    "signal": {"sigtimedwait", "sigwaitinfo", "pidfd_send_signal", "SIGPWR"},
    "socket": {"AF_NETLINK", "SO_PEERCRED", "TCP_KEEPIDLE", "TCP_QUICKACK", "TCP_USER_TIMEOUT"},
}
"""Names of the standard library that macOS lacks, or has with another meaning."""


def uses(tree: ast.AST) -> Iterator[str]:
    """Yield the names of ``LINUX_ONLY`` that a module uses, less those that it looks for first (``hasattr``)."""
    looked_for = {
        call.args[1].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "hasattr"
        if isinstance(call.args[1], ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, name = node.value.id, node.attr
            if name in LINUX_ONLY.get(module, ()) and name not in looked_for:
                yield f"{module}.{name}"


def test_nothing_of_python_that_macos_lacks_is_used_without_looking_for_it():
    found = {
        f"{path.relative_to(ROOT)}: {use}"
        for part in PARTS
        for path in (ROOT / part).rglob("*.py")
        for use in uses(ast.parse(path.read_text()))
    }
    assert found == set()
