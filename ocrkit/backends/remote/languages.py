"""A vendor's names of languages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from ocrkit.errors import CapabilityError
from ocrkit.languages import NATIVE, match_language


class LanguageTable(Mapping[str, str]):
    """From BCP-47 tags to the vendor's names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)

    def __getitem__(self, tag: str) -> str:
        return self._names[tag]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def tag(self, language: str) -> str:
        """The tag of this table that covers a language: `pt` for `pt-BR`. Raises `CapabilityError`."""
        found = match_language(language, self._names)
        if found is None:
            raise CapabilityError(
                f"does not read language '{language}'; to use the service's own name of a language, write "
                f"'{NATIVE}NAME'"
            )
        return found

    def name(self, language: str) -> str:
        """The vendor's name. `native:NAME` gives `NAME` unchanged. Raises `CapabilityError`."""
        if language.startswith(NATIVE):
            return language.removeprefix(NATIVE)
        return self._names[self.tag(language)]

    def others(self, languages: Iterable[str], tags: Collection[str]) -> list[str]:
        """The languages, as they were given, that none of the tags covers."""
        return [each for each in languages if each.startswith(NATIVE) or self.tag(each) not in tags]

    def require(self, languages: Iterable[str], tags: Collection[str], what: str) -> None:
        """Raise `CapabilityError` for languages that none of the tags covers; `what` reads only those."""
        others = self.others(languages, tags)
        if others:
            raise CapabilityError(f"{what} reads only {', '.join(sorted(tags))}, not {', '.join(others)}")
