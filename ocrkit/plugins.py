"""What the families have in common: listing names without importing, and loading one of them."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from ocrkit.errors import ConfigError, MissingDependencyError
from ocrkit.validation import unknown

BUILT_IN = "built-in"


@dataclass(frozen=True)
class PluginGroup:
    """A folder of parts, and the entry-point group of the same name.

    Attributes:
        what: what one of them is called in a message.
        package: the folder, as a package.
        attribute: from a file's name to the name inside it.
        skip: files that are no parts.
        also: names that stand for parts without being one, for messages.
    """

    what: str
    package: str
    attribute: Callable[[str], str]
    skip: frozenset[str] = frozenset({"base"})
    also: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plugin:
    """A name, who brings it, and how to get it."""

    name: str
    origin: str
    """`built-in`, or the distribution with its version."""
    load: Callable[[], Any]


def camel(name: str) -> str:
    """`aspose_local` → `AsposeLocal`."""
    return "".join(part.capitalize() for part in name.split("_"))


def plugins(group: PluginGroup) -> list[Plugin]:
    """All parts of a group by name. Nothing is imported but the group's own, empty package."""
    return sorted([*_built_in(group), *_plugged_in(group)], key=lambda part: (part.name, part.origin))


def names(group: PluginGroup) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.name for part in plugins(group)))


def load(group: PluginGroup, spec: str) -> Any:
    """The part with this name or at this dotted path `package.module:Name`."""
    return dotted(spec, group.what) if ":" in spec else find(group, spec).load()


def find(group: PluginGroup, name: str) -> Plugin:
    """The one part with this name; it is an error when there is none, or more than one."""
    everything = plugins(group)
    found = [part for part in everything if part.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        origins = " and ".join(part.origin for part in found)
        raise ConfigError(
            f"the {group.what} '{name}' is there {len(found)} times: {origins}. Uninstall one "
            f"of them, or say which one is meant with its dotted path 'package.module:Name'."
        )
    text = unknown(group.what, name, {part.name for part in everything} | group.also)
    if "." in name and not name.startswith("ocrkit."):
        text += f". A dotted path has a colon before the last name: '{':'.join(name.rsplit('.', 1))}'"
    raise ConfigError(text)


def dotted(path: str, what: str) -> Any:
    """What stands at `package.module:Name`; if nothing does, the error says exactly why."""
    module_name, _, attribute = path.partition(":")
    prefix = f"the {what} '{path}' cannot be used: "
    if not module_name or not attribute:
        raise ConfigError(f"{prefix}a dotted path looks like 'package.module:Name'")
    module = _imported(module_name, prefix)
    target: Any = module
    for name in attribute.split("."):
        if not hasattr(target, name):
            here = [key for key, value in vars(module).items() if isinstance(value, type) and key[0] != "_"]
            raise ConfigError(f"{prefix}module '{module_name}': {unknown('name', attribute, here)}")
        target = getattr(target, name)
    return target


def _imported(name: str, prefix: str) -> Any:
    try:
        return importlib.import_module(name)
    except MissingDependencyError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise ConfigError(
                f"{prefix}there is no module '{error.name}' where Python looks for modules. Install its "
                "package, or put its folder into PYTHONPATH."
            ) from error
        raise ConfigError(f"{prefix}importing '{name}' failed: {error}") from error
    except Exception as error:  # somebody else's module may raise anything when it is imported
        raise ConfigError(f"{prefix}importing '{name}' failed: {type(error).__name__}: {error}") from error


def _built_in(group: PluginGroup) -> Iterator[Plugin]:
    package = importlib.import_module(group.package)
    for module in pkgutil.iter_modules(package.__path__):
        name = module.name
        if name not in group.skip and not name.startswith("_"):
            target = f"{group.package}.{name}:{group.attribute(name)}"
            yield Plugin(name, BUILT_IN, partial(dotted, target, group.what))


def _plugged_in(group: PluginGroup) -> Iterator[Plugin]:
    for entry in importlib.metadata.entry_points(group=group.package):
        distribution = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unnamed distribution"
        yield Plugin(
            entry.name, distribution, partial(_entered, entry.name, entry.value, distribution, group.what)
        )


def _entered(name: str, value: str, distribution: str, what: str) -> Any:
    target = value.partition("[")[0].strip()
    try:
        return dotted(target, what)
    except ConfigError as error:
        raise ConfigError(f"the {what} '{name}' of {distribution} is broken: {error.message}") from error
