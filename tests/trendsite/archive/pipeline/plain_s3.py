"""An S3 server like older MinIO and Ceph: it refuses what it does not know, such as checksums."""

import hashlib
import re
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.trendsite.archive.storages.stand_in import StandIn, serving


class PlainS3(StandIn):
    """Its requests, as method, Host and path, and its objects by path."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.requests: list[tuple[str, str, str]] = []
        self.refused: list[str] = []
        self.parts: dict[str, dict[int, bytes]] = {}
        self.flips = False
        """Whether it stores one wrong bit of each object, though its answers say that all is well."""

    def store(self, path: str, body: bytes) -> None:
        wrong = bytes([body[0] ^ 1]) + body[1:]
        self.objects[path] = wrong if self.flips else body


def plain_s3() -> AbstractContextManager[PlainS3]:
    return serving(PlainS3())


class _Handler(BaseHTTPRequestHandler):
    server: PlainS3
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body, path, query = self._read()
        if unknown := self._unknown_headers():
            self.server.refused.extend(unknown)
            self._answer(400, b"<Error><Code>XAmzContentSHA256Mismatch</Code></Error>")
        elif "partNumber" in query:
            self.server.parts.setdefault(path, {})[int(query["partNumber"][0])] = body
            self._answer(200, ETag=_etag(body))
        else:
            self.server.store(path, body)
            self._answer(200, ETag=_etag(body))

    def do_POST(self) -> None:
        _, path, query = self._read()
        if unknown := self._unknown_headers():
            self.server.refused.extend(unknown)
            self._answer(501, b"<Error><Code>NotImplemented</Code></Error>")
        elif "uploads" in query:
            self._answer(200, b"<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
        else:
            parts = self.server.parts.pop(path)
            self.server.store(path, b"".join(parts[number] for number in sorted(parts)))
            self._answer(200, b"<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        _, path, _ = self._read()
        body = self.server.objects.get(path)
        if unknown := self._unknown_headers():
            self.server.refused.extend(unknown)
            self._answer(400)
        elif body is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._answer_range(body)

    def do_DELETE(self) -> None:
        _, path, _ = self._read()
        self.server.objects.pop(path, None)
        self._answer(204)

    def _read(self) -> tuple[bytes, str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        self.server.requests.append((self.command, self.headers["Host"], path))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return body, path, parse_qs(parts.query, keep_blank_values=True)

    def _answer_range(self, body: bytes) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted is None:
            self._answer(200, body, ETag=_etag(body))
        else:
            first, last = int(wanted[1]), int(wanted[2] or len(body) - 1)
            headers = {"Content-Range": f"bytes {first}-{last}/{len(body)}", "ETag": _etag(body)}
            self._answer(206, body[first : last + 1], **headers)

    def _unknown_headers(self) -> list[str]:
        """What such a server does not know: named checksums, trailers, and bodies in signed pieces."""
        names = [name.lower() for name in self.headers]
        found = [name for name in names if name.startswith(("x-amz-checksum", "x-amz-sdk-checksum", "x-amz-trailer"))]
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            found.append("aws-chunked")
        if self.headers.get("x-amz-content-sha256", "").startswith("STREAMING"):
            found.append("streaming")
        return found

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
