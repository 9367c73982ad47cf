/** The inbox of what is not as it was asked to be: three sides of each, and a decision. */

import { get, post, whyNot } from "./api.js";
import { ask, forEach, previewList } from "./dialog.js";
import { h } from "./dom.js";
import { filterBar, parse } from "./filter.js";
import { count, moment, plain, shell, shortID } from "./format.js";
import { source, timeline } from "./inventory.js";
import { json } from "./json.js";
import { news } from "./news.js";
import { decide } from "./schedules.js";
import { action, cli, empty, heading, list, panel, sentence, shape, statusMark, tally } from "./parts.js";

const keys = ["status", "resource", "field", "project"];
const chips = [["Accepted", "status", "accepted"], ["Reverted", "status", "reverted"], ["Ignored", "status", "ignored"], ["Came right by itself", "status", "stale"], ["All", "status", "all"]];

export const drift = { title: "Drift", open: (place) => new DriftInbox(place).open() };

class DriftInbox {
    constructor(place) {
        this.place = place;
        this.filter = place.query.get("q") ?? "";
        this.chosen = place.params.id ? Number(place.params.id) : null;
        this.selected = new Set();
    }

    async open() {
        news.addEventListener("drift", () => this.load(), { signal: this.place.signal });
        await this.load();
    }

    load() {
        return this.place.load(async () => {
            const found = parse(this.filter, keys);
            const query = { ...Object.fromEntries(keys.map((key) => [key, found[key]?.[0]])), limit: 200 };
            if (found[""].length) query.resource = found[""].join(" ");
            const page = await get("drift", query, { signal: this.place.signal });
            [this.rows, this.next, this.warnings] = [page.drift, page.next, page.warnings];
            if (this.chosen) this.view = await get(`drift/${this.chosen}`, {}, { signal: this.place.signal });
            this.draw();
        });
    }

    draw() {
        const open = this.rows.filter((row) => row.status === "open");
        this.place.draw(h("div", { class: "stack" }, h("div", null, heading("Drift", "Where the account is not as it was asked to be. Accept keeps what is; revert restores what was asked for."),
            h("div", { class: "tools" }, filterBar({ value: this.filter, chips, label: "Filter drift", placeholder: "web-1 field:tags status:all", onChange: (text) => { this.filter = text; this.place.note("q", text); this.selected.clear(); this.load(); } })), tally(this.rows.length, this.next, "field")), this.caveat(), this.view && this.detail(), h("div", { class: "panel" }, this.rows.length ? this.table() : this.filter ? empty("No drift fits", "Take a word out of the filter.", "arcadia drift list --status all") : empty("Nothing drifts", "Everything that was asked for is as it was asked for, as of the last comparison.", "arcadia drift check"))),
            this.selected.size > 0 && this.bulk(open));
    }

    /** "Nothing drifts" of an account that nobody has looked at lately is no good news. */
    caveat() {
        return this.warnings.length > 0 && h("div", { class: "callout s-back", "data-testid": "caveat" }, shape("warn"), h("div", null, this.warnings.map((words) => h("div", null, h("strong", null, sentence(words)))), h("span", { class: "hint" }, "A sync asks the provider what there is; it writes nothing there."),
            h("div", { class: "row" }, action("Sync now", { id: "sync", why: whyNot("schedules.act", "run schedules"), onclick: () => decide({ name: "resource_sync" }, "run", () => this.load()) }), cli("arcadia schedules run resource_sync"))));
    }

