"""The same code with several backends, selected by the profiles of a settings file."""

from pathlib import Path

import ocrkit

HERE = Path(__file__).parent

for profile in (None, "tesseract", "dry-run"):
    loaded = ocrkit.load_settings(config_file=HERE / "swap_backends.toml", profile=profile)
    document = ocrkit.recognize(HERE / "letter.png", settings=loaded.settings)
    page = document.pages[0]
    print(f"{profile or 'no profile'}: {page.backend} read {len(page.words)} words")
