"""IKEv2 negotiations that succeed (RFC 7296), each with something an analyser must not take for a fault."""

import time

from ikelab.network import I4
from ikelab.scenario import scenario

from .filters import AUTH, CHILD, ESP_BACK, ESP_OUT, FROM_I, INFORMATIONAL, SA_INIT, SOME, UP, established


@scenario(
    "ike2-psk-ok",
    version=2,
    outcome="established",
    evidence=UP,
    frames=[(SA_INIT, 2), (AUTH, 2), (INFORMATIONAL, 2), (ESP_OUT, 4), (ESP_BACK, 4)],
    expect=established(),
)
def psk_ok(lab):
    """A pre-shared key on both sides, pings through the tunnel, then an orderly delete."""
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping()
        lab.i.terminate()
        time.sleep(0.5)
    return f"Pings answered: {answered} of 4."


@scenario(
    "ike2-cert-fragments-ok",
    version=2,
    outcome="established",
    evidence=UP + [("i", r"splitting IKE message .* into \d fragments"), ("p", r"parsed IKE_AUTH request 1 \[ EF\(1/")],
    frames=[
        (SA_INIT, 2),
        (AUTH, (4, 12)),
        ("isakmp.exchangetype == 35 && isakmp.nextpayload == 53", (4, 12)),
        (ESP_OUT, 3),
        (ESP_BACK, 3),
    ],
    expect=established(),
)
def cert_fragments_ok(lab):
    """Certificates on both sides make IKE_AUTH large: it travels in RFC 7383 fragments (SKF)."""
    lab.use_certificates(4096)
    lab.start()
    with lab.tap("p"):
        lab.i.initiate()
        answered = lab.ping(3)
    return f"Pings answered: {answered} of 3."


@scenario(
    "ike2-cert-ip-fragments-ok",
    version=2,
    outcome="established",
    evidence=UP,
    frames=[(SA_INIT, 2), (AUTH, 2), ("ip.flags.mf == 1", (2, 6)), (ESP_OUT, 3), (ESP_BACK, 3)],
    expect=established(),
)
def cert_ip_fragments_ok(lab):
    """Certificates with IKE fragmentation switched off: IKE_AUTH travels in IP fragments."""
    lab.use_certificates(4096)
    lab.i.conn["fragmentation"] = lab.p.conn["fragmentation"] = "no"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping(3)
    return f"Pings answered: {answered} of 3."


@scenario(
    "ike2-gcm-x25519-ok",
    version=2,
    outcome="established",
    evidence=UP + [("p", "selected proposal: IKE:AES_GCM_16_256/PRF_HMAC_SHA2_256/CURVE_25519")],
    frames=[(SA_INIT, 2), (AUTH, 2), (ESP_OUT, 4), (ESP_BACK, 4)],
    expect=established(),
)
def gcm_x25519_ok(lab):
    """AES-GCM for IKE and ESP, Curve25519."""
    for side in (lab.i, lab.p):
        side.conn["proposals"] = "aes256gcm16-prfsha256-curve25519"
        side.child["esp_proposals"] = "aes256gcm16"
    lab.start()
    with lab.tap("r", ports=("rp",)):
        lab.i.initiate()
        answered = lab.ping()
    return f"Pings answered: {answered} of 4."


@scenario(
    "ike2-nat-ok",
    version=2,
    outcome="established",
    nat=True,
    evidence=UP + [("i", "local host is behind NAT, sending keep alives"), ("p", "remote host is behind NAT")],
    frames=[
        (SA_INIT, 2),
        (AUTH, 2),
        ("isakmp && udp.port == 4500", (2, 10)),
        ("esp && udp.dstport == 4500", SOME),
        ("esp && ip.src == 10.11.0.10", 4),
        (ESP_BACK, 4),
    ],
    expect=established(want="nat-detected"),
)
def nat_ok(lab):
    """The initiator sits behind a NAT: IKE_AUTH floats to UDP 4500, ESP goes in UDP."""
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping()
    return f"Pings answered: {answered} of 4."


@scenario(
    "ike2-nat-ok-responder",
    version=2,
    outcome="established",
    nat=True,
    evidence=UP + [("p", "remote host is behind NAT")],
    frames=[
        ("isakmp && ip.src == 203.0.113.5", SOME),
        ("esp && ip.src == 203.0.113.5", 3),
        (ESP_BACK, 3),
        ("udpencap.nat_keepalive", (1, 10)),
    ],
    expect=established(want="nat-detected"),
)
def nat_ok_responder(lab):
    """The initiator sits behind a NAT and sends NAT keepalives; seen from the responder."""
    lab.i.charon["keep_alive"] = "2s"
    lab.start()
    with lab.tap("p"):
        lab.i.initiate()
        answered = lab.ping(3)
        time.sleep(5)
    return f"Pings answered: {answered} of 3."


@scenario(
    "ike2-invalid-ke-retry-ok",
    version=2,
    outcome="established",
    evidence=UP + [("i", "peer didn't accept DH group CURVE_25519, it requested MODP_2048")],
    frames=[(SA_INIT, 4), ("isakmp.notify.msgtype == 17", 1), (AUTH, 2), (ESP_OUT, 3), (ESP_BACK, 3)],
    expect=established(want="invalid-ke-payload"),
)
def invalid_ke_retry_ok(lab):
    """The responder wants another group than the initiator guessed (INVALID_KE_PAYLOAD): one more round trip."""
    lab.i.conn["proposals"] = "aes256-sha256-curve25519-modp2048"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping(3)
    return f"Pings answered: {answered} of 3."


