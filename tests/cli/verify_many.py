#!/usr/bin/env python3
"""verify_many.py BONAFIDE: `verify` over many messages: every kind of source, odd names, what cannot be read, interruption and going on,
memory. DNS comes from a zone file."""
import base64, json, os, pty, re, resource, shutil, signal, subprocess, sys, tempfile, time

BONAFIDE = sys.argv[1]
work = tempfile.mkdtemp()
failures = 0
ZONE = os.path.join(work, "zone")
open(ZONE, "w").write('''$ORIGIN example.com.
$TTL 300
@ TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc TXT "v=DMARC1; p=reject"
''')


def expect(held, what):
    global failures
    if not held:
        failures += 1
        print("wrong:", what, file=sys.stderr)


def message(client="192.0.2.1", body="hello\n"):
    return (f"Return-Path: <ann@example.com>\nReceived: from mx.example.com (mx.example.com [{client}]) by mx.rcpt.test; "
            f"Sat, 21 Nov 2026 10:00:00 +0000\nFrom: ann@example.com\nSubject: x\n\n{body}").encode()


def write(path, data):
    path = os.path.join(os.fsencode(work), os.fsencode(path))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def verify(*words, code=0, stdin=b"", what=""):
    done = subprocess.run([BONAFIDE, "verify", *words, "--zone", ZONE, "--now", "1795000000"], input=stdin, capture_output=True, timeout=60, cwd=work)
    expect(done.returncode == code, f"{what or words}: exit {done.returncode} instead of {code}: {done.stderr.decode()}")
    return done


