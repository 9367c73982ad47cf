import { onSignedOut, session } from "./api.js";

/**
 * Server-sent events over fetch: unlike EventSource it can say where to go on after a pause, and hears why it was refused.
 * A hidden tab is not fed; when it is looked at again, it goes on after the last event it had.
 */
export function follow(path, { on, onState = () => {}, signal }) {
    let lastID = null;
    let connection = null;
    let isPaused = false;
    let wait = 1000;
    let timer;

    async function connect() {
        if (signal.aborted || connection || isPaused || document.hidden) return;
        connection = new AbortController();
        try {
            const headers = lastID ? { "Last-Event-ID": lastID } : {};
            const response = await fetch(path, { headers, signal: connection.signal, cache: "no-store" });
            if (response.status === 204) return end("ended");
            if (response.status === 401) return refuse();
            if (response.status === 429) wait = Math.max(wait, 1000 * Number(response.headers.get("Retry-After") ?? 5));
            if (!response.ok) throw new Error(String(response.status));
            wait = 1000;
            onState("live");
            await readAll(response.body.pipeThrough(new TextDecoderStream()).getReader());
        } catch {
            // Told by the state below.
        }
        connection = null;
        if (signal.aborted || isPaused || document.hidden) return;
        onState("reconnecting");
        timer = setTimeout(connect, wait);
        wait = Math.min(wait * 2, 15_000);
    }

    async function readAll(reader) {
        let rest = "";
        while (true) {
            const { done, value } = await reader.read();
            if (done) return;
            const blocks = (rest + value).split(/\r?\n\r?\n/);
            rest = blocks.pop();
            blocks.forEach(dispatch);
        }
    }

    function dispatch(block) {
        let kind = "message";
        const data = [];
        for (const line of block.split(/\r?\n/)) {
            const [, field, value] = /^(\w+):? ?(.*)$/.exec(line) ?? [];
            if (field === "event") kind = value;
            if (field === "data") data.push(value);
            if (field === "id") lastID = value;
        }
        if (data.length) on(kind, JSON.parse(data.join("\n")));
    }

    function stop() {
        clearTimeout(timer);
        connection?.abort();
        connection = null;
    }

    function end(state) {
        connection = null;
        stop();
        onState(state);
    }

    /** There is no session any more: asking again would not make one. */
    function refuse() {
        end("ended");
        if (session.me) onSignedOut.call();
    }

    function look() {
        if (document.hidden) stop();
        else connect();
    }

    document.addEventListener("visibilitychange", look, { signal });
    signal.addEventListener("abort", stop);
    connect();
    return {
        setPaused(paused) {
            isPaused = paused;
            if (paused) end("paused");
            else connect();
        },
    };
}
