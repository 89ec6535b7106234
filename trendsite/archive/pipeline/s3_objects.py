"""How S3 stores the archive's objects: ARCHIVE_STORAGE_CLASS, ARCHIVE_ENCRYPTION and ARCHIVE_KMS_KEY."""

import re

from contract.environment import Environment, SettingError

_CLASSES = (
    "STANDARD",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "REDUCED_REDUNDANCY",
)
_CLASSES_TO_THAW = ("GLACIER", "DEEP_ARCHIVE")
"""Classes whose objects must be restored by hand, for hours, before they can be read."""

_ENCRYPTIONS = {"s3": "AES256", "kms": "aws:kms"}
_KMS_KEY = re.compile(r"[A-Za-z0-9:/_-]{1,2048}")
_NAMES = ("ARCHIVE_STORAGE_CLASS", "ARCHIVE_ENCRYPTION", "ARCHIVE_KMS_KEY")


def object_parameters(env: Environment) -> dict[str, str]:
    """Return what each upload asks of S3. Without a setting, the bucket decides.

    Raises:
        SettingError: a setting cannot be used.
    """
    parameters = {}
    if storage_class := env.text("ARCHIVE_STORAGE_CLASS"):
        if storage_class in _CLASSES_TO_THAW:
            raise SettingError(
                f"ARCHIVE_STORAGE_CLASS={storage_class} cannot be read at once, but each file is read back when it is "
                "stored: use GLACIER_IR, or let a lifecycle rule of the bucket move old days"
            )
        parameters["StorageClass"] = env.choice("ARCHIVE_STORAGE_CLASS", "", _CLASSES)
    key = env.text("ARCHIVE_KMS_KEY")
    encryption = env.choice("ARCHIVE_ENCRYPTION", "s3", tuple(_ENCRYPTIONS)) if env.text("ARCHIVE_ENCRYPTION") else ""
    if encryption:
        parameters["ServerSideEncryption"] = _ENCRYPTIONS[encryption]
    if key and encryption != "kms":
        raise SettingError("ARCHIVE_KMS_KEY is set, but objects are not encrypted with it: set ARCHIVE_ENCRYPTION=kms")
    if key and not _KMS_KEY.fullmatch(key):
        raise SettingError(f"ARCHIVE_KMS_KEY={key!r} is no key: give its id, its ARN, or alias/NAME")
    return {**parameters, "SSEKMSKeyId": key} if key else parameters


def refuse_without_s3(env: Environment) -> None:
    """Refuse the settings of this module for a storage that is not S3.

    Raises:
        SettingError: one of them is set.
    """
    if name := next((name for name in _NAMES if env.text(name)), None):
        raise SettingError(f"{name} is for s3:// only: remove it, or set ARCHIVE_URL=s3://bucket/prefix")
