"""Documents through the flow: source → preprocessing → backend → reading order → result."""

from ocrkit.pipeline.many import Done, Failed
from ocrkit.pipeline.ocr import Ocr, Progress, recognize
from ocrkit.pipeline.preparation import PreprocessLike
from ocrkit.pipeline.recipe import BackendLike

__all__ = ["BackendLike", "Done", "Failed", "Ocr", "PreprocessLike", "Progress", "recognize"]
