"""Azure AI Document Intelligence: print, handwriting, layout, tables, marks, receipts, IDs.

Reference: https://learn.microsoft.com/azure/ai-services/document-intelligence/

Without an SDK: a page is one upload and a few polls, which the transport does under one deadline.
"""

from ocrkit.backends.azure.backend import AzureBackend
from ocrkit.backends.azure.options import AzureOptions

__all__ = ["AzureBackend", "AzureOptions"]
