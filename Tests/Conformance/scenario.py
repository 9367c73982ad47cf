"""A life at the provider: every operation is called, and every answer is held against the provider's description.

Usage: scenario.py SPEC ADDRESS
Prints one line: operations, cases, failures.
"""

import http.client
import json
import sys
import time
import urllib.parse

from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

import spec

# What an answer must have at its root: the description asks for nothing there.
ROOTS = {
    "/v2/account": "account",
    "/v2/actions": "actions",
    "/v2/actions/{action_id}": "action",
    "/v2/customers/my/balance": "month_to_date_balance",
    "/v2/customers/my/billing_history": "billing_history",
    "/v2/customers/my/invoices": "invoices",
    "/v2/customers/my/invoices/{invoice_uuid}": "invoice_items",
    "/v2/customers/my/invoices/{invoice_uuid}/summary": "invoice_uuid",
    "/v2/databases": "databases",
    "/v2/domains": "domains",
    "/v2/droplets": "droplets",
    "/v2/droplets/{droplet_id}": "droplet",
    "/v2/droplets/{droplet_id}/backups": "backups",
    "/v2/droplets/{droplet_id}/snapshots": "snapshots",
    "/v2/droplets/{droplet_id}/actions": "actions",
    "/v2/droplets/{droplet_id}/actions/{action_id}": "action",
    "/v2/images": "images",
    "/v2/images/{image_id}": "image",
    "/v2/kubernetes/clusters": "kubernetes_clusters",
    "/v2/load_balancers": "load_balancers",
    "/v2/projects": "projects",
    "/v2/projects/default": "project",
    "/v2/projects/{project_id}": "project",
    "/v2/projects/{project_id}/resources": "resources",
    "/v2/projects/default/resources": "resources",
    "/v2/regions": "regions",
    "/v2/reserved_ips": "reserved_ips",
    "/v2/sizes": "sizes",
    "/v2/snapshots": "snapshots",
    "/v2/snapshots/{snapshot_id}": "snapshot",
    "/v2/spaces/keys": "keys",
    "/v2/tags": "tags",
    "/v2/tags/{tag_id}": "tag",
    "/v2/volumes": "volumes",
    ("POST", "/v2/droplets/{droplet_id}/actions"): "action",
    ("POST", "/v2/droplets/actions"): "actions",
    ("POST", "/v2/droplets"): "links",
    ("POST", "/v2/images"): "image",
    ("POST", "/v2/projects"): "project",
    ("POST", "/v2/tags"): "tag",
}


class Provider:
    def __init__(self, description, address):
        self.description = description
        self.host = urllib.parse.urlsplit(address).netloc
        self.checker = OpenAPI.from_dict(
            description, config=Config(extra_media_type_deserializers={"text/csv": lambda body, **_: body.decode()})
        )
        self.operations = set()
        self.cases = 0
        self.failures = []

    def __call__(self, method, pattern, status=None, query=None, body=None, token="conformance", **names):
        """Calls an operation. Without an expected status any success will do."""
        path = pattern
        for name, value in names.items():
            path = path.replace("{%s}" % name, urllib.parse.quote(str(value), safe=":"))
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(self.host, timeout=20)
        connection.request(method, target, data, headers)
        answer = connection.getresponse()
        content = answer.read()
        self.cases += 1
        self.operations.add((method, pattern))
        self.check(method, pattern, path, names, query, data, headers, answer, content, status)
        if answer.headers.get_content_type() != "application/json":
            return content.decode()
        return json.loads(content) if content else None

    def check(self, method, pattern, path, names, query, data, headers, answer, content, status):
        where = f"{method} {path} -> {answer.status}"
        good = answer.status == status if status else 200 <= answer.status < 300
        if not good:
            self.failures.append(f"{where}, {status or 'a success'} was expected: {content[:200]!r}")
        request = MockRequest(
            "https://api.digitalocean.com", method.lower(), path, path_pattern=pattern, args=query or {},
            view_args={name: str(value) for name, value in names.items()}, headers=headers, data=data,
            content_type="application/json",
        )
        response = MockResponse(
            content, status_code=answer.status, headers=dict(answer.headers),
            content_type=answer.headers.get("content-type", "").split(";")[0],
        )
        try:
            if answer.status < 300:
                self.checker.validate_request(request)
            self.checker.validate_response(request, response)
        except Exception as error:
            reasons = getattr(error.__cause__, "schema_errors", None) or [error.__cause__ or error]
            self.failures.append(f"{where}: {error}: {'; '.join(str(r)[:300] for r in reasons)}")
        self.check_root(method, pattern, where, answer, content)
        for name in ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "x-request-id"):
            if name not in answer.headers:
                self.failures.append(f"{where}: there is no header {name}")

    def check_root(self, method, pattern, where, answer, content):
        if answer.status == 204:
            return
        root = ROOTS.get((method, pattern)) or ROOTS.get(pattern) if answer.status < 300 else "message"
        if answer.status == 400 and pattern == "/v2/tags":
            root = "error"
        if root and root not in json.loads(content):
            self.failures.append(f"{where}: there is no {root} at the root")

    def plan(self, rules):
        connection = http.client.HTTPConnection(self.host, timeout=20)
        connection.request("PUT", "/admin/faults", json.dumps(rules))
        connection.getresponse().read()

    def wait(self, action):
        for _ in range(200):
            status = self("GET", "/v2/actions/{action_id}", action_id=action)["action"]["status"]
            if status != "in-progress":
                return status
            time.sleep(0.02)
        raise SystemExit(f"action {action} did not end")


