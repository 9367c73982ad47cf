#include "server_page.h"

/* A file becomes an array of bytes when this is compiled: C23, which clang has as an extension of C17. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char openapi_json[] = {
#embed "openapi.json"
};
static const unsigned char api_js[] = {
#embed "page/api.js"
};
static const unsigned char app_js[] = {
#embed "page/app.js"
};
static const unsigned char audit_js[] = {
#embed "page/audit.js"
};
static const unsigned char cost_js[] = {
#embed "page/cost.js"
};
static const unsigned char definitions_js[] = {
#embed "page/definitions.js"
};
static const unsigned char dialog_js[] = {
#embed "page/dialog.js"
};
static const unsigned char docs_html[] = {
#embed "page/docs.html"
};
static const unsigned char docs_js[] = {
#embed "page/docs.js"
};
static const unsigned char dom_js[] = {
#embed "page/dom.js"
};
static const unsigned char drift_js[] = {
#embed "page/drift.js"
};
static const unsigned char editor_js[] = {
#embed "page/editor.js"
};
static const unsigned char filter_js[] = {
#embed "page/filter.js"
};
static const unsigned char format_js[] = {
#embed "page/format.js"
};
static const unsigned char graph_js[] = {
#embed "page/graph.js"
};
static const unsigned char icon_svg[] = {
#embed "page/icon.svg"
};
static const unsigned char index_html[] = {
#embed "page/index.html"
};
static const unsigned char inventory_js[] = {
#embed "page/inventory.js"
};
static const unsigned char json_js[] = {
#embed "page/json.js"
};
static const unsigned char live_js[] = {
#embed "page/live.js"
};
static const unsigned char login_js[] = {
#embed "page/login.js"
};
static const unsigned char news_js[] = {
#embed "page/news.js"
};
static const unsigned char page_css[] = {
#embed "page/page.css"
};
static const unsigned char parts_js[] = {
#embed "page/parts.js"
};
static const unsigned char plugins_js[] = {
#embed "page/plugins.js"
};
static const unsigned char run_js[] = {
#embed "page/run.js"
};
static const unsigned char runs_js[] = {
#embed "page/runs.js"
};
static const unsigned char schedules_js[] = {
#embed "page/schedules.js"
};
static const unsigned char theme_js[] = {
#embed "page/theme.js"
};
static const unsigned char timeline_js[] = {
#embed "page/timeline.js"
};

#define FILE_OF(name, bytes) {name, bytes, sizeof bytes}
static const struct arcadia_page_file files[] = {
    FILE_OF("openapi.json", openapi_json),
    FILE_OF("api.js", api_js),
    FILE_OF("app.js", app_js),
    FILE_OF("audit.js", audit_js),
    FILE_OF("cost.js", cost_js),
    FILE_OF("definitions.js", definitions_js),
    FILE_OF("dialog.js", dialog_js),
    FILE_OF("docs.html", docs_html),
    FILE_OF("docs.js", docs_js),
    FILE_OF("dom.js", dom_js),
    FILE_OF("drift.js", drift_js),
    FILE_OF("editor.js", editor_js),
    FILE_OF("filter.js", filter_js),
    FILE_OF("format.js", format_js),
    FILE_OF("graph.js", graph_js),
    FILE_OF("icon.svg", icon_svg),
    FILE_OF("index.html", index_html),
    FILE_OF("inventory.js", inventory_js),
    FILE_OF("json.js", json_js),
    FILE_OF("live.js", live_js),
    FILE_OF("login.js", login_js),
    FILE_OF("news.js", news_js),
    FILE_OF("page.css", page_css),
    FILE_OF("parts.js", parts_js),
    FILE_OF("plugins.js", plugins_js),
    FILE_OF("run.js", run_js),
    FILE_OF("runs.js", runs_js),
    FILE_OF("schedules.js", schedules_js),
    FILE_OF("theme.js", theme_js),
    FILE_OF("timeline.js", timeline_js),
};

size_t arcadia_page_count(void) { return sizeof files / sizeof files[0]; }
struct arcadia_page_file arcadia_page_file(size_t index) { return files[index]; }
