"""Environment variables that ocrkit does not define: those of vendors' tools and of proxies."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel


def vendor_variables(model: type[BaseModel]) -> Mapping[str, tuple[str, ...]]:
    """The environment variables of each option, as the model declares them."""
    declared = getattr(model, "vendor_variables", {})
    return declared if isinstance(declared, Mapping) else {}


def vendor_values(
    model: type[BaseModel], options: Mapping[str, Any], environ: Mapping[str, str] | None = None
) -> dict[str, tuple[str, str]]:
    """The value and the variable of each option; empty if one of the options is set elsewhere.

    So the two halves of a credential never come from different accounts.
    """
    declared = vendor_variables(model)
    if any(name in options for name in declared):
        return {}
    environ = os.environ if environ is None else environ
    found = {}
    for option, names in declared.items():
        name = next((name for name in names if environ.get(name)), None)
        if name is not None:
            found[option] = (environ[name], name)
    return found


def proxy_for(url: str) -> str | None:
    """The proxy for a URL from the environment, or None."""
    parts = urlsplit(url)
    if not parts.hostname or urllib.request.proxy_bypass(parts.hostname):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"
