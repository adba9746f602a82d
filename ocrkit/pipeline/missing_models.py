"""Fetch the models that a request needs, before the first page is read: the setting `allow_download`."""

from __future__ import annotations

import logging

from ocrkit.backends.base import OcrBackend, SupportsModels
from ocrkit.config.settings import Settings
from ocrkit.models import Fetcher, Store, find_model
from ocrkit.request import Request

_log = logging.getLogger(__name__)


def missing_models(backend: OcrBackend, request: Request) -> tuple[str, ...]:
    """The names of the models that the request needs and that are not here."""
    return backend.missing_models(request) if isinstance(backend, SupportsModels) else ()


def fetch_missing_models(backend: OcrBackend, request: Request, settings: Settings) -> bool:
    """Whether models were fetched; the backend must then be created again.

    Raises:
        DownloadError: a model cannot be fetched.
    """
    missing = missing_models(backend, request)
    fetcher = Fetcher(Store.of(settings.models), mirror=settings.models_mirror)
    for name in missing:
        model = find_model(name)
        _log.warning("downloading the model %s, license %s", name, model.license)
        fetcher.fetch(model)
    return bool(missing)
