"""The program under test: started, waited for, ended. Knows command lines and signals, and nothing of the API.

Every process that is started here is ended here: by its process id with SIGTERM, and its exit code must be 0.
"""

import os
import queue
import signal
import subprocess
import threading
import time
from pathlib import Path

READY = "holdfast ready https="
READY_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 20.0
ASK_AGAIN_SECONDS = 0.2


def executable():
    """The built program, named by run.py."""
    return Path(os.environ["HOLDFAST_PROGRAM"])


def run(*arguments, directory):
    """A command that ends by itself; gives what it printed."""
    command = [str(executable()), *map(str, arguments)]
    done = subprocess.run(command, cwd=directory, env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def environment():
    """Ours without settings: a developer's own HOLDFAST__ variables must not decide over the tests."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST__")}
    return ours | {"HOLDFAST__MQTTS__LISTEN": "127.0.0.1:0", "HOLDFAST__DEVICES__LISTEN": "127.0.0.1:0"}


class Program:
    """A running `serve` or `demo`, with the lines that it has printed."""

    def __init__(self, *arguments, directory):
        self.directory = Path(directory)
        self.log = self.directory / "stderr.log"
        self.lines = []
        self._arriving = queue.Queue()
        self.begun = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(executable()), *map(str, arguments)],
                cwd=directory, env=environment(), stdout=subprocess.PIPE, stderr=log, text=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            words = self.line_with(READY).removeprefix("holdfast ready ").split()
            addresses = dict(word.split("=", 1) for word in words)
            self.address, self.mqtts, self.devices = (addresses[name] for name in ("https", "mqtts", "devices"))
        except BaseException:
            self._kill()
            raise

    @property
    def base(self):
        """Where it serves, as links begin."""
        return f"https://{self.address}"

    def line_with(self, part):
        """Waits for a line with this in it."""
        for line in self.lines:
            if part in line:
                return line
        deadline = self.begun + READY_SECONDS_MAX
        while True:
            try:
                line = self._arriving.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"no line with {part!r} in {self.lines}; its log: {self.log.read_text()}"
            self.lines.append(line)
            if part in line:
                return line

    def eventually(self, what, seconds_max):
        """Asks until the answer is yes; gives it. Whoever asks a program that has ended need not wait."""
        deadline = time.monotonic() + seconds_max
        while not (found := what()):
            assert time.monotonic() < deadline, f"not within {seconds_max} s: {self.log.read_text()}"
            try:
                code = self._process.wait(timeout=ASK_AGAIN_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"ended with {code}: {self.log.read_text()}")
        return found

    def stop(self):
        """Ends it as a service supervisor would; an exit code other than 0 is a failure. Twice is once."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(timeout=STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._kill()
            raise AssertionError(f"it did not end within {STOP_SECONDS_MAX} s: {self.log.read_text()}") from None
        self._reader.join()
        assert code == 0, f"ended with {code}: {self.log.read_text()}"

    def kill(self):
        """Ends it as a power cut would."""
        self._kill()
        self._reader.join()

    def _read(self):
        for line in self._process.stdout:
            self._arriving.put(line.rstrip("\n"))
        self._arriving.put(None)

    def _kill(self):
        self._process.kill()
        self._process.wait()
