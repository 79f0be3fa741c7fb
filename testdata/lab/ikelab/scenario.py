"""What a scenario is, how one is run, and the truth file it leaves."""

import contextlib
import dataclasses
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

from . import keys, shark
from .libreswan import Pluto
from .network import INNER_I, INNER_P, Network
from .strongswan import Authority, Charon
from .tap import Tap

LAB = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CAPTURES = os.path.join(os.path.dirname(LAB), "captures")
PAIRS = os.path.join(os.path.dirname(LAB), "pairs")
CACHE = os.path.join(LAB, ".cache")
VANTAGES = {"i": "initiator", "p": "responder", "r": "middle"}
USER_SPACE_ESP = (
    "The ESP packets come from the lab's user-space ESP (ikelab/esp.py), which encrypts real pings with the "
    "SPIs and keys the daemons negotiated; the kernel has no ESP."
)


@dataclasses.dataclass(frozen=True)
class Expect:
    """One row of expected.tsv; alternatives are joined by |."""

    outcome: str
    stage: str = ""
    cause: str = ""
    confidence: str = ""
    want: str = ""
    never: str = ""
    issue: str = ""
    pair: str = ""
    keys: str = "no"


@dataclasses.dataclass
class Scenario:
    name: str
    version: int
    run: object
    about: str
    outcome: str
    stage: str
    cause: str | None
    evidence: list
    frames: list
    expect: list
    nat: bool = False
    ipv6: bool = False
    libreswan: str = ""
    suffix: str = "pcap"
    notes: str = ""
    # Whose key exchanges leave their secrets beside the capture, by role.
    secrets: str = ""
    # Captured at both ends: what must hold at the responder, as `frames` at the initiator.
    frames_p: list | None = None

    @property
    def targets(self):
        """The captures it leaves, by the role of the host where they were made."""
        if self.frames_p is None:
            return {"": os.path.join(CAPTURES, f"{self.name}.{self.suffix}")}
        return {role: os.path.join(PAIRS, f"{self.name}.{VANTAGES[role]}.{self.suffix}") for role in "ip"}


SCENARIOS = {}


def scenario(name, *, version, outcome, stage="none", cause=None, evidence, frames, expect=(), **options):
    """Registers a function as a scenario; its docstring says what happens, for the truth file.

    `evidence`: (role, regular expression) of lines that must be in the daemons' logs.
    `frames`: (display filter, number or (least, most)) that must hold in the capture, by tshark's count.
    """

    def register(function):
        about = " ".join(function.__doc__.split())
        SCENARIOS[name] = Scenario(
            name, version, function, about, outcome, stage, cause, list(evidence), list(frames), list(expect), **options
        )
        return function

    return register


