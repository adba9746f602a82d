"""`ocrkit cache`: show or empty the cache of results."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import typer

from ocrkit.cli._console import table
from ocrkit.cli._options import AsJson, ConfigFile, Profile
from ocrkit.cli._terminal import show, show_json
from ocrkit.errors import ConfigError

cache = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Show or empty the cache of results.",
)


@cache.command()
def info(profile: Profile = None, config_file: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show the folder of the cache, its number of pages and its size."""
    found = _opened(profile, config_file).info()
    if as_json:
        facts = {
            "folder": str(found.folder),
            "pages": found.entries,
            "bytes": found.bytes,
            "max_bytes": found.max_bytes,
            "oldest_use": found.oldest_use.isoformat() if found.oldest_use else None,
            "newest_use": found.newest_use.isoformat() if found.newest_use else None,
        }
        show_json(facts)
        return
    share = found.bytes / found.max_bytes if found.max_bytes else 0.0
    rows = [
        ["folder", str(found.folder)],
        ["pages", f"{found.entries}"],
        ["size", f"{_size(found.bytes)} of {_size(found.max_bytes)} ({share:.0%})"],
        ["last used", f"{_day(found.oldest_use)} … {_day(found.newest_use)}" if found.entries else "never"],
    ]
    show(table(rows))


@cache.command()
def clear(profile: Profile = None, config_file: ConfigFile = None) -> None:
    """Delete all cached pages."""
    opened = _opened(profile, config_file)
    deleted = opened.clear()
    show(f"deleted {deleted} page{'' if deleted == 1 else 's'} from {opened.folder}")


def _opened(profile: str | None, config_file: Any) -> Any:
    from ocrkit.cache import PageCache
    from ocrkit.config.loading import load_settings

    settings = load_settings(profile=profile, config_file=config_file).settings
    if settings.cache is None:
        raise ConfigError(
            "no cache is configured; set `cache` to a folder, in ocrkit.toml or as OCRKIT_CACHE"
        )
    return PageCache(settings.cache, settings.cache_size)


def _size(count: int) -> str:
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else "never"
