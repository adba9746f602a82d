"""The license of the engine: a file, its content, or the keys of a metered license."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator
from typing_extensions import Self

from ocrkit.errors import AuthenticationError

LICENSE_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "license": ("ASPOSE_OCR_LICENSE",),
    "license_path": ("ASPOSE_OCR_LICENSE_PATH",),
    "public_key": ("ASPOSE_OCR_PUBLIC_KEY",),
    "private_key": ("ASPOSE_OCR_PRIVATE_KEY",),
}
"""The environment variables of the options. ocrkit reads them; the engine itself reads none."""

_BUY = "https://purchase.aspose.com/temporary-license/ gives a license for 30 days"


class LicenseOptions(BaseModel):
    """The options of everything that uses the engine. Without a license it runs in trial mode."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    license: SecretStr | None = None
    """The path or the content of a license file."""
    license_path: Path | None = None
    """The path of a license file."""
    public_key: SecretStr | None = None
    """The public key of a metered license. The engine then reports its use to Aspose over the network."""
    private_key: SecretStr | None = None
    """The private key of a metered license."""

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        if (self.public_key is None) != (self.private_key is None):
            raise ValueError("a metered license needs both public_key and private_key")
        return self

    @property
    def has_license(self) -> bool:
        """Whether a license is given. Whether it is valid, the engine says."""
        return any(each is not None for each in (self.license, self.license_path, self.public_key))


def activate(engine: Any, options: LicenseOptions) -> bool:
    """Activate the license in this process. The first of content, file and keys that is given counts.

    Args:
        engine: the module `aspose.ocr`.
        options: the license.

    Returns:
        Whether the engine is licensed; without a license it is not.

    Raises:
        AuthenticationError: a license is given, and it is missing, damaged, expired or rejected.
    """
    if not options.has_license:
        return False
    try:
        if options.license is not None or options.license_path is not None:
            _activate_file(engine, options)
        elif options.public_key is not None and options.private_key is not None:
            keys = options.public_key.get_secret_value(), options.private_key.get_secret_value()
            engine.Metered().set_metered_key(*keys)
            return True
    except RuntimeError as error:
        raise _rejection(error) from None
    if not engine.License().is_licensed:
        raise AuthenticationError(f"Aspose does not accept the license for this product; {_BUY}")
    return True


def _activate_file(engine: Any, options: LicenseOptions) -> None:
    text = options.license.get_secret_value().strip() if options.license is not None else ""
    if text.lstrip("\ufeff").startswith("<"):
        engine.License().set_license(io.BytesIO(text.encode()))
        return
    path = Path(text) if options.license is not None else options.license_path
    if path is None or not str(path).strip("."):
        raise AuthenticationError("the option license is empty; set it to the path or content of a license")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AuthenticationError(
            f"the license file cannot be read: {error.strerror}; check license_path, ASPOSE_OCR_LICENSE and "
            "ASPOSE_OCR_LICENSE_PATH"
        ) from None
    engine.License().set_license(io.BytesIO(content))


def _rejection(error: RuntimeError) -> AuthenticationError:
    """The error of the engine without its prefixes, and what to do."""
    text = " ".join(str(error).split("Details:")[-1].split("): ")[-1].split()).strip().rstrip(".")
    if "Authentication failed" in text:
        advice = "check public_key and private_key, and that this machine reaches Aspose over the network"
    elif "expire" in text.lower() or "upgrade" in text.lower():
        advice = f"renew it, or install a release of {_PACKAGE} from before it expired"
    else:
        advice = f"use the license file as Aspose sent it, unchanged; {_BUY}"
    return AuthenticationError(f"the license was rejected: {text}; {advice}")


_PACKAGE = "aspose-ocr-python-net"
