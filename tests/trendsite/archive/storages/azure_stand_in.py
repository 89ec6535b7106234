"""Azure Blob Storage's REST API, as far as the archive uses it: one container of one account."""

import re
from email.utils import format_datetime
from urllib.parse import unquote
from xml.sax.saxutils import escape

from tests.trendsite.archive.storages.stand_in import CHANGED_AT, Handler, StandIn, listed

CONTAINER = "made-up-container"
ACCOUNT = "madeup"
SECRET = "bWFkZS11cC1rZXk="


class AzureStandIn(StandIn):
    """Blocks that no blob has yet, by blob and id."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.blocks: dict[tuple[str, str], bytes] = {}

    @property
    def connection_string(self) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={SECRET};"
            f"BlobEndpoint={self.address}/{ACCOUNT};"
        )


class _Handler(Handler):
    server: AzureStandIn

    def do_PUT(self) -> None:
        name = self._name()
        if name is None:
            self._refuse("ContainerNotFound")
        elif self.query.get("comp") == "block":
            self.server.blocks[name, self.query["blockid"]] = self.body
            self._answer(201)
        elif self.query.get("comp") == "blocklist":
            ids = re.findall("<Latest>([^<]+)</Latest>", self.body.decode())
            self.server.objects[name] = b"".join(self.server.blocks.pop((name, unquote(block))) for block in ids)
            self._answer(201)
        else:
            self.server.objects[name] = self.body
            self._answer(201)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name = self._name()
        if name is None:
            self._refuse("ContainerNotFound")
        elif self.query.get("comp") == "list":
            self._list()
        elif name not in self.server.objects:
            self._refuse("BlobNotFound")
        else:
            self._read(self.server.objects[name])

    def do_DELETE(self) -> None:
        name = self._name()
        if self.server.objects.pop(name or "", None) is None:
            self._refuse("BlobNotFound")
        else:
            self._answer(202)

    def _name(self) -> str | None:
        """The name of the blob, empty for the container; None for another container."""
        self.read_request()
        root = f"/{ACCOUNT}/{CONTAINER}"
        return self.where.removeprefix(root).lstrip("/") if f"{self.where}/".startswith(f"{root}/") else None

    def _read(self, content: bytes) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("x-ms-range", ""))
        if wanted and self.command == "GET" and not content:
            self._refuse("InvalidRange", 416)
            return
        headers = {"x_ms_blob_type": "BlockBlob", "Accept_Ranges": "bytes"}
        if wanted and self.command == "GET":
            first, last = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
            headers["Content_Range"] = f"bytes {first}-{last}/{len(content)}"
            self._answer(206, content[first : last + 1], **headers)
        else:
            self._answer(200, content, **headers)

    def _list(self) -> None:
        names, prefixes = listed(list(self.server.objects), self.query)
        blobs = "".join(
            f"<Blob><Name>{escape(name)}</Name><Properties><BlobType>BlockBlob</BlobType></Properties></Blob>"
            for name in names
        )
        folders = "".join(f"<BlobPrefix><Name>{escape(name)}</Name></BlobPrefix>" for name in prefixes)
        found = f"<EnumerationResults><Blobs>{blobs}{folders}</Blobs><NextMarker /></EnumerationResults>"
        self._answer(200, b'<?xml version="1.0" encoding="utf-8"?>' + found.encode(), Content_Type="application/xml")

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        known = {"ETag": '"0x1"', "Last_Modified": format_datetime(CHANGED_AT, usegmt=True)}
        self.answer(status, body, **known, **headers)

    def _refuse(self, code: str, status: int = 404) -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
        self.answer(status, body, x_ms_error_code=code, Content_Type="application/xml")
