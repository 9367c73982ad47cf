/** Values as people read them. */

import { h } from "./dom.js";

const units = [["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]];

/** eg: "4 min ago", "in 12 s", "now" */
export function relative(iso, now = Date.now()) {
    const seconds = (now - Date.parse(iso)) / 1000;
    const size = Math.abs(seconds);
    if (size < 1.5) return "now";
    const [unit, length] = units.find(([, length]) => size >= length) ?? units[3];
    const count = Math.floor(size / length);
    return seconds > 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`;
}

/** eg: "2026-11-21 10:14:00.186 UTC" */
export function exact(iso) {
    return iso.replace("T", " ").replace("Z", " UTC");
}

/** A moment: how long ago, and exactly when on hover. It keeps itself up to date. */
export function moment(iso) {
    if (!iso) return h("span", { class: "faint" }, "–");
    return h("time", { datetime: iso, title: exact(iso), "data-relative": true }, relative(iso));
}

/** eg: "0.4 s", "12 s", "4 min 10 s" */
export function duration(milliseconds) {
    if (milliseconds === null || Number.isNaN(milliseconds)) return "–";
    const seconds = Math.max(0, milliseconds) / 1000;
    if (seconds < 0.1) return `${Math.round(milliseconds)} ms`;
    if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
    if (seconds < 60) return `${Math.round(seconds)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
    if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
    return `${Math.floor(seconds / 86_400)} days`;
}

/** How long something takes that may still go on. */
export function elapsed(from, to) {
    if (!from) return "–";
    if (to) return duration(Date.parse(to) - Date.parse(from));
    return h("span", { "data-since": from }, duration(Date.now() - Date.parse(from)));
}

/** "1,604.64 $"; the sixth decimal is of no use to a reader. */
export function money(text) {
    const [whole, cents = "00"] = text.replace("-", "").split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
    return `${text.startsWith("-") ? "−" : ""}$${grouped}.${cents.slice(0, 2).padEnd(2, "0")}`;
}

/** The end of an id tells runs apart; the beginning is the clock. */
export function shortID(id) {
    return id.slice(-8);
}

export function count(number, noun, nouns = `${noun}s`) {
    return `${number.toLocaleString("en")} ${number === 1 ? noun : nouns}`;
}

/** A value on one line. */
export function plain(value) {
    if (value === null || value === undefined) return "nothing";
    return typeof value === "string" ? value : JSON.stringify(value);
}

/** A word of the API as a person says it: "rolled_back" is "rolled back". */
export function word(text) {
    return text.replaceAll("_", " ");
}

/** A shell word, quoted where it has to be. */
export function shell(text) {
    return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Keeps every relative time and running duration on the page true. */
export function keepTime() {
    setInterval(() => {
        if (document.hidden) return;
        for (const element of document.querySelectorAll("time[data-relative]")) {
            const text = relative(element.dateTime);
            if (element.textContent !== text) element.textContent = text;
        }
        for (const element of document.querySelectorAll("[data-since]")) {
            element.textContent = duration(Date.now() - Date.parse(element.dataset.since));
        }
    }, 1000);
}
