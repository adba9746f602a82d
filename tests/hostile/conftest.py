"""Makes the helpers of the tests of sources importable."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sources")]

from hypothesis import settings  # noqa: E402

settings.register_profile("minute", max_examples=300, deadline=None)
settings.register_profile("fuzz", max_examples=20_000, deadline=None)
settings.load_profile("minute")
