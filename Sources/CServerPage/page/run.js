/** One run: what it did and when, what it will do, and what one can do about it. */

import { all, get, may, post, Problem, whyNot } from "./api.js";
import { ask, inputsForm, previewList } from "./dialog.js";
import { h } from "./dom.js";
import { count, duration, elapsed, exact, moment, plain, shell, shortID, word } from "./format.js";
import { flat, graph, stepsOf } from "./graph.js";
import { json } from "./json.js";
import { follow } from "./live.js";
import { action, cli, copyButton, facts, panel, sentence, shape, statusMark, ticked } from "./parts.js";
import { Axis, intervals, legend, lanes, ticks } from "./timeline.js";

const ended = ["completed", "rolled_back", "failed"];

export const run = { title: "Run", open: (place) => new RunPage(place).open() };

class RunPage {
    constructor(place) {
        this.place = place;
        this.id = place.params.id;
        this.isReloading = false;
        /** Events before those that come with the run. */
        this.older = [];
    }

    async loadOlder() {
        this.older = await all(`runs/${this.id}/journal`, "events", {}, 10_000, { signal: this.place.signal });
        await this.load();
    }

    get hasEnded() {
        return ended.includes(this.run.status);
    }

    async open() {
        await this.place.load(() => this.load());
        if (!this.run) return;
        follow(`/api/v1/runs/${this.id}/events`, { signal: this.place.signal, on: () => this.reload() });
        // Bars of what is at work grow.
        const timer = setInterval(() => !this.hasEnded && !document.hidden && this.draw(), 1000);
        this.place.signal.addEventListener("abort", () => clearInterval(timer));
    }

    async load() {
        const run = await get(`runs/${this.id}`, {}, { signal: this.place.signal });
        this.run = { ...run, events: [...this.older, ...run.events.filter((event) => event.seq > (this.older.at(-1)?.seq ?? 0))] };
        this.place.title(`${this.run.saga} ${shortID(this.id)}, ${word(this.run.status)}`);
        this.draw();
    }

    /** One question for a burst of events; the last event is always followed by one. */
    async reload() {
        if (this.isReloading) return (this.isAskedAgain = true);
        this.isReloading = true;
        do {
            this.isAskedAgain = false;
            await this.load().catch(() => {});
            await new Promise((resolve) => setTimeout(resolve, 120));
        } while (this.isAskedAgain && !this.place.signal.aborted);
        this.isReloading = false;
    }

    draw() {
        if (this.place.signal.aborted) return;
        const { run } = this;
        this.place.draw(h("div", { class: "stack", "data-testid": "run", "data-status": run.status }, this.head(), this.callout(), this.stepsPanel(), this.graphPanel(),
            h("div", { class: "cols" }, panel("Inputs", { id: "run-inputs" }, h("div", { class: "inside" }, json(run.inputs, "Inputs"))), panel("Context", { aside: h("span", { class: "muted tiny" }, "what the steps put out, merged") }, h("div", { class: "inside" }, json(run.context, "Context")))),
            this.journalPanel()));
    }

    // MARK: - Head

    head() {
        const { run } = this;
        return h("div", { class: "head" },
            h("div", { class: "grow" },
                h("div", { class: "crumb" }, h("a", { href: "/runs" }, "Runs")),
                h("div", { class: "row" }, h("h1", null, run.saga), h("span", { "data-testid": "run-status" }, statusMark(run.status))),
                h("div", { class: "row small muted" }, h("span", { class: "mono tiny", title: run.run_id }, run.run_id), copyButton(run.run_id, "Copy the id"),
                    h("span", null, "started ", moment(run.created_at)), h("span", null, "took ", h("span", { class: "nowrap" }, elapsed(run.created_at, run.finished_at))),
                    run.tenant && h("span", null, `of ${run.tenant}`), run.retry_of && h("a", { href: `/runs/${run.retry_of}` }, `again after ${shortID(run.retry_of)}`))),
            h("div", { class: "row actions" }, this.actions()));
    }

