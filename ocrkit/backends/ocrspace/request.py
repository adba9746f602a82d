"""The engine and the parameters for a request."""

from __future__ import annotations

import uuid
from typing import Any

from ocrkit.backends.ocrspace.options import OcrspaceOptions
from ocrkit.backends.remote import Call, LanguageTable
from ocrkit.languages import NATIVE
from ocrkit.page import Encoded
from ocrkit.request import Request

PATH = "/parse/image"
_DETECTING_ENGINES = frozenset({2, 3})

LANGUAGES = LanguageTable({
    "ar": "ara", "bg": "bul", "cs": "cze", "da": "dan", "de": "ger", "el": "gre", "en": "eng", "es": "spa",
    "fi": "fin", "fr": "fre", "hr": "hrv", "hu": "hun", "it": "ita", "ja": "jpn", "ko": "kor", "nl": "dut",
    "pl": "pol", "pt": "por", "ru": "rus", "sl": "slv", "sv": "swe", "th": "tha", "tr": "tur", "uk": "ukr",
    "vi": "vnm", "zh-Hans": "chs", "zh-Hant": "cht",
})  # fmt: skip


def choose(request: Request, options: OcrspaceOptions) -> Call[str]:
    """The call for a request; its parameters are fields of the form."""
    languages = request.languages
    engine = options.engine or (1 if languages else 2)
    language = LANGUAGES.name(languages[0]) if languages else "auto"
    if language == "auto" and engine not in _DETECTING_ENGINES:
        language = "eng"
    warnings: tuple[str, ...] = ()
    if len(languages) > 1:
        warnings = (f"the service reads one language at a time: read as '{languages[0]}'",)
    is_known = len(languages) == 1 and not languages[0].startswith(NATIVE)
    parameters: dict[str, Any] = {"language": language, "OCREngine": str(engine)}
    reason = "the requested language" if languages else "no language is requested"
    return Call(
        PATH,
        parameters,
        reason=reason,
        language=languages[0] if is_known else None,
        warnings=warnings,
    )


def form(image: Encoded, call: Call[str], options: OcrspaceOptions) -> tuple[str, bytes]:
    """The media type and the body of an upload (RFC 7578)."""
    kind = image.media_type.removeprefix("image/")
    fields = {
        **call.parameters,
        "isOverlayRequired": "true",
        "detectOrientation": "false",  # the boxes would be those of the rotated page
        "scale": "true" if options.upscale else "false",
        "filetype": "JPG" if kind == "jpeg" else kind.upper(),
    }
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    disposition = f'Content-Disposition: form-data; name="file"; filename="page.{kind}"'
    head = f"--{boundary}\r\n{disposition}\r\nContent-Type: {image.media_type}\r\n\r\n".encode()
    body = b"".join((*parts, head, image.data, f"\r\n--{boundary}--\r\n".encode()))
    return f"multipart/form-data; boundary={boundary}", body
