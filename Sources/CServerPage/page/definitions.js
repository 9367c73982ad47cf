/** Definitions: which there are, and one as text, checked while it is typed. */

import { all, get, post, send, whyNot } from "./api.js";
import { ask, inputsForm, tell } from "./dialog.js";
import { debounced, h } from "./dom.js";
import { Editor } from "./editor.js";
import { filterBar } from "./filter.js";
import { count, moment, shell } from "./format.js";
import { graph } from "./graph.js";
import { json, pretty } from "./json.js";
import { action, cli, empty, heading, list, none, panel, sentence, shape, tally, ticked, trouble } from "./parts.js";

const blank = { saga: "my_saga", inputs: { properties: { name: { type: "string", default: "weekly" } } }, steps: [{ id: "hello", uses: "core.echo", with: { message: "hello, ${ .inputs.name }" } }] };

export const definitions = { title: "Definitions", open: (place) => new DefinitionList(place).open() };
export const definition = { title: "Definition", open: (place) => new DefinitionPage(place).open() };

class DefinitionList {
    constructor(place) {
        this.place = place;
        this.filter = place.query.get("q") ?? "";
    }

    async open() {
        await this.place.load(async () => {
            this.page = await get("definitions", { q: this.filter, limit: 500 }, { signal: this.place.signal });
            this.draw();
        });
    }

    draw() {
        const { place, page } = this;
        const columns = [
            { name: "Definition", kind: "first-line", cell: (row) => h("a", { class: "strong", href: `/definitions/${row.name}` }, row.name) },
            { name: "What for", cell: (row) => h("span", { class: "clip" }, row.description ?? none()) },
            { name: "Version", kind: "short", label: "Version", cell: (row) => row.version ?? "–" },
            { name: "Steps", label: "Steps", right: true, cell: (row) => row.steps },
            { name: "From", label: "From", cell: (row) => row.source === "plugin" ? h("span", null, "plugin ", h("a", { href: `/plugins/${row.plugin}` }, row.plugin)) : h("span", null, row.stored_by ?? "stored", " ", h("span", { class: "muted" }, moment(row.stored_at))) },
            { name: "", cell: (row) => action("Run", { id: `run-${row.name}`, why: whyNot("runs.submit", "start runs"), onclick: () => startByName(place, row.name) }), right: true },
        ];
        place.draw(
            heading("Definitions", "What can be run: the lists of steps that people wrote, and those that plugins ship.", h("a", { class: "button", href: "/definitions/new", "data-testid": "new" }, "Write one")),
            h("div", { class: "tools" }, filterBar({ value: this.filter, label: "Filter definitions", placeholder: "a name, or what it is for", onChange: (text) => { this.filter = text; place.note("q", text); this.open(); } })),
            h("div", { class: "row counted" }, tally(page.definitions.length, page.next, "definition")),
            h("div", { class: "panel" }, page.definitions.length ? list(columns, page.definitions, { label: "Definitions", key: (row) => row.name, href: (row) => `/definitions/${row.name}` })
                : empty("No definition fits", "A definition is a JSON list of steps. Write one here, or check a file:", "arcadia check trip.json")));
    }
}

async function startByName(place, name) {
    const known = await get(`definitions/${name}`);
    await start(place, { name, schema: known.inputs, body: { saga: name }, command: (form) => `arcadia run ${name}${form.words()}` });
}

