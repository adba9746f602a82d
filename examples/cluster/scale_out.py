"""Read all documents of a source on a Ray cluster, into a folder of tables. Run it again to resume.

python scale_out.py SOURCE FOLDER [WORKERS]
"""

import sys

from ocrkit import distributed


def main(source: str, folder: str, workers: str | None = None) -> None:
    def show(now: distributed.RunProgress) -> None:
        done = now.pages - now.pages_left
        print(f"{done:,} of {now.pages:,} pages, {now.pages_failed:,} failed", flush=True)

    distributed.recognize_into(folder, [source], workers=int(workers) if workers else None, progress=show)
    found = distributed.verify(folder)
    print(f"{found.read:,} pages read, {found.failed:,} failed, {found.missing:,} missing")
    if not found.is_complete:
        sys.exit("some pages are missing: run the same command again")


if __name__ == "__main__":
    main(*sys.argv[1:])
