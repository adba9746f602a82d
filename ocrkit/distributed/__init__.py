"""Many documents on many machines, with Ray Data. Needs the extra `ray`."""

from importlib.util import find_spec

from ocrkit.errors import missing_extra

if find_spec("ray") is None or find_spec("pyarrow") is None:
    raise missing_extra("ray[data]", "ray", "reading on several machines")

from ocrkit.distributed.cluster import connected
from ocrkit.distributed.cluster_reader import ClusterReader
from ocrkit.distributed.dataset import CountPages, RecognizePages, recognize_dataset
from ocrkit.distributed.results import Verification, missing, read_documents, verify
from ocrkit.distributed.run import RunProgress, recognize_into
from ocrkit.distributed.schema import PAGE_SCHEMA, RESULT_SCHEMA, SCHEMA_VERSION

__all__ = [
    "PAGE_SCHEMA",
    "RESULT_SCHEMA",
    "SCHEMA_VERSION",
    "ClusterReader",
    "CountPages",
    "RecognizePages",
    "RunProgress",
    "Verification",
    "connected",
    "missing",
    "read_documents",
    "recognize_dataset",
    "recognize_into",
    "verify",
]
