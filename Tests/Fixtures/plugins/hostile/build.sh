#!/usr/bin/env bash
# Builds the hostile plugin: OUT/hostile, and for each way to misbehave while it is loaded OUT/<way>/hostile.
# Without optimisation: much of it has no defined behaviour, and is meant as written.
# usage: build.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
root=$(cd "$here/../../../.." && pwd)
compiler=${CC:-$(command -v cc || command -v clang)}
build() { # FOLDER FLAG...
    local folder=$1/hostile
    shift
    mkdir -p "$folder"
    "$compiler" -std=c11 -O0 -w -fPIC -fvisibility=hidden -shared -I"$root/sdk/c/include" \
        -Wl,--version-script="$root/sdk/link/one-symbol.map" -Wl,-z,now "$@" -o "$folder/libhostile.so" "$here/hostile.c"
    cp "$here/plugin.json" "$folder/"
    chmod -R go-w "$folder"
}
umask 022
build "$out"
for way in constructor_aborts constructor_loops constructor_exits constructor_opens_socket create_faults create_sleeps \
    create_exits entry_faults entry_loops; do
    build "$out/at_load/$way" "-DHOSTILE_AT_LOAD=\"$way\""
done
