"""IKEv1 scenarios (RFC 2409): main mode, aggressive mode, quick mode, XAUTH."""

import time

from ikelab.scenario import Expect, scenario

from .filters import (
    AGGRESSIVE,
    ESP_BACK,
    ESP_OUT,
    FROM_I,
    FROM_P,
    INFO_1,
    MAIN,
    QUICK,
    SOME,
    TRANSACTION,
    UP,
    established,
    exchange,
    first_payload,
)


def start(lab, **both):
    """Starts both daemons with IKEv1 and these settings of the connection."""
    for side in (lab.i, lab.p):
        side.conn |= {"version": "1"} | both
    lab.start()


@scenario(
    "ike1-main-psk-ok",
    version=1,
    outcome="established",
    evidence=UP,
    frames=[(MAIN, 6), (QUICK, 3), (INFO_1, (1, 4)), (ESP_OUT, 4), (ESP_BACK, 4)],
    expect=established(),
)
def main_psk_ok(lab):
    """Main mode with a pre-shared key, quick mode, pings, then deletes."""
    start(lab)
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(0.3)
        answered = lab.ping()
        lab.i.terminate()
        time.sleep(0.5)
    return f"Pings answered: {answered} of 4."


@scenario(
    "ike1-main-nat-ok",
    version=1,
    outcome="established",
    nat=True,
    evidence=UP + [("i", "local host is behind NAT, sending keep alives")],
    frames=[
        (MAIN, 6),
        (f"{MAIN} && udp.port == 4500", 2),
        (QUICK, 3),
        ("esp && ip.src == 10.11.0.10", 4),
        (ESP_BACK, 4),
    ],
    expect=established() + [Expect("established", "none", want="nat-detected")],
)
def main_nat_ok(lab):
    """Main mode behind a NAT: message 5 floats to UDP 4500 (RFC 3947)."""
    start(lab)
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(0.3)
        answered = lab.ping()
    return f"Pings answered: {answered} of 4."


@scenario(
    "ike1-aggressive-ok",
    version=1,
    outcome="established",
    evidence=UP,
    frames=[(AGGRESSIVE, 3), (QUICK, 3), (ESP_OUT, 4), (ESP_BACK, 4)],
    expect=established(),
)
def aggressive_ok(lab):
    """Aggressive mode with a pre-shared key, then quick mode."""
    lab.p.charon["i_dont_care_about_security_and_use_aggressive_mode_psk"] = "yes"
    start(lab, aggressive="yes")
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(0.3)
        answered = lab.ping()
    return f"Pings answered: {answered} of 4."


@scenario(
    "ike1-xauth-ok",
    version=1,
    outcome="established",
    evidence=UP + [("p", "XAuth authentication of 'user' successful")],
    frames=[(MAIN, 6), (TRANSACTION, (4, 8)), (QUICK, 3), (ESP_OUT, 3), (ESP_BACK, 3)],
    expect=established(),
)
def xauth_ok(lab):
    """Main mode, XAUTH with user name and password in transaction exchanges, quick mode."""
    lab.i.conn["local2"] = {"auth": "xauth", "xauth_id": "user"}
    lab.p.conn["remote2"] = {"auth": "xauth"}
    for side in (lab.i, lab.p):
        side.secrets["xauth-user"] = {"id": "user", "secret": '"password"'}
    start(lab)
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(0.3)
        answered = lab.ping(3)
    return f"Pings answered: {answered} of 3."