def objects(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def results(done):
    """{(file, offset): DMARC result or "error"} of JSON lines."""
    return {(o["file"], o.get("offset")): "error" if "error" in o else o["dmarc"]["result"] for o in objects(done)}


def separator(sender):
    return f"From {sender} Sat Nov 21 10:00:00 2026\n".encode()


good, bad = message(), message("192.0.2.2")
one, two = write("one.eml", good), write("two.eml", bad)

# ---- one message is what it was
plain = verify("one.eml", "--json")
expect("file" not in objects(plain)[0] and plain.stderr == b"", "one message keeps its form")
expect(verify("one.eml").stdout.count(b"\n") > 1, "one message in words")
expect(verify("-", "--json", stdin=good).stdout == plain.stdout, "standard input is one message")
write("marked.eml", separator("ann@example.com") + good)
expect(verify("marked.eml", "--json").stdout == plain.stdout, "a message that begins with a From line is one message")
expect(b"empty" in verify("/dev/null", code=1).stderr, "an empty message")
verify("one.eml", "--exit-code")
verify("two.eml", "--exit-code", code=3)

# ---- several files
done = verify("one.eml", "two.eml", "--json")
expect(results(done) == {("one.eml", None): "pass", ("two.eml", None): "fail"}, "two files")
expect(list(objects(done)[0])[:2] == ["file", "spf"], "file is the first key")
expect(re.fullmatch(rb"2 messages: pass 1, fail 1; \d+\.\d s, \d+ messages/s\n", done.stderr), f"the summary: {done.stderr}")
lines = verify("one.eml", "two.eml", "--quiet")
expect(lines.stderr == b"", "--quiet")
expect(sorted(line.split(b"\t")[:2] for line in lines.stdout.splitlines()) == [[b"one.eml", b"pass"], [b"two.eml", b"fail"]], "lines of text")
verify("one.eml", "two.eml", "--exit-code", code=3)
verify("one.eml", "one.eml", "--exit-code")
done = verify("one.eml", "absent.eml", "two.eml", "--json", code=1)
expect(results(done) == {("one.eml", None): "pass", ("two.eml", None): "fail", ("absent.eml", None): "error"}, "one that is absent")
expect([o for o in objects(done) if "error" in o] == [{"file": "absent.eml", "error": "cannot be opened: No such file or directory"}], "its error")
write("empty.eml", b"")
expect(b"empty.eml\terror\tis empty" in verify("empty.eml", "one.eml", code=1).stdout, "an empty file among several")
for option in (["--ip", "192.0.2.1"], ["--helo", "x"], ["--mail-from", "a@b"], ["--rcpt", "a@b"], ["--explain"], ["--headers"], ["--transcript", "t"]):
    expect(option[0].encode() in verify("one.eml", "two.eml", *option, code=2).stderr, f"{option[0]} with several")
for words in ([], ["one.eml", "--resume"], ["one.eml", "--null"], ["-", "--files-from", "-"], ["one.eml", "--threads", "0"]):
    verify(*words, code=2, what=f"wrong usage {words}")

# ---- mbox
for name, ends in (("lf.mbox", b"\n"), ("crlf.mbox", b"\r\n")):
    members = [separator("a@x") + good, separator("b@x") + bad, separator("c@x") + message(body=">From here\n\nFrom what I hear, it rains.\n")]
    data = b"".join((m + b"\n").replace(b"\n", ends) for m in members)
    write(name, data)
    offsets = [data.index(b"From %c@x" % c) for c in b"abc"]
    expect(results(verify(name, "--json")) == dict(zip([(name, o) for o in offsets], ["pass", "fail", "pass"])), name)
    expect(results(verify("-", "--json", stdin=data)) == dict(zip([("-", o) for o in offsets], ["pass", "fail", "pass"])), name + " on standard input")
expect(b"lf.mbox:0\tpass\t" in verify("lf.mbox").stdout, "an mbox in words")
verify("lf.mbox", "--ip", "192.0.2.1", code=2)
expect(len(results(verify("one.eml", "lf.mbox", "two.eml", "--json", "--threads", "3"))) == 5, "an mbox among others")

# ---- folders
write("box/cur/2:2,S", good)
write("box/new/1", bad)
write("box/tmp/3", good)
write("box/dovecot-uidlist", b"3 V1\n")
write("box/.Sent/cur/4:2,", good)
write("box/.Sent/maildirfolder", b"")
os.makedirs(work + "/box/.Sent/new")
expect(results(verify("box", "--json")) == {("box/cur/2:2,S", None): "pass", ("box/new/1", None): "fail", ("box/.Sent/cur/4:2,", None): "pass"}, "a Maildir")
write("tree/a/one", good)
write("tree/b c/two\nlines", bad)
write("tree/.hidden", good)
write("tree/list.mbox", separator("a@x") + good + b"\n" + separator("b@x") + bad)
os.symlink("..", work + "/tree/a/up")
os.symlink("../../one.eml", work + "/tree/a/link.eml")
os.symlink("nowhere", work + "/tree/a/broken")
os.mkfifo(work + "/tree/a/pipe")
found = results(verify("tree", "--json", code=1))
expect({k[0]: v for k, v in found.items() if k[1] is None} ==
       {"tree/a/one": "pass", "tree/a/link.eml": "pass", "tree/a/broken": "error", "tree/b c/two\nlines": "fail"}, f"a tree: {found}")
expect(len(found) == 6, "an mbox in a tree")
expect(b"tree/b c/two\\x0alines\tfail\t" in verify("tree", code=1).stdout, "a line break in a name stays in the line")
os.makedirs(work + "/nothing")
expect(b"no message was found" in verify("nothing", "--json", "--exit-code", code=1).stderr, "an empty folder")
expect(len(results(verify("one.eml", "tree/b c", "--threads", "256", "--json"))) == 2, "more threads than messages")
if os.getuid() != 0:
    os.chmod(one, 0)
    expect(results(verify("one.eml", "two.eml", "--json", code=1))[("one.eml", None)] == "error", "no permission")
    os.chmod(one, 0o644)

# ---- lists and names
write("list", b"one.eml\n\ntwo.eml")
expect(len(results(verify("--files-from", "list", "--json"))) == 2, "a list")
expect(len(results(verify("--files-from", "-", "--json", stdin=b"one.eml\ntwo.eml\nbox\n"))) == 5, "a list on standard input")
expect(set(results(verify("--files-from", "-", "-0", "--json", stdin=b"tree/b c/two\nlines\0one.eml\0"))) ==
       {("tree/b c/two\nlines", None), ("one.eml", None)}, "a list with NUL")
expect(results(verify("--files-from", "absent", "one.eml", "--json", code=1))[("absent", None)] == "error", "a list that is absent")
write("-", good)
expect(results(verify("--files-from", "list2" if write("list2", b"-\n") else "", "--json")) == {("-", None): "pass"}, "a file named - in a list")
os.makedirs(work + "/odd")
for name in (b"odd/\xff", b"odd/\xef\xbf\xbd", b"odd/a\tb", b"odd/x:5", "odd/ä".encode(), b"odd/back\\slash"):
    write(name, good)
odd = objects(verify("odd", "--json"))
expect(sorted(o["file"] for o in odd) == sorted(["odd/\ufffd", "odd/\ufffd", "odd/a\tb", "odd/x:5", "odd/ä", "odd/back\\slash"]), "odd names")
expect([base64.b64decode(o["file_base64"]) for o in odd if "file_base64" in o] == [b"odd/\xff"], "a name that is no UTF-8")

# ---- output and resumption
for form in (["--json"], []):
    out = f"out{len(form)}"
    verify("odd", "tree", "lf.mbox", *form, "--output", out, code=1)
    complete = open(f"{work}/{out}", "rb").read()
    expect(b"--resume" in verify("odd", *form, "--output", out, code=1).stderr, "a result is not overwritten")
    expect(open(f"{work}/{out}", "rb").read() == complete, "a result is left alone")
    lines = complete.splitlines(keepends=True)
    for kept in (0, 1, 5, len(lines)):
        open(f"{work}/{out}", "wb").write(b"".join(lines[:kept]) + (lines[kept][:20] if kept < len(lines) else b""))
        done = verify("odd", "tree", "lf.mbox", *form, "--output", out, "--resume", code=1)
        expect(sorted(open(f"{work}/{out}", "rb").readlines()) == sorted(lines), f"resumed {form} after {kept} lines")
        expect(done.stderr.startswith(b"%d messages" % len(lines)) and b"error 1" in done.stderr, f"the summary counts all: {done.stderr}")
expect(b"line 1" in verify("odd", "--output", "out1", "--resume", code=1).stderr, "results of another form")
expect(b"line 1" in verify("odd", "--json", "--output", "one.eml", "--resume", code=1).stderr and open(one, "rb").read() == good, "no results at all")
verify("one.eml", "--json", "--output", "single", "--resume")
expect(json.loads(open(work + "/single").read())["file"] == "one.eml", "--output of one message")
expect(b"/dev/full: cannot be written" in verify("box", "--output", "/dev/full", code=1).stderr, "a full disk")

# ---- ten thousand: memory, kill -9, Ctrl-C
MANY = 10000
with open(work + "/many.mbox", "wb") as file:
    for i in range(MANY):
        file.write(separator(f"n{i}@x") + message("192.0.2.1" if i % 2 else "192.0.2.2", f"number {i}\n" * 20) + b"\n")
os.makedirs(work + "/many")
for i in range(MANY):
    os.link(one, f"{work}/many/{i:05}")


def start(*words, **streams):
    return subprocess.Popen([BONAFIDE, "verify", *words, "--zone", ZONE, "--now", "1795000000"], cwd=work, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams})