def read_lists(api):
    plain = [
        "account", "actions", "customers/my/balance", "customers/my/billing_history", "customers/my/invoices",
        "databases", "domains", "droplets", "images", "kubernetes/clusters", "load_balancers", "projects",
        "projects/default", "projects/default/resources", "regions", "reserved_ips", "sizes", "snapshots",
        "spaces/keys", "tags", "volumes",
    ]
    for path in plain:
        api("GET", "/v2/" + path)
        api("GET", "/v2/" + path, token=None, status=401)
    for query in ({"page": 1, "per_page": 5}, {"page": 3, "per_page": 5}, {"page": 90, "per_page": 200}):
        api("GET", "/v2/sizes", query=query)
    for kind in ("application", "distribution"):
        api("GET", "/v2/images", query={"type": kind})


def live(api):
    order = {
        "name": "web-1.example.com", "region": "fra1", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64",
        "backups": True, "ipv6": True, "monitoring": True, "tags": ["env:prod", "web"], "user_data": "#cloud-config\n",
    }
    made = api("POST", "/v2/droplets", status=202, body=order)
    droplet = made["droplet"]["id"]
    api("GET", "/v2/droplets/{droplet_id}", droplet_id=droplet)
    api.wait(made["links"]["actions"][0]["id"])
    time.sleep(0.05)
    stay_locked(api, order)
    several = {"names": ["a-1", "a-2"], "size": "s-1vcpu-2gb", "image": 195932981, "region": "nyc3", "tags": ["web"]}
    for link in api("POST", "/v2/droplets", status=202, body=several)["links"]["actions"]:
        api.wait(link["id"])
    actions(api, droplet)
    snapshot = take_snapshot(api, droplet)
    refusals(api, order)
    for query in ({"tag_name": "env:prod"}, {"name": "WEB-1.example.com"}, {"type": "gpus"}, {"per_page": 1}):
        api("GET", "/v2/droplets", query=query)
    images(api, snapshot)
    tags(api, droplet)
    projects(api, droplet)
    api("DELETE", "/v2/snapshots/{snapshot_id}", status=204, snapshot_id=snapshot)
    api("DELETE", "/v2/snapshots/{snapshot_id}", status=404, snapshot_id=snapshot)
    api("DELETE", "/v2/droplets/{droplet_id}", status=204, droplet_id=droplet)
    api("DELETE", "/v2/droplets/{droplet_id}", status=404, droplet_id=droplet)
    time.sleep(0.05)
    api("GET", "/v2/droplets/{droplet_id}", status=404, droplet_id=droplet)
    api("DELETE", "/v2/droplets", status=204, query={"tag_name": "web"})


def stay_locked(api, order):
    """A droplet whose creation never ends takes no action."""
    api.plan([{"method": "POST", "path": "/v2/droplets", "fault": "action_stuck", "count": 1}])
    droplet = api("POST", "/v2/droplets", status=202, body={**order, "name": "stuck"})["droplet"]["id"]
    refused = {"type": "power_off"}
    api("POST", "/v2/droplets/{droplet_id}/actions", status=422, body=refused, droplet_id=droplet)
    api("DELETE", "/v2/droplets/{droplet_id}", status=204, droplet_id=droplet)
    api.plan([])


def actions(api, droplet):
    bodies = [
        {"type": "rename", "name": "web-2"}, {"type": "reboot"}, {"type": "power_cycle"}, {"type": "password_reset"},
        {"type": "enable_ipv6"}, {"type": "disable_backups"},
        {"type": "enable_backups", "backup_policy": {"plan": "daily", "hour": 20}},
        {"type": "change_backup_policy", "backup_policy": {"plan": "weekly", "weekday": "SUN", "hour": 0}},
        {"type": "rebuild", "image": "debian-12-x64"}, {"type": "shutdown"}, {"type": "power_on"},
        {"type": "power_off"}, {"type": "resize", "size": "s-1vcpu-2gb", "disk": False}, {"type": "power_on"},
    ]
    pattern = "/v2/droplets/{droplet_id}/actions"
    for body in bodies:
        begun = api("POST", pattern, status=201, body=body, droplet_id=droplet)["action"]
        one = "/v2/droplets/{droplet_id}/actions/{action_id}"
        api("GET", one, droplet_id=droplet, action_id=begun["id"])
        if api.wait(begun["id"]) != "completed":
            api.failures.append(f"the action {body['type']} did not complete")
    api("GET", pattern, droplet_id=droplet)
    for action in api("POST", "/v2/droplets/actions", status=201, query={"tag_name": "web"},
                      body={"type": "power_cycle"})["actions"]:
        api.wait(action["id"])