@scenario(
    "ike1-main-sa-unanswered",
    version=1,
    outcome="stalled",
    stage="main_mode_sa",
    cause="main-mode-sa-unanswered",
    evidence=[("i", r"sending retransmit 4 of request message ID 0, seq 1"), ("i", r"giving up after 4 retransmits")],
    frames=[(MAIN, 5), (f"isakmp && {FROM_P}", 0)],
    expect=[
        Expect(
            "stalled",
            "main_mode_sa",
            "main-mode-sa-unanswered",
            "implied|suspected",
            never="no-proposal-chosen|psk-mismatch",
            issue="1",
        )
    ],
)
def main_sa_unanswered(lab):
    """The router drops UDP 500 on the way out: message 1 is repeated."""
    lab.net.drop("iifname ri udp dport 500")
    start(lab)
    with lab.tap("i"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike1-main-sa-answer-lost",
    version=1,
    outcome="stalled",
    stage="main_mode_sa",
    cause="main-mode-sa-answer-not-received",
    evidence=[
        ("i", r"giving up after 4 retransmits"),
        ("p", r"received retransmit of request with ID 0, retransmitting response"),
    ],
    frames=[(f"{MAIN} && {FROM_I}", 5), (f"{MAIN} && {FROM_P}", 5)],
    expect=[
        Expect(
            "stalled",
            "main_mode_sa",
            "main-mode-sa-answer-not-received",
            "implied|suspected",
            never="main-mode-sa-unanswered|no-proposal-chosen",
            issue="1",
        )
    ],
)
def main_sa_answer_lost(lab):
    """The router drops UDP 500 on the way back: seen from the responder, message 2 answers each repeat of message 1."""
    lab.net.drop("iifname rp udp sport 500")
    start(lab)
    with lab.tap("p"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike1-message-4-lost",
    version=1,
    outcome="stalled",
    stage="main_mode_ke",
    cause="repeated-ke",
    evidence=[
        ("i", r"sending retransmit 4 of request message ID 0, seq 2"),
        ("i", r"giving up after 4 retransmits"),
        ("p", r"received retransmit of request with ID 0, retransmitting response"),
    ],
    frames=[
        (f"{MAIN} && {FROM_I}", 6),
        (f"{MAIN} && {FROM_P}", 6),
        ("isakmp.nextpayload == 4 && isakmp.typepayload == 4", 10),
    ],
    expect=[Expect("stalled", "main_mode_ke", "repeated-ke", "implied|suspected", never="psk-mismatch", issue="1")],
)
def message_4_lost(lab):
    """The router drops message 4 of main mode: key exchange messages repeat, seen from the responder."""
    lab.net.drop(f"iifname rp udp sport 500 {first_payload(4)}")
    start(lab)
    with lab.tap("p"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike1-message-3-lost",
    version=1,
    outcome="stalled",
    stage="main_mode_ke",
    cause="repeated-ke",
    evidence=[("i", r"sending retransmit 4 of request message ID 0, seq 2"), ("i", r"giving up after 4 retransmits")],
    frames=[(f"{MAIN} && {FROM_I}", 6), (f"{MAIN} && {FROM_P}", 1)],
    expect=[Expect("stalled", "main_mode_ke", "repeated-ke", "implied|suspected", never="psk-mismatch", issue="1")],
)
def message_3_lost(lab):
    """The router drops message 3 of main mode: the initiator repeats its key exchange and hears nothing."""
    lab.net.drop(f"iifname ri udp dport 500 {first_payload(4)}")
    start(lab)
    with lab.tap("i"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike1-no-proposal-chosen",
    version=1,
    outcome="rejected",
    stage="main_mode_sa",
    cause="no-proposal-chosen",
    evidence=[
        ("p", r"no proposal found|no matching proposal found"),
        ("i", r"received NO_PROPOSAL_CHOSEN error notify"),
    ],
    frames=[(MAIN, 1), (INFO_1, 1), ("isakmp.notify.msgtype == 14", 1)],
    expect=[Expect("rejected", "main_mode_sa", "no-proposal-chosen|peer-not-configured", issue="1")],
)
def no_proposal_chosen(lab):
    """The phase 1 proposals have nothing in common: NO-PROPOSAL-CHOSEN in clear."""
    start(lab)
    lab.i.stop()
    lab.i.conn["proposals"] = "aes128-sha1-modp2048"
    lab.i.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)


