/** Elements from values. There is no innerHTML anywhere: text from the server is always text. */

const SVG = "http://www.w3.org/2000/svg";
const properties = new Set(["value", "checked", "selected", "disabled", "open", "indeterminate"]);

/** h("a", { href, onclick, style: { "--x": 1 } }, "text", [more]) */
export function h(tag, props, ...children) {
    return fill(document.createElement(tag), props, children);
}

export function svg(tag, props, ...children) {
    return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
    for (const [name, value] of Object.entries(props ?? {})) {
        if (value === undefined || value === null || value === false) continue;
        if (name.startsWith("on")) {
            (element.handlers ??= {})[name] = value;
            element[name] = value;
        } else if (name === "style") {
            // Through the object model: style attributes in markup are forbidden by the page's policy.
            for (const [key, part] of Object.entries(value)) element.style.setProperty(key, part);
        } else if (properties.has(name)) {
            element[name] = value;
        } else {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    element.append(...nodes(children));
    return element;
}

function nodes(children) {
    return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Makes `from` look like `to` while keeping what is the same: focus, scroll, what is typed, what is unfolded. */
export function morph(from, to) {
    if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName || key(from) !== key(to)) {
        from.replaceWith(to);
        return to;
    }
    if (from.nodeType === Node.TEXT_NODE) {
        if (from.data !== to.data) from.data = to.data;
        return from;
    }
    morphAttributes(from, to);
    if (from.dataset?.own === undefined) morphChildren(from, to);
    return from;
}

function key(node) {
    return node.dataset?.key;
}

function morphAttributes(from, to) {
    for (const { name } of [...from.attributes]) {
        if (!to.hasAttribute(name) && !(name === "open" && isUnfolded(from))) from.removeAttribute(name);
    }
    for (const { name, value } of to.attributes) {
        if (name === "style") from.style.cssText = to.style.cssText;
        else if (from.getAttribute(name) !== value && !(name === "open" && isUnfolded(from))) from.setAttribute(name, value);
    }
    for (const name of Object.keys({ ...from.handlers, ...to.handlers })) from[name] = to.handlers?.[name] ?? null;
    from.handlers = to.handlers;
    if ("value" in to && from.value !== to.value && from !== document.activeElement && from.nodeName !== "LI") {
        from.value = to.value;
    }
    if ("checked" in to) from.checked = to.checked;
    if ("indeterminate" in to) from.indeterminate = to.indeterminate;
    if ("disabled" in to && from.disabled !== to.disabled) from.disabled = to.disabled;
}

/** Whoever unfolded or folded something did so on purpose. */
function isUnfolded(element) {
    return element.nodeName === "DETAILS" || element.nodeName === "DIALOG";
}

function morphChildren(from, to) {
    const keyed = new Map();
    for (const child of from.children) if (key(child)) keyed.set(key(child), child);
    let at = from.firstChild;
    for (const next of [...to.childNodes]) {
        const match = key(next) ? keyed.get(key(next)) : at && !key(at) ? at : null;
        if (!match) {
            from.insertBefore(next, at);
            continue;
        }
        if (match === at) at = at.nextSibling;
        else from.insertBefore(match, at);
        morph(match, next);
    }
    while (at) {
        const rest = at.nextSibling;
        at.remove();
        at = rest;
    }
}

/** Replaces what is in an element by morphing. */
export function show(root, ...children) {
    const next = root.cloneNode(false);
    next.append(...nodes(children));
    morphChildren(root, next);
}

/** At most so often, however often it is asked for: for what arrives by itself. The last asking is always followed. */
export function throttled(milliseconds, body) {
    let timer = null;
    return () => {
        timer ??= setTimeout(() => {
            timer = null;
            body();
        }, milliseconds);
    };
}

/** Once, after a rest: for what is typed. */
export function debounced(milliseconds, body) {
    let timer;
    return (...values) => {
        clearTimeout(timer);
        timer = setTimeout(() => body(...values), milliseconds);
    };
}
