/** Who is asking, which view the address means, what every key does. */

import { get, may, onSignedOut, Problem, send, session, unreachable } from "./api.js";
import { tell } from "./dialog.js";
import { h, morph, show, throttled } from "./dom.js";
import { keepTime, moment } from "./format.js";
import { login } from "./login.js";
import { isLive, listen, news } from "./news.js";
import { shape, skeleton, toast, trouble } from "./parts.js";

const places = [
    ["Work", [["runs", "Runs", "runs.read", "r"], ["definitions", "Definitions", "definitions.read", "e"], ["plugins", "Plugins", "plugins.read", "p"], ["schedules", "Schedules", "schedules.read", "s"]]],
    ["Account", [["inventory", "Inventory", "inventory.read", "i"], ["drift", "Drift", "drift.read", "d"], ["cost", "Cost", "billing.read", "c"]]],
    ["Record", [["audit", "Audit", "audit.read", "a"]]],
];

/** Where a view's code lies: it is fetched when it is first looked at. */
const routes = [
    ["/", "runs"], ["/runs", "runs"], ["/runs/:id", "run"], ["/definitions", "definitions"], ["/definitions/:name", "definitions", "definition"],
    ["/plugins", "plugins"], ["/plugins/:id", "plugins", "plugin"], ["/inventory", "inventory"], ["/inventory/:id", "inventory", "resource"],
    ["/drift", "drift"], ["/drift/:id", "drift"], ["/cost", "cost"], ["/schedules", "schedules"], ["/audit", "audit"],
];

const app = document.getElementById("app");
let main;
/** Where the view is, below what is said of the whole page. */
let stage;
let leaving = new AbortController();
/** Counts beside the places: what somebody should look at. */
const badges = {};

// MARK: - Addresses

function match(path) {
    for (const [pattern, file, view = file] of routes) {
        const names = [];
        const expression = pattern.replace(/:(\w+)/g, (_, name) => names.push(name) && "([^/]+)");
        const found = new RegExp(`^${expression}/?$`).exec(path);
        if (found) return [() => import(`./${file}.js`).then((module) => module[view], () => Promise.reject(unreachable())), Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1])]))];
    }
    return [null, {}];
}

function go(address, { replace = false } = {}) {
    if (address === location.pathname + location.search) return;
    history[replace ? "replaceState" : "pushState"](null, "", address);
    open();
}

/** Shows what the address means. */
function open() {
    leaving.abort();
    leaving = new AbortController();
    const [load, params] = match(location.pathname);
    drawFrame();
    document.querySelector(".side")?.classList.remove("shown");
    if (!load) return show(stage, h("div", { class: "stack" }, h("h1", null, "There is nothing at this address"), h("p", null, h("a", { href: "/runs" }, "The runs"), " are.")));
    const root = h("div", { class: "view" });
    stage.replaceChildren(root);
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
    const { signal } = leaving;
    show(root, h("h1", { class: "visually-hidden" }, "Loading"), skeleton());
    openView(load, makePlace(root, params, signal)).catch((error) => error.name !== "AbortError" && !signal.aborted && show(root, trouble(error, open)));
}

async function openView(load, place) {
    const view = await load();
    if (place.signal.aborted) return;
    place.title(view.title);
    await view.open(place);
}

/** What a view is given: where to draw, what was asked for, and ways to go on. */
function makePlace(root, params, signal) {
    const place = {
        root, params, signal, go,
        query: new URLSearchParams(location.search),
        title(text) { document.title = `${text} · Arcadia`; },
        draw(...content) { if (!signal.aborted) show(root, content); },
        /** Notes the filter in the address without leaving the view. */
        note(name, value) {
            const url = new URL(location);
            if (value) url.searchParams.set(name, value);
            else url.searchParams.delete(name);
            history.replaceState(null, "", url.pathname + url.search);
        },
        /** Runs a loader; shows what went wrong with a way to try again. */
        async load(loader) {
            try {
                await loader();
            } catch (error) {
                if (error.name !== "AbortError") place.draw(h("h1", { class: "visually-hidden" }, "Not shown"), trouble(error, () => place.load(loader)));
            }
        },
    };
    return place;
}

