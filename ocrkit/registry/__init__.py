"""From names to parts: backends, the steps of both chains, exporters.

A built-in part is found by its file name (`backends/aspose_local.py` holds `AsposeLocalBackend`), everyone
else's by an entry point in the group of the same name as the folder (`ocrkit.backends`, `ocrkit.preprocess`,
`ocrkit.postprocess`, `ocrkit.exporters`), and any part by the dotted path `package.module:Name`. Listing
names imports none of them. There is no function to register anything: what is installed is what there is.
"""

from ocrkit.registry.backends import (
    backend_class,
    backend_names,
    check_remote,
    check_request,
    check_tables,
    create_backend,
    options_for,
    options_model,
    table_name,
)
from ocrkit.registry.statuses import BackendStatus, backend_status, backend_statuses, requirements
from ocrkit.registry.steps import POSTPROCESS, PREPROCESS, ChainStep, create_chain, create_step, step_names

__all__ = [
    "POSTPROCESS",
    "PREPROCESS",
    "BackendStatus",
    "ChainStep",
    "backend_class",
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
    "requirements",
    "step_names",
    "table_name",
]
