"""A custom backend in 30 lines, which calls pytesseract."""

from pathlib import Path

import pytesseract

import ocrkit


class PlainBackend:
    name = "plain"
    capabilities = ocrkit.Capabilities(languages=frozenset({"en"}), polygons=False, confidence="none")

    def recognize(self, page: ocrkit.Page, request: ocrkit.Request) -> ocrkit.PageResult:
        if gaps := self.capabilities.missing(request):
            raise ocrkit.CapabilityError(f"does not offer {', '.join(gaps)}", backend=self.name)
        try:
            text = pytesseract.image_to_string(page.pixels, lang="eng")
        except (RuntimeError, OSError) as error:
            raise ocrkit.BackendError(f"Tesseract failed: {error}", backend=self.name) from error
        lines = [ocrkit.Line(text=line) for line in text.splitlines() if line.strip()]
        blocks, trace = (ocrkit.Block.of(lines),) if lines else (), ocrkit.Trace(backend=self.name)
        size = {"width": page.width, "height": page.height}
        return ocrkit.PageResult(index=page.index, **size, blocks=blocks, trace=trace)

    def close(self) -> None: ...


if __name__ == "__main__":
    print(ocrkit.recognize(Path(__file__).with_name("letter.png"), backend=PlainBackend()).text)
