"""The options of the backend `azure`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import Field, SecretStr, field_validator, model_validator
from typing_extensions import Self

from ocrkit.backends.remote import RemoteOptions
from ocrkit.harmless import Harmless
from ocrkit.http import check_address

Feature: TypeAlias = Literal[
    "languages", "barcodes", "keyValuePairs", "ocrHighResolution", "formulas", "styleFont"
]

_FREE_TIER = {"requests_per_second": 1.0}


class AzureOptions(RemoteOptions):
    """Options of the backend `azure`. `endpoint` is the address of the resource.

    The credentials are the first of these that is set: `api_key`, `token`, or `tenant_id`, `client_id` and
    `client_secret` of an application in Microsoft Entra ID.
    """

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "endpoint": ("DOCUMENTINTELLIGENCE_ENDPOINT", "AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT"),
        "api_key": ("DOCUMENTINTELLIGENCE_API_KEY", "AZURE_DOCUMENT_INTELLIGENCE_KEY"),
        "token": (),
        "tenant_id": ("AZURE_TENANT_ID",),
        "client_id": ("AZURE_CLIENT_ID",),
        "client_secret": ("AZURE_CLIENT_SECRET",),
    }

    api_key: SecretStr | None = None
    token: SecretStr | None = None
    """An access token of Microsoft Entra ID, which expires after about an hour."""
    tenant_id: str | None = None
    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    authority: str = "https://login.microsoftonline.com"
    """The address of the token service; other clouds have another one."""
    scope: str = "https://cognitiveservices.azure.com/.default"
    api_version: str = "2024-11-30"
    tier: Harmless[Literal["standard", "free"]] = "standard"
    """The pricing tier of the resource: `free` (F0) accepts 4 MB a page and one request a second."""
    document_model: Harmless[Literal["read", "layout"]] = "read"
    """The model for documents: `layout` costs more, and finds tables, headings, marks and pictures."""
    receipts: Harmless[Literal["receipt", "invoice"]] = "receipt"
    """The model for receipts."""
    features: Harmless[tuple[Feature, ...]] = ("languages", "barcodes")
    """The features that `read` and `layout` detect besides text. The last three cost extra."""
    force_language: Harmless[bool] = False
    """Read only in the requested language, if it is one. The service advises against it: text in another
    language is then read wrongly."""
    requests_per_second: Harmless[float | None] = Field(15, gt=0)
    """The default limit of the service, which counts polls too."""
    poll_seconds: Harmless[float] = Field(1.0, gt=0)
    """The wait before the first poll, if the service requests none."""
    delete_results: Harmless[bool] = False
    """Delete each result from the service as soon as it is here, instead of after 24 hours."""
    send_pdf: bool = False
    """Send an unprocessed page of a PDF as a PDF of one page instead of an image: usually a smaller upload,
    which is not rendered first. It also holds what is hidden on the page."""
    resume_folder: Path | None = None
    """A folder for the ids of unfinished pages. After an interruption, the next run fetches the result of a
    page that was sent already, which the service keeps for 24 hours, and does not pay for it again."""

    @model_validator(mode="before")
    @classmethod
    def _limits_of_the_tier(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("tier") == "free":
            return {**_FREE_TIER, **data}
        return data

    @field_validator("authority")
    @classmethod
    def _is_address(cls, value: str) -> str:
        check_address(value, allow_http=False, name="authority")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        application = (self.tenant_id, self.client_id, self.client_secret)
        if not (self.api_key or self.token or all(application)):
            raise ValueError(
                "there are no credentials: set api_key (or DOCUMENTINTELLIGENCE_API_KEY), or token, or "
                "tenant_id, client_id and client_secret"
            )
        return self
