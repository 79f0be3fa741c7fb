"""Two hosts and a router between them, as network namespaces without a way out.

    i (initiator) -- ri r rp -- p (responder)

Only documentation addresses. The names carry the process id, so labs can run side by side.
"""

import os
import subprocess

I4, P4, R_INSIDE, R_OUTSIDE = "192.0.2.10", "198.51.100.20", "192.0.2.1", "198.51.100.1"
I_NAT, R_NAT, NAT_OUTSIDE = "10.11.0.10", "10.11.0.1", "203.0.113.5"
I6, P6, R6_INSIDE, R6_OUTSIDE = "2001:db8:1::10", "2001:db8:2::20", "2001:db8:1::1", "2001:db8:2::1"
INNER_I, INNER_P = "10.1.0.1", "10.2.0.1"
MAC = {"i": "02:00:00:00:00:10", "ri": "02:00:00:00:00:01", "rp": "02:00:00:00:00:02", "p": "02:00:00:00:00:20"}
# With offloading on, checksums in the capture are wrong and packets larger than the MTU appear.
OFFLOADING_OFF = ("tx", "off", "rx", "off", "tso", "off", "gso", "off", "gro", "off")


class Network:
    """The namespaces of one scenario. `nat`: the initiator sits behind the router's NAT. `ipv6`: IPv6 outside."""

    def __init__(self, nat=False, ipv6=False):
        self.nat, self.ipv6 = nat, ipv6
        self.address = {"i": I6 if ipv6 else I_NAT if nat else I4, "p": P6 if ipv6 else P4}
        self._names = {role: f"ikelab-{os.getpid()}-{role}" for role in "irp"}
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def namespace(self, role):
        return self._names[role]

    def command(self, role, *args):
        """The argument list that runs `args` in the namespace of `role`."""
        return ["ip", "netns", "exec", self._names[role], *map(str, args)]

    def run(self, role, *args, check=True):
        done = subprocess.run(self.command(role, *args), check=False, capture_output=True, text=True, timeout=60)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(map(str, args))}: {done.stderr.strip()}")
        return done.stdout

    def drop(self, match):
        """Lets the router lose every forwarded packet that matches this nftables expression."""
        self.run("r", "nft", "add", "rule", "inet", "lab", "faults", *match.split(), "counter", "drop")

    def drop_early(self, match):
        """Like `drop`, but before connection tracking puts IP fragments together."""
        self.run("r", "nft", "add", "rule", "inet", "lab", "early", *match.split(), "counter", "drop")

    def heal(self):
        """Takes every fault of `drop` back."""
        self.run("r", "nft", "flush", "chain", "inet", "lab", "faults")

    def close(self):
        for name in self._names.values():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, timeout=30, check=False)

    def _build(self):
        for name in self._names.values():
            subprocess.run(["ip", "netns", "add", name], check=True, timeout=30)
        for host, port in (("i", "ri"), ("p", "rp")):
            subprocess.run(
                [
                    "ip",
                    "link",
                    "add",
                    "eth0",
                    "address",
                    MAC[host],
                    "netns",
                    self._names[host],
                    "type",
                    "veth",
                    "peer",
                    "name",
                    port,
                    "address",
                    MAC[port],
                    "netns",
                    self._names["r"],
                ],
                check=True,
                timeout=30,
            )
        for role, port in (("i", "eth0"), ("p", "eth0"), ("r", "ri"), ("r", "rp")):
            self.run(role, "ethtool", "-K", port, *OFFLOADING_OFF)
            off = "router_solicitations=0" if self.ipv6 else "disable_ipv6=1"
            self.run(role, "sysctl", "-qw", f"net.ipv6.conf.{port}.{off}")
            self.run(role, "ip", "link", "set", port, "up")
        inside, outside = (R6_INSIDE, R6_OUTSIDE) if self.ipv6 else (R_NAT if self.nat else R_INSIDE, R_OUTSIDE)
        self._address("i", "eth0", self.address["i"], gateway=inside)
        self._address("p", "eth0", self.address["p"], gateway=outside)
        self._address("r", "ri", inside)
        self._address("r", "rp", outside)
        for role, inner in (("i", INNER_I), ("p", INNER_P)):
            self.run(role, "ip", "link", "set", "lo", "up")
            self.run(role, "ip", "address", "add", f"{inner}/24", "dev", "lo")
            # pluto reserves SPIs in the kernel; a reservation that expires would take the SA along.
            self.run(
                role, "sysctl", "-qw", "net.core.xfrm_acq_expires=3600", "net.ipv4.conf.eth0.promote_secondaries=1"
            )
            # ESP is for ikelab/esp.py, which listens before this hook; the kernel would answer it with ICMP errors.
            self.run(
                role,
                "nft",
                "add table inet host;"
                "add chain inet host early { type filter hook prerouting priority -300; };"
                "add rule inet host early meta l4proto esp drop;"
                "add rule inet host early udp dport 4500 @th,64,32 != 0 drop;",
            )
        self.run("r", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        rules = (
            "add table inet lab;"
            "add chain inet lab faults { type filter hook forward priority -150; };"
            "add chain inet lab early { type filter hook prerouting priority -450; };"
        )
        if self.nat:
            rules += (
                "add table ip nat;"
                "add chain ip nat out { type nat hook postrouting priority 100; };"
                f"add rule ip nat out oifname rp snat to {NAT_OUTSIDE};"
            )
        self.run("r", "nft", rules)
        if self.ipv6:
            # The link-local addresses need their duplicate detection, the hosts their neighbours.
            self.run("i", "ping", "-q", "-c", "4", "-i", "0.5", self.address["p"], check=False)

    def _address(self, role, port, address, gateway=None):
        if ":" in address:
            self.run(role, "ip", "address", "add", f"{address}/64", "dev", port, "nodad")
        else:
            self.run(role, "ip", "address", "add", f"{address}/24", "dev", port)
        if gateway:
            self.run(role, "ip", "route", "add", "default", "via", gateway)