    actions() {
        const { run } = this;
        const denied = (what) => whyNot("runs.act", what);
        const noRetry = run.status === "rolled_back" ? "Everything is taken back; retry from a step makes a new run." : run.status === "compensating" && !run.wake_at ? "This run is being taken back; compensation tries again by itself." : undefined;
        const noCancel = run.status === "compensating" ? "This run is being taken back already." : run.cancel_requested ? "A cancel was asked for already." : undefined;
        const signalled = this.waitingForSignal();
        return [
            signalled && action("Signal", { id: "signal", kind: "solid", why: denied("signal runs"), onclick: () => this.signal(signalled) }),
            run.status !== "completed" && action("Retry", { id: "retry", why: denied("retry runs") ?? noRetry, onclick: () => this.retry() }),
            action("Retry from a step", { id: "retry-from", why: denied("retry runs") ?? (this.hasEnded ? undefined : "This run is under way; cancel it first, or let it end."), onclick: () => this.retry(run.error?.step_id ?? this.all()[0]?.id) }),
            // Of a failed run it stands among the ways on.
            !this.hasEnded && (run.status === "compensating" || run.blocked) && action("Abandon", { id: "abandon", kind: "danger", why: whyNot("runs.settle", "abandon runs"), onclick: () => this.abandon() }),
            !this.hasEnded && action("Cancel", { id: "cancel", kind: "danger", why: denied("cancel runs") ?? noCancel, onclick: () => this.cancel() }),
        ];
    }

    all() {
        return flat(stepsOf(this.run.definition));
    }

    leftBehind() {
        return this.run.steps.filter((step) => step.status === "compensation_failed");
    }

    waitingForSignal() {
        const waiting = this.run.steps.find((step) => step.status === "suspended" && step.uses === "host.wait_signal");
        if (!waiting || this.hasEnded) return null;
        // What is written may be an expression; then whoever signals says which it is.
        const written = this.all().find((known) => known.id === waiting.step_id)?.with?.name ?? "";
        return { step: waiting.step_id, name: written.includes("${") ? "" : written };
    }

    callout() {
        const { run } = this;
        const left = this.leftBehind();
        const box = (tone, name, ...content) => h("div", { class: `callout s-${tone}`, "data-testid": "callout" }, shape(name), h("div", null, content));
        if (run.blocked) return box("back", "warn", h("strong", null, `Cannot go on: ${sentence(run.blocked)}`), h("span", { class: "hint" }, "Mend that, then retry."), cli(`arcadia runs retry ${shortID(run.run_id)}`));
        if (run.status === "failed") return box("bad", "warn", h("strong", null, sentence(run.error?.message ?? "a person is needed")), this.remains(left), this.waysOn(left));
        if (run.status === "rolled_back") return box("back", "back", h("strong", null, sentence(run.error?.message ?? "the run was cancelled")), h("span", { class: "hint" }, "Everything that was done is taken back. Mend the cause, then start again or retry from a step."));
        const signalled = this.waitingForSignal();
        if (signalled && !run.cancel_requested) return box("go", "clock", h("strong", null, `Waits for the signal ${signalled.name ? `"${signalled.name}"` : `of step ${signalled.step}`}.`), h("span", { class: "hint" }, "It goes on as soon as somebody sends it, from here or from a terminal."), cli(`arcadia runs signal ${shortID(run.run_id)} ${shell(signalled.name || "NAME")} --reason WHY`));
        if (run.cancel_requested && !this.hasEnded) return box("back", "unrun", h("strong", null, "A cancel was asked for."), h("span", { class: "hint" }, "The run stops at its next safe point, then takes back what it did."));
        return null;
    }

