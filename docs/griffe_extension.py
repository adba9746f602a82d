"""An extension of griffe, which collects the reference from the source code."""

from __future__ import annotations

from typing import Any

import griffe


class HideInstanceValues(griffe.Extension):
    """Hides the values of attributes that `__init__` assigns: they are expressions, not defaults."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        for attribute in cls.attributes.values():
            if "class-attribute" not in attribute.labels:
                attribute.value = None
