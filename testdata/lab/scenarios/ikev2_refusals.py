"""IKEv2 negotiations that one of the peers refuses."""

import time

from ikelab.scenario import Expect, scenario

from .filters import AUTH, FROM_P, INFORMATIONAL, SA_INIT


@scenario(
    "ike2-no-proposal-chosen",
    version=2,
    outcome="rejected",
    stage="sa_init",
    cause="no-proposal-chosen",
    evidence=[
        ("p", r"received proposals unacceptable|no matching proposal found"),
        ("i", r"received NO_PROPOSAL_CHOSEN notify error"),
    ],
    frames=[(SA_INIT, 2), ("isakmp.notify.msgtype == 14", 1), (AUTH, 0)],
    expect=[Expect("rejected", "sa_init", "no-proposal-chosen|peer-not-configured", "stated", issue="1")],
)
def no_proposal_chosen(lab):
    """The initiator offers AES-128 with SHA-1, the responder accepts AES-256 with SHA-384 alone."""
    lab.i.conn["proposals"] = "aes128-sha1-modp2048"
    lab.p.conn["proposals"] = "aes256-sha384-modp2048"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)


@scenario(
    "ike2-psk-mismatch",
    version=2,
    outcome="rejected",
    stage="auth",
    cause="authentication-failed",
    evidence=[
        ("p", r"tried 1 shared key .* but MAC mismatched"),
        ("i", r"received AUTHENTICATION_FAILED notify error"),
    ],
    frames=[(SA_INIT, 2), (AUTH, 2), ("esp", 0)],
    expect=[
        Expect("rejected", "auth", "authentication-failed", "implied", never="psk-mismatch", issue="1"),
        Expect("rejected", "auth", "authentication-failed", "stated", keys="yes"),
    ],
)
def psk_mismatch(lab):
    """The pre-shared keys differ: the responder answers IKE_AUTH with AUTHENTICATION_FAILED."""
    lab.p.secrets["ike-1"]["secret"] = '"another"'
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)


@scenario(
    "ike2-wrong-id",
    version=2,
    outcome="rejected",
    stage="auth",
    cause="authentication-failed",
    evidence=[
        ("p", r"no matching peer config found|no matching.*config"),
        ("i", r"received AUTHENTICATION_FAILED notify error"),
    ],
    frames=[(SA_INIT, 2), (AUTH, 2), ("esp", 0)],
    expect=[
        Expect("rejected", "auth", "authentication-failed", "implied", never="psk-mismatch", issue="1"),
        Expect("rejected", "auth", "authentication-failed", "stated", keys="yes"),
    ],
)
def wrong_id(lab):
    """The initiator's IDi is not the one the responder is configured for: AUTHENTICATION_FAILED."""
    lab.i.conn["local"]["id"] = "stranger.example"
    lab.i.secrets["ike-1"]["id-1"] = "stranger.example"
    lab.start()
    with lab.tap("p"):
        lab.i.initiate()
        time.sleep(3)


@scenario(
    "ike2-initiator-refuses-idr",
    version=2,
    outcome="rejected",
    stage="auth",
    cause="initiator-refused",
    evidence=[
        ("i", r"constraint check failed"),
        ("p", r"IKE_SA gw\[1\] established"),
        ("p", r"parsed INFORMATIONAL request 2 \[ N\(AUTH_FAILED\) \]"),
    ],
    frames=[(SA_INIT, 2), (AUTH, 2), (INFORMATIONAL, (1, 2)), ("esp", 0)],
    expect=[
        Expect("rejected", "auth", "initiator-refused", "implied|suspected", never="authentication-failed"),
        Expect("rejected", "auth", "initiator-refused", "stated", keys="yes"),
    ],
)
def initiator_refuses_idr(lab):
    """The responder's IDr is not what the initiator requires: after a whole IKE_AUTH the initiator itself refuses."""
    # With a pattern the initiator asks for no IDr, so the responder does not refuse by itself.
    lab.p.conn["local"]["id"] = "right.test"
    for side in (lab.i, lab.p):
        side.secrets["ike-1"] = {"secret": '"lab"'}
    lab.i.conn["remote"]["id"] = "*.example"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)


@scenario(
    "ike2-ts-unacceptable",
    version=2,
    outcome="rejected",
    stage="child_sa",
    cause="ts-unacceptable",
    evidence=[
        ("i", r"received TS_UNACCEPTABLE notify, no CHILD_SA built"),
        ("p", r"IKE_SA gw\[1\] established"),
        ("i", r"IKE_SA gw\[1\] established"),
    ],
    frames=[(SA_INIT, 2), (f"{AUTH} && {FROM_P}", 1), ("esp", 0)],
    expect=[
        Expect(
            "rejected",
            "child_sa",
            "child-refused",
            "implied|suspected",
            never="authentication-failed|no-proposal-chosen",
        ),
        Expect("rejected", "child_sa", "ts-unacceptable", "stated", keys="yes"),
    ],
    notes="The IKE SA is up on both sides; only the IPsec SA was refused.",
)
def ts_unacceptable(lab):
    """The traffic selectors do not overlap: the responder answers IKE_AUTH with TS_UNACCEPTABLE."""
    lab.i.child["remote_ts"] = "10.9.0.0/24"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)


@scenario(
    "ike2-child-no-proposal-chosen",
    version=2,
    outcome="rejected",
    stage="child_sa",
    cause="child-no-proposal-chosen",
    evidence=[("i", r"received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built"), ("i", r"IKE_SA gw\[1\] established")],
    frames=[(SA_INIT, 2), (f"{AUTH} && {FROM_P}", 1), ("esp", 0)],
    expect=[
        Expect(
            "rejected",
            "child_sa",
            "child-refused",
            "implied|suspected",
            never="authentication-failed|no-proposal-chosen",
        ),
        Expect("rejected", "child_sa", "child-no-proposal-chosen", "stated", keys="yes"),
    ],
    notes="The IKE SA is up on both sides; only the IPsec SA was refused.",
)
def child_no_proposal_chosen(lab):
    """No common ESP proposal: the responder answers IKE_AUTH with NO_PROPOSAL_CHOSEN for the child."""
    lab.p.child["esp_proposals"] = "aes128gcm16"
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)


@scenario(
    "ike2-eap-wrong-password",
    version=2,
    outcome="rejected",
    stage="auth",
    cause="eap-failed",
    evidence=[
        ("p", r"EAP-MS-CHAPv2 verification failed"),
        ("i", r"EAP-MS-CHAPv2 failed with error ERROR_AUTHENTICATION_FAILURE"),
    ],
    frames=[(SA_INIT, 2), (AUTH, (6, 14)), (INFORMATIONAL, (1, 2)), ("esp", 0)],
    expect=[
        Expect("rejected", "auth", "eap-failed|initiator-refused", "implied|suspected", never="psk-mismatch"),
        Expect("rejected", "auth", "eap-failed|initiator-refused", "stated", keys="yes"),
    ],
)
def eap_wrong_password(lab):
    """EAP-MSCHAPv2 with a wrong password: the server says so inside EAP, the initiator gives up."""
    lab.use_certificates()
    lab.i.conn["local"] = {"auth": "eap-mschapv2", "eap_id": "user", "id": "left.example"}
    lab.p.conn["remote"] = {"auth": "eap-mschapv2", "eap_id": "%any"}
    lab.i.secrets["eap-user"] = {"id": "user", "secret": '"mistyped"'}
    lab.p.secrets["eap-user"] = {"id": "user", "secret": '"password"'}
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)
