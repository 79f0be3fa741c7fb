"""IKEv2 negotiations that stall: a message or its answer is lost on the way."""

import time

from ikelab.scenario import Expect, scenario

from .filters import AUTH, FROM_I, FROM_P, SA_INIT, exchange


@scenario(
    "ike2-sa-init-unanswered",
    version=2,
    outcome="stalled",
    stage="sa_init",
    cause="sa-init-unanswered",
    evidence=[("i", r"retransmit 4 of request with message ID 0"), ("i", r"giving up after 4 retransmits")],
    frames=[(SA_INIT, 5), ("isakmp.flag_r == 1", 0)],
    expect=[
        Expect(
            "stalled",
            "sa_init",
            "sa-init-unanswered",
            "implied|suspected",
            never="no-proposal-chosen|authentication-failed|sa-init-answer-not-received",
            issue="1",
        )
    ],
)
def sa_init_unanswered(lab):
    """The router drops UDP 500 on the way out; the initiator repeats IKE_SA_INIT and gives up."""
    lab.net.drop("iifname ri udp dport 500")
    lab.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike2-sa-init-unanswered-default-timing",
    version=2,
    outcome="stalled",
    stage="sa_init",
    cause="sa-init-unanswered",
    evidence=[("i", r"retransmit 5 of request with message ID 0"), ("i", r"giving up after 5 retransmits")],
    frames=[(SA_INIT, 6), ("isakmp.flag_r == 1", 0)],
    expect=[
        Expect(
            "stalled",
            "sa_init",
            "sa-init-unanswered",
            "implied|suspected",
            never="no-proposal-chosen|authentication-failed|sa-init-answer-not-received",
            issue="1",
        )
    ],
    notes="strongSwan's default times: repeats after 4, 7.2, 13, 23.3 and 42 s, gives up 75.6 s after the last.",
)
def sa_init_unanswered_default_timing(lab):
    """The router drops UDP 500 on the way out; strongSwan's default times, until it gives up after 165 s."""
    lab.i.charon |= {"retransmit_timeout": "4.0", "retransmit_base": "1.8", "retransmit_tries": "5"}
    lab.net.drop("iifname ri udp dport 500")
    lab.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=180)
        lab.wait_for("i", "giving up after", 180)


