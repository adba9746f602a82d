"""The program `ocrkit`, and `python -m ocrkit`.

It imports nothing at first, so that Ctrl-C during the imports ends it without a traceback.
"""

import os
import signal
import sys


def main() -> None:
    """Run the command line."""
    # In the first moments there is nothing to clean up: end as programs do without a handler.
    handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from ocrkit.cli import main as run

    signal.signal(signal.SIGINT, handler)
    run()


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
    main()