/** Asks for inputs, starts a run, and goes there. */
async function start(place, { name, schema, body, command }) {
    let redraw = () => {};
    const form = inputsForm(schema, undefined, () => redraw());
    // The same key for every try of this dialog: a lost answer does not start a second run.
    const key = `page-${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    const made = await ask({
        title: `Run ${name}?`, confirm: "Run", noReason: true, body: form.element, redraw: (draw) => (redraw = draw), focus: form.element.querySelector("input, select, textarea") ?? undefined,
        command: () => command(form),
        act: () => post("runs", { ...body, inputs: form.read() }, { headers: { "Idempotency-Key": key } }),
    });
    if (made) place.go(`/runs/${made.run_id}`);
}

class DefinitionPage {
    constructor(place) {
        this.place = place;
        this.isNew = place.params.name === "new";
        this.report = null;
        this.check = debounced(300, () => this.runCheck());
    }

    async open() {
        await this.place.load(async () => {
            const { name } = this.place.params;
            const ofRun = this.place.query.get("run");
            const signal = { signal: this.place.signal };
            if (!this.isNew && !ofRun) {
                this.known = await get(`definitions/${name}`, {}, signal);
                this.versions = (await get(`definitions/${name}/versions`, { limit: 20 }, signal)).versions;
            }
            const text = ofRun ? pretty((await get(`runs/${ofRun}`, {}, signal)).definition) : this.known?.text ?? pretty(blank);
            this.operations = await all("operations", "operations", { kind: "step" }, 500, signal).catch(() => []);
            this.place.title(this.isNew ? "New definition" : name);
            this.editor = new Editor(text, { label: "The definition", changed: () => { this.report = null; this.draw(); this.check(); } });
            this.stored = text;
            this.draw();
            await this.runCheck();
        });
    }

    async runCheck() {
        const { text } = this.editor;
        try {
            const report = await post("definitions/check", { text }, { signal: this.place.signal });
            if (text !== this.editor.text) return;
            this.report = report;
            this.problem = null;
            this.editor.mark([...report.errors, ...report.warnings.map((warning) => ({ ...warning, isWarning: true }))]);
        } catch (error) {
            if (error.name === "AbortError") return;
            this.problem = error;
        }
        this.draw();
    }

    parsed() {
        try {
            return JSON.parse(this.editor.text);
        } catch {
            return null;
        }
    }

    draw() {
        const { place, report } = this;
        const isChanged = this.editor.text !== this.stored;
        const notSound = report && !report.ok ? "The definition has mistakes; they are listed below it." : !report ? "The definition is being checked." : undefined;
        const name = this.isNew ? "New definition" : place.params.name;
        place.draw(h("div", { class: "stack" },
            h("div", { class: "head" },
                h("div", { class: "grow" }, h("div", { class: "crumb" }, h("a", { href: "/definitions" }, "Definitions")), h("h1", null, name),
                    this.known && h("p", null, this.known.source === "plugin" ? `Shipped by plugin ${this.known.plugin}. Storing it makes your own version.` : `Version ${this.known.version ?? "–"}, stored by ${this.known.stored_by ?? "somebody"}.`)),
                h("div", { class: "row actions" },
                    action("Plan", { id: "plan", why: notSound, onclick: () => this.plan() }),
                    action("Store", { id: "store", why: whyNot("definitions.write", "store definitions") ?? notSound ?? (!isChanged && !this.isNew ? "Nothing has changed." : undefined), onclick: () => this.store() }),
                    action("Run", { id: "run", kind: "solid", why: whyNot("runs.submit", "start runs") ?? notSound, onclick: () => this.start() }))),
            h("section", { class: "panel", "aria-label": "Text" },
                h("header", null, h("h2", null, "Text"), h("span", { class: "push", "data-testid": "verdict" }, this.verdict())), this.editor.element),
            h("section", { class: "panel findings", id: "findings", "aria-label": "Mistakes", "aria-live": "polite", "data-testid": "findings" }, this.findings()),
            this.picture(), this.versions?.length > 0 && this.history(), this.offers()));
    }

    verdict() {
        if (!this.report) return h("span", { class: "status s-idle" }, shape("dots"), "checking");
        if (!this.report.ok) return h("span", { class: "status s-bad" }, shape("cross"), count(this.report.errors.length, "mistake"));
        return h("span", { class: "status s-ok" }, shape("check"), this.report.warnings.length ? `sound, ${count(this.report.warnings.length, "warning")}` : "sound");
    }

    findings() {
        if (this.problem) return trouble(this.problem, () => this.runCheck());
        const found = [...(this.report?.errors ?? []), ...(this.report?.warnings ?? []).map((warning) => ({ ...warning, isWarning: true }))];
        if (!found.length) return h("div", { class: "inside row" }, cli("arcadia check -"), h("span", { class: "muted small" }, "finds the same mistakes on a terminal"));
        return found.map((finding) => h("button", { type: "button", onclick: () => this.editor.goTo(finding) },
            h("span", { class: finding.isWarning ? "s-back" : "s-bad" }, shape(finding.isWarning ? "warn" : "cross")), h("span", { class: "mono muted" }, finding.line ? `${finding.line}:${finding.column}` : ""),
            h("span", null, sentence(finding.message), finding.hint && h("span", { class: "muted" }, " ", ticked(sentence(finding.hint))))));
    }

    picture() {
        const parsed = this.parsed();
        const drawn = parsed && graph(parsed, [], { isDown: innerWidth < 620 });
        return drawn && panel("Picture", {}, drawn);
    }

    history() {
        return panel("Versions", {}, list([
            { name: "Version", kind: "first-line", cell: (row) => row.version ?? "–" }, { name: "Hash", label: "Hash", cell: (row) => h("span", { class: "mono" }, row.hash.slice(0, 12)) },
            { name: "By", label: "By", cell: (row) => row.stored_by ?? (row.plugin ? `plugin ${row.plugin}` : "–") }, { name: "Stored", label: "Stored", right: true, cell: (row) => moment(row.stored_at) },
        ], this.versions, { label: "Versions", key: (row) => row.hash }));
    }

    offers() {
        if (!this.operations?.length) return null;
        return panel("What a step can use", { aside: h("span", { class: "muted small" }, count(this.operations.length, "operation")) },
            h("div", { class: "steps ops" }, this.operations.map((operation) => h("details", { class: "step", "data-key": operation.uses },
                h("summary", null, h("span", { class: "s-idle" }, shape("plugins")), h("span", { class: "name" }, h("b", { class: "mono" }, operation.uses)), h("span", { class: "muted small" }, operation.summary)),
                h("div", { class: "inside" }, h("div", { class: "row muted small" }, traits(operation)), h("h3", null, "Input"), json(operation.input, `Input of ${operation.uses}`), operation.examples[0] && [h("h3", null, "Example"), json(operation.examples[0], `Example of ${operation.uses}`)])))));
    }

    async plan() {
        const parsed = this.parsed();
        const form = inputsForm(parsed?.inputs, undefined, () => {});
        const planned = await ask({ title: "Plan", words: "What a run would do, without doing it.", confirm: "Plan", noReason: true, body: form.element, command: () => `arcadia plan -${form.words()}`,
            act: () => post("definitions/plan", { text: this.editor.text, inputs: form.read() }) });
        if (!planned) return;
        const back = { compensate: "can be taken back", nothing_to_do: "nothing to take back", keep: "is kept", irreversible: "cannot be taken back" };
        tell(`Plan of ${planned.saga}`, h("ol", { class: "preview", tabindex: 0, "aria-label": "Steps" }, calls(planned.steps).map((step) => h("li", null, h("span", { class: step.compensation === "irreversible" ? "s-bad" : "s-go" }, shape(step.compensation === "irreversible" ? "warn" : "dots")),
            h("div", null, h("strong", null, step.step_id), ` ${step.uses}`, h("div", { class: "muted" }, `${sentence(step.summary || step.uses)} Up to ${count(step.max_attempts, "attempt")}; ${back[step.compensation]}.`), json(step.with, `With of ${step.step_id}`))))));
    }

    start() {
        const parsed = this.parsed();
        return start(this.place, { name: this.report.saga ?? "this", schema: parsed?.inputs, body: { definition: parsed }, command: (form) => `arcadia run ${shell(`${this.report.saga ?? "definition"}.json`)}${form.words()}` });
    }

    async store() {
        const saga = this.report.saga;
        const stored = await ask({ title: `Store ${saga}?`, confirm: "Store", noReason: true, words: `Runs by this name use it from now on. Runs under way keep the text they began with.`, command: () => `arcadia definitions put ${saga}.json`,
            act: () => send("PUT", `definitions/${saga}`, { text: this.editor.text }), done: "It is stored." });
        if (!stored) return;
        this.stored = this.editor.text;
        if (saga !== this.place.params.name) return this.place.go(`/definitions/${saga}`);
        this.known = stored;
        this.versions = (await get(`definitions/${saga}/versions`, { limit: 20 })).versions;
        this.draw();
    }
}

/** The steps of a plan that call something, those within others too. */
function calls(steps) {
    return steps.flatMap((step) => (step.form === "call" ? [step] : calls([...(step.branches ?? []).flat(), ...(step.steps ?? []), ...(step.else ?? [])])));
}

export function traits(operation) {
    return [operation.compensable ? "can be taken back" : "has nothing to take back", operation.probeable && "can say what became of a call", operation.idempotent && "may be tried again", operation.plannable && "can say what it would do", operation.irreversible && "irreversible"].filter(Boolean).join(" · ");
}