def peak_kib(*words):
    process = start(*words, stdout=open(os.devnull, "wb"), stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    expect(status == 0, f"{words}: status {status}")
    return usage.ru_maxrss


sanitized = "BONAFIDE_SANITIZE" in os.environ
small = peak_kib("one.eml", "two.eml")
for source in ("many.mbox", "many"):
    grown = peak_kib(source, "--json") - small
    expect(sanitized or grown < 4096, f"{source}: memory grows by {grown} KiB")
with open(work + "/big.eml", "wb") as file:
    file.write(good)
    for _ in range(64):
        file.write(b"The quick brown fox jumps over the lazy dog, 64 bytes a line...\n" * 16384)
grown = peak_kib("big.eml", "one.eml") - small
expect(sanitized or grown < 4096, f"a message of 64 MiB: memory grows by {grown} KiB")

verify("many.mbox", "--json", "--output", "whole")
whole = sorted(open(work + "/whole", "rb").readlines())
expect(len(whole) == MANY and sum(b'"dmarc":{"result":"pass"' in line for line in whole) == MANY // 2, "ten thousand")
for number, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 1), (signal.SIGTERM, 1)):
    process = start("many.mbox", "--json", "--output", f"cut{number}")
    while not os.path.exists(f"{work}/cut{number}") or os.path.getsize(f"{work}/cut{number}") < 1 << 20:
        time.sleep(0.002)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    partly = open(f"{work}/cut{number}", "rb").read()
    expect(process.returncode == code, f"signal {number}: exit {process.returncode}")
    expect(partly.count(b"\n") < MANY, f"signal {number} came too late to show anything")
    if number != signal.SIGKILL:
        expect(partly.endswith(b"\n") and b"--resume" in err, f"signal {number}: whole lines and what to do: {err}")
    verify("many.mbox", "--json", "--output", f"cut{number}", "--resume")
    expect(sorted(open(f"{work}/cut{number}", "rb").readlines()) == whole, f"resumed after signal {number}")

# Nothing comes on standard input: the signal ends it all the same.
process = start("--files-from", "-", stdin=subprocess.PIPE)
time.sleep(0.3)
began = time.monotonic()
process.send_signal(signal.SIGINT)
expect(process.wait(timeout=20) == 1 and time.monotonic() - began < 8, "a signal while standard input is silent")

# A reader that goes away.
process = start("many.mbox", "--json")
process.stdout.readline()
process.stdout.close()
expect(process.wait(timeout=20) == 0 and process.stderr.read() == b"", "a closed pipe is no failure")

# ---- the bar, on a terminal only
master, slave = pty.openpty()
process = start("many", "--json", stdout=open(os.devnull, "wb"), stderr=slave)
os.close(slave)
seen = b""
try:
    while chunk := os.read(master, 65536):
        seen += chunk
except OSError:
    pass
expect(process.wait(timeout=20) == 0 and b"\r\x1b[K10000 messages: pass 10000" in seen, f"the bar is gone at the end: {seen[-200:]}")
expect(sanitized or re.search(rb"(\[=*> *\] +\d+% \d+ of 10000|\d+ messages), \d+/s", seen), f"the bar: {seen[:200]}")

shutil.rmtree(work)
sys.exit(1 if failures else print("all as expected"))
