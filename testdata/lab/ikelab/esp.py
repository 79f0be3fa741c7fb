"""A user-space ESP (RFC 4303) that answers pings: real encryption with the SAs the daemons negotiated.

    python3 esp.py SAS INNER_ADDRESS

SAS is the file that xfrm_aside.so appends to. Packets are received with a packet socket and sent with a raw socket, in
tunnel mode, as IP protocol 50 or in UDP (RFC 3948) where the SA says so. Standard input takes lines
"ping PEER COUNT INTERVAL", answered by "answered N" on standard output, and "move OLD NEW" for an outer address that
changed.
"""

import hmac
import json
import os
import select
import socket
import struct
import sys
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ETH_P_ALL, ESP, UDP, ICMP, IPV4 = 0x0003, 50, 17, 1, 4
PING_TIMEOUT = 0.7


class Sa:
    """One IPsec SA as the daemon handed it to the kernel."""

    def __init__(self, fields):
        self.spi = int(fields["spi"], 16)
        self.src, self.dst = fields["src"], fields["dst"]
        self.encap = fields.get("encap")
        self.sequence = 0
        self._aead = fields["cipher"].startswith("rfc4106")
        self._key = bytes.fromhex(fields["key"])
        self._icv = fields["icv_bits"] // 8
        self._auth_key = bytes.fromhex(fields.get("auth_key", ""))
        self._hash = fields.get("auth", "").removeprefix("hmac(").removesuffix(")")

    def seal(self, inner):
        self.sequence += 1
        header = struct.pack("!II", self.spi, self.sequence)
        block = 4 if self._aead else 16
        padding = -(len(inner) + 2) % block
        plain = inner + bytes(range(1, padding + 1)) + bytes([padding, IPV4])
        if self._aead:
            iv = os.urandom(8)
            return header + iv + AESGCM(self._key[:-4]).encrypt(self._key[-4:] + iv, plain, header)
        iv = os.urandom(16)
        cipher = Cipher(algorithms.AES(self._key), modes.CBC(iv)).encryptor()
        body = header + iv + cipher.update(plain) + cipher.finalize()
        return body + self._tag(body)

    def open(self, packet):
        """The inner packet, or None where the integrity check fails."""
        if self._aead:
            plain = AESGCM(self._key[:-4]).decrypt(self._key[-4:] + packet[8:16], packet[16:], packet[:8])
        else:
            body, tag = packet[: -self._icv], packet[-self._icv :]
            if not hmac.compare_digest(self._tag(body), tag):
                return None
            cipher = Cipher(algorithms.AES(self._key), modes.CBC(body[8:24])).decryptor()
            plain = cipher.update(body[24:]) + cipher.finalize()
        return plain[: -2 - plain[-2]]

    def _tag(self, body):
        return hmac.new(self._auth_key, body, self._hash).digest()[: self._icv]


class Host:
    """The SAs and sockets of one namespace."""

    def __init__(self, sas_path, inner):
        self._path, self._inner, self._read = sas_path, inner, 0
        self._sas = []
        self._packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._raw = {
            family: socket.socket(family, socket.SOCK_RAW, ESP) for family in (socket.AF_INET, socket.AF_INET6)
        }
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_RAW, UDP)
        self._answered = 0

    def serve(self):
        while True:
            ready, _, _ = select.select([sys.stdin, self._packets], [], [])
            if self._packets in ready:
                self._receive()
            if sys.stdin in ready:
                # Not readline: it would keep a second order in its buffer, where select does not see it.
                orders = os.read(sys.stdin.fileno(), 4096).decode("ascii")
                if not orders:
                    return
                for order in orders.splitlines():
                    self._obey(*order.split())

    def _obey(self, order, *words):
        if order == "ping":
            peer, count, interval = words
            print("answered", self._ping(peer, int(count), float(interval)), flush=True)
        else:
            old, new = words
            for sa in self._sas:
                sa.src, sa.dst = (new if address == old else address for address in (sa.src, sa.dst))

    def _ping(self, peer, count, interval):
        self._answered = 0
        for number in range(1, count + 1):
            self._send(_ip(self._inner, peer, _icmp(8, b"\x10\x7e" + struct.pack("!H", number) + bytes(range(48)))))
            self._receive_until(time.monotonic() + (interval if number < count else PING_TIMEOUT))
        return self._answered

    def _receive_until(self, end):
        while (left := end - time.monotonic()) > 0:
            if select.select([self._packets], [], [], left)[0]:
                self._receive()

    def _receive(self):
        frame, address = self._packets.recvfrom(65535)
        if address[2] == socket.PACKET_OUTGOING or address[0] == "lo":
            return
        packet = _esp_of(frame[14:], address[1])
        if packet is None or len(packet) < 40:
            return
        self._load()
        spi = int.from_bytes(packet[:4], "big")
        inner = next((sa.open(packet) for sa in self._sas if sa.spi == spi), None)
        if inner is None or inner[9] != ICMP:
            return
        size = (inner[0] & 15) * 4
        if inner[size] == 8:
            source = socket.inet_ntoa(inner[12:16])
            self._send(_ip(self._inner, source, _icmp(0, inner[size + 4 :])))
        elif inner[size] == 0:
            self._answered += 1

    def _send(self, inner):
        self._load()
        outbound = [sa for sa in self._sas if _is_local(sa.src)]
        if not outbound:
            return
        sa = outbound[-1]
        packet = sa.seal(inner)
        if sa.encap:
            source, destination = sa.encap
            header = struct.pack("!HHHH", source, destination, 8 + len(packet), 0)
            self._udp.sendto(header + packet, (sa.dst, 0))
        else:
            self._raw[socket.AF_INET6 if ":" in sa.dst else socket.AF_INET].sendto(packet, (sa.dst, 0))

    def _load(self):
        if not os.path.exists(self._path):
            return
        with open(self._path, "rb") as log:
            lines = log.read().splitlines()
        self._sas += [Sa(json.loads(line)) for line in lines[self._read :]]
        self._read = len(lines)


def _is_local(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
            return True
        except OSError:
            return False


def _esp_of(ip, ethertype):
    """The ESP packet in an IP packet: as protocol 50, or in UDP 4500 without the non-ESP marker."""
    if ethertype == 0x0800:
        protocol, body = ip[9], ip[(ip[0] & 15) * 4 : int.from_bytes(ip[2:4], "big")]
    elif ethertype == 0x86DD:
        protocol, body = ip[6], ip[40 : 40 + int.from_bytes(ip[4:6], "big")]
    else:
        return None
    if protocol == ESP:
        return body
    is_natt = protocol == UDP and int.from_bytes(body[2:4], "big") == 4500 and body[8:12] != bytes(4)
    return body[8:] if is_natt else None


def _ip(source, destination, body):
    header = struct.pack(
        "!BBHHHBBH4s4s",
        0x45,
        0,
        20 + len(body),
        0,
        0x4000,
        64,
        ICMP,
        0,
        socket.inet_aton(source),
        socket.inet_aton(destination),
    )
    return header[:10] + struct.pack("!H", _checksum(header)) + header[12:] + body


def _icmp(kind, rest):
    message = struct.pack("!BBH", kind, 0, 0) + rest
    return message[:2] + struct.pack("!H", _checksum(message)) + message[4:]


def _checksum(octets):
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


if __name__ == "__main__":
    Host(sys.argv[1], sys.argv[2]).serve()
