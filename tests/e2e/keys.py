"""The life of DKIM keys with real name servers (Knot): a primary that takes dynamic updates with TSIG, and a secondary that is given them
only when the test says so. The clock is fake: --now."""

import base64
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import lib

SECRET = base64.b64encode(b"a secret of thirty-two bytes ...").decode()
STATES = {"generated", "published", "active", "retiring", "revoked"}
START = int(time.time()) + 60  # keys new has no clock of its own
ROUNDS = int(os.environ.get("BONAFIDE_KEYS_ROUNDS", "60"))  # passes that may be killed
SETTLE, OVERLAP = 86400, 4 * 86400

ZONE = """$TTL 300
@ SOA ns1 hostmaster 1 3600 600 86400 300
@ NS ns1
@ NS ns2
ns1 A 127.0.0.1
ns2 A 127.0.0.1
"""


# More than a datagram holds.
CROWD = "".join(f's8._domainkey TXT "{"x" * 200}{number}"\n' for number in range(10))

# SIOCSIFFLAGS with IFF_UP and IFF_RUNNING
LOOPBACK_UP = """import fcntl, socket, struct, time
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh22x", b"lo", 0x1 | 0x40))
print("up", flush=True)
time.sleep(600)"""


def free_port():
    """A port that is free for UDP and TCP at this moment."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Knot:
    """One knotd on loopback; `inside`: the words that run a command in a network of its own, where it has port 53."""

    def __init__(self, name, runner, zones, primary=None, inside=(), address="127.0.0.1"):
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=lib.folder))
        self.runner = runner
        self.inside, self.address = inside, address
        self.port = 53 if inside else free_port()
        self.zones = zones
        remote = f"remote:\n  - id: primary\n    address: {primary.address}@{primary.port}\n" if primary else ""
        rows = []
        for zone, text in zones.items():
            if primary:
                rows.append(f"  - domain: {zone}\n    storage: {self.folder}\n    master: primary\n    refresh-min-interval: 3600\n")
            else:
                (self.folder / f"{zone}.zone").write_text(text)
                rows.append(f"  - domain: {zone}\n    storage: {self.folder}\n    file: {zone}.zone\n    acl: [ change, copy ]\n")
        (self.folder / "db").mkdir()
        self.config = self.folder / "knot.conf"
        self.config.write_text(f"""server:
    rundir: {self.folder}
    listen: {address}@{self.port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {self.folder}/db
log:
  - target: {self.folder}/log
    any: info
key:
  - id: ddns
    algorithm: hmac-sha256
    secret: {SECRET}
{remote}acl:
  - id: change
    key: ddns
    action: update
    update-type: TXT
  - id: copy
    address: 127.0.0.0/8
    action: transfer
zone:
{"".join(rows)}""")
        self.start()

    def start(self):
        with (self.folder / "out").open("wb") as out:
            self.process = subprocess.Popen([*self.inside, self.runner, "knotd", "-c", self.config], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        lib.atexit.register(self.stop)
        for zone in self.zones:
            lib.wait_for(lambda: self.ask(zone, "SOA"), f"knotd to serve {zone}: {self.folder}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(lib.PATIENCE)

    def ask(self, name, kind="TXT"):
        done = subprocess.run([*self.inside, self.runner, "kdig", f"@{self.address}", "-p", str(self.port), "+short", "+norec", "+timeout=1", "+retry=0", name,
                               kind], capture_output=True, text=True)
        answer = done.stdout.strip()
        return "" if answer.startswith(";;") else answer

    def control(self, *words):
        subprocess.run([self.runner, "knotc", "-b", "-c", self.config, *words], check=True, capture_output=True, timeout=lib.PATIENCE)


def setUpModule():
    global runner
    runner = lib.fetch(lib.parts / "knot", "knot", "knot-dnsutils")


class Keys(unittest.TestCase):
    ZONES = {"example.org": ZONE + "s7._domainkey CNAME s7.keys\n" + CROWD, "quick.example": ZONE.replace("300", "1"), "host.example": ZONE,
             "customer.example": ZONE + "s1._domainkey CNAME s1._domainkey.customer.example.host.example.\n",
             "other.example": ZONE + "s1._domainkey CNAME s1._domainkey.other.example.host.example.\n"}

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="keys-", dir=lib.folder))
        self.primary = Knot("primary", runner, self.ZONES)
        self.secondary = Knot("secondary", runner, self.ZONES, self.primary)
        self.addCleanup(self.primary.stop)
        self.addCleanup(self.secondary.stop)
        self.tsig = self.folder / "ddns.key"
        self.tsig.write_text(f'key "ddns" {{\n\talgorithm hmac-sha256;\n\tsecret "{SECRET}";\n}};\n')
        self.tsig.chmod(0o600)
        self.config = self.folder / "bonafide.toml"
        self.configure()
        self.now = START

    def configure(self, signing=None, publish=None):
        self.config.write_text(lib.toml({
            "signing": {"keys": str(self.folder / "keys"), "settle": f"{SETTLE}s", "overlap": f"{OVERLAP}s"} | (signing or {}),
            "publish": {"server": f"127.0.0.1:{self.primary.port}", "tsig": str(self.tsig), "ttl": "60s",
                        "authoritative": [f"127.0.0.1@{self.primary.port}", f"127.0.0.1@{self.secondary.port}"]} | (publish or {}),
            "dns": {"timeout": "2s"}}))

    def run_keys(self, *words, code=0):
        if words[0] == "new" and "--now" not in words:
            words += "--now", str(self.now)
        done = lib.run("keys", *words, "--config", self.config, text=True)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done

    def tend(self, *words):
        """["published s1", ...] of one pass at the fake time."""
        done = self.run_keys("tend", *words, "--now", str(self.now), "--json")
        self.told = json.loads(done.stdout)
        return [f"{event['event'].removeprefix('key.')} {event['selector']}" for event in self.told]

    def keys(self):
        rows = json.loads(self.run_keys("list", "--json").stdout)
        for row in rows:
            self.assertIn(row["state"], STATES)
            self.assertEqual(row["fault"], "")
        return {row["selector"]: row for row in rows}

    def states(self):
        return {selector: row["state"] for selector, row in self.keys().items()}

    def catch_up(self):
        """The secondary fetches the zones anew."""
        for zone in self.ZONES:
            self.secondary.control("zone-retransfer", zone)
            lib.wait_for(lambda: self.serial(self.primary, zone) == self.serial(self.secondary, zone), f"the transfer of {zone}")

    @staticmethod
    def serial(server, zone):
        return server.ask(zone, "SOA").split()[2]

    def shown(self, server, selector, domain="example.org"):
        """The record without quotes, its strings joined."""
        return "".join(re.findall(r'"([^"]*)"', server.ask(f"{selector}._domainkey.{domain}").split("\n")[-1]))

    def first_key(self, selector="s1", kind="rsa"):
        self.run_keys("new", "example.org", "--selector", selector, "--type", kind)
        self.assertIn(f"published {selector}", self.tend())
        self.catch_up()
        self.run_keys("activate", "example.org", selector, "--now", str(self.now))
        self.assertEqual(self.states()[selector], "active")

    # ---- a rotation from beginning to end

    def test_a_rotation(self):
        self.first_key()
        self.assertEqual(self.tend(), [])
        self.now += 86400 * 180
        done = self.run_keys("rotate", "example.org", "--now", str(self.now))
        new = re.search(r"Name:\s+(\w+)\._domainkey", done.stdout)[1]
        self.assertEqual(self.states(), {"s1": "active", new: "generated"})

        self.assertEqual(self.tend(), [f"published {new}"])
        self.assertTrue(self.shown(self.primary, new).startswith("v=DKIM1; k=rsa; p="))
        self.assertEqual(self.shown(self.secondary, new), "", "it lags")
        self.assertEqual(self.keys()[new]["record"], self.shown(self.primary, new), "the strings joined are the record")

        self.now += SETTLE * 3
        self.assertEqual(self.tend(), [], "one of two servers does not show it, however long that takes")
        self.assertEqual(self.states(), {"s1": "active", new: "published"})
        done = self.run_keys("activate", "example.org", new, code=1)
        self.assertIn("does not sign yet", done.stderr)

        self.catch_up()
        self.assertEqual(self.tend(), [f"shown {new}"])
        self.now += SETTLE - 1
        self.assertEqual(self.tend(), [])
        self.now -= 7200  # somebody sets the clock back
        self.assertEqual(self.tend(), ["trouble "])
        self.now += SETTLE - 1
        self.assertEqual(self.tend(), ["trouble "], "it is where it was before: once more")
        self.now += SETTLE - 1
        self.assertEqual(self.tend(), [])
        self.secondary.stop()
        self.now += 1
        self.assertEqual(self.tend(), [], "no answer is no yes")
        self.secondary.start()
        self.assertEqual(self.tend(), [f"activated {new}", "retiring s1"])
        self.assertEqual(self.states(), {"s1": "retiring", new: "active"})

        self.now += OVERLAP - 1
        self.assertEqual(self.tend(), [])
        self.assertTrue(self.shown(self.primary, "s1").startswith("v=DKIM1; k=rsa; p=MII"), "for mail that is under way")
        self.now += 1
        self.assertEqual(self.tend(), ["revoked s1", "revoked s1"])
        self.assertEqual(self.shown(self.primary, "s1"), "v=DKIM1; k=rsa; p=")
        self.assertEqual(self.states(), {"s1": "revoked", new: "active"})
        self.catch_up()
        self.assertEqual(self.tend(), ["shown s1"])
        self.assertEqual(self.shown(self.secondary, "s1"), "v=DKIM1; k=rsa; p=")
        self.assertEqual(self.tend(), [])
        self.now += 401 * 86400
        self.assertEqual(self.tend(), ["forgotten s1"])
        self.assertEqual(self.states(), {new: "active"})
        self.assertEqual(sorted(p.name for p in (self.folder / "keys/example.org").glob("*.pem")), [f"{new}.pem"])

    def test_by_schedule(self):
        self.configure(signing={"rotate_every": "90d"})
        self.first_key(kind="ed25519")
        self.now += 86400 * 90
        names = []
        for _ in range(400):  # a pass a day, the secondary following each day
            names += self.tend()
            self.catch_up()
            self.now += 86400
        selectors = list(dict.fromkeys(name.split()[1] for name in names if name.startswith("generated")))
        self.assertGreaterEqual(len(selectors), 4)
        self.assertEqual([name for name in names if name.startswith("trouble")], [])
        for selector in selectors[:3]:
            course = [name.split()[0] for name in names if name.endswith(" " + selector)]
            self.assertEqual(course, ["generated", "published", "shown", "activated", "retiring", "revoked", "revoked", "shown"], selector)

    # ---- what goes wrong

    def test_servers_that_refuse(self):
        self.run_keys("new", "example.org", "--selector", "s1", "--type", "ed25519")
        wrong = self.tsig.read_text()

        def why():
            self.assertEqual(self.tend(), ["trouble s1"])
            self.assertEqual(self.states(), {"s1": "generated"})
            return self.told[0]["why"]
        self.tsig.write_text(wrong.replace(SECRET, base64.b64encode(b"x" * 32).decode()))
        self.assertIn("BADSIG", why())
        self.tsig.write_text(wrong.replace('"ddns"', '"other"'))
        self.assertRegex(why(), "BADKEY|NOTAUTH")
        self.tsig.write_text(wrong)
        self.configure(publish={"tsig": ""})
        self.assertRegex(why(), "REFUSED|NOTAUTH")
        self.configure(publish={"zone": "example.net"})
        self.assertIn("does not lie in publish.zone", why())
        self.configure(publish={"server": f"127.0.0.1:{free_port()}"})
        self.assertIn("does not answer", why())
        self.configure()
        self.tsig.chmod(0o644)
        self.assertIn("others have access", self.run_keys("tend", code=1).stderr)
        self.tsig.chmod(0o600)
        self.assertEqual(self.tend(), ["published s1"])

    def test_a_record_of_somebody_else_stays(self):
        self.first_key(kind="ed25519")
        shutil.move(self.folder / "keys", self.folder / "lost")
        self.run_keys("new", "example.org", "--selector", "s1", "--type", "ed25519")
        before = self.shown(self.primary, "s1")
        self.assertEqual(self.tend(), ["trouble s1"])
        self.assertIn("another key", self.told[0]["why"])
        self.assertEqual(self.shown(self.primary, "s1"), before)

    def test_an_answer_too_long_for_a_datagram(self):
        self.run_keys("new", "example.org", "--selector", "s8", "--type", "ed25519")
        self.assertEqual(self.tend(), ["trouble s8"])
        self.assertIn("10 TXT records", self.told[0]["why"])

    def test_revoking_at_once(self):
        self.first_key(kind="ed25519")
        self.run_keys("revoke", "example.org", "s1", "--now", str(self.now))
        self.assertEqual(self.shown(self.primary, "s1"), "v=DKIM1; k=ed25519; p=")
        self.assertEqual(self.states(), {"s1": "revoked"})

    def test_revoking_leaves_a_record_of_somebody_else(self):
        self.first_key(kind="ed25519")
        before = self.shown(self.primary, "s1")
        shutil.move(self.folder / "keys", self.folder / "lost")
        self.run_keys("new", "example.org", "--selector", "s1", "--type", "ed25519")
        done = self.run_keys("revoke", "example.org", "s1", "--now", str(self.now), code=1)
        self.assertIn("holds another key than ours", done.stderr)
        self.assertEqual(self.shown(self.primary, "s1"), before)
        self.assertEqual(self.states(), {"s1": "revoked"})

    def test_delegation_by_cname(self):
        """Two customers with the same selector, as they enter what is printed for them."""
        customers = ("customer.example", "other.example")
        for customer in customers:
            self.run_keys("new", customer, "--selector", "s1", "--type", "ed25519")
            done = self.run_keys("record", customer, "s1", "--cname-to", "host.example", "--form", "bind")
            self.assertEqual(done.stdout.split()[-1], f"s1._domainkey.{customer}.host.example.")
        self.assertEqual(self.tend(), ["published s1", "published s1"])
        records = [self.shown(self.primary, "s1", f"{customer}.host.example") for customer in customers]
        self.assertNotEqual(*records)
        for record in records:
            self.assertTrue(record.startswith("v=DKIM1; k=ed25519; p="))
        self.catch_up()
        self.assertEqual(self.tend(), ["shown s1", "shown s1"])
        self.now += SETTLE
        self.assertEqual(self.tend(), ["activated s1", "activated s1"])
        self.run_keys("revoke", "customer.example", "s1", "--now", str(self.now))
        self.assertEqual(self.shown(self.primary, "s1", "customer.example.host.example"), "v=DKIM1; k=ed25519; p=")
        self.assertEqual(self.shown(self.primary, "s1", "other.example.host.example"), records[1])

    def test_an_alias_within_the_zone(self):
        self.run_keys("new", "example.org", "--selector", "s7", "--type", "ed25519")
        self.assertEqual(self.tend(), ["published s7"])
        self.assertTrue(self.primary.ask("s7.keys.example.org").strip('"').startswith("v=DKIM1; k=ed25519; p="))
        self.catch_up()
        self.assertEqual(self.tend(), ["shown s7"])

    def test_a_record_on_the_hidden_primary_stays(self):
        """The servers asked do not have it yet."""
        self.first_key(kind="ed25519")
        shutil.move(self.folder / "keys", self.folder / "lost")
        self.configure(publish={"authoritative": [f"127.0.0.1@{self.secondary.port}"]})
        for domain in ("example.org", "quick.example"):
            self.run_keys("new", domain, "--selector", "s9", "--type", "ed25519")
        self.assertEqual(self.tend("example.org"), ["published s9"])
        theirs = self.shown(self.primary, "s9")
        shutil.move(self.folder / "keys", self.folder / "lost-too")
        self.run_keys("new", "example.org", "--selector", "s9", "--type", "ed25519")
        self.assertEqual(self.shown(self.secondary, "s9"), "")
        self.assertEqual(self.tend("example.org"), ["trouble s9"])
        self.assertEqual(self.shown(self.primary, "s9"), theirs)

    def test_the_servers_are_those_of_the_zone(self):
        """Without publish.authoritative: found by NS records through the resolver, in a network where they have port 53."""
        lib.need_root("to have a network of its own")
        holder = subprocess.Popen(["unshare", "--net", sys.executable, "-c", LOOPBACK_UP], stdout=subprocess.PIPE)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.assertEqual(holder.stdout.readline(), b"up\n")
        holder.stdout.close()
        inside = ["nsenter", "--net", "--target", str(holder.pid)]
        zones = {"example.org": ZONE.replace("ns2 A 127.0.0.1", "ns2 A 127.0.0.2")}
        primary = Knot("inside", runner, zones, inside=inside)
        secondary = Knot("inside2", runner, zones, primary, inside=inside, address="127.0.0.2")
        self.addCleanup(primary.stop)
        self.addCleanup(secondary.stop)
        self.config.write_text(lib.toml({
            "signing": {"keys": str(self.folder / "keys"), "settle": f"{SETTLE}s"},
            "publish": {"server": "127.0.0.1:53", "tsig": str(self.tsig)},
            "dns": {"servers": ["127.0.0.1"], "dnssec": False, "timeout": "2s"}}))

        def tend():
            done = subprocess.run([*inside, lib.bonafide, "keys", "tend", "--config", self.config, "--now", str(self.now), "--json"],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            return [f"{event['event'].removeprefix('key.')} {event['selector']} {event['why']}" for event in json.loads(done.stdout)]
        self.run_keys("new", "example.org", "--selector", "s1")
        self.assertEqual(tend(), ["published s1 the server took its record"])
        self.assertEqual(self.shown(secondary, "s1"), "", "it lags")
        self.assertEqual(tend(), [], "ns2 does not show it")
        secondary.control("zone-retransfer", "example.org")
        lib.wait_for(lambda: self.shown(secondary, "s1"), "the transfer")
        self.assertEqual(tend(), ["shown s1 every server shows its record"])

    def test_the_daemon_ends_while_servers_are_silent(self):
        for number in range(4):
            self.run_keys("new", "example.org", "--selector", f"s{number}", "--type", "ed25519")
        with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as other:
            one.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            settings = {"signing": {"keys": str(self.folder / "keys")}, "dns": {"timeout": "4s"},
                        "publish": {"authoritative": [f"127.0.0.1@{s.getsockname()[1]}" for s in (one, other)]}}
            with lib.Daemon(settings, "") as daemon:
                one.settimeout(lib.PATIENCE)
                one.recv(512)  # it asks
                began = time.monotonic()
                daemon.stop()
                self.assertLess(time.monotonic() - began, 8, "one exchange, not sixteen")

    def test_the_daemon_does_it_by_itself(self):
        self.run_keys("new", "quick.example", "--selector", "s1", "--type", "ed25519", "--now", str(int(time.time())))
        settings = {"signing": {"keys": str(self.folder / "keys"), "settle": "0s", "overlap": "0s", "reload": "1s"},
                    "publish": {"server": f"127.0.0.1:{self.primary.port}", "tsig": str(self.tsig),
                                "authoritative": [f"127.0.0.1@{self.primary.port}", f"127.0.0.1@{self.secondary.port}"]}}
        with lib.Daemon(settings, "") as daemon:
            self.assertEqual(daemon.wait_event("key.published")["selector"], "s1")
            self.catch_up()
            self.assertEqual(daemon.wait_event("key.activated")["selector"], "s1")
            self.assertEqual(self.states(), {"s1": "active"})
            lib.wait_for(lambda: daemon.metric("bonafide_signing_keys_active") == 1, "the daemon to take it up")
            self.run_keys("rotate", "quick.example")
            daemon.reload()  # a pass comes at once
            new = daemon.wait_event("key.published", lambda event: event["selector"] != "s1")["selector"]
            self.catch_up()
            daemon.wait_event("key.activated", lambda event: event["selector"] == new)
            self.assertEqual(daemon.wait_event("key.retiring")["selector"], "s1")
            daemon.wait_event("key.revoked", lambda event: event["selector"] == "s1")
            self.assertEqual(daemon.metric('bonafide_key_events_total{event="activated"}'), 2)
            lib.wait_for(lambda: self.shown(self.primary, "s1", "quick.example") == "v=DKIM1; k=ed25519; p=", "the empty p=")
            self.assertEqual(daemon.events("key.trouble"), [])
        self.assertEqual(self.states(), {"s1": "revoked", new: "active"})

    def test_killed_at_any_moment(self):
        """kill -9 during passes of a rotation that goes on and on: the state is always one of the five, and what is active is in DNS."""
        self.configure(signing={"rotate_every": "3d", "settle": "1h", "overlap": "1d"})
        self.first_key(kind="ed25519")
        dice, killed, activated = random.Random(7), 0, set()
        for round in range(ROUNDS):
            self.now += 7200
            process = subprocess.Popen([lib.bonafide, "keys", "tend", "--config", self.config, "--now", str(self.now)],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if round % 5:
                time.sleep(dice.uniform(0, 0.05))
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
                    killed += 1
            process.wait()
            if dice.random() < 0.5:
                self.catch_up()
            active = [row for row in self.keys().values() if row["state"] == "active"]
            self.assertEqual(len(active), 1)
            activated.add(active[0]["selector"])
            for server in (self.primary, self.secondary):
                self.assertEqual(self.shown(server, active[0]["selector"]), active[0]["record"], "nothing signs that is not published")
        self.assertGreater(killed, ROUNDS // 5)
        self.assertGreater(len(activated), ROUNDS // 60)


if __name__ == "__main__":
    lib.main()
