#include "lab/timing/bench.h"

#include <cmath>
#include <iostream>

#include "framework/support/threads.h"
#include "lab/timing/layer_times.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

using Bench = BenchResult (*)(Net&, const BenchOptions&);
const std::vector<std::pair<std::string, Bench>> kModes = {{"train", bench_training}, {"infer", bench_inference}};

struct BenchGiven {
    std::string net, norm, mode = "train", config;
    std::vector<std::string> overrides;
    BenchOptions options;
    Index threads = 0;  // as many as there are processors
    bool layers = false;
};

Config config_of(const BenchGiven& given) {
    std::vector<std::string> overrides = given.overrides;
    if (!given.norm.empty()) overrides.push_back("model.norm=" + given.norm);
    if (!given.config.empty()) return load_config(config_named(given.config), overrides);
    Json json = {{"name", given.net},
                 {"data", {{"name", given.net == "lenet" ? "mnist" : "cifar10"}}},  // for the shape of its images
                 {"model", {{"arch", given.net}}}};
    for (const std::string& assignment : overrides) override_config(json, assignment);
    return parse_config(json);
}

double rounded(double number, double steps) {
    return std::round(number * steps) / steps;
}

// The steps with each kernel timed, and a table of that before the line.
BenchResult bench_layers(Bench bench, Net& net, BenchOptions options) {
    const Peaks peaks = measure_peaks();
    LayerTimes times(*net.module);
    options.ended_step = [&](Index step, double ms) { step < 0 ? times.forget_step() : times.end_step(ms); };
    const BenchResult result = bench(net, options);
    std::cout << layer_table(times.passes(), peaks) << '\n';
    return result;
}

int bench(const BenchGiven& given) {
    if (given.net.empty() == given.config.empty()) throw UsageError("bench needs either --net or --config");
    if (given.threads > 0) set_threads(static_cast<int>(given.threads));
    const Config config = config_of(given);
    Net net = net_of(config);
    const Bench steps = JsonReader::chosen(given.mode, kModes, "--mode");
    const BenchResult result = given.layers ? bench_layers(steps, net, given.options) : steps(net, given.options);
    const Json line = {{"net", net.name},
                       {"norm", config.model["norm"]["type"]},
                       {"mode", given.mode},
                       {"batch", given.options.batch},
                       {"threads", threads()},
                       {"images_per_s", rounded(result.images_per_s, 10)},
                       {"ms_per_step", rounded(result.median_ms, 1000)},
                       {"min_ms", rounded(result.min_ms, 1000)},
                       {"peak_mib", rounded(peak_memory_mib(), 1)}};
    std::cout << line.dump() << '\n';
    return 0;
}

}  // namespace

Work define_bench(Arguments& arguments) {
    const auto given = std::make_shared<BenchGiven>();
    arguments.option("--net", "NAME", given->net, "lenet, vgg, resnet20 or resnet9");
    arguments.option("--config", "FILE", given->config, "the net of a config instead");
    arguments.overrides(given->overrides);
    arguments.option("--norm", "TYPE", given->norm, "its normalization: batch, group, none, ...");
    arguments.option("--mode", "MODE", given->mode, "train: whole steps (default); infer: forward only");
    arguments.number("--batch", given->options.batch, 1, "images in a step (default 128)");
    arguments.number("--steps", given->options.steps, 1, "steps that are timed (default 20)");
    arguments.number("--warmup", given->options.warmup, 0, "steps before them (default 3)");
    arguments.threads(given->threads);
    arguments.flag("--layers", given->layers, "a table of the time that each layer takes, and of what limits it");
    arguments.footer(
        "The images are noise. The last line is one JSON object; its ms_per_step is the\n"
        "median.\n\n"
        "example:\n  normlab bench --net resnet20 --norm group --threads 2");
    return [given] { return bench(*given); };
}

}  // namespace normlab
