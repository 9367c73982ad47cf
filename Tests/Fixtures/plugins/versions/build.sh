#!/usr/bin/env bash
# Builds one version of the diary: OUT/diary/{plugin.json,libdiary.so}. Version 1.x has an operation more, `legacy`.
# usage: build.sh OUT VERSION [--says JSON-MEMBERS] [FLAG...]    eg: build.sh out 2.0.0 --says '"continues": ["1.0.0"],'
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../../.." && pwd)
out=$1/diary version=$2
shift 2
says=
if [ "${1:-}" = --says ]; then says=$2; shift 2; fi
operations=2 legacy=
case $version in 1.*)
    operations=3
    legacy=', { "name": "legacy", "kind": "step", "input": {}, "output": {}, "compensable": true }' ;;
esac
compiler=${CC:-$(command -v cc || command -v clang)}
umask 022
mkdir -p "$out"
"$compiler" -std=c11 -O2 -Wall -Wextra -Werror -Wno-unused-const-variable -fPIC -fvisibility=hidden -shared \
    -I"$root/sdk/c/include" -Wl,--version-script="$root/sdk/link/one-symbol.map" -Wl,-z,now \
    "-DDIARY_VERSION=\"$version\"" "-DDIARY_OPERATIONS=$operations" "$@" -o "$out/.libdiary.so" "$here/diary.c"
mv -f "$out/.libdiary.so" "$out/libdiary.so"
sed -e "s/@VERSION@/$version/" -e "s|@SAYS@|$says|" -e "s|@LEGACY@|$legacy|" "$here/plugin.json.in" > "$out/plugin.json"
