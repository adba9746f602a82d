"""The Ray cluster: connect to one or start one, and plan the actors on it."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator

import ray

from ocrkit.errors import ConfigError

_log = logging.getLogger(__name__)

LOCAL = "local"
"""The address for a new cluster on this machine, which ends with the run."""

_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # no telemetry
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # Ray warns if it is not set
}


@contextlib.contextmanager
def connected(address: str | None = None) -> Iterator[None]:
    """A context with a connected cluster.

    A cluster to which the program is already connected is used and left unchanged.

    Args:
        address: `"auto"` for the cluster of this machine, `"local"` to start one here, or `host:port`. None:
            the address in `RAY_ADDRESS`, or else a new cluster here.

    Raises:
        ConfigError: there is no cluster at this address.
    """
    if ray.is_initialized():
        yield
        return
    with _environment():
        try:
            ray.init(
                address,
                log_to_driver=False,
                logging_level=logging.ERROR,
                include_dashboard=_with_dashboard(address),
            )
        except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
            where = f" at '{address}'" if address else ""
            raise ConfigError(
                f"there is no Ray cluster{where}; start one with `ray start --head`, give its address, or "
                f"use '{LOCAL}' for a cluster on this machine. Ray reports: {error}"
            ) from error
    try:
        yield
    finally:
        ray.shutdown()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """A context in which Ray Data shows no progress bars and prints no execution plans."""
    from ray.data import DataContext

    context = DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logger = logging.getLogger("ray.data")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with DataContext.current(context):
            yield
    finally:
        logger.setLevel(level)


def count_fitting_actors(threads: int, gpus: float) -> int:
    """How many actors with this number of CPUs and GPUs fit into the cluster now; at least 1."""
    needs = {"CPU": float(threads), "GPU": gpus}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    count = sum(
        min(int(node.get(name, 0) / amount) for name, amount in needs.items() if amount) for node in nodes
    )
    if not count:
        needed = " and ".join(f"{amount:g} {name}" for name, amount in needs.items() if amount)
        _log.warning("no node of the cluster has %s for an actor; waiting for such a node", needed)
    return max(1, count)


def cpus_to_request(threads: int) -> int:
    """The CPUs that an actor requests in a dataset whose other operators need CPUs too.

    Ray reserves CPUs for the others, unless the first actor takes all CPUs of the cluster: then the actor and
    the operators that feed it would wait for each other forever. Such an actor requests none.
    """
    takes_all = 0 < ray.cluster_resources().get("CPU", 0) <= threads
    return 0 if takes_all else threads


def has_other_machines() -> bool:
    """Whether the cluster has nodes on other machines."""
    here = ray.util.get_node_ip_address()
    return any(node["Alive"] and node["NodeManagerAddress"] != here for node in ray.nodes())


def _with_dashboard(address: str | None) -> bool | None:
    """False for a new cluster; None leaves an existing one as configured."""
    is_new = address == LOCAL or (address is None and not os.environ.get("RAY_ADDRESS"))
    return False if is_new else None


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """A context with environment variables for the processes of Ray, unless the user has set them."""
    added = [name for name in _ENVIRONMENT if name not in os.environ]
    os.environ.update({name: _ENVIRONMENT[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
