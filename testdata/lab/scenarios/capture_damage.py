"""Healthy negotiations in captures that do not show all of it, or show it twice."""

import time

from ikelab.scenario import Expect, scenario

from .filters import AUTH, ESP_BACK, ESP_OUT, FROM_I, FROM_P, INFORMATIONAL, SA_INIT, SOME, UP, established


@scenario(
    "cap-one-direction",
    version=2,
    outcome="established",
    evidence=UP,
    frames=[(SA_INIT, 1), (AUTH, 1), (ESP_OUT, 6), ("isakmp && ip.src == 198.51.100.20", 0)],
    expect=[
        Expect(
            "established|incomplete",
            want="one-sided-capture",
            never="esp-one-way|sa-init-unanswered|auth-unanswered|peer-gone",
            issue="1",
        )
    ],
    notes="The capture filter was `src host 192.0.2.10`: the answers were sent and are not in the file.",
)
def one_direction(lab):
    """The tap sees the initiator's packets alone."""
    lab.i.conn["dpd_delay"] = "1s"
    lab.start()
    with lab.tap("r", ports=("ri",), capture_filter="src host 192.0.2.10"):
        lab.i.initiate()
        answered = lab.ping(6, 0.5)
        time.sleep(2)
    return f"Pings answered: {answered} of 6."


@scenario(
    "cap-begins-mid-negotiation",
    version=2,
    outcome="established",
    evidence=UP,
    frames=[(SA_INIT, 0), (AUTH, 1), (f"{AUTH} && {FROM_P}", 1), (ESP_OUT, 4), (ESP_BACK, 4)],
    expect=established(),
    notes="IKE_SA_INIT and the IKE_AUTH request came before the first frame.",
)
def begins_mid_negotiation(lab):
    """The capture begins between the IKE_AUTH request and its response."""
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping()
    lab.cut("6-100")
    return f"Pings answered: {answered} of 4."


@scenario(
    "cap-ends-mid-negotiation",
    version=2,
    outcome="established",
    evidence=UP,
    frames=[(SA_INIT, 2), (f"{AUTH} && {FROM_I}", 1), (f"{AUTH} && {FROM_P}", 0), ("esp", 0)],
    expect=[
        Expect(
            "incomplete", never="auth-unanswered|udp-4500-blocked|fragments-dropped|authentication-failed", issue="1"
        )
    ],
    notes="The negotiation succeeded, but the capture ends before that: a report of this file alone can say no more "
    "than incomplete.",
)
def ends_mid_negotiation(lab):
    """The capture ends right after the first IKE_AUTH request, before any answer could be there."""
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
    lab.cut("1-5")


@scenario(
    "cap-linux-any-nat",
    version=2,
    outcome="established",
    nat=True,
    evidence=UP,
    frames=[
        ("sll", SOME),
        (SA_INIT, 4),
        (AUTH, 4),
        ("esp", 12),
        ("isakmp && ip.src == 203.0.113.5", SOME),
        ("isakmp && ip.src == 10.11.0.10", SOME),
    ],
    expect=established(),
    notes="Each packet is in the file twice, before and after the address translation.",
)
def linux_any_nat(lab):
    """tcpdump -i any (Linux cooked capture) on the NAT router: both sides of the NAT in one file."""
    lab.start()
    with lab.tap("r", ports=("any",), link_type="LINUX_SLL"):
        lab.i.initiate()
        answered = lab.ping(3)
    return f"Pings answered: {answered} of 3."


@scenario(
    "cap-linux-any-v2",
    version=2,
    outcome="established",
    evidence=UP,
    frames=[("sll", SOME), (SA_INIT, 4), (AUTH, 4), ("esp", 12)],
    expect=established(),
    notes="Each packet is in the file twice, with another TTL.",
)
def linux_any_v2(lab):
    """tcpdump -i any with LINUX_SLL2 on a router without NAT."""
    lab.start()
    with lab.tap("r", ports=("any",), link_type="LINUX_SLL2"):
        lab.i.initiate()
        answered = lab.ping(3)
    return f"Pings answered: {answered} of 3."


@scenario(
    "cap-snaplen-96",
    version=2,
    outcome="established",
    evidence=UP,
    frames=[("frame.cap_len < frame.len", SOME), (SA_INIT, 2), (AUTH, 2), (ESP_OUT, 4), (ESP_BACK, 4)],
    expect=established(keys=False, want="cut-by-snaplen"),
)
def snaplen_96(lab):
    """Every frame is cut to 96 octets."""
    lab.start()
    with lab.tap("i", snaplen=96):
        lab.i.initiate()
        answered = lab.ping()
    return f"Pings answered: {answered} of 4."


@scenario(
    "cap-pcapng-two-interfaces",
    version=2,
    outcome="established",
    suffix="pcapng",
    evidence=UP,
    frames=[(SA_INIT, 4), (AUTH, 4), (f"frame.interface_id == 1 && {AUTH}", 2), ("esp", 12)],
    expect=established(),
    notes="Each packet is in the file twice, once per interface of the router.",
)
def pcapng_two_interfaces(lab):
    """dumpcap on both ports of the router writes pcapng with two interface blocks."""
    lab.start()
    with lab.tap("r", ports=("ri", "rp")):
        lab.i.initiate()
        answered = lab.ping(3)
    return f"Pings answered: {answered} of 3."


@scenario(
    "cap-pcapng-auth-refused",
    version=2,
    outcome="rejected",
    stage="auth",
    cause="authentication-failed",
    suffix="pcapng",
    evidence=[("p", r"MAC mismatched"), ("i", r"received AUTHENTICATION_FAILED notify error")],
    frames=[(SA_INIT, 4), (AUTH, 4), (INFORMATIONAL, 0)],
    expect=[Expect("rejected", "auth", "authentication-failed", "implied", never="psk-mismatch", issue="1")],
    notes="The initiator was told to try twice; both attempts end alike.",
)
def pcapng_auth_refused(lab):
    """Two attempts with the wrong pre-shared key, captured as pcapng at the responder."""
    lab.p.secrets["ike-1"]["secret"] = '"another"'
    lab.start()
    with lab.tap("p"):
        lab.i.initiate()
        time.sleep(4)
        lab.i.initiate()
        time.sleep(3)
