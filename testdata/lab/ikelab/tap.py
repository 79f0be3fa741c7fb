"""A capture of one port while a scenario runs, with tcpdump or dumpcap."""

import os
import signal
import subprocess
import time


class Tap:
    """`with Tap(...)`: listening from the first line of the block to 0.6 s after its last.

    Several ports (pcapng only) become several interface blocks of one file.
    """

    def __init__(self, net, role, path, ports=("eth0",), capture_filter="", snaplen=0, link_type=None):
        self._net, self._role, self._path = net, role, path
        self._ports, self._filter, self._snaplen = ports, capture_filter, snaplen
        self._link_type, self._process = link_type, None

    def __enter__(self):
        program = self._dumpcap() if self._path.endswith("ng") else self._tcpdump()
        self._process = subprocess.Popen(
            self._net.command(self._role, *program), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        for line in self._process.stderr:
            if "listening on" in line or line.startswith("File:"):
                break
        time.sleep(0.3)
        return self

    def __exit__(self, *_):
        time.sleep(0.6)
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=20)
        os.chmod(self._path, 0o644)

    def _tcpdump(self):
        # Without immediate mode the last second is lost when tcpdump ends.
        link_type = ["-y", self._link_type] if self._link_type else []
        return [
            "tcpdump",
            "-i",
            self._ports[0],
            *link_type,
            "-n",
            "-s",
            self._snaplen,
            "-U",
            "--immediate-mode",
            "-Z",
            "root",
            "-w",
            self._path,
            *self._filter.split(),
        ]

    def _dumpcap(self):
        ports = [word for port in self._ports for word in ("-i", port)]
        filters = ["-f", self._filter] if self._filter else []
        return ["dumpcap", *ports, *filters, *(["-s", self._snaplen] if self._snaplen else []), "-w", self._path]
