"""IKEv2 scenarios (RFC 7296)."""

import time

from ikelab.scenario import Expect, scenario

SA_INIT, AUTH = "isakmp.exchangetype == 34", "isakmp.exchangetype == 35"
ESP_OUT, ESP_BACK = "esp && ip.dst == 198.51.100.20", "esp && ip.src == 198.51.100.20"


@scenario("ike2-psk-ok", version=2, outcome="established",
          evidence=[("i", r"IKE_SA gw\[1\] established"), ("i", r"CHILD_SA net\{1\} established"),
                    ("p", r"IKE_SA gw\[1\] established")],
          frames=[(SA_INIT, 2), (AUTH, 2), (ESP_OUT, 4), (ESP_BACK, 4)],
          expect=[Expect("established", "none", issue="1"), Expect("established", "none", keys="yes")])
def psk_ok(lab):
    """A pre-shared key on both sides, pings through the tunnel, then an orderly delete."""
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        answered = lab.ping()
        lab.i.terminate()
        time.sleep(0.5)
    return f"Pings answered: {answered} of 4."


@scenario("ike2-sa-init-unanswered", version=2, outcome="stalled", stage="sa_init", cause="sa-init-unanswered",
          evidence=[("i", r"retransmit 4 of request with message ID 0"), ("i", r"giving up after 4 retransmits")],
          frames=[(SA_INIT, 5), ("isakmp.flag_r == 1", 0)],
          expect=[Expect("stalled", "sa_init", "sa-init-unanswered", "implied|suspected",
                         never="no-proposal-chosen|authentication-failed|sa-init-answer-not-received", issue="1")])
def sa_init_unanswered(lab):
    """The router drops UDP 500 on the way out; the initiator repeats IKE_SA_INIT and gives up."""
    lab.net.drop("iifname ri udp dport 500")
    lab.start()
    with lab.tap("i"):
        lab.i.initiate(timeout=30)
        lab.wait_for("i", "giving up after", 30)


@scenario("ike2-psk-mismatch", version=2, outcome="rejected", stage="auth", cause="authentication-failed",
          evidence=[("p", r"tried 1 shared key .* but MAC mismatched"),
                    ("i", r"received AUTHENTICATION_FAILED notify error")],
          frames=[(SA_INIT, 2), (AUTH, 2), ("esp", 0)],
          expect=[Expect("rejected", "auth", "authentication-failed", "implied", never="psk-mismatch", issue="1"),
                  Expect("rejected", "auth", "authentication-failed", "stated", keys="yes")])
def psk_mismatch(lab):
    """The pre-shared keys differ: the responder answers IKE_AUTH with AUTHENTICATION_FAILED."""
    lab.p.secrets["ike-1"]["secret"] = '"another"'
    lab.start()
    with lab.tap("i"):
        lab.i.initiate()
        time.sleep(3)
