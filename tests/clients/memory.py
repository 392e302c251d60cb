#!/usr/bin/env python3
"""Measures how much memory a built `holdfast` program takes beyond what it takes at rest: while a million measurements go
to a reader that takes its time, as CSV and as a spreadsheet; and while 500 clients of realtime notifications hang on
WebSockets that they never read from. Bounded in time; prints one line for each.

    memory.py PATH-OF-THE-PROGRAM [MEASUREMENTS [CLIENTS]]
"""

import base64
import http.client
import json
import os
import socket
import ssl
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from stage import ADMIN_PASSWORD, serving

BULK = 10_000
READ_SECONDS_MAX = 300
SLOW_SECONDS = 10
READ_BYTES = 64 << 10
# So that what is not read stays with the program and not with this machine. A window smaller than a packet of the loopback
# interface, 64 KiB, would have both ends wait for timers.
RECEIVE_BYTES = 256 << 10
RECEIVE_BYTES_OF_ONE_THAT_HANGS = 4 << 10
LOAD_SECONDS = 60


def resident(process_id):
    """Memory that is resident, in KiB."""
    text = Path(f"/proc/{process_id}/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS:"))


class Peak:
    """The most memory that was resident while this is open."""

    def __init__(self, process_id):
        self.process_id, self.kib, self._over = process_id, 0, threading.Event()

    def __enter__(self):
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self):
        while not self._over.wait(0.05):
            self.kib = max(self.kib, resident(self.process_id))

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


def connected(server, receive_bytes):
    parts = urlsplit(server.program.base)
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    wire.settimeout(60)
    wire.connect((parts.hostname, parts.port))
    context = ssl.create_default_context(cafile=str(server.ca))
    return context.wrap_socket(wire, server_hostname=parts.hostname)


def head(server, client, lines):
    host = urlsplit(server.program.base).netloc
    return "\r\n".join([*lines, f"Host: {host}", f"Authorization: {client.authorization}", "", ""]).encode()


def export(server, client, source, media):
    """Reads a whole export, slowly at first; gives how many bytes and lines it has, and in how many seconds."""
    wire = connected(server, RECEIVE_BYTES)
    wire.sendall(head(server, client, [
        f"GET /measurement/measurements?source={source} HTTP/1.1", f"Accept: {media}", "Connection: close",
    ]))
    answer, taken, lines, begun = http.client.HTTPResponse(wire), 0, 0, time.monotonic()
    answer.begin()
    assert answer.status == 200, answer.status
    # Fails when the export ends early.
    while piece := answer.read(READ_BYTES):
        taken, lines = taken + len(piece), lines + piece.count(b"\n")
        seconds = time.monotonic() - begun
        if seconds < SLOW_SECONDS:
            time.sleep(0.1)
        assert seconds < READ_SECONDS_MAX, f"{taken} bytes, and no end"
    wire.close()
    return taken, lines, time.monotonic() - begun


def hang(server, client, source):
    """A client that follows everything about an object and reads no more."""
    wire = connected(server, RECEIVE_BYTES_OF_ONE_THAT_HANGS)
    key = base64.b64encode(os.urandom(16)).decode()
    wire.sendall(head(server, client, [
        "GET /notification/realtime HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
    ]))
    assert b" 101 " in wire.recv(4_096)

    def say(message):
        data = json.dumps([message]).encode()
        frame = bytes([0x81]) + (bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + len(data).to_bytes(2, "big"))
        wire.sendall(frame + bytes(4) + data)

    say({"channel": "/meta/handshake", "version": "1.0"})
    answer = wire.recv(4_096)
    name = json.loads(answer[answer.index(b"["):])[0]["clientId"]
    say({"channel": "/meta/subscribe", "clientId": name, "subscription": f"/measurements/{source}"})
    wire.recv(4_096)
    say({"channel": "/meta/connect", "clientId": name, "connectionType": "websocket"})
    return wire


def many(source, count, first=0):
    start = 1_772_000_000 + first
    stamp = lambda at: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start + at))
    return {"measurements": [
        {"source": {"id": source}, "time": stamp(at), "type": "bench", "c8y_T": {"T": {"value": at % 1_000, "unit": "C"}}}
        for at in range(count)
    ]}


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ["HOLDFAST_PROGRAM"] = str(Path(arguments[0]).resolve())
    measurements, clients = [*map(int, arguments[1:]), *(1_000_000, 500)[len(arguments) - 1:]]
    with tempfile.TemporaryDirectory() as directory, serving(Path(directory)) as server:
        process_id = server.program._process.pid
        admin = server.client("t100", "admin", ADMIN_PASSWORD)
        source = admin.new_object(name="memory", c8y_IsDevice={})["id"]
        at_rest = resident(process_id)
        print(f"at rest: {at_rest / 1024:.1f} MiB", flush=True)
        for first in range(0, measurements, BULK):
            body = json.dumps(many(source, min(BULK, measurements - first), first))
            headers = {"Content-Type": "application/json"}
            answer = admin.request("POST", "/measurement/measurements", body=body, headers=headers, accept=None)
            assert answer.status_code == 201, answer.text
        print(f"with {measurements} measurements stored: {resident(process_id) / 1024:.1f} MiB", flush=True)
        # What the filling has left free would hide what the reading takes.
        server.restart()
        process_id = server.program._process.pid
        admin = server.client("t100", "admin", ADMIN_PASSWORD)
        other = admin.new_object(name="followed", c8y_IsDevice={})["id"]
        before = resident(process_id)
        print(f"at rest after a start with these: {before / 1024:.1f} MiB", flush=True)
        for media in ("text/csv", "application/vnd.ms-excel"):
            with Peak(process_id) as peak:
                taken, lines, seconds = export(server, admin, source, media)
            more = (peak.kib - before) / 1024
            print(f"{media}, {taken} bytes, {lines} line ends, {seconds:.0f} s: peak {more:.1f} MiB more", flush=True)
        before = resident(process_id)
        with Peak(process_id) as peak:
            wires = [hang(server, admin, other) for _ in range(clients)]
            connected_kib, half_kib, begun, sent = resident(process_id), 0, time.monotonic(), 0
            while (seconds := time.monotonic() - begun) < LOAD_SECONDS:
                admin.request("POST", "/measurement/measurements", json_body=many(other, 100, sent), accept=None)
                sent += 100
                half_kib = half_kib if seconds > LOAD_SECONDS / 2 else peak.kib
        print(
            f"{clients} clients that read nothing: {(connected_kib - before) / 1024:.1f} MiB more when they follow; "
            f"{sent} measurements told: peak {(half_kib - before) / 1024:.1f} MiB more in the first half, "
            f"{(peak.kib - before) / 1024:.1f} MiB in all"
        )
        for wire in wires:
            wire.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