def take_snapshot(api, droplet):
    body = {"type": "snapshot", "name": "before"}
    begun = api("POST", "/v2/droplets/{droplet_id}/actions", status=201, body=body, droplet_id=droplet)["action"]
    api.wait(begun["id"])
    time.sleep(0.05)
    own = api("GET", "/v2/droplets/{droplet_id}/snapshots", droplet_id=droplet)["snapshots"]
    if [s["created_at"] for s in own] != [begun["started_at"]]:
        api.failures.append("the snapshot is not dated when its action started")
    api("GET", "/v2/droplets/{droplet_id}/backups", droplet_id=droplet)
    for kind in ("droplet", "volume"):
        api("GET", "/v2/snapshots", query={"resource_type": kind})
    api("GET", "/v2/snapshots/{snapshot_id}", snapshot_id=own[0]["id"])
    api("GET", "/v2/snapshots/{snapshot_id}", status=400, snapshot_id=195932981)
    return own[0]["id"]


def refusals(api, order):
    for change in ({"size": "huge"}, {"region": "sfo1"}, {"image": "none"}):
        api("POST", "/v2/droplets", status=422, body={**order, **change})
    api("GET", "/v2/actions/{action_id}", status=404, action_id=7)


def images(api, snapshot):
    api("GET", "/v2/images", query={"private": "true"})
    api("GET", "/v2/images/{image_id}", image_id="ubuntu-24-04-x64")
    api("GET", "/v2/images/{image_id}", image_id=snapshot)
    api("PUT", "/v2/images/{image_id}", body={"name": "after"}, image_id=snapshot)
    upload = {"name": "own", "url": "http://example.com/own.img", "region": "fra1", "distribution": "Debian"}
    own = api("POST", "/v2/images", status=202, body=upload)["image"]["id"]
    api("DELETE", "/v2/images/{image_id}", status=204, image_id=own)
    api("DELETE", "/v2/images/{image_id}", status=404, image_id=own)


def tags(api, droplet):
    resources = {"resources": [{"resource_id": str(droplet), "resource_type": "droplet"}]}
    api("POST", "/v2/tags", status=201, body={"name": "extra"})
    api("POST", "/v2/tags", status=400, body={"name": "not a tag"})
    api("POST", "/v2/tags/{tag_id}/resources", status=204, body=resources, tag_id="extra")
    api("GET", "/v2/tags/{tag_id}", tag_id="extra")
    api("DELETE", "/v2/tags/{tag_id}/resources", status=204, body=resources, tag_id="extra")
    api("DELETE", "/v2/tags/{tag_id}", status=204, tag_id="extra")
    api("GET", "/v2/tags/{tag_id}", status=404, tag_id="extra")


def projects(api, droplet):
    one = "/v2/projects/{project_id}"
    project = api("POST", "/v2/projects", status=201, body={"name": "web", "purpose": "Web Application"})["project"]["id"]
    whole = {
        "name": "web", "description": "the web", "purpose": "Web Application", "environment": "Production",
        "is_default": False,
    }
    api("GET", one, project_id=project)
    api("PUT", one, body=whole, project_id=project)
    api("PATCH", one, body={"environment": "Staging"}, project_id=project)
    urns = {"resources": [f"do:droplet:{droplet}"]}
    api("POST", one + "/resources", body=urns, project_id=project)
    api("GET", one + "/resources", project_id=project)
    api("DELETE", one, status=412, project_id=project)
    api("POST", "/v2/projects/default/resources", body=urns)
    api("DELETE", one, status=204, project_id=project)
    api("GET", one, status=404, project_id=project)
    api("PATCH", "/v2/projects/default", body={"description": "all else"})
    api("PUT", "/v2/projects/default", body={**whole, "name": "all", "is_default": True})


def billing(api):
    invoices = api("GET", "/v2/customers/my/invoices", query={"per_page": 200})["invoices"]
    one = "/v2/customers/my/invoices/{invoice_uuid}"
    for uuid in ["preview"] + [invoice["invoice_uuid"] for invoice in invoices[:: 20]]:
        for rest in ("", "/summary", "/csv"):
            api("GET", one + rest, invoice_uuid=uuid)
    api("GET", one, status=404, invoice_uuid="22737513-0ea7-4206-8ceb-98a575af7681")


def main():
    description = spec.load(sys.argv[1])
    api = Provider(description, sys.argv[2])
    for part in (live, billing, read_lists):
        try:
            part(api)
        except (KeyError, TypeError, IndexError) as error:
            # What comes next needs an answer that did not come.
            api.failures.append(f"{part.__name__} ended early: {error!r}")
    declared = {
        (method.upper(), path)
        for path, item in description["paths"].items()
        for method in item
        if method != "parameters"
    }
    for method, path in sorted(declared - api.operations):
        api.failures.append(f"{method} {path} was never called")
    for failure in api.failures:
        print("  " + failure, file=sys.stderr)
    print(f"scenario: {len(api.operations)} operations, {api.cases} cases, {len(api.failures)} failures")
    return 1 if api.failures else 0


if __name__ == "__main__":
    sys.exit(main())
