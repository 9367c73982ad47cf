/** The list of runs: live, filtered by the address, with something to do to many at once. */

import { get, may, post, whyNot } from "./api.js";
import { ask, forEach, previewList } from "./dialog.js";
import { h, throttled } from "./dom.js";
import { filterBar, parse } from "./filter.js";
import { count, elapsed, moment, shell, shortID } from "./format.js";
import { liveMark, news } from "./news.js";
import { action, empty, heading, list, statusMark, tally } from "./parts.js";

const chips = [["Need a person", "status", "failed"], ["Under way", "status", "pending,running,compensating"], ["Rolled back", "status", "rolled_back"], ["Completed", "status", "completed"], ["Last day", "since", "1d"]];
const ended = ["completed", "rolled_back", "failed"];

export const runs = { title: "Runs", open: (place) => new RunList(place).open() };

/** The API's parameters for a filter. */
function parameters(text) {
    const found = parse(text, ["status", "saga", "since"]);
    return { status: found.status, saga: found.saga?.[0], since: found.since?.[0], q: found[""].join(" ") };
}

/** The filter as the command line has it. */
function command(text) {
    const { status, saga, since } = parameters(text);
    return ["arcadia runs list", ...(status ?? []).map((word) => `--status ${shell(word)}`), saga && `--saga ${shell(saga)}`, since && `--since ${shell(since)}`].filter(Boolean).join(" ");
}

class RunList {
    constructor(place) {
        this.place = place;
        this.filter = place.query.get("q") ?? "";
        this.runs = [];
        this.fresh = new Set();
        this.waiting = new Map();
        this.selected = new Set();
        this.isHovered = false;
        this.settle = throttled(150, () => this.takeInOrWait());
    }

    async open() {
        const options = { signal: this.place.signal };
        news.addEventListener("run", (event) => this.hear(event.detail), options);
        news.addEventListener("reset", () => this.place.load(() => this.load()), options);
        news.addEventListener("state", () => this.draw(), options);
        await this.place.load(() => this.load());
    }

    async load() {
        const page = await get("runs", { ...parameters(this.filter), limit: 100 }, { signal: this.place.signal });
        this.runs = page.runs;
        this.next = page.next;
        this.waiting.clear();
        this.isLoaded = true;
        this.draw();
    }

    async loadMore() {
        const page = await get("runs", { ...parameters(this.filter), limit: 100, cursor: this.next });
        this.runs.push(...page.runs);
        this.next = page.next;
        this.draw();
    }

    /** A row that is shown changes where it stands. A new one waits while somebody reads, so that nothing jumps. */
    hear(run) {
        const at = this.runs.findIndex((known) => known.run_id === run.run_id);
        if (at >= 0) this.runs[at] = run;
        else if (this.fits(run)) this.waiting.set(run.run_id, run);
        this.settle();
    }

    takeInOrWait() {
        const isReading = scrollY > 60 || this.isHovered || this.selected.size > 0;
        if (isReading) this.draw();
        else this.takeIn();
    }

    takeIn() {
        this.fresh = new Set(this.waiting.keys());
        this.runs.unshift(...[...this.waiting.values()].reverse());
        this.waiting.clear();
        if (this.runs.length > 600) return this.place.load(() => this.load());
        this.draw();
    }

    fits(run) {
        const { status, saga, q } = parameters(this.filter);
        return (!status || status.includes(run.status)) && (!saga || saga === run.saga) && (!q || JSON.stringify(run).includes(q));
    }

    setFilter(text) {
        this.filter = text;
        this.place.note("q", text);
        this.selected.clear();
        this.place.load(() => this.load());
    }

    draw() {
        if (!this.isLoaded) return;
        const { place } = this;
        place.draw(
            heading("Runs", null, action("Start a run", { kind: "solid", id: "start", why: whyNot("runs.submit", "start runs"), onclick: () => place.go("/definitions") })),
            h("div", { class: "tools" }, filterBar({ value: this.filter, chips, label: "Filter runs", placeholder: "status:failed saga:trip since:2d", onChange: (text) => this.setFilter(text) })),
            h("div", { class: "row spread" }, h("div", { class: "row" }, tally(this.runs.length, this.next, "run"), this.waiting.size > 0 && h("button", { type: "button", class: "chip", "data-testid": "show-new", onclick: () => this.takeIn() }, `${this.waiting.size} new, show`)),
                liveMark(() => this.draw())),
            h("div", { class: "panel", onmouseenter: () => (this.isHovered = true), onmouseleave: () => (this.isHovered = false) }, this.runs.length ? this.table() : this.nothing()),
            this.selected.size > 0 && this.bulk());
    }

