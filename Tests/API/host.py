"""A host with an account, runs, definitions, drift and invoices of two tenants, as programs that were started for a test."""

import json
import pathlib
import subprocess
import urllib.error
import urllib.request


class Host:
    """`arcadia serve` beside the simulator, both on ports of their own; ended by `close`."""

    def __init__(self, program, plugins, folder):
        self.program, self.plugins, self.folder = program, plugins, pathlib.Path(folder)
        self.data = self.folder / "data"
        self.secret = self.folder / "secret"
        self.tokens, self.account = {}, None
        self.run("token", "secret", self.secret, bare=True)
        self.simulator = subprocess.Popen(
            [program, "simulate", "digitalocean", "--fast", "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.account = self.simulator.stdout.readline().split()[-1]
        try:
            self.fill_account()
        except BaseException:
            self.simulator.terminate()
            raise
        self.errors = open(self.folder / "serve.log", "w")
        words = ["serve", "--listen", "127.0.0.1:0", "--jwt-secret-file", self.secret, "--output", "jsonl"]
        limits = ["--requests-per-minute", "10000000", "--tenant-requests-per-minute", "10000000"]
        self.server = subprocess.Popen(
            [program, *words, *limits, *self.options()], stdout=subprocess.PIPE, stderr=self.errors, text=True,
            env=self.environment())
        self.url = json.loads(self.server.stdout.readline())["address"]

    def options(self):
        return ["--data", self.data, "--plugins", self.plugins, "--config", "digitalocean.requests_per_minute=0",
                "--config", f"files.root={self.folder}/files"]

    def environment(self):
        return {"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "DO_API_TOKEN": "a-token-of-the-simulated-account",
                **({"ARCADIA_DIGITALOCEAN_URL": self.account} if self.account else {})}

    def run(self, *words, bare=False):
        command = [self.program, *words, *([] if bare else self.options())]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment())
        if done.returncode not in (0, 1, 2):
            raise SystemExit(f"error: arcadia {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout.strip()

    def fill_account(self):
        seed = json.dumps({"droplets": 6, "volumes": 2, "snapshots": 2, "tag": "seeded"}).encode()
        urllib.request.urlopen(urllib.request.Request(self.account + "/admin/seed", seed, method="POST")).read()
        self.run("inventory", "sync")
        droplets = json.loads(self.run("inventory", "list", "--output", "json"))["resources"]
        droplets = [r["resource_id"] for r in droplets if r["kind"] == "droplet"]
        for droplet in droplets[:4]:
            self.run("provisioned", "set", droplet, "size_slug=s-8vcpu-16gb")
        self.run("drift", "check")
        self.run("billing", "sync")

    def token(self, role, tenant=None):
        if (role, tenant) not in self.tokens:
            words = ["token", "mint", "--role", role, "--secret-file", self.secret, "--expires", "12h"]
            words += ["--tenant", tenant] if tenant else []
            self.tokens[role, tenant] = self.run(*words, bare=True)
        return self.tokens[role, tenant]

    def ask(self, method, path, role, body=None, tenant=None):
        """The status and the JSON of the answer."""
        headers = {"Authorization": "Bearer " + self.token(role, tenant), "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def close(self):
        """The server's exit code after it was asked to stop."""
        self.server.terminate()
        code = self.server.wait(60)
        self.simulator.terminate()
        self.simulator.wait(60)
        return code
