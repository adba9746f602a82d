"""A backend like a paid service: with a key, and with limits of the account."""

import os
from pathlib import Path
from typing import ClassVar

from pydantic import SecretStr

from ocrkit.backends.base import BackendOptions
from ocrkit.request import Capabilities
from ocrkit.result import PageResult, Trace


class PaidOptions(BackendOptions):
    vendor_variables: ClassVar = {"key": ("PAID_KEY",)}

    key: SecretStr
    log: Path
    """One line per call: the process, its rate and its concurrency."""
    requests_per_second: float | None = None
    max_concurrency: int = 4


class PaidBackend:
    name = "paid"
    Options = PaidOptions
    capabilities = Capabilities(remote=True, sharing="shared", reading_order=True)

    def __init__(self, options):
        self.options = options

    def recognize(self, page, request):
        assert self.options.key.get_secret_value(), "the key was sent along"
        with self.options.log.open("a") as log:
            log.write(f"{os.getpid()} {self.options.requests_per_second} {self.options.max_concurrency}\n")
        return PageResult(width=page.width, height=page.height, trace=Trace(backend=self.name))

    def close(self):
        pass