    /** What of the world is not as it was: of each step what it made, and why that is still there. */
    remains(left) {
        const standing = left.length ? left : this.run.steps.filter((step) => step.status === "completed");
        return h("ul", { class: "remains" }, standing.map((step) => h("li", { "data-testid": `remains-${step.step_id}` },
            h("b", null, `${step.step_id} (${step.uses}) is left behind`), this.outputLine(step) && h("code", null, this.outputLine(step)), this.whereItIs(step),
            step.error && h("span", { class: "hint" }, sentence(step.error.message), ` ${count(Math.max(1, step.compensation_attempt), "attempt")} to take it back, the last `, moment(step.finished_at ?? step.failures.at(-1)?.at), "."))));
    }

    /** The way to a thing in the inventory, where the step says how it is called. */
    whereItIs(step) {
        const output = step.output ?? {};
        const name = Object.keys(output).find((key) => key === "name" || key.endsWith("_name"));
        if (!may("inventory.read")) return null;
        if (output.resource_id) return h("a", { class: "small", href: `/inventory/${encodeURIComponent(output.resource_id)}` }, "look at it in the inventory");
        return name && typeof output[name] === "string" && h("a", { class: "small", href: `/inventory?q=${encodeURIComponent(output[name])}` }, `look for ${output[name]} in the inventory`);
    }

    /** What one can do about a run that needs a person: when, with what, and the same on a terminal. */
    waysOn(left) {
        const id = shortID(this.run.run_id);
        const way = (when, button, command) => h("li", null, h("span", null, when), button, cli(command));
        return h("ol", { class: "ways", "aria-label": "What one can do" },
            way("The cause is mended: try again to take it back.", action("Retry", { id: "retry-now", kind: "solid", why: whyNot("runs.act", "retry runs"), onclick: () => this.retry() }), `arcadia runs retry ${id} --reason WHY`),
            left.map((step) => way(`You took ${step.step_id} back by hand: say so; nothing is called.`, action("Mark compensated", { id: `mark-${step.step_id}`, why: whyNot("runs.settle", "mark steps compensated"), onclick: () => this.markCompensated(step) }), `arcadia runs mark-compensated ${id} ${step.step_id} --reason WHY`)),
            left.length > 0 && way("It shall stay as it is.", action("Abandon", { id: "abandon", why: whyNot("runs.settle", "abandon runs"), onclick: () => this.abandon() }), `arcadia runs abandon ${id} --reason WHY`));
    }

    // MARK: - Steps and when they were at work

    stepsPanel() {
        const { run } = this;
        const now = this.hasEnded ? Date.parse(run.finished_at) : Date.now();
        const bars = intervals(run, now);
        const axis = new Axis([...bars.values()].flat(), Date.parse(run.created_at), now);
        const reached = new Map(run.steps.map((step) => [step.step_id, step]));
        const known = this.all();
        const shown = known.length ? known : run.steps.map((step) => ({ id: step.step_id, uses: step.uses }));
        // What a loop made is in the ledger only.
        const others = run.steps.filter((step) => !shown.some((one) => one.id === step.step_id)).map((step) => ({ id: step.step_id, uses: step.uses }));
        return panel("Steps", { id: "timeline", aside: [h("span", { class: "muted small" }, this.tally(shown.length + others.length))] },
            h("div", { class: "axis" }, h("span"), h("span"), ticks(axis), h("span", { class: "right" }, "took")),
            h("div", { class: "steps" }, [...shown, ...others].map((step) => this.step(step, reached.get(step.id), bars.get(step.id) ?? [], axis))),
            h("div", { class: "inside" }, legend(axis)));
    }

    /** eg: "2 of 3 completed", "1 taken back, 1 left behind" */
    tally(number) {
        const having = (status) => this.run.steps.filter((step) => step.status === status).length;
        const [done, back, left] = ["completed", "compensated", "compensation_failed"].map(having);
        if (!back && !left) return `${done} of ${number} completed`;
        return [done && `${done} completed`, back && `${back} taken back`, left && `${left} left behind`].filter(Boolean).join(", ");
    }