@scenario(
    "ike1-psk-mismatch",
    version=1,
    outcome="stalled",
    stage="main_mode_id",
    cause="psk-mismatch",
    evidence=[
        ("p", r"invalid HASH_V1 payload length, decryption failed\?|could not decrypt payloads"),
        ("i", r"giving up after 4 retransmits"),
    ],
    frames=[(f"{MAIN} && {FROM_I}", 7), (f"{MAIN} && {FROM_P}", 2), (QUICK, 0)],
    expect=[Expect("stalled|rejected", "main_mode_id", "psk-mismatch", "implied|suspected", never="udp-4500-blocked")],
    notes="The responder answers each message 5 with an Informational under its own, different key; the initiator "
    "cannot read it and goes on repeating.",
)
def psk_mismatch(lab):
    """The pre-shared keys differ: the responder cannot read message 5."""
    lab.p.secrets["ike-1"]["secret"] = '"another"'
    start(lab)
    with lab.tap("i"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike1-udp4500-blocked",
    version=1,
    outcome="stalled",
    stage="main_mode_id",
    cause="udp-4500-blocked",
    nat=True,
    evidence=[("i", r"local host is behind NAT"), ("i", r"giving up after 4 retransmits")],
    frames=[
        (f"{MAIN} && udp.port == 500", 4),
        (f"{MAIN} && udp.dstport == 4500", 5),
        ("isakmp && udp.srcport == 4500 && ip.src == 198.51.100.20", 0),
    ],
    expect=[
        Expect("stalled", "main_mode_id", "udp-4500-blocked", "implied|suspected", never="psk-mismatch", issue="1")
    ],
)
def udp4500_blocked(lab):
    """Behind a NAT: messages 1 to 4 on UDP 500 work, message 5 on UDP 4500 is dropped."""
    lab.net.drop("udp dport 4500")
    start(lab)
    with lab.tap("i"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike1-quick-mode-refused",
    version=1,
    outcome="rejected",
    stage="quick_mode",
    cause="child-no-proposal-chosen",
    evidence=[
        ("i", r"IKE_SA gw\[1\] established"),
        ("i", r"received NO_PROPOSAL_CHOSEN error notify"),
        ("p", r"no matching proposal found, sending NO_PROPOSAL_CHOSEN"),
    ],
    frames=[(MAIN, 6), (QUICK, 1), (INFO_1, SOME), ("esp", 0)],
    expect=[
        Expect(
            "rejected", "quick_mode", "quick-mode-refused", "implied|suspected", never="psk-mismatch|no-proposal-chosen"
        ),
        Expect("rejected", "quick_mode", "child-no-proposal-chosen", "stated", keys="yes"),
    ],
)
def quick_mode_refused(lab):
    """Phase 1 is up; the ESP proposals have nothing in common: quick mode is answered by an Informational."""
    lab.p.child["esp_proposals"] = "aes128gcm16"
    start(lab)
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)


@scenario(
    "ike1-quick-mode-unanswered",
    version=1,
    outcome="stalled",
    stage="quick_mode",
    cause="quick-mode-unanswered",
    evidence=[("i", r"IKE_SA gw\[1\] established"), ("i", r"sending retransmit 4 of request")],
    frames=[(MAIN, 6), (f"{QUICK} && {FROM_I}", 5), (f"{QUICK} && {FROM_P}", 0), ("icmp", 4)],
    expect=[Expect("stalled", "quick_mode", "quick-mode-unanswered", "implied|suspected", never="psk-mismatch")],
    notes="The initiator is stopped just before it would give up and start anew; the ordinary pings show that the "
    "capture goes on.",
)
def quick_mode_unanswered(lab):
    """Phase 1 is up; the router drops quick mode on its way out."""
    lab.net.drop(f"iifname ri udp dport 500 {exchange(32)}")
    start(lab)
    with lab.tap("i"):
        lab.i.initiate(timeout=1)
        lab.wait_for("i", "sending retransmit 4", 30)
        time.sleep(4.5)
        lab.i.kill()
        lab.net.run("i", "ping", "-q", "-c", "2", lab.net.address["p"])


@scenario(
    "ike1-quick-mode-3-lost",
    version=1,
    outcome="one_way",
    stage="esp",
    cause="quick-mode-3-lost",
    evidence=[
        ("i", r"CHILD_SA net\{1\} established"),
        ("p", r"sending retransmit 1 of response|sending retransmit 1 of request"),
    ],
    frames=[(MAIN, 6), (f"{QUICK} && {FROM_P}", (2, 6)), (ESP_OUT, 16), (ESP_BACK, 0)],
    expect=[Expect("one_way|stalled", "esp|quick_mode", "quick-mode-3-lost", "implied|suspected")],
)
def quick_mode_3_lost(lab):
    """The router drops message 3 of quick mode: the initiator sends ESP, the responder repeats message 2."""
    lab.net.drop(f"iifname ri udp dport 500 {exchange(32)} udp length < 120")
    start(lab)
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping(16, 0.6)
    return f"Pings answered: {answered} of 16."


