"""A program with a Ray cluster of three nodes on this machine, which kills a node on request.

It prints its address and its folder, kills a node for each line `kill` on standard input, and ends with the
input. It is a separate program because Ray opens sockets, which pytest-socket forbids, and leaves threads running.
"""

import json
import shutil
import sys
import tempfile

from ray.cluster_utils import Cluster

SMALL = {"num_cpus": 1, "object_store_memory": 80 << 20}  # nearly the minimum of Ray

folder = tempfile.mkdtemp(prefix="ray")  # not in the folder of pytest: the paths of sockets must be short
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
