"""pluto of libreswan 4.10 in a namespace, run from the unpacked package."""

import os
import subprocess
import time

IMPLEMENTATION = "libreswan 4.10"


class Pluto:
    """One daemon. Scenarios change `setup`, `conn` and `secret` before `start`."""

    implementation = IMPLEMENTATION
    keys_log = None

    def __init__(self, net, role, directory, preload, package):
        self._net, self._dir, self._preload, self._process = net, directory, preload, None
        self._libexec = os.path.join(package, "usr/libexec/ipsec")
        self.role = role
        self.log = os.path.join(directory, "pluto.log")
        self.sas = os.path.join(directory, "sas")
        self.secret = "lab"
        self.setup = {"logtime": "yes", "uniqueids": "no"}
        self.conn = {
            "left": net.address["i"],
            "right": net.address["p"],
            "leftid": "@left.example",
            "rightid": "@right.example",
            "leftsubnet": "10.1.0.0/24",
            "rightsubnet": "10.2.0.0/24",
            "authby": "secret",
            "ikev2": "insist",
            "ike": "aes256-sha2_256-modp2048",
            "esp": "aes256-sha2_256",
            "leftupdown": "%disabled",
            "rightupdown": "%disabled",
            "keyingtries": "1",
            "auto": "ignore",
        }

    def use_version_1(self):
        self.setup["ikev1-policy"] = "accept"
        self.conn["ikev2"] = "no"

    def start(self):
        for folder in ("nss", "ipsec.d", "run"):
            os.makedirs(os.path.join(self._dir, folder), exist_ok=True)
        subprocess.run(["certutil", "-N", "-d", f"sql:{self._dir}/nss", "--empty-password"], check=True, timeout=30)
        self._write(
            "ipsec.conf", "\n".join(["config setup", *_settings(self.setup), "", "conn gw", *_settings(self.conn), ""])
        )
        self._write("ipsec.secrets", f'@left.example @right.example : PSK "{self.secret}"\n')
        # pluto starts addconn from the path it was built for: a private /usr/libexec leads there.
        script = (
            f"mount -t tmpfs tmpfs /run && mkdir -p /run/pluto && mount -t tmpfs tmpfs /usr/libexec && "
            f"ln -s {self._libexec} /usr/libexec/ipsec && "
            f"exec env LD_PRELOAD={self._preload} IKELAB_SAS={self.sas} {self._libexec}/pluto --nofork "
            f"--config {self._dir}/ipsec.conf --secretsfile {self._dir}/ipsec.secrets --rundir {self._dir}/run "
            f"--nssdir {self._dir}/nss --ipsecdir {self._dir}/ipsec.d --logfile {self.log}"
        )
        self._process = subprocess.Popen(
            self._net.command(self.role, "sh", "-c", script), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(100):
            time.sleep(0.1)
            if os.path.exists(f"{self._dir}/run/pluto.ctl"):
                break
            if self._process.poll() is not None:
                raise RuntimeError(f"pluto of {self.role} ended at once, see {self.log}")
        time.sleep(0.5)
        self.whack("--listen")
        self._run("addconn", "--config", f"{self._dir}/ipsec.conf", "--ctlsocket", f"{self._dir}/run/pluto.ctl", "gw")

    def whack(self, *args, timeout=120):
        return self._run("whack", "--ctlsocket", f"{self._dir}/run/pluto.ctl", *args, timeout=timeout)

    def initiate(self, timeout=20):
        """Starts the connection and waits until it is up, refused, or `timeout` seconds are over."""
        try:
            return self.whack("--name", "gw", "--initiate", timeout=timeout)
        except subprocess.TimeoutExpired:
            return ""

    def terminate(self):
        return self.whack("--name", "gw", "--terminate")

    def kill(self):
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def stop(self):
        self.kill()

    def _run(self, program, *args, timeout=60):
        command = self._net.command(self.role, f"{self._libexec}/{program}", *args)
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=timeout).stdout

    def _write(self, name, text):
        path = os.path.join(self._dir, name)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(path, 0o600)


def _settings(values):
    return [f"    {key}={value}" for key, value in values.items()]