    step(written, step, bars, axis) {
        const status = step?.status ?? "pending";
        const [says, more] = this.stepWords(step);
        return h("details", { class: `step ${step ? "" : "future"}`, "data-key": written.id, "data-testid": `step-${written.id}`, "data-status": status },
            h("summary", null, statusMark(status, { isStep: true, bare: true }),
                h("span", { class: "name" }, h("span", { class: "row tight" }, h("b", null, written.id), h("span", { class: "says" }, says))),
                lanes(bars, axis, `${written.id}: ${says}`),
                h("span", { class: "took" }, this.took(step, bars)),
                // Always one line, so that nothing moves when there comes something to say.
                h("span", { class: "why" }, h("span", { class: "muted" }, written.uses), more && h("span", { class: step?.error && status !== "completed" ? "" : "muted" }, more))),
            h("div", { class: "inside" }, this.stepDetails(written, step)));
    }

    took(step, bars) {
        if (!step?.started_at) return "";
        const busy = bars.filter((bar) => bar.lane === "execute");
        if (!busy.length) return elapsed(step.started_at, step.finished_at);
        const last = busy.at(-1);
        return duration(last.to - busy[0].from);
    }

    /** Where a step stands, and what else there is to say. */
    stepWords(step) {
        if (!step) return [this.hasEnded ? "not reached" : "still to come"];
        const message = step.error && sentence(step.error.message);
        const { attempt, compensation_attempt: back } = step;
        switch (step.status) {
        case "failed": return [attempt > 1 ? `failed, ${count(attempt, "attempt")}` : "failed", message ?? "Cancelled."];
        case "compensation_failed": return [`not taken back, ${count(Math.max(1, back), "attempt")}`, message];
        case "compensated": return ["compensated", message && `After it failed: ${message}`];
        case "compensating": return [back > 1 ? `compensating, attempt ${back}` : "compensating", back > 1 && message];
        case "suspended": if (step.uses === "host.wait_signal" && !step.error) return ["waits for a signal", "Nothing moves until somebody sends it; no thread is held meanwhile."];
            return [step.error ? `attempt ${attempt + 1} follows` : "suspended", [message, message && " ", step.wake_at && ["Goes on ", moment(step.wake_at), "; holds no thread meanwhile."]]];
        case "running": return [attempt > 1 ? `running, attempt ${attempt}` : "running", attempt > 1 && message];
        case "completed": return [attempt > 1 ? `completed, attempt ${attempt}` : "completed", this.outputLine(step)];
        default: return [word(step.status)];
        }
    }

