#include "lab/bench.h"

#include <cmath>
#include <iostream>

#include "framework/threads.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

using Bench = BenchResult (*)(Net&, const BenchOptions&);
const std::vector<std::pair<std::string, Bench>> kModes = {{"train", bench_training}, {"infer", bench_inference}};

struct Given {
    std::string net, norm, mode = "train", config;
    BenchOptions options;
    Index threads = 0;  // as many as there are processors
};

Config config_of(const Given& given) {
    std::vector<std::string> overrides;
    if (!given.norm.empty()) overrides.push_back("model.norm=" + given.norm);
    if (!given.config.empty()) return load_config(given.config, overrides);
    Json json = {{"name", given.net},
                 {"data", {{"name", given.net == "lenet" ? "mnist" : "cifar10"}}},  // for the shape of its images
                 {"model", {{"arch", given.net}}}};
    for (const std::string& assignment : overrides) override_config(json, assignment);
    return parse_config(json);
}

double rounded(double number, double steps) { return std::round(number * steps) / steps; }

int bench(const Given& given) {
    if (given.net.empty() == given.config.empty()) throw UsageError("bench needs either --net or --config");
    if (given.threads > 0) set_threads(static_cast<int>(given.threads));
    const Config config = config_of(given);
    Net net = net_of(config);
    const BenchResult result = Options::chosen(given.mode, kModes, "--mode")(net, given.options);
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

Work define_bench(CLI::App& app) {
    const auto given = std::make_shared<Given>();
    app.add_option("--net", given->net, "lenet, vgg, resnet20 or resnet9")->type_name("NAME");
    app.add_option("--config", given->config, "the net of a config instead")->type_name("FILE");
    app.add_option("--norm", given->norm, "its normalization: batch, group, none, ...")->type_name("TYPE");
    app.add_option("--mode", given->mode, "train: whole steps (default); infer: forward only")->type_name("MODE");
    const auto count = [&](const char* name, Index& number, long least, const char* text) {
        app.add_option(name, number, text)->type_name("N")->check(whole_number(least));
    };
    count("--batch", given->options.batch, 1, "images in a step (default 128)");
    count("--steps", given->options.steps, 1, "steps that are timed (default 20)");
    count("--warmup", given->options.warmup, 0, "steps before them (default 3)");
    count("--threads", given->threads, 1, "(default: one for each processor)");
    app.footer("The images are noise. The last line is one JSON object; its ms_per_step is the\n"
               "median.\n\n"
               "example:\n  normlab bench --net resnet20 --norm group --threads 2");
    return [given] { return bench(*given); };
}

}  // namespace normlab
