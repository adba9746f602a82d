"""`python -m ocrkit`: the command line."""

import os
import sys


def _leave_working_folder() -> None:
    """Remove the working folder from the path, where `python -m` has put it first.

    A folder of scans could contain a module of the name that an import wants. The folder stays if this
    package itself is imported from it, as in a checkout that is not installed.
    """
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    if sys.path and sys.path[0] in ("", os.getcwd()) and package != os.getcwd():  # noqa: PTH109
        del sys.path[0]


if __name__ == "__main__":
    _leave_working_folder()
    from ocrkit.cli import main

    main()