    table() {
        const columns = [
            { kind: "pick", name: "", head: h("span", { class: "visually-hidden" }, "Select"), cell: (row) => row.status === "open" && h("input", { type: "checkbox", "aria-label": `Select drift ${row.drift_id}`, checked: this.selected.has(row.drift_id), onchange: (event) => { this.selected[event.target.checked ? "add" : "delete"](row.drift_id); this.draw(); } }) },
            { name: "Resource", kind: "first-line", cell: (row) => [h("a", { class: "strong", href: `/drift/${row.drift_id}`, "data-testid": `drift-${row.drift_id}` }, row.name), h("div", { class: "sub mono" }, row.resource_id)] },
            { name: "Field", label: "Field", cell: (row) => h("span", { class: "mono" }, row.kind === "missing" ? "the whole resource" : row.field) },
            { name: "Asked for", label: "Asked for", cell: (row) => h("span", { class: "mono clip" }, row.kind === "missing" ? "there" : plain(row.expected)) },
            { name: "Is", label: "Is", cell: (row) => h("span", { class: "mono clip" }, row.kind === "missing" ? "gone" : plain(row.actual)) },
            { name: "Status", kind: "short", label: "Status", cell: (row) => statusMark(row.status === "open" && row.reverting_run ? "reverting" : row.status) },
            { name: "Noticed", label: "Noticed", right: true, cell: (row) => moment(row.detected_at) },
        ];
        return list(columns, this.rows, { label: "Drift", key: (row) => String(row.drift_id), href: (row) => `/drift/${row.drift_id}`, className: (row) => (row.drift_id === this.chosen || this.selected.has(row.drift_id) ? "selected" : "") });
    }

    detail() {
        const { drift: row, spec, live, changes } = this.view;
        const denied = whyNot("drift.decide", "decide on drift");
        const closed = row.status !== "open" ? `This drift is ${row.status}.` : undefined;
        const reverting = row.reverting_run ? "A run is putting it right." : undefined;
        const last = changes[0];
        return panel(`${row.name}: ${row.kind === "missing" ? "the whole resource" : row.field}`, { id: "drift-detail", aside: [statusMark(row.status === "open" && row.reverting_run ? "reverting" : row.status)] },
            h("div", { class: "inside stack" },
                h("div", { class: "three" },
                    h("div", null, h("h3", null, "Asked for"), this.value("want", spec.value, live.value), h("span", { class: "muted tiny" }, spec.version ? `version ${spec.version}, ` : "", spec.run_id ? h("a", { href: `/runs/${spec.run_id}` }, `run ${shortID(spec.run_id)}`) : "by hand", spec.updated_at && [", ", moment(spec.updated_at)])),
                    h("div", null, h("h3", null, "Is"), this.value("have", live.value, spec.value), h("span", { class: "muted tiny" }, "seen ", moment(live.last_seen_at))),
                    h("div", null, h("h3", null, "Changed by"), last ? [h("div", null, source(last.source), last.source === "sync" && h("span", { class: "muted" }, " (somebody outside; the sync saw it)")), h("span", { class: "muted tiny" }, moment(last.at))] : h("span", { class: "muted" }, "The log does not say."))),
                row.reverting_run && h("p", null, "Run ", h("a", { class: "mono", href: `/runs/${row.reverting_run}` }, shortID(row.reverting_run)), " is to put it right; the next comparison closes this."),
                row.reason && h("p", { class: "muted" }, `${row.closed_by?.replace("operator:", "") ?? "Reason"}: ${sentence(row.reason)}`),
                changes.length > 1 && h("details", null, h("summary", { class: "small muted" }, `${count(changes.length, "change")} of this field in the log`), timeline(changes)),
                h("div", { class: "row" },
                    action("Accept what is", { id: "accept", kind: "solid", why: denied ?? closed ?? reverting, onclick: () => this.accept(row) }),
                    action("Revert", { id: "revert", why: denied ?? closed ?? reverting, onclick: () => this.revert(row) }),
                    action("Ignore for a while", { id: "ignore", why: denied ?? closed, onclick: () => this.ignore(row) }),
                    h("a", { class: "small push", href: `/inventory/${encodeURIComponent(row.resource_id)}` }, "the resource"), h("a", { class: "small", href: "/drift" }, "close"))));
    }

    /** A value; of two lists, what only this one has. */
    value(kind, value, other) {
        if (!Array.isArray(value) || !Array.isArray(other)) return h("div", { class: `value ${kind}` }, typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : plain(value));
        const theirs = new Set(other.map((item) => JSON.stringify(item)));
        return h("div", { class: `value ${kind}` }, value.map((item) => theirs.has(JSON.stringify(item)) ? h("div", { class: "muted" }, `  ${plain(item)}`) : h(kind === "want" ? "del" : "ins", null, plain(item))));
    }

