"""Amazon Textract: Latin print, English handwriting, tables, forms, layout, signatures, IDs and receipts.

Reference: https://docs.aws.amazon.com/textract/latest/dg/API_Reference.html

Each page is one request over plain REST. The library `botocore` finds credentials and signs the request, and
the transport sends it.
"""

from ocrkit.backends.aws.backend import AwsBackend
from ocrkit.backends.aws.options import AwsOptions

__all__ = ["AwsBackend", "AwsOptions"]
