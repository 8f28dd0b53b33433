#!/usr/bin/env bash
# Lets onnx's checker and onnxruntime-web try what we export:   check.sh SAMPLE_ONNX FOLDER
# Where onnxruntime-web lies (the folder in which `npm install onnxruntime-web` ran) NORMLAB_ONNXRUNTIME says.
# Ends with 77, which ctest shows as skipped, where neither is there.
set -euo pipefail
samples=$1 folder=$2 here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
tried=

rm -rf "$folder"
"$samples" "$folder"
for python in python3 /usr/bin/python3; do
    if ! "$python" -c "import onnx" 2>/dev/null; then continue; fi
    "$python" - "$folder" <<'PYTHON'
import glob, onnx, sys
for file in sorted(glob.glob(sys.argv[1] + "/*.onnx")):
    onnx.checker.check_model(file, full_check=True)
print("onnx", onnx.__version__, "finds nothing wrong")
PYTHON
    tried=yes
    break
done
if [ -n "${NORMLAB_ONNXRUNTIME:-}" ] && command -v node >/dev/null; then
    node "$here/compare.mjs" "$NORMLAB_ONNXRUNTIME" "$folder"
    tried=yes
fi
if [ -z "$tried" ]; then echo "skipped: neither python3-onnx nor onnxruntime-web (NORMLAB_ONNXRUNTIME) is here"; exit 77; fi
