"""Documents through the flow: source → preprocessing → backend → reading order → post-processing → result."""

from ocrkit.pipeline.finishing import PostprocessLike
from ocrkit.pipeline.many import Done, Failed
from ocrkit.pipeline.ocr import Ocr, Prepared, Progress, recognize
from ocrkit.pipeline.preparation import PreprocessLike, Stage
from ocrkit.pipeline.recipe import BackendLike
from ocrkit.pipeline.searchable import searchable_pdf

__all__ = [
    "BackendLike",
    "Done",
    "Failed",
    "Ocr",
    "PostprocessLike",
    "Prepared",
    "PreprocessLike",
    "Progress",
    "Stage",
    "recognize",
    "searchable_pdf",
]
