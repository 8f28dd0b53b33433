#include "lab/verbs/model_choice.h"

#include <iostream>

#include "lab/config/model_path.h"
#include "lab/verbs/verbs.h"

namespace normlab {

void ModelChoice::define(Arguments& arguments) {
    arguments.word("MODEL", model, "a model file, or the folder of a run");
    arguments.option("--weights", "FILE", weights,
                     "MODEL is a config, and its weights are those of this safetensors file, PyTorch's for instance");
}

// The scale of the pixels may come from the training images, and the names of the classes do.
Model ModelChoice::load() const {
    if (weights.empty()) return load_model(require_model(model));
    require_file(weights, "file");
    Config config = load_config(config_named(model));
    config.init = {.weights = model_file_of(weights), .partial = config.init.partial};
    const auto tell = [](const std::string& text) { std::cerr << "normlab: " << text << '\n'; };
    Model made = build_model(config, normlab::load(config.data.source).train, tell);
    made.module->eval();
    return made;
}

}  // namespace normlab
