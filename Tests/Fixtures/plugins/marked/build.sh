#!/bin/sh
# build.sh OUTDIR: OUTDIR/<version>/marked, as 1.0.0, as 1.1.0 which asks for more, and as 1.2.0 which asks for less again.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../../..
out=${1:?"usage: build.sh OUTDIR"}

version() { # version VERSION CAPABILITIES
    folder=$out/$1/marked
    mkdir -p "$folder/definitions"
    sed -e "s/@VERSION@/$1/" -e "s|@CAPABILITIES@|$2|" "$here/plugin.json.in" > "$folder/plugin.json"
    echo '["marked.nod"]' > "$folder/definitions/nods.json"
    echo 'Says its version.' > "$folder/README.md"
    "${CC:-cc}" -std=c11 -O1 -fPIC -fvisibility=hidden -Wall -Wextra -Werror -shared -I"$root/sdk/c/include" \
        -DVERSION="\"$1\"" -o "$folder/libmarked.so" "$here/marked.c"
}

one='{ "host": "api.example.com", "methods": ["GET"] }'
two='{ "host": "api.example.com", "methods": ["GET", "POST"] }, { "host": "${config.url}", "methods": ["GET"] }'
token='{ "name": "marked.token", "environment": ["MARKED_TOKEN"] }'
version 1.0.0 "{ \"services\": [\"arcadia.http/1\"], \"http\": [$one] }"
version 1.1.0 "{ \"services\": [\"arcadia.http/1\"], \"http\": [$two], \"credentials\": [$token], \"files\": [{ \"path\": \"/srv/marked\", \"access\": \"write\" }], \"processes\": true }"
version 1.2.0 "{}"
