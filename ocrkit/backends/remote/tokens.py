"""Access tokens from OAuth responses."""

from __future__ import annotations

from pydantic import Field

from ocrkit.backends.remote.schema import ResponseModel, validated
from ocrkit.http import Response, Token


class _OAuthResponse(ResponseModel):
    access_token: str = Field(min_length=1)
    expires_in: float | None = Field(None, gt=0)


def oauth_token(response: Response) -> Token:
    """The token in the response of an OAuth token service. Raises `BadResponseError`."""
    answer = validated(_OAuthResponse, response.json())
    return Token(answer.access_token, answer.expires_in)
