"""Google Cloud Storage's JSON API, as far as the archive uses it: one bucket."""

import base64
import json
import re

import google_crc32c

from tests.trendsite.archive.storages.stand_in import CHANGED_AT, Handler, StandIn, listed

GOOGLE_BUCKET = "made-up-bucket"


class GoogleStandIn(StandIn):
    """Uploads in pieces by their number."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.uploads: dict[str, tuple[str, bytearray]] = {}


class _Handler(Handler):
    server: GoogleStandIn

    def do_GET(self) -> None:
        self.read_request()
        objects = f"/storage/v1/b/{GOOGLE_BUCKET}/o"
        if self.where == objects:
            self._list()
        elif self.where.startswith(f"/download{objects}/"):
            self._download(self.where.removeprefix(f"/download{objects}/"))
        elif self.where.startswith(f"{objects}/"):
            self._describe(self.where.removeprefix(f"{objects}/"))
        else:
            self._refuse("The specified bucket does not exist.")

    def do_POST(self) -> None:
        self.read_request()
        if self.where != f"/upload/storage/v1/b/{GOOGLE_BUCKET}/o":
            self._refuse("The specified bucket does not exist.")
        elif self.query["uploadType"] == "resumable":
            number = str(len(self.server.uploads))
            self.server.uploads[number] = (json.loads(self.body)["name"], bytearray())
            self.answer(200, Location=f"{self.server.address}{self.raw_where}?upload_id={number}")
        else:
            boundary = re.search('boundary="?([^";]+)', self.headers["Content-Type"])
            assert boundary
            _, described, content, _ = self.body.split(b"--" + boundary[1].encode())
            name = json.loads(described.partition(b"\r\n\r\n")[2])["name"]
            self.server.objects[name] = content.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
            self._describe(name)

    def do_PUT(self) -> None:
        self.read_request()
        name, content = self.server.uploads[self.query["upload_id"]]
        content += self.body
        total = self.headers["Content-Range"].rpartition("/")[2]
        if total.isdigit() and int(total) == len(content):
            self.server.objects[name] = bytes(content)
            self._describe(name)
        else:
            self.answer(308, Range=f"bytes=0-{len(content) - 1}")

    def do_DELETE(self) -> None:
        self.read_request()
        found = self.server.objects.pop(self.where.partition("/o/")[2], None)
        self.answer(204) if found is not None else self._refuse("No such object")

    def _describe(self, name: str) -> None:
        if name in self.server.objects:
            self._answer_json(self._description(name))
        else:
            self._refuse("No such object")

    def _description(self, name: str) -> dict[str, object]:
        content = self.server.objects[name]
        return {
            "kind": "storage#object",
            "bucket": GOOGLE_BUCKET,
            "name": name,
            "size": str(len(content)),
            "crc32c": _checksum(content),
            "updated": f"{CHANGED_AT:%Y-%m-%dT%H:%M:%SZ}",
            "timeCreated": f"{CHANGED_AT:%Y-%m-%dT%H:%M:%SZ}",
        }

    def _list(self) -> None:
        names, prefixes = listed(list(self.server.objects), self.query)
        self._answer_json({"items": [self._description(name) for name in names], "prefixes": prefixes})

    def _download(self, name: str) -> None:
        content = self.server.objects[name]
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first, last = (int(wanted[1]), int(wanted[2] or len(content) - 1)) if wanted else (0, len(content) - 1)
        if wanted and not content:
            self.answer(416, Content_Range="bytes */0")
            return
        piece = content[first : last + 1]
        length = {"Content_Range": f"bytes {first}-{first + len(piece) - 1}/{len(content)}"} if wanted else {}
        checksum = f"crc32c={_checksum(content)}"
        self.answer(206 if wanted else 200, piece, X_Goog_Hash=checksum, **length)

    def _answer_json(self, found: dict[str, object]) -> None:
        self.answer(200, json.dumps(found).encode(), Content_Type="application/json")

    def _refuse(self, message: str) -> None:
        error = {"error": {"code": 404, "message": message, "errors": [{"reason": "notFound", "message": message}]}}
        self.answer(404, json.dumps(error).encode(), Content_Type="application/json")


def _checksum(content: bytes) -> str:
    return base64.b64encode(google_crc32c.value(content).to_bytes(4, "big")).decode()