@scenario(
    "ike2-sa-init-answer-lost",
    version=2,
    outcome="stalled",
    stage="sa_init",
    cause="sa-init-answer-not-received",
    evidence=[
        ("i", r"retransmit 4 of request with message ID 0"),
        ("i", r"giving up after 4 retransmits"),
        ("p", r"received retransmit of request with ID 0, retransmitting response"),
    ],
    frames=[(f"{SA_INIT} && {FROM_I}", 5), (f"{SA_INIT} && {FROM_P}", 5)],
    expect=[
        Expect(
            "stalled",
            "sa_init",
            "sa-init-answer-not-received",
            "implied|suspected",
            never="sa-init-unanswered|no-proposal-chosen|authentication-failed",
            issue="1",
        )
    ],
)
def sa_init_answer_lost(lab):
    """The router drops UDP 500 on the way back: seen from the responder, each repeat is answered again."""
    lab.net.drop("iifname rp udp sport 500")
    lab.start()
    with lab.tap("p"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike2-port-unreachable",
    version=2,
    outcome="stalled",
    stage="sa_init",
    cause="port-unreachable",
    evidence=[("i", r"giving up after 4 retransmits")],
    frames=[(SA_INIT, 5), ("icmp.type == 3 && icmp.code == 3", (4, 5))],
    expect=[Expect("stalled|rejected", "sa_init", "port-unreachable")],
    notes="strongSwan ignores the ICMP errors and goes on repeating.",
)
def port_unreachable(lab):
    """No daemon listens at the responder's address: its host answers with ICMP port unreachable."""
    lab.i.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike2-auth-unanswered",
    version=2,
    outcome="stalled",
    stage="auth",
    cause="auth-unanswered",
    evidence=[
        ("i", r"retransmit 4 of request with message ID 1"),
        ("i", r"giving up after 4 retransmits"),
        ("p", r"generating IKE_SA_INIT response 0"),
    ],
    frames=[(SA_INIT, 2), (f"{AUTH} && {FROM_I}", 5), (f"{AUTH} && {FROM_P}", 0), ("udp.port == 4500", 0)],
    expect=[
        Expect(
            "stalled",
            "auth",
            "auth-unanswered",
            "implied|suspected",
            never="authentication-failed|psk-mismatch|udp-4500-blocked|fragments-dropped",
            issue="1",
        )
    ],
)
def auth_unanswered(lab):
    """IKE_SA_INIT works; the router drops each IKE_AUTH request on UDP 500."""
    lab.net.drop(f"iifname ri udp dport 500 {exchange(35)}")
    lab.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike2-auth-answer-lost",
    version=2,
    outcome="stalled",
    stage="auth",
    cause="auth-answer-not-received",
    evidence=[
        ("i", r"retransmit 4 of request with message ID 1"),
        ("i", r"giving up after 4 retransmits"),
        ("p", r"IKE_SA gw\[1\] established"),
        ("p", r"received retransmit of request with ID 1"),
    ],
    frames=[(SA_INIT, 2), (f"{AUTH} && {FROM_I}", 5), (f"{AUTH} && {FROM_P}", 5)],
    expect=[
        Expect(
            "stalled",
            "auth",
            "auth-answer-not-received",
            "implied|suspected",
            never="authentication-failed|auth-unanswered",
        )
    ],
    notes="The responder holds the SA as established.",
)
def auth_answer_lost(lab):
    """The router drops each IKE_AUTH response: seen from the responder, each repeat is answered again."""
    lab.net.drop(f"iifname rp udp sport 500 {exchange(35)}")
    lab.start()
    with lab.tap("p"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike2-udp4500-blocked",
    version=2,
    outcome="stalled",
    stage="auth",
    cause="udp-4500-blocked",
    nat=True,
    evidence=[
        ("i", r"local host is behind NAT"),
        ("i", r"retransmit 4 of request with message ID 1"),
        ("i", r"giving up after 4 retransmits"),
    ],
    frames=[
        (SA_INIT, 2),
        (f"{AUTH} && udp.dstport == 4500", 5),
        ("isakmp && udp.srcport == 4500 && ip.src == 198.51.100.20", 0),
    ],
    expect=[
        Expect(
            "stalled",
            "auth",
            "udp-4500-blocked",
            "implied|suspected",
            never="authentication-failed|psk-mismatch",
            issue="1",
        )
    ],
)
def udp4500_blocked(lab):
    """Behind a NAT: IKE_SA_INIT on UDP 500 works, then the router drops UDP 4500."""
    lab.net.drop("udp dport 4500")
    lab.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike2-udp4500-blocked-responder",
    version=2,
    outcome="stalled",
    stage="auth",
    cause="udp-4500-blocked",
    nat=True,
    evidence=[("p", r"remote host is behind NAT"), ("i", r"giving up after 4 retransmits")],
    frames=[(SA_INIT, 2), (AUTH, 0), ("udp.port == 4500", 0), ("icmp", 10)],
    expect=[
        Expect(
            "stalled",
            "auth",
            "udp-4500-blocked|auth-never-sent",
            "implied|suspected",
            never="authentication-failed|psk-mismatch",
        )
    ],
)
def udp4500_blocked_responder(lab):
    """UDP 4500 is dropped before the responder: NAT detected, then nothing but ordinary pings."""
    lab.net.drop("udp dport 4500")
    lab.start()
    with lab.tap("p"):
        lab.i.initiate(timeout=1)
        lab.net.run("i", "ping", "-q", "-c", "5", "-i", "3", lab.net.address["p"])
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike2-ip-fragments-dropped",
    version=2,
    outcome="stalled",
    stage="auth",
    cause="fragments-dropped",
    evidence=[
        ("i", r"retransmit 4 of request with message ID 1"),
        ("i", r"giving up after 4 retransmits"),
        ("p", r"generating IKE_SA_INIT response 0"),
    ],
    frames=[(SA_INIT, 2), ("ip.flags.mf == 1", 5), (f"{AUTH} && {FROM_P}", 0)],
    expect=[Expect("stalled", "auth", "fragments-dropped", "implied|suspected", never="authentication-failed")],
)
def ip_fragments_dropped(lab):
    """IKE_AUTH with certificates leaves in IP fragments; the router drops all but the first of each."""
    lab.use_certificates(4096)
    lab.i.conn["fragmentation"] = lab.p.conn["fragmentation"] = "no"
    lab.net.drop_early("ip frag-off & 0x1fff != 0")
    lab.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario(
    "ike2-ke-group-loop",
    version=2,
    outcome="stalled",
    stage="sa_init",
    cause="ke-group-mismatch",
    evidence=[
        ("i", r"peer didn't accept DH group CURVE_25519, it requested MODP_2048"),
        ("i", r"peer didn't accept DH group MODP_2048, it requested CURVE_25519"),
    ],
    frames=[(f"{SA_INIT} && {FROM_I}", (4, 10)), ("isakmp.notify.msgtype == 17", (4, 10)), (AUTH, 0)],
    expect=[Expect("rejected|stalled", "sa_init", "ke-group-mismatch", issue="1")],
    notes="Two strongSwan responders share the address, as behind a load balancer that spreads single packets: one "
    "accepts MODP_2048 alone, the other CURVE_25519 alone.",
)
def ke_group_loop(lab):
    """Whichever group the initiator takes, the answer asks for the other one (INVALID_KE_PAYLOAD)."""
    lab.i.conn["proposals"] = "aes256-sha256-curve25519-modp2048"
    other = lab.another_responder()
    other.charon |= {"port": "5500", "port_nat_t": "5501"}
    other.conn["proposals"] = "aes256-sha256-curve25519"
    lab.net.run(
        "p",
        "nft",
        "add table ip spread;"
        "add chain ip spread in { type filter hook prerouting priority -300; };"
        "add chain ip spread out { type filter hook output priority -300; };"
        "add rule ip spread in udp dport 500 numgen inc mod 2 1 udp dport set 5500;"
        "add rule ip spread out udp sport 5500 udp sport set 500;",
    )
    other.start()
    lab.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=15)
        time.sleep(2)


@scenario(
    "ike2-ike-fragment-lost",
    version=2,
    outcome="stalled",
    stage="auth",
    cause="fragments-dropped",
    evidence=[
        ("i", r"splitting IKE message .* into \d fragments"),
        ("i", r"retransmit 4 of request with message ID 1"),
        ("i", r"giving up after 4 retransmits"),
        ("p", r"received fragment #1 of \d, waiting for complete IKE message"),
    ],
    frames=[
        (SA_INIT, 2),
        ("isakmp.exchangetype == 35 && isakmp.nextpayload == 53", (5, 20)),
        ("isakmp.frag.number == 2", 0),
        (f"{AUTH} && {FROM_P}", 0),
    ],
    expect=[Expect("stalled", "auth", "fragments-dropped", "implied|suspected", never="authentication-failed")],
)
def ike_fragment_lost(lab):
    """The router always drops the second RFC 7383 fragment of IKE_AUTH; seen from the responder."""
    lab.use_certificates(4096)
    # The fragment number is the first field after the generic header of SKF.
    lab.net.drop("iifname ri udp dport 500 @th,192,8 53 @th,320,16 2")
    lab.start()
    with lab.tap("p"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)
