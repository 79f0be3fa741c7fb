"""Names for the filters that scenarios share: tshark's display filters, and nftables matches inside an IKE header."""

from ikelab.scenario import Expect

SA_INIT, AUTH, CHILD, INFORMATIONAL = (f"isakmp.exchangetype == {number} && !icmp" for number in (34, 35, 36, 37))
MAIN, AGGRESSIVE, QUICK, INFO_1, TRANSACTION = (
    f"isakmp.exchangetype == {number} && !icmp" for number in (2, 4, 32, 5, 6)
)
FROM_I, FROM_P = "ip.src == 192.0.2.10", "ip.src == 198.51.100.20"
ESP_OUT, ESP_BACK = "esp && ip.dst == 198.51.100.20", "esp && ip.src == 198.51.100.20"

SOME = (1, 1000)


def exchange(number, after_marker=False):
    """An nftables match on the exchange type of an IKE message in UDP."""
    return f"@th,{208 + 32 * after_marker},8 {number}"


def first_payload(number):
    """An nftables match on the type of the first payload of an IKE message on UDP 500."""
    return f"@th,192,8 {number}"


def established(issue="1", keys=True, **options):
    """The rows of expected.tsv for a success: without keys, and with them where they are known."""
    rows = [Expect("established", "none", issue=issue, **options)]
    return rows + [Expect("established", "none", keys="yes", **options)] if keys else rows


UP = [
    ("i", r"IKE_SA gw\[1\] established"),
    ("i", r"CHILD_SA net\{1\} established"),
    ("p", r"CHILD_SA net\{1\} established"),
]
