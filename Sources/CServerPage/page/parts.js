/** Pieces that every view is made of. */

import { Problem } from "./api.js";
import { h, svg } from "./dom.js";
import { count, word } from "./format.js";

// MARK: - Shapes

const shapes = {
    check: () => [svg("circle", { cx: 8, cy: 8, r: 7, fill: "currentColor" }), stroke("M4.8 8.3 7 10.5l4.2-4.8", "var(--surface)")],
    back: () => [svg("circle", { cx: 8, cy: 8, r: 6.2, fill: "none", stroke: "currentColor", "stroke-width": 1.5 }), stroke("M6.6 4.9 4.6 7l2 2.1M4.8 7h4.4a2 2 0 0 1 0 4H7.4")],
    warn: () => [svg("path", { d: "M8 1.2 15.4 14.4H.6Z", fill: "currentColor", stroke: "currentColor", "stroke-linejoin": "round" }), stroke("M8 6v4", "var(--surface)"), svg("circle", { cx: 8, cy: 12.2, r: 0.9, fill: "var(--surface)" })],
    cross: () => [svg("rect", { x: 1.5, y: 1.5, width: 13, height: 13, rx: 3, fill: "currentColor" }), stroke("M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2", "var(--surface)")],
    run: () => [svg("circle", { cx: 8, cy: 8, r: 6.2, fill: "none", stroke: "currentColor", "stroke-opacity": 0.3, "stroke-width": 2 }), svg("path", { class: "spin", d: "M8 1.8A6.2 6.2 0 0 1 14.2 8", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" })],
    unrun: () => [svg("path", { class: "spin", d: "M8 1.8A6.2 6.2 0 1 1 1.8 8", fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-dasharray": "3 2.6" }), stroke("M8.6 5.6 6.2 8l2.4 2.4M6.4 8h4")],
    clock: () => [svg("circle", { cx: 8, cy: 8, r: 6.2, fill: "none", stroke: "currentColor", "stroke-width": 1.5, "stroke-dasharray": "2.6 2" }), stroke("M8 5v3.2l2 1.4")],
    dots: () => [svg("circle", { cx: 8, cy: 8, r: 6.2, fill: "none", stroke: "currentColor", "stroke-width": 1.5, "stroke-dasharray": "1.6 2.3" })],
    dash: () => [svg("circle", { cx: 8, cy: 8, r: 6.2, fill: "none", stroke: "currentColor", "stroke-width": 1.5 }), stroke("M5 8h6")],
    stop: () => [svg("path", { d: "M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2Z", fill: "none", stroke: "currentColor", "stroke-width": 1.5 }), stroke("M5 8h6")],
    live: () => [svg("circle", { cx: 8, cy: 8, r: 3, fill: "currentColor" }), stroke("M3.4 3.4a6.5 6.5 0 0 0 0 9.2M12.6 3.4a6.5 6.5 0 0 1 0 9.2")],
    pause: () => [stroke("M5.5 4v8M10.5 4v8")],
    search: () => [svg("circle", { cx: 7, cy: 7, r: 4.6, fill: "none", stroke: "currentColor", "stroke-width": 1.5 }), stroke("M10.6 10.6 14 14")],
    copy: () => [svg("rect", { x: 5.5, y: 5.5, width: 8, height: 8, rx: 1.5, fill: "none", stroke: "currentColor", "stroke-width": 1.4 }), stroke("M3.5 10.5H3a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1h6.5a1 1 0 0 1 1 1v.5")],
    menu: () => [stroke("M2.5 4.5h11M2.5 8h11M2.5 11.5h11")],
    runs: () => [stroke("M2 4h5M2 8h9M5 12h9")],
    definitions: () => [stroke("M6 2.5c-2 0-1 4.5-3 5.5 2 1 1 5.5 3 5.5M10 2.5c2 0 1 4.5 3 5.5-2 1-1 5.5-3 5.5")],
    plugins: () => [stroke("M3 6.5h3a1.6 1.6 0 1 1 3.2 0H13V13H3Z")],
    schedules: () => [svg("circle", { cx: 8, cy: 8, r: 5.8, fill: "none", stroke: "currentColor", "stroke-width": 1.4 }), stroke("M8 4.8V8l2.3 1.6")],
    inventory: () => [stroke("M2.5 3h11v4h-11ZM2.5 9h11v4h-11ZM5 5h.01M5 11h.01")],
    drift: () => [stroke("M2.5 5.5c2-2 3.6-2 5.5 0s3.5 2 5.5 0M2.5 10.5h11")],
    cost: () => [stroke("M2.5 13.5h11M4 11V8M8 11V4M12 11V6")],
    audit: () => [stroke("M8 2 3 4v4c0 3 2 5 5 6 3-1 5-3 5-6V4ZM6 8l1.5 1.5L10.2 6.6")],
    arch: () => [stroke("M2 14V8a4 4 0 0 1 8 0v6M6 14V8a4 4 0 0 1 8 0v6")],
};

function stroke(d, colour = "currentColor") {
    return svg("path", { d, fill: "none", stroke: colour, "stroke-width": 1.5, "stroke-linecap": "round", "stroke-linejoin": "round" });
}

export function shape(name, size = 16) {
    return svg("svg", { viewBox: "0 0 16 16", width: size, height: size, "aria-hidden": "true" }, shapes[name]());
}

// MARK: - Status

const statuses = {
    completed: ["check", "ok"], rolled_back: ["back", "back"], failed: ["warn", "bad"], running: ["run", "go"],
    compensating: ["unrun", "back"], pending: ["dots", "idle"],
    suspended: ["clock", "go"], skipped: ["dash", "idle"], compensated: ["back", "back"], compensation_failed: ["warn", "bad"],
    step_failed: ["cross", "bad"],
    loaded: ["check", "ok"], refused: ["stop", "bad"], quarantined: ["warn", "bad"], disabled: ["dash", "idle"], modified: ["warn", "back"],
    open: ["drift", "back"], accepted: ["check", "ok"], reverted: ["back", "ok"], stale: ["dash", "idle"], ignored: ["dash", "idle"], reverting: ["unrun", "back"],
    done: ["check", "ok"], denied: ["stop", "bad"],
    ingested: ["check", "ok"], discovered: ["dots", "idle"],
    active: ["check", "ok"], deleted: ["dash", "idle"], paused: ["pause", "idle"],
};

/** How a status looks: its shape and what its colour means. A step that failed is no failed run: nobody is needed. */
export function look(status, isStep = false) {
    return statuses[isStep && status === "failed" ? "step_failed" : status] ?? ["dots", "idle"];
}

export function statusMark(status, { isStep = false, text = word(status), bare = false } = {}) {
    const [name, tone] = look(status, isStep);
    return h("span", { class: `status s-${tone}`, "data-status": status }, shape(name), h("span", { class: bare && "visually-hidden" }, text));
}

// MARK: - Page

export function heading(title, words, ...actions) {
    return h("div", { class: "head" },
        h("div", { class: "grow" }, h("h1", null, title), words && h("p", null, words)),
        h("div", { class: "row actions" }, actions));
}

export function panel(title, { aside, id } = {}, ...content) {
    return h("section", { class: "panel", "aria-label": typeof title === "string" ? title : undefined, "data-testid": id },
        h("header", null, h("h2", null, title), aside && h("div", { class: "row tight push" }, aside)), content);
}

export function facts(pairs) {
    return h("dl", { class: "facts" }, pairs.filter(Boolean).map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}

/** Something to type into a terminal, with a button that copies it. */
export function cli(command) {
    return h("div", { class: "cli" }, h("code", { tabindex: 0 }, command), copyButton(command));
}

export function copyButton(text, label = "Copy") {
    return h("button", { type: "button", class: "plain icon", "aria-label": `${label}: ${text}`, title: label, onclick: (event) => {
        event.preventDefault();
        event.stopPropagation();
        // There is no clipboard for a page that came over plain HTTP from another machine.
        const copied = navigator.clipboard?.writeText(text) ?? Promise.reject();
        copied.then(() => toast("Copied."), () => toast(`The browser does not let this page copy. By hand: ${text}`));
    } }, shape("copy"));
}

export function empty(title, words, command) {
    return h("div", { class: "empty", "data-testid": "empty" }, shape("arch", 36), h("h2", null, title), h("p", null, words), command && cli(command));
}

export function skeleton(rows = 6) {
    const widths = ["62%", "88%", "45%", "74%", "56%", "81%"];
    return h("div", { class: "panel skeleton", role: "status", "aria-label": "Loading" },
        Array.from({ length: rows }, (_, index) => h("i", { style: { width: widths[index % 6] } })));
}

let tries = 0;

/** What went wrong, in the server's sentence, with its hint and a way to try again; by itself, where the server says when. */
export function trouble(error, again) {
    const problem = error instanceof Problem ? error : { message: "this page has a bug: " + error.message, code: "page.bug" };
    const isTriedAgain = again && problem.retryAfter;
    const due = isTriedAgain ? String(++tries) : undefined;
    // Who has gone on, or tried by hand, is left alone. What is drawn may be another element that was made to look so.
    if (isTriedAgain) setTimeout(() => document.querySelector(`[data-due="${due}"]`) && again(), 1000 * problem.retryAfter);
    return h("div", { class: "callout s-bad", role: "alert", "data-testid": "problem", "data-due": due }, shape("warn"),
        h("div", null, h("strong", null, sentence(problem.message)), problem.hint && h("span", { class: "hint" }, ticked(sentence(problem.hint))),
            h("span", { class: "tiny muted" }, problem.code, problem.requestID && ` · ${problem.requestID}`),
            isTriedAgain && h("span", { class: "hint" }, `This page tries again by itself in ${problem.retryAfter} s.`),
            again && h("button", { type: "button", onclick: again }, "Try again")));
}

/** The server's sentences begin lower case and end without a stop, for terminals. */
export function sentence(text) {
    const end = /[.?!…`"]$/.test(text) ? "" : ".";
    // A name is written as it is: "core.echo has nothing to take back".
    const isName = /^\S*[a-z\d][._:/=]\S/.test(text);
    return (isName ? text.charAt(0) : text.charAt(0).toUpperCase()) + text.slice(1) + end;
}

/** `code` in a sentence. */
export function ticked(text) {
    return text.split(/`([^`]*)`/).map((part, index) => (index % 2 ? h("code", null, part) : part));
}

/** What is not there: a dash in a table, and no line on a narrow card. */
export function none() {
    return h("span", { class: "muted none" }, "–");
}

/** A button that says why, where it is not for this role or not for now. */
export function action(label, { why, onclick, kind = "", id }) {
    return h("button", { type: "button", class: kind, "data-testid": id, "aria-disabled": why ? "true" : undefined, title: why,
        onclick: why ? () => toast(why) : onclick }, label);
}

export function toast(text) {
    const element = h("div", { class: "toast" }, text);
    document.getElementById("toasts").append(element);
    setTimeout(() => element.remove(), 4500);
}

/** A list as a table: each column `{ name, cell, right, key, narrow }`. Rows with `href` open by click, Enter and j/k. */
export function list(columns, rows, { label, key, href, className = () => "" }) {
    return h("div", { class: "scroll" }, h("table", { class: "cards", "aria-label": label },
        h("thead", null, h("tr", null, columns.map((column) => h("th", { scope: "col", class: [column.right && "right", column.kind].filter(Boolean).join(" ") || undefined }, column.head ?? column.name)))),
        h("tbody", null, rows.map((row) => h("tr", { "data-key": key(row), "data-href": href?.(row), class: className(row) || undefined, "data-testid": "row" },
            columns.map((column) => h("td", { class: [column.right && "right", column.kind].filter(Boolean).join(" ") || undefined, "data-label": column.label ?? undefined }, column.cell(row))))))));
}

export function tags(names) {
    return h("span", { class: "row tight" }, names.map((name) => h("span", { class: "badge" }, name)));
}

export function tally(shown, next, noun, nouns) {
    const words = count(shown, noun, nouns);
    return h("span", { class: "muted small" }, next ? `the first ${words}` : words);
}
