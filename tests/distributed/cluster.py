"""A program with a Ray cluster of three nodes on this machine, which kills a node on request.

It prints its address and its folder, kills a node for each line `kill` on standard input, and ends with the
input. It is a separate program because Ray opens sockets, which pytest-socket forbids, and leaves threads running.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

folder = tempfile.mkdtemp(prefix="ray")  # not in the folder of pytest: the paths of sockets must be short
# Ray also writes the address of the cluster into its default folder, which exists only after other runs of Ray,
# and where programs of the user look for a cluster.
os.environ["RAY_TMPDIR"] = folder
Path(folder, "ray").mkdir()

from ray.cluster_utils import Cluster  # noqa: E402 - Ray reads the environment when it is imported

SMALL = {"num_cpus": 1, "object_store_memory": 80 << 20}  # nearly the minimum of Ray

cluster = Cluster(
    initialize_head=True, head_node_args={**SMALL, "include_dashboard": False, "temp_dir": folder}
)
others = [cluster.add_node(**SMALL) for _ in range(2)]
print(json.dumps([cluster.address, folder]), flush=True)
for _ in sys.stdin:
    cluster.remove_node(others.pop(), allow_graceful=False)
    print("killed", flush=True)
cluster.shutdown()
shutil.rmtree(folder, ignore_errors=True)
