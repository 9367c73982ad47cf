/** What happens while one looks: every view hears of runs, plugins, drift and schedules here. */

import { h } from "./dom.js";
import { follow } from "./live.js";
import { shape } from "./parts.js";

/** Events `run`, `plugin`, `drift`, `schedule` with the API's object; `reset`: load again; `state`: live or not. */
export const news = new EventTarget();

let connection;
let state = "reconnecting";
let isPaused = false;

export function listen(signal, heard) {
    isPaused = false;
    connection = follow("/api/v1/events", {
        signal,
        on(kind, data) {
            news.dispatchEvent(new CustomEvent(kind, { detail: data }));
            heard();
        },
        onState(next) {
            state = next;
            news.dispatchEvent(new CustomEvent("state"));
        },
    });
}

/** Whether the server answers; who pauses does not want to know. */
export function isLive() {
    return isPaused || state === "live" || state === "paused";
}

/** Says whether what is shown is what is; pauses and goes on. */
export function liveMark(draw) {
    const words = isPaused ? "Paused" : state === "live" ? "Live" : "Reconnecting";
    const toggle = () => {
        isPaused = !isPaused;
        connection?.setPaused(isPaused);
        draw();
    };
    return h("button", { type: "button", class: "plain live", "data-testid": "live", "aria-pressed": String(isPaused), title: isPaused ? "Go on" : "Stop updates for a while", onclick: toggle },
        h("span", { class: isPaused || state !== "live" ? "s-idle" : "s-ok" }, shape(isPaused ? "pause" : state === "live" ? "live" : "dots")), words);
}
