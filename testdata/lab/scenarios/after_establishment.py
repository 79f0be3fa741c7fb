"""Tunnels that are up by the IKE messages, and what then happens to ESP and to the peer."""

import time

from ikelab.scenario import Expect, scenario

from .filters import AUTH, CHILD, ESP_BACK, ESP_OUT, FROM_I, FROM_P, INFORMATIONAL, SA_INIT, SOME, UP


@scenario(
    "ike2-established-idle",
    version=2,
    outcome="no_traffic",
    stage="esp",
    cause="esp-missing",
    evidence=UP,
    frames=[(SA_INIT, 2), (AUTH, 2), (INFORMATIONAL, (8, 14)), ("esp", 0)],
    expect=[Expect("no_traffic", cause="esp-missing|", never="esp-one-way", issue="1")],
    notes="Nobody sent anything into the tunnel: no ESP is right here.",
)
def established_idle(lab):
    """Established, then only liveness checks every two seconds; nothing is sent through the tunnel."""
    lab.i.conn["dpd_delay"] = "2s"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(11)


@scenario(
    "ike2-esp-dropped-responder",
    version=2,
    outcome="no_traffic",
    stage="esp",
    cause="esp-missing",
    evidence=UP,
    frames=[(SA_INIT, 2), (AUTH, 2), (INFORMATIONAL, (6, 14)), ("esp", 0)],
    expect=[Expect("no_traffic", cause="esp-missing|", never="esp-one-way|authentication-failed", issue="1")],
    notes="The initiator sends ESP; the router drops protocol 50 in both directions, so none is seen here.",
)
def esp_dropped_responder(lab):
    """ESP (protocol 50) is dropped in the router; the responder sees IKE and liveness checks alone."""
    lab.i.conn["dpd_delay"] = "2s"
    lab.net.drop("meta l4proto esp")
    lab.start()
    with lab.tap("p"):
        lab.i.initiate()
        answered = lab.ping(10, 0.5)
        time.sleep(3)
    return f"Pings answered: {answered} of 10."


@scenario(
    "ike2-esp-one-way",
    version=2,
    outcome="one_way",
    stage="esp",
    cause="esp-one-way",
    evidence=UP,
    frames=[(SA_INIT, 2), (AUTH, 2), (INFORMATIONAL, (6, 14)), (ESP_OUT, 16), (ESP_BACK, 0)],
    expect=[Expect("one_way", "esp", "esp-one-way", "implied|suspected", issue="1")],
)
def esp_one_way(lab):
    """The router drops ESP (protocol 50) from the responder; IKE and the liveness checks are healthy."""
    lab.i.conn["dpd_delay"] = "2s"
    lab.net.drop("iifname rp meta l4proto esp")
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping(16, 0.5)
        time.sleep(3)
    return f"Pings answered: {answered} of 16."


@scenario(
    "ike2-dpd-timeout",
    version=2,
    outcome="lost",
    stage="informational",
    cause="peer-gone",
    evidence=UP + [("i", r"sending DPD request"), ("i", r"giving up after 4 retransmits")],
    frames=[(AUTH, 2), (ESP_OUT, 4), (ESP_BACK, 4), (f"{INFORMATIONAL} && {FROM_I}", SOME), ("icmp", 0)],
    expect=[Expect("lost", "informational", "peer-gone", "implied|suspected")],
)
def dpd_timeout(lab):
    """The responder dies after some traffic (daemon and host): liveness checks stay unanswered."""
    lab.i.conn["dpd_delay"] = "2s"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping(4)
        lab.p.kill()
        lab.net.drop("iifname rp")
        lab.wait_for("i", "giving up after", 30)
    return f"Pings answered before: {answered} of 4."


@scenario(
    "ike2-daemon-gone",
    version=2,
    outcome="lost",
    stage="informational",
    cause="ike-daemon-gone",
    evidence=UP + [("i", r"sending DPD request"), ("i", r"giving up after 4 retransmits")],
    frames=[(AUTH, 2), (ESP_OUT, (20, 40)), (ESP_BACK, (20, 40)), ("icmp.type == 3 && icmp.code == 3", SOME)],
    expect=[Expect("lost", "informational", "ike-daemon-gone|port-unreachable", never="esp-one-way|esp-missing")],
    notes="The user-space ESP of the responder lives on, as the kernel's would.",
)
def daemon_gone(lab):
    """Only the responder's IKE daemon dies: liveness checks get ICMP port unreachable, ESP still flows both ways."""
    lab.i.conn["dpd_delay"] = "2s"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        before = lab.ping(4)
        lab.p.kill()
        after = lab.ping(22, 0.6)
        lab.wait_for("i", "giving up after", 30)
    return f"Pings answered: {before} of 4 before, {after} of 22 after."


@scenario(
    "ike2-rekey-refused",
    version=2,
    outcome="established",
    evidence=UP
    + [
        ("i", r"received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built"),
        ("i", r"failed to establish CHILD_SA, keeping IKE_SA|CHILD_SA rekeying failed"),
    ],
    frames=[(AUTH, 2), (f"{CHILD} && {FROM_I}", SOME), (f"{CHILD} && {FROM_P}", SOME), (ESP_OUT, 6), (ESP_BACK, 6)],
    expect=[
        Expect("established|rejected", "rekey|none", want="rekey-refused"),
        Expect("established|rejected", "rekey|none", want="child-no-proposal-chosen|rekey-refused", keys="yes"),
    ],
    notes="The old IPsec SA goes on until it expires: the tunnel still works when the capture ends.",
)
def rekey_refused(lab):
    """PFS groups differ: IKE_AUTH cannot show it, the first rekey of the IPsec SA gets NO_PROPOSAL_CHOSEN."""
    lab.i.child["esp_proposals"] = "aes256-sha256-modp2048"
    lab.p.child["esp_proposals"] = "aes256-sha256-ecp256"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        before = lab.ping(3)
        lab.i.swanctl("--rekey", "--child", "net")
        lab.wait_for("i", "received NO_PROPOSAL_CHOSEN notify", 8)
        time.sleep(0.5)
        after = lab.ping(3)
    return f"Pings answered: {before} of 3 before, {after} of 3 after."
