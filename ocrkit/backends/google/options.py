"""The options of the backend `google`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import Field, SecretStr, model_validator

from ocrkit.backends.remote import RemoteOptions
from ocrkit.harmless import Harmless

VisionModel: TypeAlias = Literal["builtin/stable", "builtin/latest"]
_ENDPOINT = "https://vision.googleapis.com"


class GoogleOptions(RemoteOptions):
    """Options of the backend `google`.

    The credentials are the first of `access_token`, `credentials_file` and `api_key` that is set. Without
    any, they are the application default credentials: those of `gcloud auth application-default login`, or of
    the machine on Google Cloud.
    """

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "credentials_file": ("GOOGLE_APPLICATION_CREDENTIALS",),
        "api_key": ("GOOGLE_API_KEY",),
    }

    endpoint: str = _ENDPOINT
    """By default that of `region`."""
    region: Literal["eu", "us"] | None = None
    """The region where pages are processed and stored; None leaves the choice to the service."""
    access_token: SecretStr | None = None
    """An OAuth token that another program fetched; it usually expires after an hour."""
    credentials_file: Path | None = None
    """The JSON file of a service account, of a user, or of a workload identity."""
    api_key: SecretStr | None = None
    quota_project: str | None = None
    """The project that is billed, if it is not that of the credentials."""
    model: Harmless[VisionModel | None] = None
    """The version of the model: `builtin/stable` or `builtin/latest`. None: the service's default."""
    legacy_layout: Harmless[bool] = False
    """Use the service's older detection of layout."""
    requests_per_second: Harmless[float | None] = Field(30, gt=0)
    """The vendor's default limit is 1,800 requests a minute for each project."""

    @model_validator(mode="before")
    @classmethod
    def _endpoint_of_region(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("region") in ("eu", "us") and "endpoint" not in data:
            return {**data, "endpoint": f"https://{data['region']}-vision.googleapis.com"}
        return data