    decided() {
        this.selected.clear();
        return this.load();
    }

    accept(row) {
        return ask({ title: `Accept ${row.field} of ${row.name}?`, confirm: "Accept", done: "Accepted: it is what was asked for now.", words: row.kind === "missing" ? "Nothing is asked of it any more." : `From now on ${plain(row.actual)} is what was asked for. Nothing is changed at the provider.`,
            command: (reason) => `arcadia drift accept ${row.drift_id} --reason ${shell(reason)}`, act: (reason) => post(`drift/${row.drift_id}/accept`, { reason }).then(() => this.decided()) });
    }

    async revert(row) {
        const made = await ask({ title: `Revert ${row.field} of ${row.name}?`, confirm: "Revert by a run", wide: true, words: "A run restores what was asked for. The drift closes when the next comparison agrees.",
            preview: async () => { const plan = await post(`drift/${row.drift_id}/revert`, { dry_run: true }); return h("div", { class: "stack tight" }, h("h3", null, `It uses ${plan.operation}`), json(plan.with, "Its input")); },
            command: (reason) => `arcadia drift revert ${row.drift_id} --reason ${shell(reason)}`, act: (reason) => post(`drift/${row.drift_id}/revert`, { reason }), done: "The run has begun." });
        if (made) this.place.go(`/runs/${made.reverting_run}`);
    }

    ignore(row) {
        const days = h("input", { id: "days", type: "number", min: 1, max: 365, value: 30, "data-testid": "days" });
        const field = h("input", { id: "ignored-field", type: "text", value: row.field, class: "mono" });
        return ask({ title: `Ignore ${row.field} of ${row.name}?`, confirm: "Ignore", done: "It is not reported for a while.", words: "What the rule covers is closed, and reported again when it has expired.",
            body: h("div", { class: "cols" }, h("div", { class: "field" }, h("label", { for: "ignored-field" }, "Field ", h("span", { class: "muted" }, "a pattern with * and ?")), field), h("div", { class: "field" }, h("label", { for: "days" }, "Days"), days)),
            command: (reason) => `arcadia drift ignore ${shell(field.value)} --resource ${shell(row.name)} --days ${days.value} --reason ${shell(reason)}`,
            act: (reason) => post(`drift/${row.drift_id}/ignore`, { reason, days: Number(days.value), ...(field.value !== row.field ? { field: field.value } : {}) }).then(() => this.decided()) });
    }

    bulk(open) {
        const rows = open.filter((row) => this.selected.has(row.drift_id));
        return h("div", { class: "bulk", role: "region", "aria-label": "Selected drift" }, h("strong", { class: "small" }, `${rows.length} selected`),
            action("Accept all", { id: "bulk-accept", why: whyNot("drift.decide", "decide on drift"), onclick: () => this.many("Accept", "accept", rows) }), action("Revert all", { why: whyNot("drift.decide", "decide on drift"), onclick: () => this.many("Revert", "revert", rows) }),
            h("button", { type: "button", class: "plain", onclick: () => { this.selected.clear(); this.draw(); } }, "Clear"));
    }

    async many(name, verb, rows) {
        const answer = await ask({ title: `${name} ${rows.length}?`, confirm: `${name} ${rows.length}`, body: previewList(rows.map((row) => ({ mark: "drift", tone: "back", title: `${row.name} ${row.field}`, words: `asked for ${plain(row.expected)}, is ${plain(row.actual)}` })), "Chosen drift"),
            command: (reason) => `for drift in ${rows.map((row) => row.drift_id).join(" ")}; do arcadia drift ${verb} $drift --reason ${shell(reason)}; done`, act: async (reason) => ({ reason }) });
        if (!answer) return;
        await forEach(rows, `${name} ${rows.length}`, (row) => post(`drift/${row.drift_id}/${verb}`, { reason: answer.reason }));
        await this.decided();
    }
}
