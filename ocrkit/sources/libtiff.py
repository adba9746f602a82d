"""Stop Pillow's libtiff from printing to standard error."""

from __future__ import annotations

import contextlib
import ctypes
import functools
from pathlib import Path


@functools.cache
def silence() -> None:
    """Switch off the messages of Pillow's own libtiff.

    Pillow switches off its warnings, and raises an exception for each of its errors. But libtiff also prints
    them. A libtiff of the system, which other code of the process may use, is left as it is.
    """
    import PIL

    folder = Path(PIL.__file__).parent
    libraries = (*folder.parent.glob("pillow.libs/libtiff*"), *folder.glob(".dylibs/libtiff*"))
    for library in libraries:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(str(library)).TIFFSetErrorHandler(None)
