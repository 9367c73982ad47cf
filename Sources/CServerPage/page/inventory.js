/** What the account holds, and one thing of it with its history. */

import { get } from "./api.js";
import { h } from "./dom.js";
import { filterBar, parse } from "./filter.js";
import { moment, plain, shell, shortID, word } from "./format.js";
import { json } from "./json.js";
import { cli, copyButton, empty, facts, heading, list, none, panel, shape, statusMark, tags, tally } from "./parts.js";

const keys = ["kind", "region", "status", "tag", "project", "presence"];
const chips = [["Droplets", "kind", "droplet"], ["Volumes", "kind", "volume"], ["Snapshots", "kind", "snapshot"], ["Gone", "presence", "deleted"]];

export const inventory = { title: "Inventory", open: (place) => new ResourceList(place).load() };
export const resource = { title: "Resource", open: openResource };

class ResourceList {
    constructor(place) {
        this.place = place;
        this.filter = place.query.get("q") ?? "";
    }

    parameters() {
        const found = parse(this.filter, keys);
        const name = found[""].join(" ");
        return { ...Object.fromEntries(keys.map((key) => [key, found[key]?.[0]])), name: name && (/[*?]/.test(name) ? name : `*${name}*`) };
    }

    load() {
        return this.place.load(async () => {
            const page = await get("inventory", { ...this.parameters(), limit: 200 }, { signal: this.place.signal });
            this.resources = page.resources;
            this.next = page.next;
            this.draw();
        });
    }

    async more() {
        const page = await get("inventory", { ...this.parameters(), limit: 200, cursor: this.next });
        this.resources.push(...page.resources);
        this.next = page.next;
        this.draw();
    }

    draw() {
        const columns = [
            { name: "Name", kind: "first-line", cell: (row) => [h("a", { class: "strong", href: `/inventory/${encodeURIComponent(row.resource_id)}` }, row.name), h("div", { class: "sub mono" }, row.resource_id)] },
            { name: "Status", kind: "short", label: "Status", cell: (row) => row.deleted_at ? statusMark("deleted", { text: "gone" }) : h("span", null, row.status ?? "–", row.stale_strike_count > 0 && h("span", { class: "s-back" }, ` · missed ${row.stale_strike_count}×`)) },
            { name: "Region", kind: "short", label: "Region", cell: (row) => row.region ?? none() },
            { name: "Size", label: "Size", cell: (row) => row.size_slug ? h("span", { class: "mono" }, row.size_slug) : none() },
            { name: "Project", kind: "short", label: "Project", cell: (row) => row.project ?? none() },
            { name: "Seen", label: "Seen", right: true, cell: (row) => moment(row.last_seen_at) },
        ];
        this.place.draw(heading("Inventory", "What the account holds, as the last sync saw it."),
            h("div", { class: "tools" }, filterBar({ value: this.filter, chips, label: "Filter resources", placeholder: "kind:droplet region:nyc3 web-*", onChange: (text) => { this.filter = text; this.place.note("q", text); this.load(); } })),
            h("div", { class: "row counted" }, tally(this.resources.length, this.next, "resource")),
            h("div", { class: "panel" }, this.resources.length ? list(columns, this.resources, { label: "Resources", key: (row) => row.resource_id, href: (row) => `/inventory/${encodeURIComponent(row.resource_id)}` })
                : this.filter ? empty("Nothing fits", "The last sync saw nothing like this. A pattern with * finds parts of names.", `arcadia inventory list --name ${shell("web-*")}`) : empty("Nothing is known of the account yet", "A sync asks the provider what there is. It happens by itself every 15 minutes, or now:", "arcadia inventory sync"),
                this.next && h("div", { class: "more" }, h("button", { type: "button", onclick: () => this.more() }, "Show more"))));
    }
}

async function openResource(place) {
    const id = encodeURIComponent(place.params.id);
    await place.load(async () => {
        const found = await get(`inventory/${id}`, {}, { signal: place.signal });
        place.title(found.name);
        const spec = found.provisioned;
        place.draw(h("div", { class: "stack" },
            h("div", { class: "head" }, h("div", { class: "grow" }, h("div", { class: "crumb" }, h("a", { href: "/inventory" }, "Inventory")), h("div", { class: "row" }, h("h1", null, found.name), found.deleted_at ? statusMark("deleted", { text: "gone" }) : statusMark("active", { text: found.status ?? "there" })),
                h("div", { class: "row small muted" }, h("span", { class: "mono" }, found.resource_id), copyButton(found.resource_id, "Copy the id")))),
            h("div", { class: "cols" },
                panel("As it is", {}, h("div", { class: "inside stack" }, facts([["Kind", found.kind], ["Region", found.region ?? "–"], ["Size", found.size_slug ?? "–"], ["Project", found.project ?? "–"], ["Made", found.created_at ?? "–"], ["First seen", moment(found.first_seen_at)], ["Last seen", moment(found.last_seen_at)], found.deleted_at && ["Gone since", moment(found.deleted_at)], found.tags.length && ["Tags", tags(found.tags)]]), json(found.attrs, "Attributes"))),
                panel("As it was asked to be", { aside: spec && h("span", { class: "muted small" }, `version ${spec.spec_version}`) }, h("div", { class: "inside stack" }, spec ? [facts([["Asked by", spec.run_id ? h("a", { class: "mono", href: `/runs/${spec.run_id}` }, `run ${shortID(spec.run_id)}`) : "hand"], ["Last changed", moment(spec.updated_at)]]), json(spec.spec, "Spec")]
                    : [h("p", { class: "muted" }, "Nobody has said. What is recorded here is compared at every sync."), cli(`arcadia provisioned set ${shell(found.name)} size_slug=${found.size_slug ?? "…"}`)]))),
            panel("What happened to it", {}, found.events.length ? timeline([...found.events].reverse()) : h("div", { class: "inside muted" }, "Nothing yet."))));
    });
}

const marks = { discovered: ["dots", "go"], updated: ["drift", "back"], deleted: ["dash", "bad"], restored: ["check", "ok"], tagged: ["dots", "idle"], drift_detected: ["warn", "back"] };

/** Events, the newest first, with what changed. */
export function timeline(events) {
    return h("ol", { class: "journal", tabindex: 0, "aria-label": "Events" }, events.map((event) => h("li", null, h("span"), moment(event.at), h("span", { class: `s-${marks[event.kind]?.[1]}` }, shape(marks[event.kind]?.[0] ?? "dots")),
        h("div", null, h("strong", null, word(event.kind)), h("span", { class: "muted" }, " by ", source(event.source)), event.before && event.after && h("div", null, changes(event.before, event.after))))));
}

export function source(text) {
    return text.startsWith("saga:") ? h("a", { class: "mono", href: `/runs/${text.slice(5)}` }, `run ${shortID(text)}`) : text.replace("operator:", "");
}

function changes(before, after) {
    return Object.keys(after).map((key) => h("div", { class: "mono tiny" }, `${key}: ${plain(before[key])} → ${plain(after[key])}`));
}
