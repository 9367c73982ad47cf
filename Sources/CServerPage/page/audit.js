/** Who did what, when, why, and whether it was let. */

import { get } from "./api.js";
import { h } from "./dom.js";
import { filterBar, parse } from "./filter.js";
import { moment, shortID } from "./format.js";
import { empty, heading, list, statusMark, tally } from "./parts.js";

const keys = ["actor", "action", "target", "outcome"];
const chips = [["Denied", "outcome", "denied"], ["Cancelled", "action", "runs.cancel"], ["Drift accepted", "action", "drift.accept"]];

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
        this.entries = cursor ? [...this.entries, ...page.entries] : page.entries;
        this.next = page.next;
        this.draw();
    }

    load() {
        return this.place.load(() => this.page());
    }

    draw() {
        this.place.draw(heading("Audit", "Who did what, and why. Nothing here can be changed; what was denied is here too."),
            h("div", { class: "tools" }, filterBar({ value: this.filter, chips, label: "Filter the audit", placeholder: "actor:ada action:runs.cancel outcome:denied", onChange: (text) => { this.filter = text; this.place.note("q", text); this.load(); } })),
            h("div", { class: "row" }, tally(this.entries.length, this.next, "entry", "entries")),
            h("div", { class: "panel" }, this.entries.length ? this.table() : empty("No entry fits", "Whatever is decided by anybody is written down here, in the same transaction.", "arcadia audit list"),
                this.next && h("div", { class: "more" }, h("button", { type: "button", onclick: () => this.page(this.next) }, "Show more"))));
    }

    table() {
        return list([
            { name: "When", kind: "first-line", cell: (row) => moment(row.at) },
            { name: "Who", label: "Who", cell: (row) => [h("span", { class: "strong" }, row.actor), h("div", { class: "sub" }, [row.role?.replace("_", " "), row.tenant, row.source_address].filter(Boolean).join(" · "))] },
            { name: "What", label: "What", cell: (row) => [h("span", { class: "mono" }, row.action), row.target && h("div", { class: "sub mono" }, target(row))] },
            { name: "Why", label: "Why", cell: (row) => row.reason ?? h("span", { class: "muted" }, "–") },
            { name: "Outcome", label: "Outcome", cell: (row) => [statusMark(row.outcome), row.code && h("div", { class: "sub mono" }, row.code)] },
        ], this.entries, { label: "Audit", key: (row) => String(row.audit_id) });
    }
}

function target(row) {
    if (/^[0-9a-f]{8}-/.test(row.target)) return h("a", { href: `/runs/${row.target}` }, `run ${shortID(row.target)}`);
    return row.target;
}
