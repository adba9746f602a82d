"""Scripts of lines: what is on a page, what an engine reads, and what follows where the two differ.

Modules: `names` (scripts and languages), `alphabets` (the scripts that an alphabet suffices for), `strips`
(pictures of lines), `classifier` (the script of a picture), `check` (lines that cannot have been read),
`advice` (warnings with the next step).
"""

from ocrkit.scripts.alphabets import readable_scripts
from ocrkit.scripts.names import (
    SCRIPTS,
    VIETNAMESE,
    Script,
    languages_of,
    name_of,
    script_of_language,
    script_of_text,
    scripts_of_languages,
)

__all__ = [
    "SCRIPTS",
    "VIETNAMESE",
    "Script",
    "languages_of",
    "name_of",
    "readable_scripts",
    "script_of_language",
    "script_of_text",
    "scripts_of_languages",
]
