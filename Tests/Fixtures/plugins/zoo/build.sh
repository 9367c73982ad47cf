#!/usr/bin/env bash
# Builds the zoo: OUT/<way>/zoo for each way in `ways`.
# usage: build.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
root=$(cd "$here/../../../.." && pwd)
compiler=${CC:-$(command -v cc || command -v clang)}
umask 022
rm -rf "$out"
mkdir -p "$out/lib"
echo 'int nowhere(void) { return 1; }' | "$compiler" -shared -fPIC -xc -o "$out/lib/libnowhere.so" -
printf '{ global: arcadia_plugin_entry_v1; zoo_helper; local: *; };\n' > "$out/more.map"
printf '{ global: arcadia_plugin_entry_v1; zoo_once; local: *; };\n' > "$out/once.map"

build() { # WAY FLAG...
    local way=$1 folder=$out/$1/zoo manifest=plugin.json.in flags=()
    shift
    for flag in "$@"; do
        flag=${flag/=MORE/=$out/more.map}
        flag=${flag/=ONCE/=$out/once.map}
        flags+=("${flag/-LOUT/-L$out/lib}")
        case $flag in
            -DWITH_HTTP) manifest=http.json.in ;;
            -DWITH_ADAPTER) manifest=adapter.json.in ;;
        esac
    done
    case " ${flags[*]-} " in
        *version-script*) ;;
        *) flags=("-Wl,--version-script=$root/sdk/link/one-symbol.map" ${flags[@]+"${flags[@]}"}) ;;
    esac
    mkdir -p "$folder"
    "$compiler" -std=gnu11 -O1 -w -fPIC -fvisibility=hidden -shared -I"$root/sdk/c/include" \
        -Wl,-z,relro,-z,now,-z,noexecstack -DBAD="\"$way\"" -o "$folder/libzoo.so" "$here/zoo.c" "${flags[@]}"
    cp "$here/$manifest" "$folder/plugin.json"
    if [ $manifest = http.json.in ]; then
        cp "$here/server.py" "$folder/"
        cat > "$folder/check.json" <<'JSON'
{ "server": { "command": ["./server.py"], "url": "url", "state": "/state",
              "before": [{ "method": "POST", "path": "/reset" }] } }
JSON
    elif [ $manifest = plugin.json.in ]; then
        echo '{ "folders": { "root": { "kept.txt": "there before" } }, "ignore": [".keys"] }' > "$folder/check.json"
    fi
    spoil "$way" "$folder"
}

# What is wrong with files and manifests.
spoil() {
    local json=$2/plugin.json library=$2/libzoo.so
    case $1 in
        manifest_duplicate_key) sed -i 's/"license"/"license": "MIT", "license"/' "$json" ;;
        manifest_id_twice) sed -i 's/"name": "look"/"name": "make"/' "$json" ;;
        manifest_schema) sed -i 's/"output": { "type": "object" }/"output": { "type": "objekt" }/' "$json" ;;
        manifest_missing) rm "$json" ;;
        library_missing) rm "$library" ;;
        library_of_text) echo 'INPUT(-lc)' > "$library" ;;
        version_of_words) sed -i 's/"version": "1.0.0"/"version": "newest"/' "$json" ;;
        no_summary) sed -i '/"summary": "look/d' "$json" ;;
        says_swift) sed -i 's/"language": "c"/"language": "swift"/' "$json" ;;
        world_writable) chmod 666 "$library" ;;
        link_to_library) mv "$library" "$2/real.so" && ln -s real.so "$library" ;;
        any_host) sed -i 's|"capabilities": {|"capabilities": { "http": [{ "host": "*.example.com" }],|' "$json" ;;
        whole_disk) sed -i 's|"access": "write" }|"access": "write" }, { "path": "/etc" }|' "$json" ;;
        example_unfit) sed -i 's/{ "with": { "name": "b.txt"/{ "with": { "name": 2/' "$json" ;;
        example_output_unfit) sed -i 's/"output": { "path": "b.txt", "text": "two" }/"output": { "path": "b.txt" }/' "$json" ;;
    esac
}

while read -r way _ _ _ flags; do
    case $way in ''|\#*) continue ;; esac
    build "$way" $flags &
    while [ "$(jobs -r | wc -l)" -ge 4 ]; do wait -n; done
done < "$here/ways"
wait
rm -r "$out/lib" "$out/more.map" "$out/once.map"
