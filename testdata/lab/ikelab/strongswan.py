"""charon and swanctl of strongSwan 5.9.8 in a namespace."""

import os
import subprocess
import time

IMPLEMENTATION = "strongSwan 5.9.8"
CHARON = "/usr/lib/ipsec/charon"
PLUGINS = (
    "random nonce aes sha1 sha2 md5 hmac kdf mgf1 pem pkcs1 pkcs8 x509 revocation constraints pubkey openssl "
    "gmp gcm ccm ctr curve25519 eap-identity eap-mschapv2 xauth-generic kernel-netlink socket-default vici"
)


class Charon:
    """One daemon. Scenarios change `charon`, `conn`, `child` and `secrets` before `start`."""

    implementation = IMPLEMENTATION

    def __init__(self, net, role, directory, preload):
        self._net, self._dir, self._preload, self._process = net, directory, preload, None
        self.role = role
        self.log = os.path.join(directory, "charon.log")
        self.keys_log = os.path.join(directory, "keys.log")
        self.sas = os.path.join(directory, "sas")
        self._vici = f"unix://{directory}/vici"
        me, other = ("left", "right") if role == "i" else ("right", "left")
        self.charon = {
            "load": PLUGINS,
            "retransmit_timeout": "1.0",
            "retransmit_base": "1.5",
            "retransmit_tries": "4",
            "install_routes": "no",
            # An SPI reserved in the kernel must not expire, or charon closes the SA that goes with it.
            "plugins": {"vici": {"socket": self._vici}, "kernel-netlink": {"xfrm_acq_expires": "3600"}},
            "filelog": {
                "main": {
                    "path": self.log,
                    "time_format": "%H:%M:%S",
                    "time_add_ms": "yes",
                    "flush_line": "yes",
                    "default": "1",
                    "ike": "2",
                    "cfg": "2",
                    "net": "2",
                },
                "keys": {"path": self.keys_log, "default": "-1", "ike": "4", "flush_line": "yes"},
            },
        }
        self.child = {
            "local_ts": "10.1.0.0/24" if role == "i" else "10.2.0.0/24",
            "remote_ts": "10.2.0.0/24" if role == "i" else "10.1.0.0/24",
            "esp_proposals": "aes256-sha256",
        }
        self.conn = {
            "version": "2",
            "mobike": "no",
            "proposals": "aes256-sha256-modp2048",
            "local": {"auth": "psk", "id": f"{me}.example"},
            "remote": {"auth": "psk", "id": f"{other}.example"},
            "children": {"net": self.child},
        }
        if role == "i":
            self.conn |= {"local_addrs": net.address["i"], "remote_addrs": net.address["p"]}
        self.secrets = {"ike-1": {"id-1": "left.example", "id-2": "right.example", "secret": '"lab"'}}

    def use_certificate(self, authority, size=2048):
        """Authenticates by a certificate of `authority` instead of the pre-shared key, at both sides of `conn`."""
        me = self.conn["local"]["id"]
        authority.install(os.path.join(self._dir, "swanctl"), me, size)
        self.conn["local"] = {"auth": "pubkey", "certs": f"{me}.pem", "id": me}
        self.conn["remote"] = {"auth": "pubkey", "id": self.conn["remote"]["id"]}
        self.secrets.clear()

    def start(self):
        swanctl = os.path.join(self._dir, "swanctl")
        os.makedirs(swanctl, exist_ok=True)
        _write(os.path.join(self._dir, "strongswan.conf"), {"charon": self.charon})
        _write(os.path.join(swanctl, "swanctl.conf"), {"connections": {"gw": self.conn}, "secrets": self.secrets})
        env = {"STRONGSWAN_CONF": f"{self._dir}/strongswan.conf", "LD_PRELOAD": self._preload, "IKELAB_SAS": self.sas}
        # A /run of its own keeps the pid files of the daemons apart; ip netns exec has its own mount namespace.
        script = f"mount -t tmpfs tmpfs /run && exec env {' '.join(f'{k}={v}' for k, v in env.items())} {CHARON}"
        self._process = subprocess.Popen(
            self._net.command(self.role, "sh", "-c", script), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_for_vici()
        self.swanctl("--load-all")

    def swanctl(self, *args, check=True, timeout=240):
        command = self._net.command(
            self.role,
            "env",
            f"SWANCTL_DIR={self._dir}/swanctl",
            f"STRONGSWAN_CONF={self._dir}/strongswan.conf",
            "swanctl",
            *args,
            "--uri",
            self._vici,
        )
        return subprocess.run(command, check=check, capture_output=True, text=True, timeout=timeout).stdout

    def initiate(self, timeout=20):
        """Starts the child `net` and waits until it is up, refused, or `timeout` seconds are over."""
        return self.swanctl("--initiate", "--child", "net", "--timeout", timeout, check=False)

    def terminate(self):
        return self.swanctl("--terminate", "--ike", "gw", "--timeout", "5", check=False)

    def kill(self):
        """Ends the daemon without a word to the peer, as a crash does."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def stop(self):
        self.kill()

    def _wait_for_vici(self):
        for _ in range(100):
            time.sleep(0.1)
            if os.path.exists(f"{self._dir}/vici"):
                time.sleep(0.2)
                return
            if self._process.poll() is not None:
                raise RuntimeError(f"charon of {self.role} ended at once, see {self.log}")
        raise RuntimeError(f"charon of {self.role} opened no vici socket")


class Authority:
    """A certificate authority made for one scenario, with fresh keys."""

    def __init__(self, directory):
        self._dir = directory
        os.makedirs(directory, exist_ok=True)
        self._key(f"{directory}/ca.key", 2048)
        self._pki(
            f"{directory}/ca.pem",
            "--self",
            "--ca",
            "--in",
            f"{directory}/ca.key",
            "--dn",
            "CN=Lab CA",
            "--lifetime",
            "3650",
        )

    def install(self, swanctl, name, size):
        for folder in ("x509", "x509ca", "private"):
            os.makedirs(f"{swanctl}/{folder}", exist_ok=True)
        self._key(f"{swanctl}/private/{name}.key", size)
        self._pki(
            f"{swanctl}/x509/{name}.pem",
            "--issue",
            "--cacert",
            f"{self._dir}/ca.pem",
            "--cakey",
            f"{self._dir}/ca.key",
            "--type",
            "priv",
            "--in",
            f"{swanctl}/private/{name}.key",
            "--dn",
            f"CN={name}",
            "--san",
            name,
            "--lifetime",
            "3650",
        )
        with open(f"{self._dir}/ca.pem", "rb") as source, open(f"{swanctl}/x509ca/ca.pem", "wb") as target:
            target.write(source.read())

    @staticmethod
    def _key(path, size):
        with open(path, "wb") as out:
            subprocess.run(
                ["pki", "--gen", "--type", "rsa", "--size", str(size), "--outform", "pem"],
                stdout=out,
                stderr=subprocess.PIPE,
                check=True,
                timeout=120,
            )

    @staticmethod
    def _pki(path, *args):
        with open(path, "wb") as out:
            subprocess.run(
                ["pki", *args, "--outform", "pem"], stdout=out, stderr=subprocess.PIPE, check=True, timeout=60
            )


def _write(path, tree):
    with open(path, "w", encoding="ascii") as out:
        out.write(_render(tree))


def _render(tree, indent=""):
    lines = []
    for key, value in tree.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{key} {{\n{_render(value, indent + '  ')}{indent}}}\n")
        else:
            lines.append(f"{indent}{key} = {value}\n")
    return "".join(lines)
