"""Negotiations captured at both ends at once, for `ikescope compare`. They go to testdata/pairs."""

from ikelab.scenario import scenario

from .filters import AUTH, SA_INIT, SOME, UP, exchange

FROM_NAT = "ip.src == 203.0.113.5"
IN_BOTH = [(SA_INIT, 2), (AUTH, 2), ("esp", 8)]
GAVE_UP = [("i", r"giving up after 4 retransmits")]


def run(lab, pings=0):
    """Both taps, one attempt, pings where it comes up."""
    lab.start()
    with lab.taps():
        lab.i.initiate(timeout=30)
        if pings:
            return f"Pings answered: {lab.ping(pings)} of {pings}."
        lab.wait_for("i", "giving up after", 30)
    return None


@scenario("healthy", version=2, outcome="established", evidence=UP, frames=IN_BOTH, frames_p=IN_BOTH)
def healthy(lab):
    """Nothing is lost: the tunnel comes up and carries pings."""
    return run(lab, pings=4)


@scenario(
    "healthy-nat",
    version=2,
    outcome="established",
    nat=True,
    evidence=UP,
    frames=IN_BOTH,
    frames_p=[*IN_BOTH, (f"isakmp && {FROM_NAT}", 2)],
)
def healthy_nat(lab):
    """Nothing is lost, and a NAT between the captures rewrites address and port of the initiator."""
    return run(lab, pings=4)


@scenario(
    "request-lost",
    version=2,
    outcome="stalled",
    stage="sa_init",
    cause="sa-init-unanswered",
    evidence=GAVE_UP,
    frames=[(SA_INIT, 5)],
    frames_p=[(SA_INIT, 0), ("icmp.type == 8", SOME)],
)
def request_lost(lab):
    """The router drops UDP 500 on the way out: IKE_SA_INIT leaves the initiator and never reaches the responder."""
    lab.net.drop("iifname ri udp dport 500")
    lab.start()
    with lab.taps():
        # So that the capture at the responder shows that it listens.
        lab.net.run("i", "ping", "-q", "-c", "2", lab.net.address["p"])
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)
        lab.net.run("i", "ping", "-q", "-c", "2", lab.net.address["p"])


@scenario(
    "answer-lost",
    version=2,
    outcome="stalled",
    stage="auth",
    cause="auth-unanswered",
    evidence=[*GAVE_UP, ("p", r"IKE_SA gw\[1\] established")],
    frames=[(SA_INIT, 2), (AUTH, 5)],
    frames_p=[(SA_INIT, 2), (AUTH, 10)],
)
def answer_lost(lab):
    """The router drops IKE_AUTH on the way back: the responder answers each repeat and none arrives."""
    lab.net.drop(f"iifname rp udp sport 500 {exchange(35)}")
    return run(lab)


@scenario(
    "fragment-lost",
    version=2,
    outcome="stalled",
    stage="auth",
    cause="fragments-dropped",
    evidence=GAVE_UP,
    frames=[(SA_INIT, 2), ("ip.flags.mf == 1", 5), ("ip.frag_offset > 0", 5)],
    frames_p=[(SA_INIT, 2), ("ip.flags.mf == 1", 5), ("ip.frag_offset > 0", 0)],
)
def fragment_lost(lab):
    """IKE_AUTH with certificates travels in IP fragments; only the first of each reaches the responder."""
    lab.use_certificates(4096)
    lab.i.conn["fragmentation"] = lab.p.conn["fragmentation"] = "no"
    lab.net.drop_early("ip frag-off & 0x1fff != 0")
    return run(lab)


@scenario(
    "ike-fragment-lost",
    version=2,
    outcome="stalled",
    stage="auth",
    cause="fragments-dropped",
    evidence=GAVE_UP,
    frames=[(SA_INIT, 2), ("isakmp.nextpayload == 53", SOME)],
    frames_p=[(SA_INIT, 2), ("isakmp.nextpayload == 53", SOME)],
)
def ike_fragment_lost(lab):
    """IKE_AUTH with certificates is cut by RFC 7383; the router drops the fragments of full size."""
    lab.use_certificates(4096)
    lab.net.drop("iifname ri udp length 1200-1500")
    return run(lab)


@scenario(
    "nat-between",
    version=2,
    outcome="stalled",
    stage="auth",
    cause="udp-4500-blocked",
    nat=True,
    evidence=GAVE_UP,
    frames=[(f"{SA_INIT} && ip.src == 10.11.0.10", 1), (AUTH, 5)],
    frames_p=[(f"{SA_INIT} && {FROM_NAT}", 1), (AUTH, 0)],
)
def nat_between(lab):
    """A NAT rewrites the initiator's address, and the router drops UDP 4500: IKE_AUTH leaves and never arrives."""
    lab.net.drop("iifname ri udp dport 4500")
    return run(lab)
