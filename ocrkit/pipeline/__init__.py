"""The pipeline: source → preprocessing → backend → reading order → post-processing → result."""

from ocrkit.pipeline.async_ocr import AsyncOcr
from ocrkit.pipeline.config import BackendLike
from ocrkit.pipeline.estimate import Estimate, ReaderEstimate
from ocrkit.pipeline.estimating_ocr import EstimatingOcr
from ocrkit.pipeline.ocr import Ocr, Prepared, Progress
from ocrkit.pipeline.postprocessing import PostprocessLike
from ocrkit.pipeline.preprocessing import PreprocessLike, Stage
from ocrkit.pipeline.recognize_many import Done
from ocrkit.pipeline.recognize_one import recognize
from ocrkit.pipeline.searchable import searchable_pdf

__all__ = [
    "AsyncOcr",
    "BackendLike",
    "Done",
    "Estimate",
    "EstimatingOcr",
    "Ocr",
    "PostprocessLike",
    "Prepared",
    "PreprocessLike",
    "Progress",
    "ReaderEstimate",
    "Stage",
    "recognize",
    "searchable_pdf",
]
