#!/usr/bin/env python3
"""Writes the IKE debug logs beside it, from captures: the device is the responder, and what terminals
and people do to such logs is done to them here. Needs nothing but Python."""

import ipaddress
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
CAPTURES = HERE.parent / "captures"
V2 = {34: "SA_INIT", 35: "AUTH", 36: "CREATE_CHILD", 37: "INFORMATIONAL"}
V1 = {2: "Identity Protection", 4: "Aggressive", 5: "Informational", 32: "Quick"}
SENT_V1 = {2: "ident_r{}send", 32: "quick_r1send", 5: "R-U-THERE-ACK"}


def packets(name):
    """(time, source, destination, octets without the marker, port) of each IKE message of a pcap."""
    octets = (CAPTURES / f"{name}.pcap").read_bytes()
    order = "<" if octets[0] in (0xD4, 0x4D) else ">"
    nano = 1 if b"\x4d" in (octets[0:1], octets[3:4]) and b"\x3c" in (octets[1:2], octets[2:3]) else 1000
    at = 24
    while at < len(octets):
        seconds, fraction, kept, _ = struct.unpack_from(order + "IIII", octets, at)
        frame = octets[at + 16 : at + 16 + kept]
        at += 16 + kept
        kind, ip = frame[12:14], frame[14:]
        if kind == b"\x08\x00" and ip[9] == 17:
            ends, udp = (ip[12:16], ip[16:20]), ip[(ip[0] & 15) * 4 :]
        elif kind == b"\x86\xdd" and ip[6] == 17:
            ends, udp = (ip[8:24], ip[24:40]), ip[40:]
        else:
            continue
        ports = struct.unpack_from(">HH", udp)
        message = udp[8 : struct.unpack_from(">H", udp, 4)[0]]
        if 4500 in ports:
            if message[:4] != bytes(4):
                continue
            message = message[4:]
        if len(message) < 28 or not set(ports) & {500, 4500}:
            continue
        source, destination = (ipaddress.ip_address(end) for end in ends)
        yield (seconds * 10**9 + fraction * nano, source, destination, message, ports)


def name_of(message):
    table = V2 if message[17] == 0x20 else V1
    response = "_RESPONSE" if message[17] == 0x20 and message[19] & 0x20 else ""
    return table[message[18]] + response


def spis(message):
    text = f"{message[:8].hex()}/{message[8:16].hex()}"
    identifier = struct.unpack_from(">I", message, 20)[0]
    return f"{text}:{identifier:08x}" if identifier else text


def end(address, port):
    return f"{address}:{port}"


def log(name, count, device=None, gw="branch", sa=8, plain="ike 0:", stamp=None, hexes=True, mask=None):
    """The lines of the first messages of a capture, as the device at the address would write them."""
    lines = []
    step = 0
    for time, source, destination, message, ports in list(packets(name))[:count]:
        device = device or destination
        where = f"{end(source, ports[0])}->{end(destination, ports[1])}"
        if mask:
            where = mask(where)
        hex_text = message.hex().upper() if hexes else "xxxx"
        prefix = stamp(time) if stamp else ""
        if source == device:
            step += 1
            kind = name_of(message) if message[17] == 0x20 else SENT_V1[message[18]].format(step)
            lines.append(f"{prefix}ike 0:{gw}:{sa}: out {hex_text}")
            lines.append(
                f"{prefix}{plain}{gw}:{sa}: sent IKE msg ({kind}): {where}, len={len(message)}, vrf=0, id={spis(message)}"
            )
        else:
            version = 2 if message[17] == 0x20 else 1
            lines.append(f"{prefix}{plain} comes {where},ifindex=4,vrf=0....")
            lines.append(
                f"{prefix}{plain} IKEv{version} exchange={name_of(message)} id={spis(message)} len={len(message)}"
            )
            lines.append(f"{prefix}ike 0: in {hex_text}")
            lines.append(f"{prefix}{plain}{gw}:{sa}: responder received {name_of(message)} msg")
    return lines


def wrap(line, width, filling=""):
    """A line as a terminal breaks it: at a column, with what fills the gap."""
    parts = [line[at : at + width] for at in range(0, len(line), width)]
    return filling.join(parts) if filling else "\n".join(parts)


