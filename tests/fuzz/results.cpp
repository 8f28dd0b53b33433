// What a run leaves for the page of a comparison: outcome.json, and the lines of metrics.jsonl and watch.jsonl.
#include "framework/support/error.h"
#include "lab/compare/outcome.h"
#include "lab/run/metrics.h"
#include "lab/run/watch.h"
#include "tests/fuzz/target.h"

void normlab::fuzz::read(std::string_view bytes) {
    read_outcome(file_with(bytes, "outcome.json").parent_path());
    try {
        parse_metrics(std::string(bytes), "metrics");
    } catch (const Error&) {
    }
    parse_looks(std::string(bytes), "watch");
}
