"""What is wrong with REDIS_URL, by the error of a first attempt: a refused password or certificate, in one line.

Collector, streaming, site and archive each have a client of their own, and each asks Redis once when it starts. A Redis
that is only away is no fault, because every process waits for it. No message shows the URL, which has a password.
"""

import ssl
from collections.abc import Iterator

from contract.environment import USABLE_REDIS_URL, SettingError

_WRONG_PASSWORD = ("WRONGPASS", "NOAUTH", "invalid username-password", "invalid password", "Authentication required")


def raise_fault(error: Exception) -> None:
    """Raise the fault that an error of connecting to Redis, or of its first answer, shows. If it shows none, return.

    Raises:
        SettingError: REDIS_URL must be changed.
    """
    for cause in _causes(error):
        if fault := _fault(cause):
            raise SettingError(f"REDIS_URL {fault}") from None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it comes from."""
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _fault(error: BaseException) -> str:
    """Return what completes "REDIS_URL ..."; empty if the error is no fault of the setting."""
    said = str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"leads to a server whose certificate is refused ({error.verify_message.rstrip('.')}): "
            "name the CA that signed it with ?ssl_ca_certs=/path/to/ca.pem, and the host as in the certificate"
        )
    reason = getattr(error, "reason", None) if isinstance(error, ssl.SSLError) else None
    if reason == "WRONG_VERSION_NUMBER":
        return "begins with rediss://, but the server does not speak TLS there: use redis://, or the port for TLS"
    if reason and "CERTIFICATE_REQUIRED" in reason:
        return "leads to a server that wants a certificate: name one with ssl_certfile and ssl_keyfile"
    if any(words in said for words in _WRONG_PASSWORD):
        return "has a user name or password that the server refuses, or none where it needs one: correct it"
    if isinstance(error, TypeError | ValueError):
        return f"is not usable: {USABLE_REDIS_URL}"
    return ""
