"""Schemathesis against the running server, role by role, with the document that the server itself gives."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

from host import Host

HERE = pathlib.Path(__file__).resolve().parent
ROLES = [("viewer", None), ("operator", None), ("tenant_admin", "acme"), ("platform_admin", None)]
STREAMS = ["streamEvents", "streamRun"]


def known(host):
    """Ids of what is there, by the name of their parameter: a fuzzer does not guess a run's id."""
    def column(path, key, name):
        return [item[name] for item in host.ask("GET", path, "platform_admin")[1][key]]

    return {
        "RunId": column("/api/v1/runs", "runs", "run_id"),
        "ResourceId": column("/api/v1/inventory", "resources", "resource_id"),
        "DriftId": column("/api/v1/drift", "drift", "drift_id"),
        "DefinitionName": column("/api/v1/definitions", "definitions", "name"),
        "PluginId": column("/api/v1/plugins", "plugins", "id"),
        "ScheduleName": column("/api/v1/schedules", "schedules", "name"),
    }


def document(host, target):
    """The served document with our overrides laid over it and with ids that there are, written to `target`."""
    spec = json.loads(urllib.request.urlopen(host.url + "/api/openapi.json").read())
    for name, ids in known(host).items():
        parameter = spec["components"]["parameters"][name]
        parameter["schema"] = {"anyOf": [{"enum": ids}, parameter["schema"]]}
    for override in json.loads((HERE / "overrides.json").read_text()):
        for place in override["at"]:
            found = spec
            for part in place.strip("/").split("/"):
                found = found[part.replace("~1", "/")]
            name = override.get("parameter")
            for changed in [found] if name is None else [p for p in found if p.get("name") == name]:
                changed.update(override["set"])
    target.write_text(json.dumps(spec))


def expectations(spec, role, target):
    """How each operation may answer this role, as schemathesis' configuration, written to `target`.

    Who may not is refused, whatever was sent. Who may is not: what the document allows is done, but for the refusals that
    are listed, with their reasons; what it does not allow is a mistake (400, 422), or nobody's id (404).
    """
    refusals = json.loads((HERE / "refusals.json").read_text())
    lines = ["[checks.positive_data_acceptance]", 'expected-statuses = ["2xx", "304"]',
             "[checks.negative_data_rejection]", 'expected-statuses = ["400", "404", "422"]']
    for path, methods in json.loads(spec.read_text())["paths"].items():
        for operation in (o for o in methods.values() if "operationId" in o):
            parameters = [p.get("$ref", "").split("/")[-1] for p in operation.get("parameters", [])]
            mine = [r for r in refusals if operation["operationId"] in r.get("operations", []) or r.get("parameter") in parameters
                    or r.get("path", "?") in path]
            good = ["2xx", "304"] + sorted({str(r["status"]) for r in mine})
            bad = ["400", "404", "422"]
            if role not in operation.get("x-arcadia-roles", [role]):
                good = bad = ["403"]
            lines += ["[[operations]]", f"include-operation-id = {json.dumps(operation['operationId'])}",
                      f"checks.positive_data_acceptance.expected-statuses = {json.dumps(good)}",
                      f"checks.negative_data_rejection.expected-statuses = {json.dumps(bad)}"]
    target.write_text("\n".join(lines) + "\n")


def fuzz(binary, host, spec, role, tenant, mode, phases, names, examples, log):
    expected = spec.parent / f"{role}.toml"
    expectations(spec, role, expected)
    command = [
        binary, "--no-color", "--config-file", expected, "run", spec, "--url", host.url,
        "-H", "Authorization: Bearer " + host.token(role, tenant), "--checks", "all", "--mode", mode,
        "--phases", phases, "--max-examples", str(examples), "--seed", "1", "--request-timeout", "30",
        "--continue-on-failure", *names]
    # It keeps what it found in the folder it runs in.
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=spec.parent)
    log.write_text(done.stdout)
    operations = re.search(r"Tested: (\d+)", done.stdout)
    cases = re.search(r"(\d+) generated", done.stdout)
    failures = len(re.findall(r"^_{3,} .* _{3,}$", done.stdout, re.M))
    return done.returncode, int(operations[1]) if operations else 0, int(cases[1]) if cases else 0, failures


def main(program, plugins, venv):
    venv = pathlib.Path(venv).absolute()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="arcadia-api-"))
    host = Host(str(pathlib.Path(program).absolute()), str(pathlib.Path(plugins).absolute()), folder)
    status = 0
    try:
        for tenant in ("acme", None):
            for index in range(2):
                host.ask("POST", "/api/v1/runs", "operator", {"definition": ["core.echo"]}, tenant)
            role = "tenant_admin" if tenant else "platform_admin"
            saga = {"saga": "trip", "version": "1", "steps": ["core.echo"]}
            host.ask("POST", "/api/v1/definitions", role, {"definition": saga}, tenant)
        spec = venv / "openapi.json"
        document(host, spec)
        streams = [word for name in STREAMS for word in ("--include-operation-id", name)]
        others = [word for name in STREAMS for word in ("--exclude-operation-id", name)]
        for role, tenant in ROLES:
            total = [0, 0, 0]
            for name, mode, phases, names, examples in (
                ("all", "all", "examples,coverage,fuzzing,stateful", others, 15),
                ("streams", "positive", "examples,coverage,fuzzing", streams, 10),
            ):
                log = venv / f"{role}-{name}.txt"
                code, *counts = fuzz(
                    venv / "bin/schemathesis", host, spec, role, tenant, mode, phases, names, examples, log)
                total = [a + b for a, b in zip(total, counts)]
                if code:
                    status = 1
                    print(log.read_text()[-6000:], file=sys.stderr)
            of = f" of {tenant}" if tenant else ""
            print(f"{role}{of}: {total[0]} operations, {total[1]} cases, {total[2]} failures", flush=True)
        if host.server.poll() is not None:
            print(f"error: the server ended with {host.server.returncode}", file=sys.stderr)
            status = 1
    finally:
        code = host.close()
    print(f"stopped with {code}")
    shutil.rmtree(folder)
    return status or code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
