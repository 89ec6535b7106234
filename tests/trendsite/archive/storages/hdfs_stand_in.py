"""WebHDFS as its documentation describes it: a name node that redirects, and a data node that takes and gives content.

Tests can make it fail.
"""

import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

from tests.trendsite.archive.storages.stand_in import CHANGED_AT, Handler, StandIn

_PIECE_BYTES = 65_536

Fault = Callable[["_Handler"], bool]
"""Answers a request in place of the server and returns whether it did."""


class HdfsStandIn(StandIn):
    """The permission of each file, and faults: the first that answers a request is used up.

    Without ``keeps_content`` it knows only the size of each file, and gives zeros.
    """

    def __init__(self, is_httpfs: bool = False) -> None:
        super().__init__(_Handler)
        self.is_httpfs = is_httpfs
        self.users: set[str] = set()
        self.permissions: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.keeps_content = True
        self.sizes: dict[str, int] = {}


def refuses(operation: str, status: int, exception: str, message: str = "no") -> Fault:
    """A fault: the operation is refused with a remote exception."""

    def fault(handler: "_Handler") -> bool:
        if handler.query.get("op") != operation:
            return False
        handler.refuse(status, exception, message)
        return True

    return fault


def cuts(operation: str, after: int) -> Fault:
    """A fault: the data node closes the connection after so many bytes of a file, or before it answers a CREATE."""

    def fault(handler: "_Handler") -> bool:
        if handler.query.get("op") != operation or not handler.where.startswith("/datanode"):
            return False
        if operation == "OPEN":
            content = handler.server.objects[handler.name][int(handler.query["offset"]) :]
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content[:after])
        handler.close_connection = True
        return True

    return fault


class _Handler(Handler):
    server: HdfsStandIn

    def do_GET(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def read_body(self, length: int) -> bytes:
        if self.server.keeps_content:
            return super().read_body(length)
        self.swallowed = length
        while length:
            length -= len(self.rfile.read(min(length, _PIECE_BYTES)))
        return b""

    def _serve(self) -> None:
        self.read_request()
        self.name = self.where.partition("/webhdfs/v1")[2]
        operation = self.query.get("op", "")
        self.server.users.add(self.query.get("user.name", ""))
        for fault in self.server.faults:
            if fault(self):
                self.server.faults.remove(fault)
                return
        known = {
            ("GET", "GETFILESTATUS"): self._status,
            ("GET", "LISTSTATUS"): self._list,
            ("GET", "OPEN"): self._open,
            ("PUT", "CREATE"): self._create,
            ("PUT", "RENAME"): self._rename,
            ("DELETE", "DELETE"): self._delete,
        }
        serve = known.get((self.command, operation))
        serve() if serve else self.refuse(
            400, "IllegalArgumentException", f"Invalid value for webhdfs parameter {operation}"
        )

    def refuse(self, status: int, exception: str, message: str) -> None:
        described = {"exception": exception, "javaClassName": f"org.apache.{exception}", "message": message}
        self._answer_json({"RemoteException": described}, status)

    def _status(self) -> None:
        if self._is_known(self.name):
            self._answer_json({"FileStatus": self._description(self.name, "")})
        else:
            self.refuse(404, "FileNotFoundException", f"File does not exist: {self.name}")

    def _list(self) -> None:
        folder = self.name.rstrip("/") + "/"
        names = sorted(
            {path.removeprefix(folder).partition("/")[0] for path in self.server.objects if path.startswith(folder)}
        )
        if names:
            found = [self._description(folder + name, name) for name in names]
            self._answer_json({"FileStatuses": {"FileStatus": found}})
        else:
            self.refuse(404, "FileNotFoundException", f"File {self.name} does not exist.")

    def _open(self) -> None:
        if self.name not in self.server.objects:
            self.refuse(404, "FileNotFoundException", f"File does not exist: {self.name}")
        elif not self._redirected():
            return
        elif self.name in self.server.sizes:
            self.answer(200, Content_Length=str(self.server.sizes[self.name]))
            for _ in range(0, self.server.sizes[self.name], _PIECE_BYTES):
                self.wfile.write(bytes(_PIECE_BYTES))
        else:
            content = self.server.objects[self.name][int(self.query.get("offset", 0)) :]
            self.answer(200, content, Content_Type="application/octet-stream")

    def _create(self) -> None:
        if self._redirected():
            self.server.objects[self.name] = self.body
            if not self.server.keeps_content:
                self.server.sizes[self.name] = self.swallowed
            self.server.permissions[self.name] = self.query.get("permission", "644")
            self.answer(201, Location=f"hdfs://namenode:8020{self.name}")

    def _redirected(self) -> bool:
        """Send the client to the data node; return whether it is there."""
        if self.where.startswith("/datanode"):
            return True
        target = f"{self.server.address}/datanode/webhdfs/v1{quote(self.name)}?{urlencode(self.query)}"
        self.answer(307, Location=target)
        return False

    def _rename(self) -> None:
        to = self.query["destination"]
        may_replace = self.query.get("renameoptions") == "OVERWRITE" and not self.server.is_httpfs
        is_done = self.name in self.server.objects and (may_replace or to not in self.server.objects)
        if is_done:
            self.server.objects[to] = self.server.objects.pop(self.name)
            self.server.permissions[to] = self.server.permissions.pop(self.name)
            if self.name in self.server.sizes:
                self.server.sizes[to] = self.server.sizes.pop(self.name)
        if may_replace and is_done:
            self.answer(200)
        elif may_replace:
            self.refuse(404, "FileNotFoundException", f"rename source {self.name} is not found.")
        else:
            self._answer_json({"boolean": is_done})

    def _delete(self) -> None:
        self._answer_json({"boolean": self.server.objects.pop(self.name, None) is not None})

    def _is_known(self, name: str) -> bool:
        return name in self.server.objects or any(
            path.startswith(name.rstrip("/") + "/") for path in self.server.objects
        )

    def _description(self, path: str, suffix: str) -> dict[str, object]:
        content = self.server.objects.get(path)
        return {
            "pathSuffix": suffix,
            "type": "DIRECTORY" if content is None else "FILE",
            "length": self.server.sizes.get(path, len(content or b"")),
            "modificationTime": int(CHANGED_AT.timestamp() * 1_000),
            "permission": self.server.permissions.get(path, "755"),
            "owner": "trendsite",
        }

    def _answer_json(self, found: dict[str, object], status: int = 200) -> None:
        self.answer(status, json.dumps(found).encode(), Content_Type="application/json")
