"""Plug-ins by name: backends, preprocessing and post-processing steps, exporters.

A built-in plug-in is found by the name of its module (`backends/aspose_local.py` defines
`AsposeLocalBackend`), an installed one by its entry point in the group of the same name as the package
(`ocrkit.backends`, `ocrkit.preprocess`, `ocrkit.postprocess`, `ocrkit.exporters`), and any other by its
dotted path `package.module:Name`. Listing names imports none of them. There is no function to register a
plug-in.
"""

from ocrkit.registry.backends import (
    BACKENDS,
    backend_class,
    backend_factory,
    backend_names,
    check_remote,
    check_request,
    check_tables,
    create_backend,
    options_for,
    options_model,
    reader_tables,
    table_group,
    table_name,
)
from ocrkit.registry.isolated import IsolatedBackend
from ocrkit.registry.reader import Reader, recognize
from ocrkit.registry.statuses import BackendStatus, backend_status, backend_statuses, requirements
from ocrkit.registry.steps import POSTPROCESS, PREPROCESS, ChainStep, create_chain, create_step, step_names

__all__ = [
    "BACKENDS",
    "POSTPROCESS",
    "PREPROCESS",
    "BackendStatus",
    "ChainStep",
    "IsolatedBackend",
    "Reader",
    "backend_class",
    "backend_factory",
    "backend_names",
    "backend_status",
    "backend_statuses",
    "check_remote",
    "check_request",
    "check_tables",
    "create_backend",
    "create_chain",
    "create_step",
    "options_for",
    "options_model",
    "reader_tables",
    "recognize",
    "requirements",
    "step_names",
    "table_group",
    "table_name",
]