class Lab:
    """What a scenario's function works with: the network, the two daemons `i` and `p`, taps and pings."""

    def __init__(self, spec, work):
        self.spec, self.work = spec, work
        self.net = Network(nat=spec.nat, ipv6=spec.ipv6)
        self.i, self.p = self._daemon("i"), self._daemon("p")
        self._esp, self._more = {}, []
        self.vantage, self.made_by = None, "real daemons, live capture"
        self.path = os.path.join(work, f"capture.{spec.suffix}")
        self.path_p = os.path.join(work, f"capture-p.{spec.suffix}")

    def start(self):
        """Starts the daemons, the responder first."""
        self.p.start()
        self.i.start()

    def tap(self, role, **options):
        """The capture of this scenario, at one host or at the router."""
        self.vantage = VANTAGES[role]
        return Tap(self.net, role, self.path, **options)

    @contextlib.contextmanager
    def taps(self):
        """The captures of a two-sided scenario, at both hosts at once."""
        self.vantage = "both"
        with Tap(self.net, "i", self.path), Tap(self.net, "p", self.path_p):
            yield

    def use_certificates(self, size=2048):
        authority = Authority(os.path.join(self.work, "ca"))
        self.i.use_certificate(authority, size)
        self.p.use_certificate(authority, size)

    def ping(self, count=4, interval=0.25, sender="i"):
        """Sends pings through the tunnel and returns how many were answered."""
        for role, inner in (("i", INNER_I), ("p", INNER_P)):
            if role not in self._esp:
                command = self.net.command(role, sys.executable, f"{LAB}/ikelab/esp.py", self._of(role).sas, inner)
                self._esp[role] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                time.sleep(0.6)
        peer = INNER_P if sender == "i" else INNER_I
        process = self._esp[sender]
        process.stdin.write(f"ping {peer} {count} {interval}\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], count * interval + 10)[0]:
            raise RuntimeError(f"the user-space ESP of {sender} does not answer")
        return int(process.stdout.readline().split()[1])

    def move_esp(self, old, new):
        """Tells both user-space ESPs that an outer address changed, as MOBIKE tells the kernel."""
        for process in self._esp.values():
            process.stdin.write(f"move {old} {new}\n")
            process.stdin.flush()

    def another_responder(self):
        """A second charon in the responder's namespace, to be given other ports."""
        directory = os.path.join(self.work, "p2")
        os.makedirs(directory)
        self._more.append(Charon(self.net, "p", directory, os.path.join(CACHE, "xfrm_aside.so")))
        return self._more[-1]

    def cut(self, *ranges):
        """Keeps only these frames ("4-9") of the finished capture, with editcap."""
        whole = self.path + ".whole"
        os.rename(self.path, whole)
        subprocess.run(
            ["editcap", "-F", self.spec.suffix, "-r", whole, self.path, *ranges],
            check=True,
            capture_output=True,
            timeout=30,
        )
        self.made_by = f"real daemons, live capture, then cut with editcap to frames {', '.join(ranges)}"

    def wait_for(self, role, pattern, timeout, count=1):
        """Waits until `count` lines of the daemon's log match."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if len(_matches(self._of(role).log, pattern)) >= count:
                return
            time.sleep(0.2)
        raise RuntimeError(f"log of {role} never said {pattern!r}")

    def close(self):
        for process in self._esp.values():
            process.kill()
        for daemon in (self.i, self.p, *self._more):
            daemon.stop()
        self.net.close()

    def _daemon(self, role):
        directory = os.path.join(self.work, role)
        os.makedirs(directory)
        preload = os.path.join(CACHE, "xfrm_aside.so")
        if role in self.spec.libreswan:
            return Pluto(self.net, role, directory, preload, os.path.join(CACHE, "libreswan"))
        return Charon(self.net, role, directory, preload)

    def _of(self, role):
        return {"i": self.i, "p": self.p}[role]


def make(name):
    """Runs one scenario and writes its capture, truth and keys. Returns a line for the terminal."""
    spec = SCENARIOS[name]
    work = tempfile.mkdtemp(prefix=f"ikelab-{name}-")
    lab = Lab(spec, work)
    try:
        note = spec.run(lab)
    finally:
        lab.close()
    truth = _truth(spec, lab, note)
    targets = list(spec.targets.values())
    for made, target in zip((lab.path, lab.path_p), targets):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(made, target)
    base = os.path.join(os.path.dirname(targets[0]), name)
    tables = []
    if spec.frames_p is None:
        shutil.rmtree(f"{base}.keys", ignore_errors=True)
        pairs = [(i, r) for i, r in shark.ike_sas(targets[0]) if int(r, 16)]
        tables = keys.write_tables(f"{base}.keys", spec.version, pairs, [lab.i, lab.p])
        if spec.secrets:
            keys.write_secrets(base, spec.version, pairs, lab.i if spec.secrets == "i" else lab.p)
    with open(f"{base}.truth.json", "w", encoding="utf-8") as out:
        json.dump(truth, out, indent=1)
        out.write("\n")
    shutil.rmtree(work)
    made = " and ".join(f"{shark.frames(target)} frames, {os.path.getsize(target)} octets" for target in targets)
    return f"{name}: {made}, keys: {', '.join(tables) or 'none'}"


def _truth(spec, lab, note):
    """The truth file. Raises where logs or capture do not show what the scenario says (the work folder is kept)."""
    evidence = []
    for role, pattern in spec.evidence:
        lines = _matches((lab.i if role == "i" else lab.p).log, pattern)
        if not lines:
            raise RuntimeError(f"{spec.name}: log of {role} has no line {pattern!r} ({lab.work})")
        evidence.append({"node": VANTAGES[role], "count": len(lines), "line": lines[0].strip()})
    seen = _counted(spec, lab, lab.path, spec.frames)
    if spec.frames_p is not None:
        seen = {"initiator": seen, "responder": _counted(spec, lab, lab.path_p, spec.frames_p)}
    flows = shark.esp_flows(lab.path)
    notes = [spec.notes, note or "", USER_SPACE_ESP if flows else ""]
    return {
        "scenario": spec.name,
        "about": spec.about,
        "ike_version": spec.version,
        "initiator": {"address": lab.net.address["i"], "implementation": lab.i.implementation},
        "responder": {"address": lab.net.address["p"], "implementation": lab.p.implementation},
        "vantage": lab.vantage,
        "outcome": spec.outcome,
        "stage": spec.stage,
        "cause": spec.cause,
        "notes": " ".join(filter(None, notes)),
        "made_by": lab.made_by,
        "ike_sas": [{"spi_i": i, "spi_r": r} for i, r in shark.ike_sas(lab.path)],
        "esp_flows": flows,
        "frames_by_tshark": seen,
        "daemon_evidence": evidence,
    }


def _counted(spec, lab, path, frames):
    """How many frames match each filter by tshark's count. Raises where that is not what the scenario says."""
    seen = {}
    for display_filter, wanted in frames:
        seen[display_filter] = shark.count(path, display_filter)
        least, most = wanted if isinstance(wanted, tuple) else (wanted, wanted)
        if not least <= seen[display_filter] <= most:
            raise RuntimeError(
                f"{spec.name}: {seen[display_filter]} frames match {display_filter!r}, not {wanted} ({lab.work})"
            )
    return seen


def _matches(path, pattern):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as log:
        return [line for line in log if re.search(pattern, line)]
