"""The options of the backend `aws`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import Field, SecretStr, model_validator
from typing_extensions import Self

from ocrkit.backends.remote import RemoteOptions
from ocrkit.harmless import Harmless

AnalyzedFeature: TypeAlias = Literal["tables", "forms", "layout", "signatures"]


class AwsOptions(RemoteOptions):
    """Options of the backend `aws`.

    Without keys, the credentials are those that AWS's own tools would use: of `profile`, else of the default
    profile, a container or the machine.
    """

    vendor_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "access_key_id": ("AWS_ACCESS_KEY_ID",),
        "secret_access_key": ("AWS_SECRET_ACCESS_KEY",),
        "session_token": ("AWS_SESSION_TOKEN",),
        "profile": ("AWS_PROFILE",),
        "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    }

    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d+$")
    """The region where pages are processed, for instance `eu-central-1`."""
    endpoint: str = "https://textract.us-east-1.amazonaws.com"
    """By default that of `region`."""
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    session_token: SecretStr | None = None
    """For temporary keys, which AWS's token service gives."""
    profile: str | None = None
    """A profile of AWS's own tools. Keys among the options take precedence."""
    features: Harmless[tuple[AnalyzedFeature, ...]] = ()
    """The features to analyze besides the text. Each feature has its own price."""

    @model_validator(mode="before")
    @classmethod
    def _endpoint_of_region(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("region"), str) and "endpoint" not in data:
            return {**data, "endpoint": f"https://textract.{data['region']}.amazonaws.com"}
        return data

    @model_validator(mode="after")
    def _keys_are_complete(self) -> Self:
        if (self.access_key_id is None) != (self.secret_access_key is None):
            lacking = "access_key_id" if self.access_key_id is None else "secret_access_key"
            raise ValueError(f"{lacking} is missing; access_key_id and secret_access_key must both be set")
        if self.session_token is not None and self.access_key_id is None:
            raise ValueError("access_key_id is missing; session_token is valid only with its key")
        return self
