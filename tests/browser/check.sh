#!/usr/bin/env bash
# Opens reports in headless Chromium and lets check.html try them:   check.sh SAMPLE_REPORTS FOLDER
# Ends with 77, which ctest shows as skipped, where there is no Chromium.
set -euo pipefail
samples=$1 folder=$2 here=${BASH_SOURCE[0]%/*}

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if browser=$(command -v $name); then break; fi
done
if [ -z "${browser:-}" ]; then echo "skipped: there is no Chromium here"; exit 77; fi

profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
"$samples" "$folder"

# page, what is in it, window
try() {
    local page=$folder/checked_$1 log=$folder/$1.log
    cat "$folder/$1" "$here/check.html" >"$page"
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --disable-dev-shm-usage --user-data-dir="$profile" \
        --window-size="$3" \
        --enable-logging=stderr --dump-dom "file://$page#$2" >"$log.dom" 2>"$log"
    local verdict
    verdict=$(sed -n 's/.*<pre id="verdict">//; T; :more; p; /<\/pre>/q; n; b more' "$log.dom" | sed 's/<\/pre>.*//')
    local said
    said=$(grep -F CONSOLE "$log" || true)
    if [ "$verdict" = fine ] && [ -z "$said" ]; then echo "$1 at $3: fine"; return; fi
    printf '%s at %s:\n%s\n%s\n' "$1" "$3" "${verdict:-the check did not run}" "$said"
    failed=1
}

failed=0
try finished.html 4x30 1200,900
try finished.html 4x30 500,900
try watched.html 4x30x134 1200,900
try watched.html 4x30x134 500,900
try running.html 4x4 1200,900
try running.html 4x4 500,900
try one_epoch.html 4x1 500,900
try hundred_classes.html 4x200 1200,900
try hundred_classes.html 4x200 500,900
try diverged.html 4x3 1200,900
try no_epoch.html 0x0 1200,900
try compared.html 2x10 1200,900
try compared.html 2x10 500,900
try comparing.html 2x10 500,900
try nearly_right.html 2x10 1200,900
try nearly_right.html 2x10 500,900
try runs.html 0x0 1200,900
try runs.html 0x0 500,900
try nothing_compared.html 0x0 500,900
try batch_sizes.html 15x10 1200,900
try batch_sizes.html 15x10 500,900
try learning_rates.html 7x10 500,900
try side_by_side.html 6x10 1200,900
try side_by_side.html 6x10 500,900
try many_runs.html 6x10 1200,900
try many_runs.html 6x10 500,900
try claims.html 4x0 1200,900
try claims.html 4x0 500,900
try claims_ko.html 4x0 1200,900
try claims_ko.html 4x0 500,900
exit $failed
