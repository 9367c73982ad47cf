/** The whole definition as a picture: what was done, what is being done, what is still to come, and the way back. */

import { h, svg } from "./dom.js";
import { look, shape } from "./parts.js";

const size = { width: 186, most: 264, height: 54, gap: 36, branch: 16 };

/** What a definition's steps are, whichever form they have: a name, an object, branches, a loop. */
export function stepsOf(definition) {
    const steps = Array.isArray(definition) ? definition : definition?.steps ?? [];
    return steps.map((step, index) => {
        if (typeof step === "string") return { id: `step_${index + 1}`, uses: step };
        const branches = branchesOf(step);
        return { ...step, id: step.id ?? `step_${index + 1}`, uses: step.uses ?? form(step), branches };
    });
}

function branchesOf(step) {
    if (!step.parallel) return step.for_each ? [stepsOf(step.for_each.steps ?? step.steps ?? [])] : null;
    const branches = step.parallel.branches ?? step.parallel;
    return Object.values(branches).map((branch) => (Array.isArray(branch) ? stepsOf(branch) : stepsOf(branch.steps ?? [branch])));
}

function form(step) {
    return ["parallel", "for_each", "saga", "wait", "signal"].find((key) => key in step) ?? "";
}

/** Every step in the order of the text, those inside others too. */
export function flat(steps) {
    return steps.flatMap((step) => [step, ...(step.branches ?? []).flatMap(flat)]);
}

/** @param isDown one below the other, where there is little room. */
export function graph(definition, ledger, { isDown }) {
    const steps = stepsOf(definition);
    if (!steps.length) return null;
    const states = new Map(ledger.map((step) => [step.step_id, step.status]));
    const parts = [];
    const root = place(steps, isDown, widthOf(steps));
    // Ways back are drawn above the steps, where there is a way back.
    const above = !isDown && ledger.some((step) => wasTakenBack(step.status)) ? 22 : 1;
    draw(root, 1, above, states, parts, isDown);
    const [width, height] = [root.width + 2, root.height + above + 1];
    return h("div", { class: "graph", tabindex: 0, role: "region", "aria-label": "Graph of the definition" },
        svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words(steps, states) },
            svg("defs", null, arrow("to", "edge", "light-dark(#a9a294, #5c636e)"), arrow("undo", "undo", "var(--back)")), parts));
}

function arrow(id, kind, colour) {
    return svg("marker", { id: `arrow-${id}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, svg("path", { d: "M0 0 8 4 0 8Z", style: { fill: colour } }));
}

function words(steps, states) {
    return "Steps: " + flat(steps).map((step) => `${step.id} ${(states.get(step.id) ?? "not reached").replace("_", " ")}`).join(", ");
}

/** Steps are as wide as the longest name among them needs, within reason. */
function widthOf(steps) {
    const needed = flat(steps).map((step) => Math.max(46 + step.id.length * 7.4, 26 + step.uses.length * 5.9));
    return Math.round(Math.min(size.most, Math.max(size.width, ...needed)));
}

/** Gives a list of steps its size; a step with branches is a box around them. */
function place(steps, isDown, width) {
    const items = steps.map((step) => {
        if (!step.branches?.length) return { step, width, height: size.height };
        const branches = step.branches.map((branch) => place(branch, isDown, width));
        const along = (key) => Math.max(...branches.map((branch) => branch[key]));
        const across = (key) => branches.reduce((sum, branch) => sum + branch[key] + size.branch, size.branch);
        return { step, branches, width: isDown ? across("width") : along("width") + 2 * size.branch, height: (isDown ? along("height") + size.branch : across("height")) + 18 };
    });
    const gaps = Math.max(0, items.length - 1) * size.gap;
    const sum = (key) => items.reduce((total, item) => total + item[key], 0) + gaps;
    const most = (key) => Math.max(0, ...items.map((item) => item[key]));
    return { items, width: isDown ? most("width") : sum("width"), height: isDown ? sum("height") : most("height") };
}

function draw(list, x, y, states, parts, isDown) {
    let at = isDown ? y : x;
    let before;
    for (const item of list.items) {
        const left = isDown ? x + (list.width - item.width) / 2 : at;
        const top = isDown ? at : y + (list.height - item.height) / 2;
        if (item.branches) drawBranches(item, left, top, states, parts, isDown);
        else parts.push(node(item, left, top, states.get(item.step.id)));
        const here = { left, top, width: item.width, height: item.height, status: states.get(item.step.id) };
        if (before) parts.push(...edges(before, here, isDown));
        before = here;
        at += (isDown ? item.height : item.width) + size.gap;
    }
}

function drawBranches(item, left, top, states, parts, isDown) {
    parts.push(svg("rect", { class: "box", x: left, y: top, width: item.width, height: item.height, rx: 10 }), svg("text", { class: "sub", x: left + 10, y: top + 15 }, `${item.step.id} · ${item.step.uses}`));
    let at = (isDown ? left : top + 18) + size.branch;
    if (!isDown) at -= 8;
    for (const branch of item.branches) {
        draw(branch, isDown ? at : left + size.branch, isDown ? top + 20 : at, states, parts, isDown);
        at += (isDown ? branch.width : branch.height) + size.branch;
    }
}

function node({ step, width }, x, y, status) {
    const [name, tone] = status ? look(status, true) : ["dots", "idle"];
    const mark = shape(name);
    mark.setAttribute("x", x + 11);
    mark.setAttribute("y", y + 10);
    return svg("g", { class: `node s-${tone} ${status ? "" : "future"}` },
        svg("title", null, `${step.id}: ${(status ?? "not reached").replace("_", " ")}`),
        svg("rect", { x, y, width, height: size.height, rx: 8, "stroke-width": 1.4 }), mark,
        svg("text", { x: x + 34, y: y + 23 }, cut(step.id, Math.floor((width - 42) / 7.4))), svg("text", { class: "sub", x: x + 12, y: y + 42 }, cut(step.uses, Math.floor((width - 22) / 5.9))));
}

function cut(text, length) {
    return text.length > length ? text.slice(0, length - 1) + "…" : text;
}

function wasTakenBack(status) {
    return ["compensated", "compensating", "compensation_failed"].includes(status);
}

/** The way on, and where steps were taken back the way back. */
function edges(before, here, isDown) {
    const middle = (box) => [box.left + box.width / 2, box.top + box.height / 2];
    const [fromX, fromY] = middle(before);
    const [toX, toY] = middle(here);
    const on = isDown
        ? `M${fromX} ${before.top + before.height}V${here.top - 2}`
        : `M${before.left + before.width} ${fromY}H${here.left - 2}`;
    const lines = [svg("path", { class: "edge", d: on, "marker-end": "url(#arrow-to)" })];
    if (wasTakenBack(before.status)) {
        const back = isDown
            ? `M${toX + 40} ${here.top}C${toX + 52} ${here.top - 12} ${fromX + 52} ${before.top + before.height + 14} ${fromX + 40} ${before.top + before.height + 2}`
            : `M${toX - 40} ${here.top - 1}C${toX - 60} ${here.top - 20} ${fromX + 60} ${before.top - 20} ${fromX + 40} ${before.top - 2}`;
        lines.push(svg("path", { class: "undo", d: back, "marker-end": "url(#arrow-undo)" }));
    }
    return lines;
}
