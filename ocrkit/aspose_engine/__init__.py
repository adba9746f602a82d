"""Aspose.OCR for Python via .NET: its process, its license, its resources and its errors.

The engine is proprietary and optional (`ocrkit[aspose-local]`). It brings its own .NET runtime, ends the
process when a system library is missing, and keeps the interpreter lock while it reads. So it runs in worker
processes only, of the backend `aspose_local` and of the step `aspose_ai`.
"""

from ocrkit.aspose_engine.errors import engine_error
from ocrkit.aspose_engine.language_model import ModelOptions, load_model
from ocrkit.aspose_engine.license import LICENSE_VARIABLES, LicenseOptions
from ocrkit.aspose_engine.loading import DISTRIBUTION, load_engine, require_installed
from ocrkit.aspose_engine.model_folder import prepare_model_folder
from ocrkit.aspose_engine.process import explain_crash, process_variables
from ocrkit.aspose_engine.trial import TRIAL_WARNING, without_banner

__all__ = [
    "DISTRIBUTION",
    "LICENSE_VARIABLES",
    "TRIAL_WARNING",
    "LicenseOptions",
    "ModelOptions",
    "engine_error",
    "explain_crash",
    "load_engine",
    "load_model",
    "prepare_model_folder",
    "process_variables",
    "require_installed",
    "without_banner",
]