def odd(line):
    """Hex in lines of irregular lengths, broken in the middle of octets."""
    head, _, digits = line.rpartition(" ")
    if len(digits) < 200:
        return line
    parts, at, widths = [], 0, [25, 73, 91, 89]
    while at < len(digits):
        width = widths[len(parts) % len(widths)]
        parts.append(digits[at : at + width])
        at += width
    return f"{head} " + "\n".join(parts)


def microseconds(time):
    import datetime

    whole = datetime.datetime.fromtimestamp(time // 10**9, datetime.timezone.utc)
    return f"{whole:%Y-%m-%d %H:%M:%S}.{time % 10**9 // 1000:06d} "


def write(name, lines, newline="\n"):
    (HERE / name).write_bytes((newline.join("\n".join(lines).split("\n")) + newline).encode())


PSK = "ike2-psk-ok"
filled = [wrap(line, 117, " " * 120) if " in " in line or " out " in line else line for line in log(PSK, 4)]
write("wrapped-with-blanks.txt", filled)
write("wrapped-at-odd-digits.txt", [odd(line) for line in log(PSK, 4)])
stamped = log(PSK, 4, stamp=microseconds)
write("wrapped-at-column-133.txt", [wrap(line, 133) for line in stamped], "\r\n")

# The id and the line of a sent message broken, with remarks and empty lines between.
broken = []
for line in log(PSK, 4):
    if "sent IKE msg (SA_INIT_RESPONSE)" in line:
        head, _, tail = line.partition("id=")
        broken += [head, "", "// the answer", tail]
    elif "exchange=AUTH" in line:
        at = line.index("id=") + 20
        broken.append(line[:at] + " " * 120 + line[at:])
    else:
        broken.append(line)
write("broken-between-remarks.txt", broken)

named = log(PSK, 4, plain="ike V=vd10:0:")
write("vdom-by-name.txt", [line.replace("V=vd10:0: ", "V=vd10:0: ") for line in named])
write("vdom-by-index.txt", [line.replace("ike 0:", "ike 5:") for line in log(PSK, 4)])
write("joined-into-one-line.txt", [" ".join(log(PSK, 4, plain="ike V=root:0:"))])

clear = []
for line in log(PSK, 4):
    if " out " in line and clear:
        clear.append("ike 0:branch:8: enc 2700000C01000000C63364140F0E0D0C0B0A090807060504030201")
    clear.append(line)
    if " in " in line and "2E2023" in line:
        stub = line.split(" in ")[1][:48] + "0000002423000004" + "2900000C"
        clear.append(f"ike 0:branch:8: dec {stub}")
write("decrypted-between.txt", clear)

nat = log("ike2-nat-ok-responder", 4)
table = (CAPTURES / "ike2-nat-ok-responder.keys" / "ikev2_decryption_table").read_text()
spi_i, spi_r, sk_ei, sk_er, _, sk_ai, sk_ar, _ = table.strip().split(",")
keys = [
    f"ike 0:branch:8: IKE SA {spi_i}/{spi_r} {name} {len(key) // 2}:{key.upper()}"
    for name, key in (("SK_ei", sk_ei), ("SK_er", sk_er), ("SK_ai", sk_ai), ("SK_ar", sk_ar))
]
answer = next(index for index, line in enumerate(nat) if "sent IKE msg (SA_INIT_RESPONSE)" in line)
write("with-keys.txt", nat[: answer + 1] + keys + nat[answer + 1 :])
port = [line.replace(":500->", ":5555->").replace(":500,", ":5555,") for line in log(PSK, 4)]
message = list(packets(PSK))[0][3]
marked = [f"ike 0: comes 192.0.2.10:4500->198.51.100.20:4500,ifindex=4....", f"ike 0: in 00000000{message.hex()}"]
short = [f"ike 0: comes 192.0.2.10:500->198.51.100.20:500,ifindex=4....", f"ike 0: in {message.hex()[:-41]}"]
alive = [
    "ike 0:branch:8: out FF",
    "ike 0:branch:8: sent IKE msg (keepalive): 198.51.100.20:4500->192.0.2.10:4500, len=1, "
    "id=ff00000000000000/0000000000000000",
]
write("port-4500.txt", nat)
write("port-5555.txt", port)
write("marker-keepalive-and-cut.txt", marked + alive + short)

one, other = log(PSK, 4, gw="a", sa=1), log("ike2-no-proposal-chosen", 2, gw="b", sa=2)
mixed = one[:3] + other[:4] + one[3:5] + other[4:] + one[5:]
sent = [line for line in one if "sent IKE" in line]
again = [line.replace("(SA_INIT", "(RETRANSMIT_SA_INIT") for line in sent[:1]]
write("interleaved.txt", mixed + one[:3] + again + [one[4]])

# Names: none, SPIs, a dial-up instance, blanks.
empty = log(PSK, 4, gw="")
spi_name = log(PSK, 2, gw=spis(message)) + log(PSK, 4, gw="my branch_0")[6:]
write("name-empty.txt", empty)
write("name-spis-and-blanks.txt", spi_name)

some = []
for index, line in enumerate(log(PSK, 4, stamp=microseconds)):
    some.append([line, line[:19] + line[26:], line[27:]][index % 3])
write("times-mixed.txt", some)


def masked(where):
    return where.replace("192.0.2.10", "xx.xx.xx.xx").replace("198.51.100.20", "ff.ff.ff.ff")


write("addresses-masked.txt", ["// a remark", "<----- 注記"] + log(PSK, 4, mask=masked))
write("octets-masked.txt", log(PSK, 4, hexes=False))
write("ipv6.txt", log("ike2-ipv6-ok", 4))
write("main-mode.txt", log("ike1-main-psk-ok", 6))
utf16 = "\ufeff" + "\r\n".join(log(PSK, 4)) + "\r\n"
(HERE / "utf-16.txt").write_bytes(utf16.encode("utf-16-le"))

# What the device makes of the messages: its own words, behind them.
OWN = """my proposal, gw branch:
proposal id = 1:
  protocol = IKEv2:
     encapsulation = IKEv2/none
        type=ENCR, val=AES_CBC (key_len = 256)
        type=INTEGR, val=AUTH_HMAC_SHA2_256_128
        type=PRF, val=PRF_HMAC_SHA2_256
        type=DH_GROUP, val=MODP2048."""
INCOMING = OWN.replace("my proposal, gw branch:", "incoming proposal:").replace("256)", "128)").replace("SHA2_256_128", "SHA_96")
INCOMING = INCOMING.replace("PRF_HMAC_SHA2_256", "PRF_HMAC_SHA")


def said(lines, prefix="ike 0:branch:8: "):
    return [prefix + line for line in lines]


refused = log("ike2-no-proposal-chosen", 1)[:4]
spi = spis(list(packets("ike2-no-proposal-chosen"))[0][3])
words = said((INCOMING + "\n" + OWN).split("\n") + ["lifetime=86400", "no proposal chosen"], f"ike 0:{spi}:8: ")
write("says-no-proposal-chosen.txt", refused + words + ["ike Negotiate SA Error: ike ike [9697]"])
auth = log(PSK, 3)
write("says-other-shared-key.txt", auth + said(["PSK auth failed: probable pre-shared key mismatch"]))
wrong = said(["peer identifier FQDN 'branch.example'"]) + ["ike 0:branch: ignoring IKE request, incorrect ID."]
write("says-identity-refused.txt", auth + wrong + said(["negotiation failure"]))
selectors = said(
    [
        "peer proposal is: peer:0:10.2.0.0-10.2.0.255:0, me:0:10.1.0.0-10.1.0.255:0",
        "specified selectors mismatch",
        "peer: type=7/7, local=0:10.1.0.0-10.1.0.255:0, remote=0:10.2.0.0-10.2.0.255:0",
        "mine: type=7/7, local=0:10.1.0.0-10.1.0.255:0, remote=0:10.3.0.0-10.3.0.255:0",
        "no matching phase2 found",
    ],
    "ike 0:branch:8:25: ",
)
write("says-selectors-mismatch.txt", auth + selectors)
address = ipaddress.ip_address("192.0.2.10")
asking = log(PSK, 1, device=address, hexes=False)
line = asking[1].replace("ident_r1send", "SA_INIT")
again = [line.replace("(SA_INIT)", "(RETRANSMIT_SA_INIT)")] * 2
given_up = said(["negotiation timeout, deleting"]) + ["ike 0:branch: connection expiring due to phase1 down"]
write("says-given-up.txt", [line] + again + given_up)
dead = said(["established IKE SA " + spis(message).split(":")[0], "added IPsec SA: SPIs=01020304/05060708"])
gone = ["ike 0:branch: link fail 4 198.51.100.20->192.0.2.10:0 dpd=1"]
write("says-established.txt", log(PSK, 4) + dead)
write("says-peer-dead.txt", log(PSK, 4) + dead + gone)
write("says-no-route.txt", [line] + said(["could not send IKE Packet(ident_i1send): Network is unreachable"]))
none = said(["ignoring IKEv2 request, no policy configured"], "ike V=root:0:branch: ")
write("says-not-configured.txt", log(PSK, 1, plain="ike V=root:0:", hexes=False)[:2] + none)
write("says-peer-notify.txt", [line] + said(["received notify type NO_PROPOSAL_CHOSEN"]))


def slow(time):
    return microseconds(time - 7200 * 10**9 + 1_500_000_000)


write("clock-apart.txt", log(PSK, 4, stamp=slow))


def listed(name, peer, sas, stat, per_sa, unanswered=0):
    """A tunnel in the list of the device, as FortiOS 7 prints it, without its keys."""
    lines = [
        "list all ipsec tunnel in vd 0",
        "------------------------------------------------------",
        f"name={name} ver=2 serial=1 198.51.100.20:0->{peer}:0 tun_id={peer} dst_mtu=1500 dpd-link=on weight=1",
        f"proxyid_num={len(sas)} child_num=0 refcnt=4 ilast=6 olast=3 ad=/0",
        "stat: rxp={} txp={} rxb=0 txb=0".format(*stat),
        f"dpd: mode=on-idle on=1 idle=20000ms retry=3 count={unanswered} seqno=7",
        "natt: mode=none draft=0 interval=0 remote_port=0",
    ]
    for number, sa in enumerate(sas):
        lines += [f"proxyid=net-{number} proto=0 sa={sa} ref=2 serial={number + 1}", "  src: 0:10.1.0.0-10.1.0.255:0"]
        if sa:
            lines.append("  dec:pkts/bytes={}/0, enc:pkts/bytes={}/0".format(*per_sa))
    return lines


write("list-no-sa.txt", listed("branch", "192.0.2.10", [0, 0], (0, 0), (0, 0)))
write("list-was-up.txt", listed("branch", "192.0.2.10", [0], (9, 7), (0, 0)))
write("list-selector-without-sa.txt", listed("branch", "192.0.2.10", [1, 0], (5, 6), (5, 6)))
write("list-one-way.txt", listed("branch", "192.0.2.10", [1], (0, 6), (0, 12)))
write("list-offloaded.txt", listed("branch", "192.0.2.10", [1], (0, 0), (220, 230)))
write("list-no-traffic.txt", listed("branch", "192.0.2.10", [1], (0, 0), (0, 0)))
write("list-dpd.txt", listed("branch", "192.0.2.10", [1], (5, 9), (5, 9), 3))
twice = listed("branch", "192.0.2.10", [0], (0, 0), (0, 0)) + listed("branch", "192.0.2.10", [1], (3, 2), (3, 2))
write("list-twice.txt", twice)
connecting = """vd: root/0
name: branch
version: 2
interface: port1 3
addr: 198.51.100.20:500 -> 192.0.2.10:500
IKE SA: created 1/1

  id/spi: 9 0102030405060708/0000000000000000
  direction: initiator
  status: connecting, state 3, started 15s ago"""
write("list-gateway-connecting.txt", connecting.split("\n"))
write("list-dialup-template.txt", listed("hub", "0.0.0.0", [], (0, 0), (0, 0)) + listed("hub_0", "192.0.2.10", [1], (4, 4), (4, 4)))

# Sessions in which both ran: the sniffer on all interfaces, and the log of the same device. They belong to
# the sniffer's inputs.
SESSIONS = HERE.parent / "sniffer"


def frames(name):
    """(time, IP packet) of each IPv4 packet of a pcap with IKE or ESP."""
    octets = (CAPTURES / f"{name}.pcap").read_bytes()
    at = 24
    while at < len(octets):
        seconds, fraction, kept, _ = struct.unpack_from("<IIII", octets, at)
        ip = octets[at + 30 : at + 16 + kept]
        at += 16 + kept
        if ip[9] in (17, 50):
            yield seconds * 10**9 + fraction * 1000, ip


def shown(octet):
    return chr(octet) if 0x21 <= octet <= 0x7E else "."


def sniffed(time, ip, device, stamp):
    """A packet as `diagnose sniffer packet any '' 6 0 a` prints it."""
    outward = ipaddress.ip_address(ip[12:16]) == device
    source, destination = (ipaddress.ip_address(ip[at : at + 4]) for at in (12, 16))
    if ip[9] == 17:
        ports = struct.unpack_from(">HH", ip, 20)
        what = f"{source}.{ports[0]} -> {destination}.{ports[1]}: udp {len(ip) - 28}"
    else:
        spi, sequence = struct.unpack_from(">II", ip, 20)
        what = f"{source} -> {destination}: ESP(spi=0x{spi:08x},seq=0x{sequence:x})"
    yield f"{stamp(time)}wan1 {'out' if outward else 'in'} {what}"
    frame = bytes(6 if outward else 5) + (b"" if outward else b"\x01") + bytes.fromhex("00005e005301") + b"\x08\x00" + ip
    for at in range(0, len(frame), 16):
        row = frame[at : at + 16]
        groups = " ".join(row[pair : pair + 2].hex() for pair in range(0, len(row), 2))
        yield f"0x{at:04x}\t {groups:39}\t" + "".join(shown(octet) for octet in row)
    yield ""


def session(name, device, sniffer_stamp=microseconds, log_stamp=None, first=0, last=None, begin=0):
    """Both of a device's views of a capture; the log has only the messages from the first to the last, and
    the sniffer begins at a packet."""
    device = ipaddress.ip_address(device)
    lines = ["fgt # diagnose sniffer packet any 'udp port 500 or udp port 4500 or esp' 6 0 a"]
    lines += ["interfaces=[any]", "filters=[udp port 500 or udp port 4500 or esp]"]
    total, number = list(packets(name)), 0
    for index, (time, ip) in enumerate(frames(name)):
        packet = list(sniffed(time, ip, device, sniffer_stamp)) if index >= begin else []
        told = []
        if number < len(total) and total[number][0] == time and total[number][3] in ip:
            done = len(log(name, number, device=device))
            told = log(name, number + 1, device=device, stamp=log_stamp)[done:]
            told = told if first <= number < (last or len(total)) else []
            number += 1
        # What the daemon sends it prints before, what it gets behind, and now and then in between.
        if number % 3 == 2:
            lines += packet[:4] + told + packet[4:]
        elif ipaddress.ip_address(ip[12:16]) == device:
            lines += told + packet
        else:
            lines += packet + told
    return lines


def write_session(name, lines):
    (SESSIONS / name).write_bytes(("\n".join(lines) + "\n").encode())


def tokyo(time):
    return microseconds(time + 9 * 3600 * 10**9)


def since(name):
    begin = next(frames(name))[0]
    return lambda time: f"{(time - begin) // 10**9}.{(time - begin) % 10**9 // 1000:06d} "


ASKED, ANSWERED = "192.0.2.10", "198.51.100.20"
write_session("46-log-between-packets.txt", session(PSK, ANSWERED))
write_session("46-repeats.txt", session("ike2-sa-init-unanswered", ASKED))
write_session("46-repeats-half-logged.txt", session("ike2-sa-init-unanswered", ASKED, last=3))
write_session("46-other-zone.txt", session(PSK, ANSWERED, log_stamp=tokyo))
write_session("46-relative-packets.txt", session(PSK, ANSWERED, sniffer_stamp=since(PSK), log_stamp=microseconds))
late = ["fgt # diagnose debug enable"] + log(PSK, 2)
write_session("46-log-first.txt", late + session(PSK, ANSWERED, first=2, begin=2) + dead + listed("branch", "192.0.2.10", [1], (3, 2), (3, 2)))

# Messages of which only lines tell, and these lines broken inside their ids.
unseen = [line for line in log(PSK, 4, hexes=False) if "xxxx" not in line]
for index, line in enumerate(unseen):
    at = line.find("id=") + 25
    if "id=" in line:
        unseen[index] = line[:at] + (" " * 120 if index % 2 else "\n") + line[at:]
write("ids-broken-without-octets.txt", unseen)

# Where a message came from and went to is told by neither its own line nor, at first, by any other.
alone = log(PSK, 4)
write("lines-missing.txt", [line for line in alone[:7] + alone[8:] if not ("AUTH_RESPONSE" in line and "sent" in line)])
write("name-colon.txt", log(PSK, 4, gw="dial:west_0") + said(["PSK auth failed: probable pre-shared key mismatch"], "ike 0:dial:west_0:8: "))


def through_tcp(line):
    """Ports of RFC 9329 on TCP 443; the octets are those of the message alone."""
    inward = "comes" in line
    there, back = (":49152->", ":443,") if inward else (":443->", ":49152,")
    return line.replace(":500->", there).replace(":500,", back)


write("port-443.txt", [through_tcp(line) for line in log(PSK, 4)])


def unreadable(where):
    return where.replace("192.0.2.10", "x.x.x.x").replace("198.51.100.20", "x.x.x.x")


remarked = []
for line in log(PSK, 4, mask=unreadable):
    remarked += [line, "// 收到发起方的数据包", "<----- here"]
write("addresses-x.txt", remarked)
write("list-gateway-without-ends.txt", connecting.replace("198.51.100.20:500 -> 192.0.2.10:500", "->").split("\n"))

# What IKEv1 shows of message 5 in clear: an identity, a hash, padding; and what a wrong key makes of it.
MAIN = "ike1-main-psk-ok"
fifth = list(packets(MAIN))[4][3]
payloads = bytes.fromhex("0800000c011101f4c000020a" + "00000044") + bytes(range(64))
padding = len(fifth) - 28 - len(payloads) - 1
padded = fifth[:28] + payloads + bytes([0xA5] * padding + [padding])
garbage = fifth[:28] + bytes.fromhex("553bdc11") * ((len(fifth) - 28) // 4)
for name, decrypted in (("main-mode-decrypted.txt", padded), ("main-mode-wrong-key.txt", garbage)):
    lines = log(MAIN, 6)
    at = next(index for index, line in enumerate(lines) if fifth.hex().upper() in line)
    write(name, lines[: at + 1] + [f"ike 0:branch:8: dec {decrypted.hex().upper()}"] + lines[at + 1 :])

# Main mode and quick mode with the key of the ISAKMP SA, which is known when message 4 was sent.
cookie, key = (CAPTURES / f"{MAIN}.keys" / "ikev1_decryption_table").read_text().strip().split(",")
both = spis(fifth).split(":")[0]
lines = log(MAIN, 9)
at = next(index for index, line in enumerate(lines) if fifth.hex().upper() in line)
with_key = said([f"ISAKMP SA {both} key {len(key) // 2}:{key.upper()}"])
write("main-mode-with-key.txt", lines[: at - 2] + with_key + lines[at - 2 :])

# A session with its keys: those of the IKE SA in the log, those of ESP in the list of tunnels.
NAT = "ike2-nat-ok-responder"
told = session(NAT, "198.51.100.20")
answer = next(index for index, line in enumerate(told) if "sent IKE msg (SA_INIT_RESPONSE)" in line)
esp = [line.replace('"', "").split(",") for line in (CAPTURES / f"{NAT}.keys" / "esp_sa").read_text().splitlines()]
sas = []
for word, (_, _, _, spi, _, key, _, auth) in zip(("dec", "enc"), reversed(esp)):
    key, auth = key[2:], auth[2:]
    sas += [
        f"  {word}: spi={spi[2:]} esp=aes key={len(key) // 2} {key}",
        f"       ah=sha256 key={len(auth) // 2} {auth}",
    ]
tunnel = listed("branch", "203.0.113.5", [1], (3, 3), (3, 3))
write_session("46-with-keys.txt", told[: answer + 1] + keys + told[answer + 1 :] + tunnel[:-1] + sas + tunnel[-1:])
