#include <unistd.h>

#include <iostream>

#include "datasets/datasets.h"
#include "framework/state.h"
#include "framework/support/shell.h"
#include "lab/config/model_section.h"
#include "lab/model/fine_tuning.h"
#include "lab/model/fold.h"
#include "lab/model/recalibrate.h"
#include "lab/run/progress.h"
#include "lab/text/table.h"
#include "lab/verbs/data_choice.h"
#include "lab/verbs/model_choice.h"
#include "lab/verbs/verbs.h"
#include "layers/factory.h"

namespace normlab {
namespace {

namespace fs = std::filesystem;

struct BnGiven {
    ModelChoice model;
    std::string out;
    bool reset = false, recalibrate = false, freeze = false, unfreeze = false, fold = false, overwrite = false;
    DataChoice data;
    Index batch = 250, batches = 0;  // 0: all
};

// Those of them that keep running statistics; a model without any is an error that says what it has instead.
std::vector<NamedModule> keepers(const Model& model, const std::string& option) {
    std::vector<NamedModule> found;
    for (const NamedModule& each : modules(*model.module))
        if (running_statistics(*each.module) != nullptr) found.push_back(each);
    require(!found.empty(), "bn", option, ": no layer of the model keeps running statistics (its norm is ",
            model.config.model.at("norm").at("type").get<std::string>(), ")");
    return found;
}

Model reset(Model model, const std::string& out) {
    keepers(model, "--reset");
    std::cout << paragraph("reset " + counted(reset_running_statistics(*model.module), "layer") +
                           ": they are what they began as. Before the model is used they must be estimated:")
              << "  " << command({"bn", out, "--recalibrate", "--out", "FILE"}) << '\n';
    return model;
}

Model recalibrated(Model model, const BnGiven& given) {
    keepers(model, "--recalibrate");
    ImageSet images = given.data.load_unlabelled(model, "bn").train;
    if (given.batches > 0) images = limited(std::move(images), given.batches * given.batch);
    StatusLines status(std::cerr, STDERR_FILENO);
    const Index count = recalibrate(
        *model.module, images, model.scale, given.batch, [&](const std::string& name, Index number, Index of) {
            status.draw({"estimating layer " + name + ", " + std::to_string(number) + " of " + std::to_string(of)});
        });
    status.clear();
    std::cout << "re-estimated " << counted(count, "layer") << " from " << counted(images.size(), "image") << " of "
              << images.name << '\n';
    return model;
}

Model frozen(Model model, bool freeze) {
    const std::string option = freeze ? "--freeze" : "--unfreeze";
    keepers(model, option);
    const State state = state_of(*model.module);
    write_trainable(model.config.model, !freeze);
    model.module = make_model(model.config.model, model.image, static_cast<Index>(model.classes.size()));
    load_state(*model.module, state);
    freeze_matching(*model.module, model.config.freeze);
    const std::vector<NamedModule> layers = keepers(model, option);
    for (const auto& [name, layer] : layers)
        require(layer->frozen() == freeze, "bn", option, ": ", name,
                freeze ? " has no option trainable; a config can name it in freeze"
                       : " is frozen by the model's config, whose freeze is " + Json(model.config.freeze).dump());
    std::cout << (freeze ? "froze " : "unfroze ") << counted(static_cast<Index>(layers.size()), "layer") << '\n';
    model.module->eval();
    return model;
}

Model folded(const Model& model) {
    const FoldPlan plan = plan_fold(model);
    Model result = folded(model, plan);
    for (const auto& [weighted, norm] : plan.pairs) std::cout << "folded " << norm << " into " << weighted << '\n';
    for (const auto& [norm, why] : plan.left) std::cout << "left " << norm << ": " << why << '\n';
    return result;
}

void check(const BnGiven& given) {
    const int actions = given.reset + given.recalibrate + given.freeze + given.unfreeze + given.fold;
    if (actions != 1)
        throw UsageError("bn needs one of --reset, --recalibrate, --freeze, --unfreeze and --fold, got " +
                         std::to_string(actions) + " of them");
    if (given.out.empty()) throw UsageError("bn needs --out: the file that the changed model is written to");
    if (fs::is_directory(given.out)) throw UsageError("--out " + given.out + " is a folder; name a file in it");
    if (fs::exists(given.out) && !given.overwrite)
        throw UsageError("there is " + given.out + " already; --overwrite replaces it");
    if (!given.recalibrate && (!given.data.words().empty() || given.batches > 0))
        throw UsageError("bn: only --recalibrate looks at images (--data, --dir, --corrupt, --batches)");
}

int bn(const BnGiven& given) {
    check(given);
    Model model = given.model.load();
    if (given.reset) model = reset(std::move(model), given.out);
    if (given.recalibrate) model = recalibrated(std::move(model), given);
    if (given.freeze || given.unfreeze) model = frozen(std::move(model), given.freeze);
    if (given.fold) model = folded(model);
    save_model(given.out, model);
    std::cout << "  model   " << given.out << '\n';
    return 0;
}

}  // namespace

Work define_bn(Arguments& arguments) {
    const auto given = std::make_shared<BnGiven>();
    given->model.define(arguments);
    arguments.flag("--reset", given->reset, "forget: the running statistics are what they began as");
    arguments.flag("--recalibrate", given->recalibrate,
                   "take the mean and variance of all training images; labels are not looked at");
    given->data.define(arguments);
    arguments.number("--batch", given->batch, 1, "images at a time (default 250); the result does not depend on it");
    arguments.number("--batches", given->batches, 1, "recalibrate from this many batches only (default: all images)");
    arguments.flag("--freeze", given->freeze, "batch norms neither learn nor update their statistics any more");
    arguments.flag("--unfreeze", given->unfreeze, "undo --freeze");
    arguments.flag("--fold", given->fold, "each batch norm becomes part of the convolution before it");
    arguments.option("--out", "FILE", given->out, "where the changed model is written; needed");
    arguments.flag("--overwrite", given->overwrite, "also where there is a file already");
    arguments.footer(
        "examples:\n"
        "  normlab bn runs/mnist-lenet --recalibrate --corrupt blur --out b.safetensors\n"
        "  normlab bn runs/mnist-lenet --fold --out folded.safetensors");
    return [given] { return bn(*given); };
}

}  // namespace normlab
