#include "lab/model/summary.h"

#include <iostream>

#include "lab/text/table.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

int summary(const std::filesystem::path& path) {
    require_file(path, "config or model");
    if (std::filesystem::is_directory(path)) require_model(path);
    const Net net = net_of_file(path);
    std::cout << net.name << ": images " << net.image << ", " << net.classes << " classes\n\n"
              << summary_table(summarize(*net.module, net.image));
    return 0;
}

}  // namespace

Work define_summary(Arguments& arguments) {
    const auto path = std::make_shared<std::string>();
    arguments.word("CONFIG_OR_MODEL", *path, "a config, a model file, or the folder of a run");
    arguments.footer("example:\n  normlab summary configs/cifar10_resnet20.json");
    return [path] { return summary(*path); };
}

}  // namespace normlab
