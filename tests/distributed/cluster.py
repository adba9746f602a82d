"""A program that is a Ray cluster of three nodes on this machine, and loses one of them when it is told to.

Says its address and its folder, then answers `kill` on standard input, and ends with it. In a program of its own,
because Ray opens sockets that pytest-socket is right to forbid, and leaves threads behind.
"""

import json
import shutil
import sys
import tempfile

from ray.cluster_utils import Cluster

SMALL = {"num_cpus": 1, "object_store_memory": 80 << 20}  # the least that Ray takes, nearly

folder = tempfile.mkdtemp(prefix="ray")  # not in pytest's: the names of sockets must be short
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
