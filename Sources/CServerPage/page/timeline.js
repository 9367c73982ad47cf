/** When each step was at work, in which direction, in which attempt: bars on a common axis whose idle gaps are folded. */

import { h } from "./dom.js";
import { duration, exact } from "./format.js";
import { look } from "./parts.js";

/**
 * Intervals of a run's calls, from its journal: an event licenses the call that follows it, so a call lies between the
 * event that let it begin (or the timer it waited for) and the event that tells its end.
 *
 * @returns Map of step id → [{ lane: execute|compensate, from, to, attempt, outcome, isNow, isWait, words }]
 */
export function intervals(run, now) {
    const found = new Map(run.steps.map((step) => [step.step_id, []]));
    const ready = new Map();
    let previous = Date.parse(run.created_at);
    for (const event of run.events) {
        const at = Date.parse(event.at);
        const lane = event.kind.startsWith("compensation") ? "compensate" : "execute";
        const place = `${event.step_id} ${lane}`;
        const outcome = outcomes[event.kind];
        if (outcome && found.has(event.step_id)) {
            const wake = ready.get(place);
            const from = Math.min(at, wake ?? previous);
            found.get(event.step_id).push({ lane, from, to: at, attempt: event.attempt, outcome, words: event.data?.error?.message });
            const next = event.data?.wake_at ?? event.data?.then?.at;
            ready.delete(place);
            if (next && event.data?.then?.do !== "compensate" || next && lane === "compensate") {
                ready.set(place, next);
                found.get(event.step_id).push({ lane, from: at, to: Math.min(next, now), attempt: event.attempt, isWait: true, until: next });
            }
        }
        previous = at;
    }
    for (const step of run.steps) addCurrent(step, found.get(step.step_id), ready, previous, now);
    return found;
}

const outcomes = {
    step_completed: "completed", step_suspended: "suspended", step_failed: "failed", step_probed: "probed",
    compensation_completed: "compensated", compensation_suspended: "suspended", compensation_failed: "compensation_failed",
};

/** The call a step is in now, as far as the journal lets one know. */
function addCurrent(step, bars, ready, previous, now) {
    const lane = { running: "execute", compensating: "compensate" }[step.status];
    if (!lane) return;
    const from = Math.min(now, ready.get(`${step.step_id} ${lane}`) ?? Math.max(previous, Date.parse(step.started_at ?? 0) || previous));
    if (from < now || !step.wake_at) bars.push({ lane, from, to: now, attempt: lane === "execute" ? step.attempt : step.compensation_attempt, outcome: step.status, isNow: true });
}

/** Places moments between 0 and 1, and folds gaps in which nothing was at work. */
export class Axis {
    constructor(bars, start, end) {
        const busy = merge([[start, start], ...bars.filter((bar) => !bar.isWait).map((bar) => [bar.from, bar.to]), [end, end]].sort((a, b) => a[0] - b[0]));
        const total = Math.max(1, busy.reduce((sum, [from, to]) => sum + to - from, 0));
        const fold = Math.max(total * 0.6, 400);
        this.pieces = [];
        this.breaks = [];
        let length = 0;
        let last = start;
        for (const [from, to] of busy) {
            const gap = from - last;
            const shown = gap > fold * 1.5 ? fold * 0.35 : gap;
            if (shown < gap) this.breaks.push([length + shown / 2, gap]);
            this.pieces.push([last, from, length, length + shown], [from, to, length + shown, length + shown + to - from]);
            length += shown + to - from;
            last = to;
        }
        this.length = Math.max(1, length);
        this.start = start;
    }

    at(moment) {
        const piece = this.pieces.find(([, to]) => moment <= to) ?? this.pieces.at(-1);
        const [from, to, low, high] = piece;
        const share = to > from ? (Math.min(moment, to) - from) / (to - from) : 1;
        return (low + Math.max(0, share) * (high - low)) / this.length;
    }

    /** Moments worth a label: round ones, not too close. */
    ticks() {
        const places = [];
        const span = this.pieces.at(-1)[1] - this.start;
        for (const part of [0, 0.25, 0.5, 0.75, 1]) {
            const [from, to, low, high] = this.pieces.find(([, , , high]) => part * this.length <= high) ?? this.pieces.at(-1);
            const share = high > low ? (part * this.length - low) / (high - low) : 0;
            places.push([part, part === 1 ? span : from + share * (to - from) - this.start]);
        }
        return places;
    }
}

function merge(spans) {
    const merged = [];
    for (const [from, to] of spans) {
        const last = merged.at(-1);
        if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
        else merged.push([from, to]);
    }
    return merged;
}

export function ticks(axis) {
    return h("div", { class: "ticks", "aria-hidden": "true" }, axis.ticks().map(([part, moment], index, all) =>
        h("span", { class: index === 0 ? "first" : index === all.length - 1 ? "last" : "", style: { left: `${part * 100}%` } }, index === 0 ? "0" : `+${duration(moment)}`)));
}

/** The lanes of one step. */
export function lanes(bars, axis, label) {
    const percent = (part) => `${(part * 100).toFixed(3)}%`;
    const hasBoth = bars.some((bar) => bar.lane === "compensate");
    return h("div", { class: `lanes ${hasBoth ? "both" : ""}`, role: "img", "aria-label": label },
        axis.breaks.map(([place, gap]) => h("span", { class: "break", style: { left: percent(place / axis.length) }, title: `${duration(gap)} in which nothing was at work` })),
        bars.map((bar) => {
            const left = axis.at(bar.from);
            const width = Math.max(0, axis.at(bar.to) - left);
            return h("span", { class: `bar ${bar.lane} ${bar.isWait ? "wait s-idle" : `s-${tone(bar)}`} ${bar.outcome?.endsWith("failed") ? "failed" : ""} ${bar.isNow ? "now" : ""}`,
                style: { left: percent(Math.min(left, 0.995)), width: percent(width) }, title: describe(bar) });
        }));
}

function tone(bar) {
    if (bar.outcome === "failed" || bar.outcome === "compensation_failed") return "bad";
    if (bar.lane === "compensate") return "back";
    return bar.outcome === "suspended" || bar.outcome === "probed" ? "go" : look(bar.outcome, true)[1];
}

function describe(bar) {
    if (bar.isWait) return `waits until ${exact(new Date(bar.until).toISOString())}`;
    const what = `${bar.lane === "compensate" ? "compensation, " : ""}attempt ${bar.attempt ?? 1}: ${bar.outcome.replace("_", " ")}`;
    return [what, duration(bar.to - bar.from), bar.words].filter(Boolean).join(", ");
}

export function legend(axis) {
    const item = (classes, words) => h("span", null, h("i", null, h("span", { class: `bar ${classes}` })), words);
    return h("div", { class: "legend" }, item("s-ok", "executed"), item("s-bad failed", "failed attempt"), item("s-back compensate", "compensated"), item("wait s-idle", "waiting"), axis.breaks.length > 0 && h("span", null, h("i", null, h("span", { class: "break" })), "idle, folded"));
}
