"""Two clients that others wrote, from an order to the bill.

Usage: clients.py ADDRESS
Prints one line: operations, cases, failures.
"""

import os
import sys
import time

import pydo


class Tally:
    def __init__(self):
        self.cases = 0
        self.failures = 0

    def expect(self, fact, what):
        self.cases += 1
        if not fact:
            self.failures += 1
            print(f"  {what}", file=sys.stderr)


def eventually(fact):
    for _ in range(200):
        value = fact()
        if value:
            return value
        time.sleep(0.02)
    return None


def with_pydo(address, tally):
    client = pydo.Client(token="conformance", endpoint=address)
    # It refuses to send a token without TLS, unless told that this is meant.
    plain = {"enforce_https": False}
    made = client.droplets.create(
        body={"name": "pydo-1", "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-12-x64", "tags": ["pydo:1"]},
        **plain)
    droplet = made["droplet"]["id"]
    get = lambda: client.droplets.get(droplet, **plain)["droplet"]
    tally.expect(eventually(lambda: get()["status"] == "active" and get()["networks"]["v4"]), "pydo: never active")
    action = client.droplet_actions.post(droplet, body={"type": "snapshot", "name": "pydo-snapshot"}, **plain)["action"]
    done = eventually(lambda: client.actions.get(action["id"], **plain)["action"]["status"] == "completed")
    tally.expect(done, "pydo: the snapshot did not complete")
    found = eventually(lambda: client.droplets.list_snapshots(droplet, **plain)["snapshots"])
    tally.expect(found and found[0]["name"] == "pydo-snapshot", "pydo: the snapshot is not listed")
    listed = client.droplets.list(tag_name="pydo:1", **plain)
    tally.expect([d["id"] for d in listed["droplets"]] == [droplet], "pydo: the tag does not find the droplet")
    client.droplets.destroy(droplet, **plain)
    gone = eventually(lambda: client.droplets.get(droplet, **plain).get("id") == "not_found")
    tally.expect(gone, "pydo: the droplet does not go")
    client.snapshots.delete(found[0]["id"], **plain)
    invoices = client.invoices.list(per_page=200, **plain)["invoices"]
    tally.expect(len(invoices) == 137, f"pydo: {len(invoices)} invoices")
    summary = client.invoices.get_summary_by_uuid(invoices[0]["invoice_uuid"], **plain)
    tally.expect(summary["amount"] == invoices[0]["amount"], "pydo: the summary is not the invoice's")
    balance = client.balance.get(**plain)
    tally.expect(float(balance["month_to_date_usage"]) >= 0, "pydo: no balance")
    history = client.billing_history.list(**plain)
    tally.expect(history["meta"]["total"] > 250, "pydo: the history is short")
    tally.expect(len(client.sizes.list(per_page=200, **plain)["sizes"]) >= 20, "pydo: few sizes")


def with_python_digitalocean(address, tally):
    os.environ["DIGITALOCEAN_END_POINT"] = address + "/v2/"
    import digitalocean

    manager = digitalocean.Manager(token="conformance")
    droplet = digitalocean.Droplet(
        token="conformance", name="classic-1", region="nyc3", image="ubuntu-24-04-x64", size_slug="s-1vcpu-1gb",
        tags=["classic"], backups=False)
    droplet.create()
    create = droplet.get_actions()[0]
    tally.expect(create.wait(update_every_seconds=1), "python-digitalocean: the create did not complete")
    loaded = eventually(lambda: droplet.load().ip_address and droplet)
    tally.expect(loaded and droplet.status == "active", "python-digitalocean: no address")
    droplet.take_snapshot("classic-snapshot")
    found = eventually(lambda: droplet.load().get_snapshots())
    tally.expect(found and found[0].load().name == "classic-snapshot", "python-digitalocean: the snapshot is not listed")
    tally.expect(len(manager.get_all_sizes()) >= 20, "python-digitalocean: few sizes")
    for number in range(25):
        digitalocean.Droplet(
            token="conformance", name=f"many-{number}", region="nyc3", image="ubuntu-24-04-x64",
            size_slug="s-1vcpu-1gb", tags=["many"]).create()
    many = manager.get_all_droplets(tag_name="many")
    tally.expect(len({d.id for d in many}) == 25, f"python-digitalocean: {len(many)} droplets over two pages")
    for one in many + [droplet]:
        one.destroy()
    tally.expect(eventually(lambda: not manager.get_all_droplets()), "python-digitalocean: droplets do not go")
    found[0].destroy()
    balance = manager.get_balance()
    tally.expect(float(balance.month_to_date_usage) >= 0, "python-digitalocean: no balance")
    tally.expect(manager.get_account().status == "active", "python-digitalocean: no account")


def main():
    tally = Tally()
    for client in (with_pydo, with_python_digitalocean):
        try:
            client(sys.argv[1], tally)
        except Exception as error:
            tally.expect(False, f"{client.__name__}: {type(error).__name__}: {error}")
    print(f"clients: 2 clients, {tally.cases} cases, {tally.failures} failures")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
