"""The keys of a scenario as the tables Wireshark reads, from charon's log and from the SAs set aside."""

import json
import os
import re

_SECRET = re.compile(
    r"(?:\] |> )(Sk_(?:[ae][ir]|p[ir]|d)|encryption key Ka|shared Diffie Hellman)(?: secret)? => (\d+) bytes"
)
_HEX_LINE = re.compile(r"\]\s+(?:<[^>]*>\s+)?\d+: ((?:[0-9A-F]{2} )+)")
_SUITE = re.compile(r"selected proposal: IKE:(\S+)")

CIPHERS = {
    "AES_CBC_128": "AES-CBC-128 [RFC3602]",
    "AES_CBC_256": "AES-CBC-256 [RFC3602]",
    "AES_GCM_16_256": "AES-GCM-256 with 16 octet ICV [RFC5282]",
}
INTEGRITY = {
    "HMAC_SHA2_256_128": "HMAC_SHA2_256_128 [RFC4868]",
    "HMAC_SHA1_96": "HMAC_SHA1_96 [RFC2404]",
}
ESP_CIPHERS = {
    "aes": "AES-CBC [RFC3602]",
    "cbc(aes)": "AES-CBC [RFC3602]",
    "rfc4106(gcm(aes))": "AES-GCM with 16 octet ICV [RFC4106]",
}
ESP_INTEGRITY = {"hmac(sha256)": "HMAC-SHA-256-128 [RFC4868]", "hmac(sha1)": "HMAC-SHA-1-96 [RFC2404]"}


def write_tables(directory, version, spi_pairs, daemons):
    """Writes what is known into `directory`; `spi_pairs`: the IKE SAs that got a responder SPI, in order."""
    tables = {}
    charon = next((d for d in daemons if d.keys_log and os.path.exists(d.keys_log)), None)
    if charon:
        rows = _ike_rows(version, spi_pairs, charon)
        if rows:
            tables[f"ikev{version}_decryption_table"] = rows
    esp = _esp_rows(daemons)
    if esp:
        tables["esp_sa"] = esp
    if tables:
        os.makedirs(directory, exist_ok=True)
        for name, rows in tables.items():
            with open(os.path.join(directory, name), "w", encoding="ascii") as out:
                out.writelines(row + "\n" for row in rows)
    return sorted(tables)


def write_secrets(base, version, spi_pairs, charon):
    """Writes TOML of our own: the secret of each key exchange, and for IKEv2 what the daemon made of it."""
    secrets = _secrets(charon.keys_log)
    spis = ("cookie_i", "cookie_r") if version == 1 else ("spi_i", "spi_r")
    shared = {"g_xy" if version == 1 else "g_ir": "shared Diffie Hellman"}
    _write_toml(f"{base}.toml", version, spis, spi_pairs, shared, secrets)
    if version == 2:
        names = {f"sk_{name}": f"Sk_{name}" for name in ("d", "ai", "ar", "ei", "er", "pi", "pr")}
        known = {name: label for name, label in names.items() if label in secrets}
        _write_toml(f"{base}.sk.toml", version, spis, spi_pairs, known, secrets)


def _write_toml(path, version, spis, spi_pairs, names, secrets):
    with open(path, "w", encoding="ascii") as out:
        for index, pair in enumerate(spi_pairs):
            print(f"[[ikev{version}]]", file=out)
            values = dict(zip(spis, pair, strict=True)) | {name: secrets[of][index] for name, of in names.items()}
            out.writelines(f'{name} = "{value}"\n' for name, value in values.items())


def _ike_rows(version, spi_pairs, charon):
    secrets = _secrets(charon.keys_log)
    names = ["encryption key Ka"] if version == 1 else ["Sk_ei", "Sk_er"]
    sets = len(secrets.get(names[0], []))
    # One derivation per IKE SA, in the order of the SAs; where the numbers differ, which is whose cannot be told.
    if not sets or sets != len(spi_pairs):
        return []
    if version == 1:
        return [f"{spi_i},{key}" for (spi_i, _), key in zip(spi_pairs, secrets[names[0]], strict=True)]
    with open(charon.log, encoding="utf-8", errors="replace") as log:
        suites = [match[1] for line in log if (match := _SUITE.search(line))]
    rows = []
    for index, (spi_i, spi_r) in enumerate(spi_pairs):
        suite = suites[min(index, len(suites) - 1)].split("/")
        cipher, integrity = CIPHERS[suite[0]], "NONE [RFC4306]"
        ai = ar = ""
        if suite[1] in INTEGRITY:
            integrity = INTEGRITY[suite[1]]
            ai, ar = secrets["Sk_ai"][index], secrets["Sk_ar"][index]
        rows.append(
            f'{spi_i},{spi_r},{secrets["Sk_ei"][index]},{secrets["Sk_er"][index]},"{cipher}",{ai},{ar},"{integrity}"'
        )
    return rows


def _secrets(path):
    found, name, left = {}, None, 0
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            if match := _SECRET.search(line):
                name, left = match[1], int(match[2])
                found.setdefault(name, []).append("")
            elif name and left and (match := _HEX_LINE.search(line)):
                octets = match[1].split()[:left]
                found[name][-1] += "".join(octets).lower()
                left -= len(octets)
    return found


def _esp_rows(daemons):
    rows = {}
    for daemon in daemons:
        if not os.path.exists(daemon.sas):
            continue
        with open(daemon.sas, encoding="ascii") as lines:
            for sa in map(json.loads, lines):
                family = "IPv6" if ":" in sa["dst"] else "IPv4"
                auth = ESP_INTEGRITY.get(sa.get("auth"), "NULL")
                auth_key = f"0x{sa['auth_key']}" if "auth_key" in sa else ""
                rows[sa["spi"]] = (
                    f'"{family}","*","*","0x{sa["spi"]}","{ESP_CIPHERS[sa["cipher"]]}","0x{sa["key"]}",'
                    f'"{auth}","{auth_key}"'
                )
    return [rows[spi] for spi in sorted(rows)]
