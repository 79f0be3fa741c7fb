"""Pre-shared keys beside the secrets of the key exchanges: what a key has to explain, and what another cannot."""

import time

from ikelab.scenario import Expect, scenario

from .filters import AUTH, ESP_BACK, ESP_OUT, MAIN, QUICK, SA_INIT, UP, established


@scenario(
    "psk-ike2-ok",
    version=2,
    outcome="established",
    secrets="i",
    evidence=UP,
    frames=[(SA_INIT, (4, 6)), (AUTH, 2), (ESP_OUT, 2), (ESP_BACK, 2)],
    expect=established(),
    notes="The pre-shared key is \"lab\"; the secret of the key exchange is from the initiator's log.",
)
def ike2_ok(lab):
    """IKEv2 with a pre-shared key, and a group that the responder has to ask for first."""
    lab.i.conn["proposals"] = "aes128-sha1-curve25519-modp2048"
    lab.p.conn["proposals"] = "aes128-sha1-modp2048"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping(2)
    return f"Pings answered: {answered} of 2."


@scenario(
    "psk-ike2-mismatch",
    version=2,
    outcome="rejected",
    stage="auth",
    cause="authentication-failed",
    secrets="p",
    evidence=[("p", "tried 1 shared key"), ("i", "received AUTHENTICATION_FAILED")],
    frames=[(SA_INIT, 2), (AUTH, 2), ("esp", 0)],
    expect=[
        Expect("rejected", "auth", "authentication-failed", "implied", never="psk-mismatch", issue="1"),
        Expect("rejected", "auth", "authentication-failed", "stated", keys="yes"),
    ],
    notes="The initiator has the pre-shared key \"lab\", the responder \"another\".",
)
def ike2_mismatch(lab):
    """IKEv2 where the pre-shared keys of the ends differ; AES-GCM, so that there is a PRF of its own."""
    for side in (lab.i, lab.p):
        side.conn["proposals"] = "aes256gcm16-prfsha384-ecp256"
    lab.p.secrets["ike-1"]["secret"] = '"another"'
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(1)


@scenario(
    "psk-ike1-main-ok",
    version=1,
    outcome="established",
    secrets="i",
    evidence=UP,
    frames=[(MAIN, 6), (QUICK, 3), (ESP_OUT, 2), (ESP_BACK, 2)],
    expect=established(),
    notes="The pre-shared key is \"lab\". AES-256 needs more key than SHA-1 gives: it is stretched (RFC 2409 appendix B).",
)
def ike1_main_ok(lab):
    """Main mode with a pre-shared key."""
    _start_version_1(lab)
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(0.3)
        answered = lab.ping(2)
    return f"Pings answered: {answered} of 2."


@scenario(
    "psk-ike1-main-mismatch",
    version=1,
    outcome="stalled",
    stage="main_mode_id",
    cause="psk-mismatch",
    secrets="i",
    evidence=[("p", "could not decrypt payloads|invalid ID_V1 payload length"), ("i", "retransmit")],
    frames=[(MAIN, (5, 12)), (QUICK, 0)],
    expect=[
        Expect("stalled|rejected", "main_mode_id", "psk-mismatch", "implied|suspected", never="udp-4500-blocked"),
        Expect("stalled|rejected", "main_mode_id", "psk-mismatch", "", keys="yes"),
    ],
    notes="The initiator has the pre-shared key \"lab\", the responder \"another\".",
)
def ike1_main_mismatch(lab):
    """Main mode where the pre-shared keys of the ends differ."""
    lab.p.secrets["ike-1"]["secret"] = '"another"'
    _start_version_1(lab)
    with lab.tap("i"):
        lab.i.initiate(timeout=6)
        time.sleep(1)


def _start_version_1(lab):
    for side in (lab.i, lab.p):
        side.conn |= {"version": "1", "proposals": "aes256-sha1-modp1536"}
    lab.start()
