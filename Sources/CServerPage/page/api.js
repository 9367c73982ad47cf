/** Talks to the API, in the words of openapi.json. */

/** What the server said no with: its sentence, its hint, its code. */
export class Problem extends Error {
    constructor(status, body, retryAfter) {
        super(body?.error?.message ?? `the server answered ${status}`);
        this.status = status;
        this.code = body?.error?.code ?? "request.failed";
        this.hint = body?.error?.hint;
        this.at = body?.error?.at;
        this.requestID = body?.error?.request_id;
        this.errors = body?.errors ?? [];
        /** Seconds, where the server says when it is worth asking again. */
        this.retryAfter = retryAfter;
    }
}

/** Who is logged in: the answer of /api/v1/me; null: nobody. */
export const session = { me: null };

/** What is called when a session has ended under somebody's hands. */
export const onSignedOut = { call: () => {} };

const kept = new Map();

/** GET, with the answer of last time where nothing changed. */
export async function get(path, query, { signal } = {}) {
    const url = address(path, query);
    const known = kept.get(url);
    const headers = known ? { "If-None-Match": known.tag } : {};
    const response = await ask(url, { headers, signal, cache: "no-store" });
    if (response.status === 304 && known) return known.body;
    const body = await read(response);
    const tag = response.headers.get("ETag");
    if (tag) keep(url, { tag, body });
    return body;
}

function keep(url, answer) {
    kept.delete(url);
    kept.set(url, answer);
    if (kept.size > 60) kept.delete(kept.keys().next().value);
}

/** POST, PUT, DELETE: with the token that shows it was this page that asked. */
export async function send(method, path, body, { headers = {}, signal } = {}) {
    const all = { ...headers };
    if (body !== undefined) all["Content-Type"] = "application/json";
    if (session.me?.csrf_token) all["X-CSRF-Token"] = session.me.csrf_token;
    return read(await ask(address(path), { method, headers: all, body: body && JSON.stringify(body), signal }));
}

export const post = (path, body, options) => send("POST", path, body, options);

function address(path, query) {
    const url = new URL(path.startsWith("/") ? path : `/api/v1/${path}`, location.origin);
    for (const [name, value] of Object.entries(query ?? {})) {
        const text = Array.isArray(value) ? value.join(",") : value;
        if (text !== undefined && text !== null && text !== "") url.searchParams.set(name, text);
    }
    return url.pathname + url.search;
}

async function ask(url, options) {
    let response;
    try {
        response = await fetch(url, { credentials: "same-origin", ...options });
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw unreachable();
    }
    if (response.status === 401 && !url.startsWith("/api/v1/session") && session.me) onSignedOut.call();
    return response;
}

/** Nobody answers. */
export function unreachable() {
    return new Problem(0, { error: { code: "network", message: "the server cannot be reached", hint: "is `arcadia serve` running? Start it, then try again" } });
}

async function read(response) {
    if (response.status === 204) return null;
    const body = await response.json().catch(() => null);
    if (!response.ok) throw new Problem(response.status, body, Number(response.headers.get("Retry-After")) || undefined);
    return body;
}

/** All the items of a list, page by page, up to a number. */
export async function all(path, key, query, limit = 500, options) {
    const items = [];
    let cursor;
    do {
        const page = await get(path, { ...query, limit: Math.min(500, limit - items.length), cursor }, options);
        items.push(...page[key]);
        cursor = page.next;
    } while (cursor && items.length < limit);
    return items;
}

// MARK: - What a role may

const roles = ["viewer", "operator", "tenant_admin", "platform_admin"];
const least = {
    "runs.submit": "operator", "runs.act": "operator", "runs.settle": "tenant_admin", "definitions.write": "tenant_admin",
    "plugins.release": "platform_admin", "plugins.manage": "platform_admin", "plugins.disable": "platform_admin", "drift.read": "platform_admin", "drift.decide": "platform_admin",
    "billing.read": "platform_admin", "schedules.act": "platform_admin", "audit.read": "tenant_admin",
};

export function may(permission) {
    return session.me?.permissions.includes(permission) ?? false;
}

/** Why not, a sentence; nothing where one may. */
export function whyNot(permission, what) {
    if (may(permission)) return undefined;
    const need = roles.slice(roles.indexOf(least[permission] ?? "viewer"));
    const names = new Intl.ListFormat("en").format(need.map((role) => role.replace("_", " ")));
    return `Your role, ${session.me?.role.replace("_", " ")}, may not ${what}; ${names} may.`;
}
