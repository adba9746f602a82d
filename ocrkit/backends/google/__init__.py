"""Google Cloud Vision: print and handwriting in about sixty languages.

Reference: https://cloud.google.com/vision/docs/ocr

Each page is one request over plain REST. The library `google-auth` turns credentials into access tokens, and
the transport sends its requests; an API key needs no library.
"""

from ocrkit.backends.google.backend import GoogleBackend
from ocrkit.backends.google.options import GoogleOptions

__all__ = ["GoogleBackend", "GoogleOptions"]
