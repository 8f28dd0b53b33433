// A comparison of runs that are over in a moment.
#pragma once

#include "lab/compare/run_comparison.h"
#include "tests/lab/tiny_run.h"

namespace normlab::test {

// tiny.json with every norm and two seeds; without dropout, which would be another fact to be fair about.
inline Json tiny_sweep(const TinyRun& tiny) {
    Json base = small_config(tiny / "set");
    base["name"] = "tiny";
    return {{"base", base}, {"axes", {{"model.norm", {"batch", "group", "none"}}, {"seed", {1, 2}}}}};
}

struct Listening : ComparisonObserver {
    void message(const std::string& text) override { messages += text + "\n"; }
    void step(const Comparison&, std::size_t, const Progress&) override {
        if (--steps_until_stop == 0) stop = true;
    }
    void ended(const Comparison& comparison, std::size_t run) override { runs.push_back(comparison.runs[run].folder); }

    Index steps_until_stop = -1;
    std::atomic<bool> stop = false;
    std::string messages;
    std::vector<std::string> runs;
};

inline Comparison run_sweep(const Json& sweep, const std::filesystem::path& out, Listening& listener, Index jobs = 1) {
    return run_comparison(parse_sweep(sweep, "tiny-sweep.json"), {.out = out, .stop = &listener.stop, .jobs = jobs},
                          listener);
}
inline Comparison run_sweep(const Json& sweep, const std::filesystem::path& out) {
    Listening listener;
    return run_sweep(sweep, out, listener);
}

inline std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == at)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

inline std::vector<std::string> csv_fields(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            fields.emplace_back();
        else
            fields.back() += c;
    }
    return fields;
}

// results.csv without the columns that measure time.
inline std::string without_times(const std::string& csv) {
    std::string kept;
    const auto head = csv_fields(split(csv, '\n')[0]);
    for (const std::string& line : split(csv, '\n')) {
        const auto fields = csv_fields(line);
        for (std::size_t i = 0; i < fields.size(); ++i)
            if (head.at(i) != "seconds" && head[i] != "images_per_s") kept += fields[i] + "|";
        kept += "\n";
    }
    return kept;
}

inline std::string results_in(const std::filesystem::path& folder) {
    return without_times(read_file(folder / "results.csv"));
}

}  // namespace normlab::test
