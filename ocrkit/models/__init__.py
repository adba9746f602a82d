"""Model files: the catalog, the store of fetched models, and the files that packages hold.

Nothing is downloaded without being asked: `Fetcher` is used by `ocrkit models fetch` and, with the setting
`allow_download`, by the pipeline. Backends look for files and never fetch them.
"""

from __future__ import annotations

from ocrkit.models.catalog import Engine, Model, ModelFile, Role, find_model, models, models_for
from ocrkit.models.fetch import Fetcher
from ocrkit.models.packages import LocalFile, local_file, local_files, local_models, package_folder
from ocrkit.models.store import Store, has_content

__all__ = [
    "Engine",
    "Fetcher",
    "LocalFile",
    "Model",
    "ModelFile",
    "Role",
    "Store",
    "find_model",
    "has_content",
    "local_file",
    "local_files",
    "local_models",
    "models",
    "models_for",
    "package_folder",
]