@scenario(
    "ike1-aggressive-psk-mismatch",
    version=1,
    outcome="rejected",
    stage="aggressive",
    cause="psk-mismatch",
    evidence=[("i", r"calculated HASH does not match HASH payload")],
    frames=[(f"{AGGRESSIVE} && {FROM_I}", 1), (f"{AGGRESSIVE} && {FROM_P}", (2, 6)), (INFO_1, 1), (QUICK, 0)],
    expect=[Expect("rejected|stalled", "aggressive", "psk-mismatch|initiator-refused", "implied|suspected")],
    notes="The initiator's error is encrypted under a key the responder does not have: it goes on repeating message 2.",
)
def aggressive_psk_mismatch(lab):
    """Aggressive mode with different pre-shared keys: the initiator finds the hash of message 2 wrong."""
    lab.p.charon["i_dont_care_about_security_and_use_aggressive_mode_psk"] = "yes"
    lab.p.secrets["ike-1"]["secret"] = '"another"'
    start(lab, aggressive="yes")
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(6)


@scenario(
    "ike1-xauth-failed",
    version=1,
    outcome="rejected",
    stage="xauth",
    cause="xauth-failed",
    evidence=[
        ("p", r"XAuth authentication of 'user' failed"),
        ("i", r"XAuth authentication of 'user' \(myself\) failed"),
        ("p", r"destroying IKE_SA after failed XAuth authentication"),
    ],
    frames=[(MAIN, 6), (TRANSACTION, 4), (QUICK, 0), ("esp", 0)],
    expect=[
        Expect("rejected|stalled", "xauth", "xauth-failed", "implied|suspected", never="psk-mismatch"),
        Expect("rejected", "xauth", "xauth-failed", "stated", keys="yes"),
    ],
    notes="The responder says so in the second transaction (XAUTH-STATUS 0); the initiator acknowledges it.",
)
def xauth_failed(lab):
    """Main mode succeeds, the XAUTH password is wrong."""
    lab.i.conn["local2"] = {"auth": "xauth", "xauth_id": "user"}
    lab.p.conn["remote2"] = {"auth": "xauth"}
    lab.i.secrets["xauth-user"] = {"id": "user", "secret": '"mistyped"'}
    lab.p.secrets["xauth-user"] = {"id": "user", "secret": '"password"'}
    start(lab)
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)


@scenario(
    "ike1-cert-fragments-ok",
    version=1,
    outcome="established",
    evidence=UP + [("i", r"splitting IKE message .* into \d fragments"), ("p", r"received fragment #1")],
    frames=[
        ("isakmp.exchangetype == 2 && isakmp.nextpayload == 132", (4, 16)),
        (QUICK, 3),
        (ESP_OUT, 3),
        (ESP_BACK, 3),
    ],
    expect=established(),
)
def cert_fragments_ok(lab):
    """Main mode with certificates: messages 5 and 6 travel in fragments (payload 132)."""
    lab.use_certificates(4096)
    start(lab, fragmentation="yes")
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(0.3)
        answered = lab.ping(3)
    return f"Pings answered: {answered} of 3."


@scenario(
    "ike1-fragment-lost",
    version=1,
    outcome="stalled",
    stage="main_mode_id",
    cause="fragments-dropped",
    evidence=[("i", r"splitting IKE message .* into \d fragments"), ("i", "retransmit 2 of request")],
    frames=[(f"isakmp.nextpayload == 132 && {FROM_I}", (3, 16)), (QUICK, 0)],
    expect=[
        Expect("stalled", "main_mode_id", "fragments-dropped", "implied|suspected", never="psk-mismatch"),
    ],
)
def fragment_lost(lab):
    """The router always drops the second fragment (payload 132) of message 5; seen from the responder."""
    # Behind header and generic header stands the fragment ID, and then the number.
    lab.net.drop(f"iifname ri udp dport 500 {first_payload(132)} @th,336,8 2")
    lab.use_certificates(4096)
    start(lab, fragmentation="yes")
    with lab.tap("p"):
        lab.i.initiate(timeout=6)
        time.sleep(1)
