"""Environment variables that ocrkit does not define: those of vendors' tools and of proxies."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

_PLACES = frozenset({"endpoint", "region"})


def vendor_variables(model: type[BaseModel]) -> Mapping[str, tuple[str, ...]]:
    """The environment variables of each option, as the model declares them."""
    declared = getattr(model, "vendor_variables", {})
    return declared if isinstance(declared, Mapping) else {}


def vendor_values(
    model: type[BaseModel], options: Mapping[str, Any], environ: Mapping[str, str] | None = None
) -> dict[str, tuple[str, str]]:
    """The value and the variable of each option that is not set elsewhere.

    No credential is taken if one of them is set elsewhere, so that the two halves of one never come from
    different accounts. Where the service is (`endpoint`, `region`) is no credential.
    """
    declared = vendor_variables(model)
    if any(name in options for name in declared if name not in _PLACES):
        declared = {name: names for name, names in declared.items() if name in _PLACES}
    environ = os.environ if environ is None else environ
    found = {}
    for option, names in declared.items():
        if option in options:
            continue
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
