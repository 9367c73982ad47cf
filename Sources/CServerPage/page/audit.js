/** Who did what, when, why, and whether it was let. */

import { get } from "./api.js";
import { h } from "./dom.js";
import { filterBar, parse } from "./filter.js";
import { moment, shortID } from "./format.js";
import { empty, heading, list, none, statusMark, tally } from "./parts.js";

const keys = ["actor", "action", "target", "tenant", "outcome"];
const chips = [["Denied", "outcome", "denied"], ["Cancelled", "action", "run.cancel"], ["Drift accepted", "action", "drift.accept"]];

export const audit = { title: "Audit", open: (place) => new AuditList(place).load() };

class AuditList {
    constructor(place) {
        this.place = place;
        this.filter = place.query.get("q") ?? "";
    }

    async page(cursor) {
        const found = parse(this.filter, keys);
        const actor = found.actor?.[0] ?? (found[""].join(" ") || undefined);
        const page = await get("audit", { ...Object.fromEntries(keys.map((key) => [key, found[key]?.[0]])), actor, limit: 100, cursor }, { signal: this.place.signal });
        this.events = cursor ? [...this.events, ...page.events] : page.events;
        this.next = page.next;
        this.draw();
    }

    load() {
        return this.place.load(() => this.page());
    }

    draw() {
        this.place.draw(heading("Audit", "Who did what, and why. Nothing here can be changed; what was denied is here too."),
            h("div", { class: "tools" }, filterBar({ value: this.filter, chips, label: "Filter the audit", placeholder: "actor:ada action:run.cancel outcome:denied", onChange: (text) => { this.filter = text; this.place.note("q", text); this.load(); } })),
            h("div", { class: "row counted" }, tally(this.events.length, this.next, "event", "events")),
            h("div", { class: "panel" }, this.events.length ? this.table() : empty("No event fits", "Whatever is decided by anybody is written down here, in the same transaction.", "arcadia audit list"),
                this.next && h("div", { class: "more" }, h("button", { type: "button", onclick: () => this.page(this.next) }, "Show more"))));
    }

    table() {
        return list([
            { name: "When", kind: "first-line", cell: (row) => moment(row.at) },
            { name: "Who", label: "Who", cell: (row) => [h("span", { class: "strong" }, row.actor), h("div", { class: "sub" }, [row.role?.replace("_", " "), row.tenant, row.origin, row.address].filter(Boolean).join(" · "))] },
            { name: "What", label: "What", cell: (row) => [h("span", { class: "mono" }, row.action), row.target && h("div", { class: "sub mono" }, target(row))] },
            { name: "Why", kind: "rest", label: "Why", cell: (row) => row.reason ?? none() },
            { name: "Outcome", label: "Outcome", cell: (row) => statusMark(row.outcome) },
        ], this.events, { label: "Audit", key: (row) => String(row.event) });
    }
}

function target(row) {
    if (/^[0-9a-f]{8}-/.test(row.target)) return h("a", { href: `/runs/${row.target}` }, `run ${shortID(row.target)}`);
    return row.target;
}