    nothing() {
        if (this.filter) return empty("No run fits", "Nothing recorded here is like this. Take a word out of the filter, or look further back.", command(this.filter));
        return empty("No runs yet", "A run is one execution of a definition. Start one here, or from a terminal:", "arcadia run hello");
    }

    table() {
        const columns = [
            may("runs.act") && { kind: "pick", head: this.pickAll(), cell: (run) => this.pick(run) },
            { name: "Run", kind: "first-line", cell: (run) => h("a", { class: "nowrap", href: `/runs/${run.run_id}`, title: run.run_id }, h("span", { class: "strong" }, run.saga), " ", h("span", { class: "mono tiny muted" }, shortID(run.run_id))) },
            { name: "Status", cell: (run) => statusMark(run.status, run.cancel_requested && !ended.includes(run.status) ? { text: "cancelling" } : {}) },
            { name: "Why", label: "Why", cell: (run) => this.why(run) },
            { name: "Took", label: "Took", right: true, cell: (run) => elapsed(run.created_at, run.finished_at) },
            { name: "Started", label: "Started", right: true, cell: (run) => moment(run.created_at) },
        ].filter(Boolean);
        return [list(columns, this.runs, { label: "Runs", key: (run) => run.run_id, href: (run) => `/runs/${run.run_id}`,
            className: (run) => [this.fresh.has(run.run_id) && "fresh", this.selected.has(run.run_id) && "selected"].filter(Boolean).join(" ") }),
            this.next && h("div", { class: "more" }, h("button", { type: "button", onclick: () => this.loadMore() }, "Show more"))];
    }

    why(run) {
        if (run.blocked) return h("span", { class: "s-back clip" }, `cannot go on: ${run.blocked}`);
        if (run.error) return h("span", { class: "clip" }, run.error.message);
        if (run.wake_at && !ended.includes(run.status)) return h("span", { class: "muted" }, "waits; wakes ", moment(run.wake_at));
        return null;
    }

    pick(run) {
        return h("input", { type: "checkbox", "aria-label": `Select run ${shortID(run.run_id)}`, checked: this.selected.has(run.run_id), onchange: (event) => {
            if (event.target.checked) this.selected.add(run.run_id);
            else this.selected.delete(run.run_id);
            this.draw();
        } });
    }

    pickAll() {
        return h("input", { type: "checkbox", "aria-label": "Select all runs shown", checked: this.runs.length > 0 && this.selected.size === this.runs.length, indeterminate: this.selected.size > 0 && this.selected.size < this.runs.length,
            onchange: (event) => {
                this.selected = new Set(event.target.checked ? this.runs.map((run) => run.run_id) : []);
                this.draw();
            } });
    }

    bulk() {
        const chosen = this.runs.filter((run) => this.selected.has(run.run_id));
        const stoppable = chosen.filter((run) => ["pending", "running"].includes(run.status));
        const retriable = chosen.filter((run) => run.status === "failed" || run.blocked || run.wake_at);
        return h("div", { class: "bulk", role: "region", "aria-label": "Selected runs", "data-testid": "bulk" }, h("strong", { class: "small" }, `${count(chosen.length, "run")} selected`),
            action(retriable.length ? `Retry ${retriable.length}` : "Retry", { id: "bulk-retry", why: retriable.length ? undefined : "None of these runs waits or needs a person.", onclick: () => this.askMany("Retry", "retry", retriable) }),
            action(stoppable.length ? `Cancel ${stoppable.length}` : "Cancel", { id: "bulk-cancel", kind: "danger", why: stoppable.length ? undefined : "None of these runs is under way.", onclick: () => this.askMany("Cancel", "cancel", stoppable) }),
            h("button", { type: "button", class: "plain", onclick: () => { this.selected.clear(); this.draw(); } }, "Clear"));
    }

    async askMany(name, verb, chosen) {
        const answer = await ask({
            title: `${name} ${count(chosen.length, "run")}?`, confirm: `${name} ${count(chosen.length, "run")}`, danger: verb === "cancel",
            words: verb === "cancel" ? "Each stops at its next safe point, and what it did is taken back." : "A run that waits goes on now; one that needs a person takes up what it could not take back.",
            body: previewList(chosen.map((run) => ({ mark: "runs", tone: "idle", title: run.saga, words: `${run.run_id}, ${run.status}` })), "The runs"),
            command: (reason) => `for run in ${chosen.map((run) => shortID(run.run_id)).join(" ")}; do arcadia runs ${verb} $run --reason ${shell(reason)}; done`,
            act: async (reason) => ({ reason }),
        });
        if (!answer) return;
        await forEach(chosen, `${name} ${count(chosen.length, "run")}`, async (run) => this.hear(await post(`runs/${run.run_id}/${verb}`, { reason: answer.reason })));
        this.selected.clear();
        this.draw();
    }
}
