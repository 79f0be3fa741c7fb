"""What tshark, an independent dissector, sees in a capture."""

import subprocess


def count(path, display_filter):
    """The number of frames that match."""
    return len(_rows(path, ["frame.number"], display_filter))


def ike_sas(path):
    """The (initiator SPI, responder SPI) pairs in order of appearance, hex; zero SPIs as they are."""
    return _unique(_rows(path, ["isakmp.ispi", "isakmp.rspi"], "isakmp && !icmp && !icmpv6"))


def esp_flows(path):
    """One dict per ESP flow: source, destination, SPI, packets."""
    rows = _rows(path, ["ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "esp.spi"], "esp && !icmp && !icmpv6")
    flows = {}
    for ip_src, ip6_src, ip_dst, ip6_dst, spi in rows:
        key = (ip_src or ip6_src, ip_dst or ip6_dst, spi)
        flows[key] = flows.get(key, 0) + 1
    return [{"src": s, "dst": d, "spi": spi.removeprefix("0x"), "packets": n} for (s, d, spi), n in flows.items()]


def frames(path):
    return len(_rows(path, ["frame.number"], ""))


def _rows(path, fields, display_filter):
    command = ["tshark", "-r", path, "-T", "fields", "-E", "occurrence=f"]
    for field in fields:
        command += ["-e", field]
    if display_filter:
        command += ["-Y", display_filter]
    out = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    return [tuple(line.split("\t")) for line in out.splitlines()]


def _unique(rows):
    return list(dict.fromkeys(rows))