    /** What a step put out, on one line. eg: "droplet_id 520902108  public_ipv4 134.128.0.16" */
    outputLine(step) {
        const parts = Object.entries(step.output ?? {}).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value) && String(value).length <= 48);
        return parts.slice(0, 4).map(([key, value]) => `${key} ${value}`).join("  ");
    }

    stepDetails(written, step) {
        const failures = step?.failures ?? [];
        const build = step?.plugin_hash && h("span", null, `${step.uses.split(".")[0]} ${step.plugin_version} `, h("span", { class: "mono muted", title: step.plugin_hash }, step.plugin_hash.slice(0, 12)));
        return [
            h("div", { class: "row" },
                action("Retry from here", { id: "retry-here", why: whyNot("runs.act", "retry runs") ?? (this.hasEnded ? undefined : "This run is under way."), onclick: () => this.retry(written.id) }),
                step?.status === "compensation_failed" && action("Mark compensated", { id: "mark-compensated", why: whyNot("runs.settle", "mark steps compensated"), onclick: () => this.markCompensated(step) })),
            step && facts([
                ["Attempts", step.attempt > 0 && `${step.attempt}${step.compensation_attempt ? `, ${step.compensation_attempt} to compensate` : ""}`],
                ["Began", step.started_at && exact(step.started_at)], ["Ended", step.finished_at && exact(step.finished_at)],
                build && ["Done by", build],
            ].filter((pair) => pair && pair[1])),
            failures.length > 0 && h("div", { class: "stack tight" }, h("h3", null, "Failed attempts"), h("ul", { class: "preview" }, failures.map((failure) =>
                h("li", null, h("span", { class: "s-bad" }, shape(failure.verb === "compensate" ? "warn" : "cross")), h("span", null, h("strong", null, failure.message),
                    failure.hint && h("div", null, ticked(sentence(failure.hint))),
                    h("div", { class: "muted" }, `${failure.verb === "compensate" ? "compensation, " : ""}attempt ${failure.attempt} · ${failure.code}${failure.remote_status ? ` ${failure.remote_status}` : ""} · ${effectWords[failure.effect]} · ${exact(failure.at)}`)))))),
            step?.output && h("div", { class: "stack tight" }, h("h3", null, "Output"), json(step.output, `Output of ${written.id}`)),
            step?.checkpoint && h("div", { class: "stack tight" }, h("h3", null, "Checkpoint"), json(step.checkpoint, `Checkpoint of ${written.id}`)),
            written.with && h("div", { class: "stack tight" }, h("h3", null, "As written"), json(written.with, `With of ${written.id}`)),
        ];
    }

    graphPanel() {
        const drawn = graph(this.run.definition, this.run.steps, { isDown: innerWidth < 620 });
        if (!drawn) return null;
        return panel("Definition", { id: "graph", aside: [h("span", { class: "mono tiny muted", title: this.run.definition_hash }, this.run.definition_hash.slice(0, 12)), h("a", { class: "small", href: `/definitions/${this.run.saga}?run=${this.run.run_id}` }, "open as text")] }, drawn);
    }

    // MARK: - Journal

    journalPanel() {
        const { run } = this;
        const start = Date.parse(run.created_at);
        return panel("Journal", { id: "journal", aside: [run.events[0]?.seq > 1 && h("button", { type: "button", onclick: () => this.loadOlder() }, "Load the older ones"), h("span", { class: "muted small" }, count(run.events.length, "event"))] },
            run.events.length === 0 ? h("div", { class: "inside muted" }, "Nothing has happened yet.") :
            h("ol", { class: "journal", tabindex: 0, "aria-label": "Journal" }, run.events.map((event) => {
                const [mark, tone, words] = story(event);
                return h("li", { "data-key": `event-${event.seq}` }, h("span", { class: "muted right" }, event.seq), h("time", { class: "muted", datetime: event.at, title: exact(event.at) }, `+${duration(Date.parse(event.at) - start)}`),
                    h("span", { class: `s-${tone}` }, shape(mark)),
                    h("div", null, h("span", null, event.step_id && h("strong", null, event.step_id, " "), words), event.data !== undefined && event.data !== null && h("details", null, h("summary", null, "data"), json(event.data, `Data of event ${event.seq}`))));
            })));
    }

    // MARK: - Decisions

    cancel() {
        const id = this.id;
        return ask({
            title: "Cancel this run?", confirm: "Cancel and take back", danger: true, done: "The cancel is noted.", wide: true,
            words: "It stops at the next safe point. Compensation itself cannot be cancelled.",
            preview: async () => {
                const preview = await post(`runs/${id}/cancel`, { dry_run: true });
                return h("div", { class: "stack tight" }, h("h3", null, sentence(preview.message)), preview.would.length > 0 && previewList(preview.would.map((step) => ({ ...previews[step.action], title: `${step.step_id} (${step.uses})`, words: step.message })), "What would be taken back, newest first"));
            },
            command: (reason) => `arcadia runs cancel ${shortID(id)} --reason ${shell(reason)}`,
            act: (reason) => post(`runs/${id}/cancel`, { reason }).then(() => this.reload()),
        });
    }

    retry(from) {
        if (from) return this.retryFrom(from);
        return ask({
            title: "Try again now?", confirm: "Retry", done: "The run goes on.",
            words: this.run.status === "failed" ? "What could not be taken back is tried again." : "The run stops waiting and goes on now.",
            command: (reason) => `arcadia runs retry ${shortID(this.id)} --reason ${shell(reason)}`,
            act: (reason) => post(`runs/${this.id}/retry`, { reason }).then(() => this.reload()),
        });
    }

    async retryFrom(from) {
        const steps = this.all();
        let redraw = () => {};
        const choice = h("select", { id: "from-step", "data-testid": "from-step", onchange: () => { plan(); redraw(); } }, steps.map((step) => h("option", { value: step.id, selected: step.id === from }, `${step.id} (${step.uses})`)));
        const schema = Array.isArray(this.run.definition) ? {} : this.run.definition?.inputs;
        const form = inputsForm(schema, this.run.inputs, () => redraw());
        const kept = h("div");
        const plan = () => {
            const at = steps.findIndex((step) => step.id === choice.value);
            const states = new Map(this.run.steps.map((step) => [step.step_id, step.status]));
            const stands = steps.findIndex((step, index) => index >= at || states.get(step.id) !== "completed");
            kept.replaceChildren(previewList(steps.map((step, index) => ({ title: step.id, ...(index < stands ? { mark: "check", tone: "ok", words: "is kept, with what it put out" } : executedAgain(states.get(step.id))) })), "What would happen"));
        };
        plan();
        const made = await ask({
            title: "Retry from a step?", confirm: "Retry from here", wide: true, focus: choice,
            words: "A run's inputs never change, so this makes a new run that goes on from the step.",
            body: h("div", { class: "stack" }, h("div", { class: "field" }, h("label", { for: "from-step" }, "From step"), choice), kept, !form.isEmpty && h("div", { class: "stack tight" }, h("h3", null, "Inputs"), form.element)),
            redraw: (draw) => (redraw = draw),
            command: (reason) => `arcadia runs retry ${shortID(this.id)} --from ${choice.value}${form.words()} --reason ${shell(reason)}`,
            act: (reason) => {
                const inputs = form.read();
                const isEdited = JSON.stringify(inputs) !== JSON.stringify(this.run.inputs);
                return post(`runs/${this.id}/retry`, { reason, from_step: choice.value, ...(isEdited && !form.isEmpty ? { inputs } : {}) });
            },
            done: "The run goes on from there.",
        });
        if (!made) return;
        if (made.run_id !== this.id) this.place.go(`/runs/${made.run_id}`);
        else this.reload();
    }

    signal({ step, name }) {
        let redraw = () => {};
        const chosen = h("input", { id: "signal-name", type: "text", class: "mono", value: name, required: true, "data-testid": "signal-name", oninput: () => redraw() });
        const data = h("textarea", { id: "signal-data", rows: 3, class: "mono", "data-testid": "signal-data", oninput: () => redraw() });
        return ask({
            title: `Let ${step} go on?`, confirm: "Send the signal", done: "The signal is noted.", words: "It waits for this signal. What you give with it becomes the step's output, where later steps find it.",
            body: h("div", { class: "stack tight" }, h("div", { class: "field" }, h("label", { for: "signal-name" }, "Signal"), chosen), h("div", { class: "field" }, h("label", { for: "signal-data" }, "Data ", h("span", { class: "muted" }, "as JSON; may be left out")), data)),
            redraw: (draw) => (redraw = draw),
            command: (reason) => `arcadia runs signal ${shortID(this.id)} ${shell(chosen.value || "…")}${data.value.trim() ? ` --with ${shell(data.value.trim())}` : ""} --reason ${shell(reason)}`,
            act: (reason) => post(`runs/${this.id}/signal`, { name: chosen.value, ...(data.value.trim() ? { data: parsed(data.value) } : {}), reason }).then(() => this.reload()),
        });
    }

    markCompensated(step) {
        return ask({
            title: `Mark ${step.step_id} compensated?`, confirm: "It is taken back", done: "It counts as compensated.",
            words: `Only if you took it back by hand: nothing is called. The last attempt said: ${sentence(step.error?.message ?? "nothing")}`,
            command: (reason) => `arcadia runs mark-compensated ${shortID(this.id)} ${step.step_id} --reason ${shell(reason)}`,
            act: (reason) => post(`runs/${this.id}/steps/${step.step_id}/mark-compensated`, { reason }).then(() => this.reload()),
        });
    }

    abandon() {
        const left = this.run.steps.filter((step) => ["completed", "compensation_failed", "compensating", "running", "suspended"].includes(step.status));
        return ask({
            title: "Abandon this run?", confirm: "Abandon", danger: true, done: "The run is abandoned.", words: "It ends as failed, and nothing more is taken back. What it did stays:",
            body: previewList(left.map((step) => ({ mark: "warn", tone: "bad", title: `${step.step_id} (${step.uses})`, words: this.outputLine(step) || "stays as it is" })), "What stays"),
            command: (reason) => `arcadia runs abandon ${shortID(this.id)} --reason ${shell(reason)}`,
            act: (reason) => post(`runs/${this.id}/abandon`, { reason }).then(() => this.reload()),
        });
    }
}

