# shellcheck shell=bash
# Sourced by the tools that build: configures a preset and builds targets, showing progress
# instead of compiler output. The output goes to build/<preset>.log, named when something fails.
#
#   build_preset release [-DNAME=VALUE...] pgfold pgfold_relay

# What one checkout has compiled serves the others: paths below it count as relative.
export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$PWD}
export CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR:-true}

build_preset() {
    local preset=$1 definitions=() log last started=$SECONDS pid status
    shift
    while [[ $1 == -D* ]]; do
        definitions+=("$1")
        shift
    done
    mkdir -p build
    log=build/$preset.log
    : >"$log"
    if ! cmake --preset "$preset" "${definitions[@]+"${definitions[@]}"}" >>"$log" 2>&1; then
        build_failed "configuring the preset $preset" "$log"
        return 1
    fi
    cmake --build --preset "$preset" --target "$@" >>"$log" 2>&1 &
    pid=$!
    if [[ -t 2 ]]; then
        while kill -0 "$pid" 2>/dev/null; do
            last=$(tail -c 4096 "$log" | tr '\r' '\n' | sed -n 's/^\[\([0-9]*\/[0-9]*\)\].*/\1/p' | tail -n 1)
            printf '\r\033[Kbuilding %s (%s) %s  %ds' "${*:1:1}" "$preset" "${last:-…}" \
                $((SECONDS - started)) >&2
            sleep 0.3
        done
        printf '\r\033[K' >&2
    else
        printf 'building %s (%s), log in %s\n' "$*" "$preset" "$log" >&2
    fi
    wait "$pid" && status=0 || status=$?
    if ((status != 0)); then
        build_failed "building $*" "$log"
        return 1
    fi
    if ((SECONDS - started > 2)); then
        printf 'built %s (%s) in %ds\n' "$*" "$preset" $((SECONDS - started)) >&2
    fi
}

build_failed() {
    printf '%s failed; the whole log is %s. It says:\n\n' "$1" "$2" >&2
    # The first error is the one to read; what follows is often its echo.
    if ! grep -m 1 -A 12 -E '(^FAILED|error:|Error at)' "$2" >&2; then
        tail -n 20 "$2" >&2
    fi
}
