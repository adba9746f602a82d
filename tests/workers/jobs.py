"""What the processes of the tests are told to do: real crashes, real hangs, real leaks."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np


class UnpicklableError(Exception):
    def __init__(self, first, second):
        super().__init__(first)
        self.lock = threading.Lock()  # what cannot be pickled


class Obedient:
    """Answers by doing what the task says."""

    def __init__(self, greeting="hello"):
        self.greeting = greeting
        self.calls = 0
        self.hoard = []

    def __call__(self, task):
        self.calls += 1
        return getattr(self, task[0])(*task[1:])

    def say(self, text):
        return f"{self.greeting} {text}"

    def count(self):
        return os.getpid(), self.calls

    def fail(self, error):
        raise error

    def fail_oddly(self):
        raise UnpicklableError("odd", 2)

    def print(self, text):
        sys.stdout.write(text)
        sys.stdout.flush()
        os.write(1, f"{text} from a library\n".encode())
        return "printed"

    def brightness(self, pixels):
        return int(pixels.sum())

    def fork(self, value, end):
        """The child of an engine finds its way back to where the engine was called from."""
        if os.fork() == 0 and end == "raise":
            raise SystemExit
        return value

    def fork_and_exit(self):
        """The child holds the pipes for a while."""
        if os.fork() == 0:
            time.sleep(600)
        os._exit(11)

    def leave_behind(self, own_session):
        """A program that does not end by itself."""
        return subprocess.Popen(["sleep", "600"], start_new_session=own_session).pid

    def chatter(self, megabytes):
        for _ in range(megabytes):
            os.write(2, b"." * (1 << 20))
        os.write(2, b"\rlast words\r")
        self.crash()

    def leave(self):
        sys.exit(3)

    def exit(self, code):
        os._exit(code)

    def crash(self):
        os.write(2, b"engine: assertion failed\n")
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(5)

    def crash_once(self, marker):
        if not Path(marker).exists():
            Path(marker).touch()
            self.crash()
        return "recovered"

    def hang(self):
        while True:
            time.sleep(0.05)

    def hold_lock(self):
        """Keep the interpreter lock and use no CPU: no other thread of Python runs."""
        ctypes.PyDLL(None).sleep(600)

    def grow(self, megabytes):
        self.hoard.append(np.ones(megabytes << 20, np.uint8))
        self.hang()

    def keep(self, megabytes):
        self.hoard.append(np.ones(megabytes << 20, np.uint8))
        return os.getpid()

    def child(self, path):
        """Start a program and hang, as an engine that calls another one does."""
        Path(path).write_text(str(subprocess.Popen(["sleep", "600"]).pid))
        self.hang()

    def large(self, data):
        return data + data


def obedient():
    return Obedient()


def refusing():
    raise ValueError("nothing to set up")


def dying():
    os._exit(7)