/** @throws a sentence, for the dialog. */
function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        throw new Problem(0, { error: { code: "signal.data", message: "the data is no JSON", hint: "text stands in quotes: `\"yes\"`; an object is `{\"by\": \"ada\"}`" } });
    }
}

/** What becomes of a step that the new run does not take over: what stands of it stays with the old one. */
function executedAgain(status) {
    switch (status) {
    case "completed": return { mark: "warn", tone: "back", words: "is executed again; what it did before stays, too" };
    case "compensation_failed": return { mark: "warn", tone: "bad", words: "is executed again; what is left behind of it stays, so take that back first" };
    case "compensated": return { mark: "dots", tone: "go", words: "is executed again, because it was taken back" };
    default: return { mark: "dots", tone: "go", words: "is executed" };
    }
}

const effectWords = { none: "nothing was changed", partial: "something was changed", applied: "it was done", unknown: "it is not known what was changed" };

const previews = {
    compensate: { mark: "back", tone: "back" }, nothing_to_do: { mark: "dash", tone: "idle" }, keep: { mark: "check", tone: "ok" },
    irreversible: { mark: "warn", tone: "bad" }, wait_for_call: { mark: "clock", tone: "go" },
};

/** An event as a shape, a tone and a sentence. */
function story(event) {
    const { data } = event;
    // The sentence goes on after it.
    const error = data?.error?.message?.replace(/\.$/, "");
    const again = event.attempt > 1 ? `, attempt ${event.attempt}` : "";
    const then = { execute: `; attempt ${data?.then?.attempt} follows`, probe: "; asking the plugin what happened", compensate: data?.then?.attempt ? `; attempt ${data.then.attempt} follows` : "; taking back", give_up: "; left behind", halt: "; waits for a person" }[data?.then?.do] ?? "";
    const told = {
        step_completed: ["check", "ok", `completed${again}`], step_suspended: ["clock", "go", "suspended"], step_failed: ["cross", "bad", `attempt ${event.attempt} failed: ${error}${then}`],
        step_probed: ["search", "go", `probed: effect ${data?.effect}`], checkpointed: ["dots", "idle", "wrote a checkpoint"], cancel_requested: ["stop", "bad", `cancel asked for: ${data?.reason}`],
        compensation_completed: ["back", "back", { nothing_to_do: "compensated; there was nothing to take back", kept: "kept, as the definition says" }[data?.how] ?? `compensated${again}`],
        compensation_suspended: ["clock", "back", "compensation suspended"], compensation_failed: ["warn", "bad", `attempt ${event.attempt} to compensate failed: ${error}${then}`],
        retry_requested: ["run", "go", `taken up again: ${data?.reason}`],
    };
    return told[event.kind] ?? ["dots", "idle", `${word(event.kind)}${data?.reason ? `: ${plain(data.reason)}` : ""}`];
}