@scenario(
    "ike2-cookie-ok",
    version=2,
    outcome="established",
    libreswan="p",
    evidence=[
        ("i", r"CHILD_SA net\{1\} established"),
        ("i", r"parsed IKE_SA_INIT response 0 \[ N\(COOKIE\) \]"),
        ("p", "established Child SA|established IKE SA"),
    ],
    frames=[(SA_INIT, 4), ("isakmp.notify.msgtype == 16390", 2), (AUTH, 2), (ESP_OUT, 3), (ESP_BACK, 3)],
    expect=established(want="cookie-required"),
)
def cookie_ok(lab):
    """A libreswan responder with ddos-mode=busy asks a strongSwan initiator for a COOKIE and then goes on."""
    lab.p.setup["ddos-mode"] = "busy"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping(3)
    return f"Pings answered: {answered} of 3."


@scenario(
    "ike2-eap-mschapv2-ok",
    version=2,
    outcome="established",
    evidence=UP + [("i", "EAP method EAP_MSCHAPV2 succeeded")],
    frames=[(SA_INIT, 2), (AUTH, (8, 16)), (ESP_OUT, 3), (ESP_BACK, 3)],
    expect=established(),
)
def eap_mschapv2_ok(lab):
    """User name and password by EAP-MSCHAPv2: several IKE_AUTH exchanges."""
    lab.use_certificates()
    lab.i.conn["local"] = {"auth": "eap-mschapv2", "eap_id": "user", "id": "left.example"}
    lab.p.conn["remote"] = {"auth": "eap-mschapv2", "eap_id": "%any"}
    for side in (lab.i, lab.p):
        side.secrets["eap-user"] = {"id": "user", "secret": '"password"'}
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping(3)
    return f"Pings answered: {answered} of 3."


@scenario(
    "ike2-ipv6-ok",
    version=2,
    outcome="established",
    ipv6=True,
    evidence=UP,
    frames=[
        (SA_INIT, 2),
        (AUTH, 2),
        ("esp && ipv6.dst == 2001:db8:2::20", 4),
        ("esp && ipv6.src == 2001:db8:2::20", 4),
    ],
    expect=established(),
)
def ipv6_ok(lab):
    """The outer addresses are IPv6."""
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping()
    return f"Pings answered: {answered} of 4."


@scenario(
    "ike2-child-rekey",
    version=2,
    outcome="established",
    evidence=UP + [("i", r"CHILD_SA net\{2\} established"), ("i", r"closing CHILD_SA net\{1\}")],
    frames=[(SA_INIT, 2), (AUTH, 2), (CHILD, 2), (INFORMATIONAL, 2), (ESP_OUT, 6), (ESP_BACK, 6)],
    expect=established(),
)
def child_rekey(lab):
    """CREATE_CHILD_SA rekeys the IPsec SA; ESP goes on with new SPIs."""
    lab.start()
    with lab.tap("p"):
        lab.i.initiate()
        before = lab.ping(3)
        lab.i.swanctl("--rekey", "--child", "net")
        lab.wait_for("i", r"closing CHILD_SA net\{1\}", 5)
        time.sleep(0.5)
        after = lab.ping(3)
    return f"Pings answered: {before} of 3 before, {after} of 3 after."


@scenario(
    "ike2-ike-rekey",
    version=2,
    outcome="established",
    evidence=UP + [("i", r"IKE_SA gw\[2\] rekeyed between"), ("p", r"IKE_SA gw\[2\] rekeyed between")],
    frames=[(SA_INIT, 2), (AUTH, 2), (CHILD, 2), (INFORMATIONAL, (2, 6)), (ESP_OUT, 6), (ESP_BACK, 6)],
    expect=established(),
)
def ike_rekey(lab):
    """CREATE_CHILD_SA rekeys the IKE SA: a new SPI pair without an IKE_SA_INIT of its own, used by the delete."""
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        before = lab.ping(3)
        lab.i.swanctl("--rekey", "--ike", "gw")
        lab.wait_for("p", r"IKE_SA gw\[2\] rekeyed between", 5)
        time.sleep(0.5)
        after = lab.ping(3)
        lab.i.terminate()
        time.sleep(0.5)
    return f"Pings answered: {before} of 3 before, {after} of 3 after."


@scenario(
    "ike2-mobike",
    version=2,
    outcome="established",
    evidence=UP + [("p", r"parsed INFORMATIONAL request \d \[ N\(UPD_SA_ADDR\)")],
    frames=[
        (SA_INIT, 2),
        (AUTH, 2),
        ("isakmp && ip.src == 192.0.2.77", SOME),
        ("esp && ip.src == 192.0.2.77", 3),
        ("esp && ip.dst == 192.0.2.77", 3),
        (f"esp && {FROM_I}", 3),
    ],
    expect=established(),
    notes="From the move on, IKE and ESP of the initiator come from 192.0.2.77.",
)
def mobike(lab):
    """The initiator changes its address from 192.0.2.10 to 192.0.2.77 and moves the SAs with MOBIKE (RFC 4555)."""
    for side in (lab.i, lab.p):
        side.conn["mobike"] = "yes"
    lab.i.conn["local_addrs"] = "%any"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        before = lab.ping(3)
        lab.net.run("i", "ip", "address", "add", "192.0.2.77/24", "dev", "eth0")
        lab.net.run("i", "ip", "address", "delete", f"{I4}/24", "dev", "eth0")
        lab.net.run("i", "ip", "route", "replace", "default", "via", "192.0.2.1")
        lab.wait_for("p", r"N\(UPD_SA_ADDR\)", 15)
        time.sleep(1)
        lab.move_esp(I4, "192.0.2.77")
        after = lab.ping(3)
    return f"Pings answered: {before} of 3 before, {after} of 3 after."
