import msgspec
import pytest

from contract.socket_protocol import ReadHeader, Refusal, RefusedError, decode_answer, decode_request, encode_line


def test_an_answer_is_read_as_what_was_asked_for():
    assert decode_answer(encode_line(ReadHeader(12)), ReadHeader).bytes == 12


def test_a_refusal_is_raised_with_its_reason():
    with pytest.raises(RefusedError, match="offset 7 is not kept"):
        decode_answer(encode_line(Refusal("offset 7 is not kept")), ReadHeader)


@pytest.mark.parametrize("line", [b"", b"GET / HTTP/1.1", b'{"ask":"fly"}', b'{"ask":"read","start":"0","end":1}'])
def test_what_is_no_request_is_not_understood(line):
    with pytest.raises(msgspec.DecodeError):
        decode_request(line)