document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='/']");
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (link && isPlain && !link.hasAttribute("download") && !link.getAttribute("href").startsWith("/api/")) {
        event.preventDefault();
        return go(link.getAttribute("href"));
    }
    const row = event.target.closest("tr[data-href]");
    if (row && isPlain && !event.target.closest("a, button, input, label") && !String(getSelection())) go(row.dataset.href);
});
addEventListener("popstate", open);

// MARK: - Frame

function drawFrame() {
    const here = location.pathname === "/" ? "/runs" : location.pathname;
    const frame = h("div", { class: "frame" },
        h("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); main.focus(); } }, "Skip to content"),
        h("header", { class: "top" },
            h("div", { class: "row tight" }, h("button", { type: "button", class: "plain icon", "aria-label": "Menu", "data-testid": "menu", onclick: () => document.querySelector(".side").classList.toggle("shown") }, shape("menu", 20)),
                h("a", { class: "brand", href: "/runs" }, h("img", { src: "/page/icon.svg", alt: "" }), "Arcadia")),
            h("span", { class: "small muted" }, session.me.subject)),
        h("div", { class: "side" },
            h("a", { class: "brand", href: "/runs" }, h("img", { src: "/page/icon.svg", alt: "" }), "Arcadia"),
            h("nav", { class: "nav", "aria-label": "Places" }, places.map(([group, links]) => [links.filter(([, , permission]) => may(permission))].filter((shown) => shown.length).map((shown) =>
                h("ul", { "aria-label": group }, shown.map(([id, words]) => h("li", null,
                    h("a", { href: `/${id}`, "data-testid": `nav-${id}`, "aria-current": here.startsWith(`/${id}`) ? "page" : undefined }, shape(id), words, badge(id)))))))),
            h("div", { class: "who" },
                h("div", null, h("strong", null, session.me.subject), h("div", { class: "muted" }, session.me.role.replace("_", " "), session.me.tenant && ` of ${session.me.tenant}`)),
                h("div", { class: "row" },
                    h("button", { type: "button", class: "plain", onclick: changeTheme, "data-testid": "theme" }, `Theme: ${document.documentElement.dataset.theme ?? "auto"}`),
                    h("button", { type: "button", class: "plain icon", "aria-label": "Keys", onclick: help }, "?")),
                h("div", { class: "row" }, h("a", { class: "small", href: "/api/docs", target: "_blank" }, "API"), h("button", { type: "button", class: "plain push", onclick: signOut, "data-testid": "sign-out" }, "Sign out")))),
        h("main", { id: "main", tabindex: -1 }, h("div", { role: "status" }, cutOff()), h("div", { id: "stage", "data-own": true })));
    if (app.firstChild?.className === "frame") morph(app.firstChild, frame);
    else app.replaceChildren(frame);
    main = app.querySelector("main");
    stage = app.querySelector("#stage");
}

/** What is shown is getting old. */
function cutOff() {
    return isCutOff && h("div", { class: "cut-off s-bad", "data-testid": "cut-off" }, shape("warn"),
        h("span", null, "The server does not answer. What you see is as of ", moment(cutOffSince), "; the page goes on by itself as soon as it is back."));
}

let isCutOff = false;
let cutOffSince;
let patience;

/** A restart takes a moment: only what lasts is worth a word. */
news.addEventListener("state", () => {
    clearTimeout(patience);
    if (isLive()) {
        if (isCutOff) toast("The server is back.");
        isCutOff = false;
        if (session.me) drawFrame();
    } else if (!isCutOff) {
        cutOffSince = new Date().toISOString();
        patience = setTimeout(() => { isCutOff = !isLive() && !document.hidden && session.me !== null; if (isCutOff) drawFrame(); }, 4000);
    }
});

function badge(id) {
    const [number, tone, words] = badges[id] ?? [0];
    return number > 0 && h("span", { class: `badge ${tone}`, title: `${number} ${words}` }, number > 99 ? "99+" : number, h("span", { class: "visually-hidden" }, ` ${words}`));
}

async function countBadges() {
    const [failed, open, kept] = await Promise.all([
        get("runs", { status: "failed", since: "7d", limit: 100 }).then((page) => page.runs.length),
        may("drift.read") ? get("drift", { limit: 100 }).then((page) => page.drift.length) : 0,
        get("plugins").then((page) => page.plugins.filter((plugin) => plugin.state === "quarantined").length),
    // Not counted is not none: what was counted last stays.
    ]).catch(() => []);
    if (failed === undefined || !session.me) return;
    badges.runs = [failed, "bad", "need a person"];
    badges.drift = [open, "back", "open"];
    badges.plugins = [kept, "bad", "quarantined"];
    drawFrame();
}

function changeTheme() {
    const order = { undefined: "light", light: "dark", dark: undefined };
    const next = order[document.documentElement.dataset.theme];
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    if (next) localStorage.setItem("theme", next);
    else localStorage.removeItem("theme");
    drawFrame();
}

async function signOut() {
    await send("DELETE", "session").catch(() => {});
    session.me = null;
    start();
}

// MARK: - Keys

let prefix = false;
const places_by_key = Object.fromEntries(places.flatMap(([, links]) => links.map(([id, , permission, key]) => [key, [id, permission]])));

document.addEventListener("keydown", (event) => {
    if (!session.me || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const isTyping = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape") return escape(event);
    if (isTyping) return;
    if (prefix) {
        prefix = false;
        const [id, permission] = places_by_key[event.key] ?? [];
        if (id && may(permission)) go(`/${id}`);
        return;
    }
    const keys = {
        g: () => (prefix = true), "/": focusFilter, j: () => step(1), k: () => step(-1), "?": help, x: pick, Enter: openCursor,
    };
    if (event.key === "Enter" && event.target !== document.body && event.target !== main) return;
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
});

function focusFilter() {
    document.querySelector("[data-filter]")?.focus();
}

function escape(event) {
    document.querySelector(".side.shown")?.classList.remove("shown");
    if (event.target.matches("input, textarea")) event.target.blur();
    else document.querySelector("tr.cursor, .step.cursor")?.classList.remove("cursor");
}

function rows() {
    return [...main.querySelectorAll("tbody tr[data-href]")];
}

/** Moves along the rows of a list; of a run, along its steps. */
function step(by) {
    const steps = [...main.querySelectorAll(".step > summary")];
    if (steps.length && !rows().length) {
        const at = steps.indexOf(document.activeElement);
        return steps[Math.min(steps.length - 1, Math.max(0, at + by))]?.focus();
    }
    const all = rows();
    const at = all.findIndex((row) => row.classList.contains("cursor"));
    all[at]?.classList.remove("cursor");
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    next?.classList.add("cursor");
    next?.scrollIntoView({ block: "nearest" });
}

function openCursor() {
    const row = main.querySelector("tr.cursor");
    if (row) go(row.dataset.href);
}

function pick() {
    main.querySelector("tr.cursor input[type=checkbox]")?.click();
}

function help() {
    const keys = [["/", "filter"], ["j  k", "next, previous"], ["Enter", "open"], ["x", "select"], ["Esc", "leave"], ["?", "this"],
        ...places.flatMap(([, links]) => links.filter(([, , permission]) => may(permission)).map(([, words, , key]) => [`g ${key}`, words.toLowerCase()]))];
    tell("Keys", h("div", { class: "keys" }, keys.map(([key, words]) => h("div", null, h("span", null, words), h("kbd", null, key)))));
}

// MARK: - Start

let signedIn = new AbortController();
const countSoon = throttled(2000, countBadges);

/** @param why somebody has to sign in again. */
async function start(why) {
    signedIn.abort();
    signedIn = new AbortController();
    leaving.abort();
    // The view's code comes while the server says who is asking.
    match(location.pathname === "/login" ? "/runs" : location.pathname)[0]?.().catch(() => {});
    session.me = await login(app, why);
    drawFrame();
    listen(signedIn.signal, countSoon);
    open();
    countBadges();
}

onSignedOut.call = () => {
    session.me = null;
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    start(new Problem(401, { error: { code: "session.ended", message: "your session has ended", hint: "sign in again; you come back to where you were" } }));
};

keepTime();
start();
