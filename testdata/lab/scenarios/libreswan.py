"""Negotiations with libreswan on one or both sides, for its other habits and times."""

import time

from ikelab.scenario import Expect, scenario

from .filters import AUTH, ESP_BACK, ESP_OUT, FROM_I, MAIN, QUICK, SA_INIT, established

GIVES_UP = r"second timeout exceeded after \d+ retransmits"


@scenario(
    "lsw-ike2-ok",
    version=2,
    outcome="established",
    libreswan="ip",
    evidence=[("i", r"established IKE SA"), ("i", r"established Child SA"), ("p", r"established Child SA")],
    frames=[(SA_INIT, 2), (AUTH, 2), (ESP_OUT, 4), (ESP_BACK, 4)],
    expect=established(keys=False),
)
def ike2_ok(lab):
    """libreswan on both sides, IKEv2 with a pre-shared key, then an orderly delete."""
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping()
        lab.i.terminate()
        time.sleep(0.5)
    return f"Pings answered: {answered} of 4."


@scenario(
    "lsw-ike2-no-proposal-chosen",
    version=2,
    outcome="rejected",
    stage="sa_init",
    cause="no-proposal-chosen",
    libreswan="ip",
    evidence=[("p", r"NO_PROPOSAL_CHOSEN"), ("i", r"NO_PROPOSAL_CHOSEN")],
    frames=[(f"{SA_INIT} && {FROM_I}", (10, 14)), ("isakmp.notify.msgtype == 14", (10, 14)), (AUTH, 0)],
    expect=[Expect("rejected", "sa_init", "no-proposal-chosen|peer-not-configured", "stated", issue="1")],
    notes="libreswan does not trust the unauthenticated notify: it goes on repeating the same IKE_SA_INIT, and "
    "every repeat gets the same answer. After a minute it starts anew with another SPI.",
)
def ike2_no_proposal_chosen(lab):
    """No common IKE proposal between two libreswan peers."""
    lab.i.conn["ike"] = "aes128-sha1-modp2048"
    lab.p.conn["ike"] = "aes256-sha2_512-modp2048"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=70)
        lab.wait_for("i", GIVES_UP, 30)
        time.sleep(3)


@scenario(
    "lsw-ike2-sa-init-unanswered",
    version=2,
    outcome="stalled",
    stage="sa_init",
    cause="sa-init-unanswered",
    libreswan="i",
    evidence=[("i", GIVES_UP)],
    frames=[(SA_INIT, (10, 14)), ("isakmp.flag_r == 1", 0)],
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
    notes="libreswan's default times: it waits 0.5, 0.5, 1, 2, 4, 8, 16 and 32 s between repeats, then starts anew "
    "with another SPI.",
)
def ike2_sa_init_unanswered(lab):
    """A libreswan initiator with its default times; the router drops UDP 500 on the way out."""
    lab.net.drop("iifname ri udp dport 500")
    lab.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=70)
        lab.wait_for("i", GIVES_UP, 30)
        time.sleep(3)


@scenario(
    "lsw-ike2-strongswan-responder-ok",
    version=2,
    outcome="established",
    libreswan="i",
    evidence=[("i", r"established Child SA"), ("p", r"IKE_SA gw\[1\] established")],
    frames=[(SA_INIT, 2), (AUTH, 2), (ESP_OUT, 4), (ESP_BACK, 4)],
    expect=established(),
)
def ike2_strongswan_responder_ok(lab):
    """A libreswan initiator and a strongSwan responder."""
    lab.start()
    with lab.tap("p"):
        lab.i.initiate()
        answered = lab.ping()
    return f"Pings answered: {answered} of 4."


@scenario(
    "lsw-ike2-psk-mismatch",
    version=2,
    outcome="rejected",
    stage="auth",
    cause="authentication-failed",
    libreswan="p",
    evidence=[("p", r"AUTHENTICATION_FAILED"), ("i", r"received AUTHENTICATION_FAILED notify error")],
    frames=[(SA_INIT, 2), (AUTH, 2), ("esp", 0)],
    expect=[
        Expect("rejected", "auth", "authentication-failed", "implied", never="psk-mismatch", issue="1"),
        Expect("rejected", "auth", "authentication-failed", "stated", keys="yes"),
    ],
)
def ike2_psk_mismatch(lab):
    """A libreswan responder refuses the pre-shared key of a strongSwan initiator."""
    lab.p.secret = "another"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)


@scenario(
    "lsw-ike1-ok",
    version=1,
    outcome="established",
    libreswan="ip",
    evidence=[("i", r"#1: IKE SA established"), ("i", r"IPsec SA established tunnel mode")],
    frames=[(MAIN, 6), (QUICK, 3), (ESP_OUT, 4), (ESP_BACK, 4)],
    expect=established(keys=False),
)
def ike1_ok(lab):
    """libreswan on both sides, IKEv1 main mode and quick mode."""
    lab.i.use_version_1()
    lab.p.use_version_1()
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping()
    return f"Pings answered: {answered} of 4."


@scenario(
    "lsw-ike1-psk-mismatch",
    version=1,
    outcome="stalled",
    stage="main_mode_id",
    cause="psk-mismatch",
    libreswan="ip",
    evidence=[
        ("p", r"probable authentication failure|malformed|INVALID_PAYLOAD_TYPE|PAYLOAD_MALFORMED"),
        ("i", r"Possible authentication failure: no acceptable response to our first encrypted message"),
    ],
    frames=[(f"{MAIN} && {FROM_I}", (12, 18)), (QUICK, 0)],
    expect=[Expect("stalled|rejected", "main_mode_id", "psk-mismatch", "implied|suspected", never="udp-4500-blocked")],
    notes="libreswan's responder says nothing to a message 5 it cannot read, and repeats message 4 by its own timer. "
    "After a minute the initiator starts anew with another SPI.",
)
def ike1_psk_mismatch(lab):
    """The pre-shared keys of two libreswan peers differ: message 5 cannot be read."""
    for side in (lab.i, lab.p):
        side.use_version_1()
    lab.p.secret = "another"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=70)
        lab.wait_for("i", GIVES_UP, 30)
        time.sleep(3)
