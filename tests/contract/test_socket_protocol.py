import msgspec
import pytest

from contract.socket_protocol import (
    ErrorResponse,
    ReadHeader,
    RequestRefusedError,
    decode_request,
    decode_response,
    encode_line,
)


def test_a_response_decodes_to_its_type():
    assert decode_response(encode_line(ReadHeader(12)), ReadHeader).bytes == 12


def test_a_refusal_is_raised_with_its_reason():
    with pytest.raises(RequestRefusedError, match="offset 7 is not kept"):
        decode_response(encode_line(ErrorResponse("offset 7 is not kept")), ReadHeader)


@pytest.mark.parametrize("line", [b"", b"GET / HTTP/1.1", b'{"ask":"fly"}', b'{"ask":"read","start":"0","end":1}'])
def test_other_lines_are_not_requests(line):
    with pytest.raises(msgspec.DecodeError):
        decode_request(line)
