"""OCR.space on this machine: keys, uploads, limits and exit codes."""

from __future__ import annotations

import email
import email.policy
from typing import Any

from ocrkit.backends.base import OcrBackend
from ocrkit.geometry import Box
from ocrkit.result import Line, PageResult, Word
from ocrkit.testing.uploads import InvalidImageError, decode_image, recognize
from ocrkit.testing.vendor import Answer, Received, RefusedError, VendorServer

_FIELDS = frozenset({
    "language", "OCREngine", "isOverlayRequired", "detectOrientation", "scale", "isTable", "filetype",
})  # fmt: skip
_CODES = frozenset(
    "ara bul chs cht cze dan dut eng fin fre ger gre hrv hun ita jpn kor pol por rus slv spa swe tha tur ukr "
    "vnm auto".split()
)


class OcrspaceServer(VendorServer):
    """The vendor's API on 127.0.0.1. A backend reads the uploads.

        with OcrspaceServer(ScriptedBackend(["hello"])) as server:
            backend = OcrspaceBackend(OcrspaceOptions(**server.options()))

    Args:
        engine: reads the images.
        api_key: the accepted key.
        max_bytes: the largest accepted file.
    """

    def __init__(
        self, engine: OcrBackend, *, api_key: str = "K8sampleocrspace", max_bytes: int = 2**20
    ) -> None:
        super().__init__()
        self._engine = engine
        self._api_key = api_key
        self._max_bytes = max_bytes
        self.route("POST", "/parse/image", self._parse)

    def options(self) -> dict[str, Any]:
        """The options of an `OcrspaceBackend` of this server."""
        return {"endpoint": self.url, "api_key": self._api_key}

    @staticmethod
    def failure(message: str | list[str], exit_code: int = 3, file_code: int | None = None) -> Answer:
        """A failure as the service sends it: with status 200."""
        pages = None
        if file_code is not None:
            page = {
                "TextOverlay": None,
                "FileParseExitCode": file_code,
                "ParsedText": "",
                "ErrorMessage": message,
            }
            pages = [page]
        return Answer({
            "ParsedResults": pages, "OCRExitCode": exit_code, "IsErroredOnProcessing": True,
            "ErrorMessage": message, "ErrorDetails": "", "ProcessingTimeInMilliseconds": "15",
        })  # fmt: skip

    @staticmethod
    def too_often(times: int = 10, seconds: int = 600) -> Answer:
        """A limit as the service reports it: with status 403 and a text."""
        text = (
            f"You may only perform this action upto maximum {times} number of times within {seconds} seconds"
        )
        return Answer(f'"{text}"', 403, "application/json")

    def _parse(self, request: Received) -> Any:
        if request.headers.get("apikey") != self._api_key:
            raise RefusedError(Answer('"The API key is invalid"', 403, "application/json"))
        fields, data = _uploaded(request)
        if fields.keys() - _FIELDS or fields.get("language", "eng") not in _CODES:
            raise RefusedError(self.failure("E201: Value for parameter 'language' is invalid", 4))
        if fields["language"] == "auto" and fields.get("OCREngine", "1") == "1":
            raise RefusedError(self.failure("E201: Value for parameter 'language' is invalid", 4))
        if len(data) > self._max_bytes:
            raise RefusedError(self.failure(["File size exceeds the maximum size limit of 1024 KB"]))
        try:
            found = recognize(self._engine, decode_image(data))
        except InvalidImageError:
            raise RefusedError(self.failure(["Unable to recognize the file type"], 3, -10)) from None
        return _answer(found, overlay=fields.get("isOverlayRequired") == "true")


def _uploaded(request: Received) -> tuple[dict[str, str], bytes]:
    """The fields of a form and the file in it, read by the standard library."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.body, policy=email.policy.HTTP)
    fields, data = {}, b""
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        if part.get_filename():
            data = content
        else:
            fields[str(part.get_param("name", header="content-disposition"))] = content.decode()
    return fields, data


def _answer(found: PageResult, *, overlay: bool) -> dict[str, Any]:
    lines = [_line(line) for line in found.lines]
    page = {
        "TextOverlay": {"Lines": lines if overlay else [], "HasOverlay": overlay, "Message": ""},
        "TextOrientation": "0", "FileParseExitCode": 1, "ErrorMessage": "", "ErrorDetails": "",
        "ParsedText": "".join(f"{line.text}\r\n" for line in found.lines),
    }  # fmt: skip
    return {
        "ParsedResults": [page], "OCRExitCode": 1, "IsErroredOnProcessing": False,
        "ProcessingTimeInMilliseconds": "371", "SearchablePDFURL": "",
    }  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    box = line.box or Box(0, 0, 0, 0)
    words = [_word(word) for word in line.words or (line,)]
    return {"LineText": line.text, "Words": words, "MaxHeight": box.height, "MinTop": box.top}


def _word(word: Word | Line) -> dict[str, Any]:
    box = word.box or Box(0, 0, 0, 0)
    return {
        "WordText": word.text, "Left": float(box.left), "Top": float(box.top),
        "Height": float(box.height), "Width": float(box.width),
    }  # fmt: skip
