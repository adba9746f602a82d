"""What a known kind of paper says: the name on an identity card, the total of a receipt."""

from __future__ import annotations

from ocrkit.result.model import Text
from ocrkit.result.region import Region


class Field(Region):
    """One value, under its name in `PageResult.fields`."""

    value: Text
