#include "lab/model/summary.h"

#include <iostream>

#include "lab/text/table.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct SummaryGiven {
    std::string path;
    std::vector<std::string> overrides;
};

int summary(const SummaryGiven& given) {
    const std::filesystem::path path = config_named(given.path, "config or model");
    if (std::filesystem::is_directory(path)) require_model(path);
    const Net net = net_of_file(path, given.overrides);
    std::cout << net.name << ": images " << net.image << ", " << net.classes << " classes"
              << (net.assumed_classes ? " (assumed: the folder of images is not there)" : "") << "\n\n"
              << summary_table(summarize(*net.module, net.image));
    return 0;
}

}  // namespace

Work define_summary(Arguments& arguments) {
    const auto given = std::make_shared<SummaryGiven>();
    arguments.word("CONFIG_OR_MODEL", given->path, "a config, a model file, or the folder of a run");
    arguments.overrides(given->overrides);
    arguments.footer("example:\n  normlab summary configs/cifar10_resnet20.json --set model.norm=group");
    return [given] { return summary(*given); };
}

}  // namespace normlab
