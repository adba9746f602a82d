"""List prices of services, as dated data that users override."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ocrkit.result import Cost

EVERYTHING = "*"
"""The name of the price of everything that has none of its own."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """The price of one call of a service, without free allowances and discounts."""

    per_call: Mapping[str, float] = field(default_factory=dict)
    """By what is charged: an endpoint, or a feature of one. Empty where no price is known."""
    currency: str = "USD"
    as_of: str = ""
    """The date on which the prices were read, such as `2026-11-28`."""
    source: str = ""
    """The address where the vendor publishes them."""

    def cost(
        self, charged: Iterable[str], own: Mapping[str, float], currency: str | None = None
    ) -> Cost | None:
        """The cost of several calls, or None if the price of one is unknown.

        Args:
            charged: what is charged, each of which is a paid request.
            own: prices of the user, which take precedence; `*` is the price of everything else.
            currency: that of the user's prices. None: that of the list.
        """
        known = dict(own) if own else self.per_call
        amounts = [known.get(name, known.get(EVERYTHING)) for name in charged]
        if not amounts or any(amount is None for amount in amounts):
            return None
        total = sum(amount for amount in amounts if amount is not None)
        return Cost(amount=total, currency=currency or self.currency, calls=len(amounts))
