#include <algorithm>
#include <iostream>
#include <optional>

#include "lab/model/evaluation.h"
#include "lab/model/mode_comparison.h"
#include "lab/text/table.h"
#include "lab/verbs/data_choice.h"
#include "lab/verbs/model_choice.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct EvalGiven {
    ModelChoice model;
    std::string logits, mode = "eval";
    DataChoice data;
    Index batch = 0;  // 0: not said
    bool json = false;
};

const std::vector<Index> kTrainBatches = {1, 4, 32, 256};

struct ClassResult {
    Index images = 0, right = 0;
    std::size_t rival = 0;  // what its images were taken for most often when they were taken for something else
    Index taken_for_rival = 0;
    std::optional<double> accuracy() const {
        if (images == 0) return std::nullopt;
        return static_cast<double>(right) / static_cast<double>(images);
    }
};

std::vector<ClassResult> by_class(const Evaluation& evaluation, std::size_t classes) {
    std::vector<ClassResult> results(classes);
    for (std::size_t truth = 0; truth < classes; ++truth) {
        ClassResult& result = results[truth];
        for (std::size_t predicted = 0; predicted < classes; ++predicted) {
            const Index taken = evaluation.taken_for(truth, predicted);
            result.images += taken;
            if (predicted == truth)
                result.right = taken;
            else if (taken > result.taken_for_rival)
                result.rival = predicted, result.taken_for_rival = taken;
        }
    }
    return results;
}

void print_text(const Evaluation& evaluation, const ImageSet& set) {
    using enum Table::Align;
    Table table({{"class"}, {"images", right}, {"accuracy", right}, {"mostly taken for"}});
    const auto results = by_class(evaluation, set.classes.size());
    for (std::size_t k = 0; k < results.size(); ++k) {
        const ClassResult& result = results[k];
        const std::string rival =
            result.taken_for_rival == 0 ? "" : set.classes[result.rival] + " (" + grouped(result.taken_for_rival) + ")";
        const auto accuracy = result.accuracy();
        table.add({set.classes[k], grouped(result.images), accuracy ? percent(*accuracy) : "", rival});
    }
    std::cout << table.text() << '\n'
              << set.name << ": loss " << fixed(evaluation.loss, 4) << ", accuracy " << percent(evaluation.accuracy)
              << " of " << counted(evaluation.count, "image") << '\n';
}

Json json_of(const Evaluation& evaluation, const ImageSet& set) {
    Json classes = Json::object();
    const auto results = by_class(evaluation, set.classes.size());
    for (std::size_t k = 0; k < results.size(); ++k) {
        const auto accuracy = results[k].accuracy();
        classes[set.classes[k]] = {{"count", results[k].images}, {"accuracy", accuracy ? Json(*accuracy) : Json()}};
    }
    return {{"data", set.name},
            {"loss", evaluation.loss},
            {"accuracy", evaluation.accuracy},
            {"count", evaluation.count},
            {"classes", classes}};
}

void print(const EvalGiven& given, const Evaluation& evaluation, const ImageSet& set) {
    if (given.json)
        std::cout << json_of(evaluation, set).dump() << '\n';
    else
        print_text(evaluation, set);
}

void print_both_modes(const EvalGiven& given, const Model& model, const Evaluation& evaluation, const ImageSet& set) {
    const std::vector<Index> sizes = given.batch > 0 ? std::vector<Index>{given.batch} : kTrainBatches;
    const std::vector<ModeResult> in_train = in_train_mode(model, set, sizes);
    if (!given.json) {
        std::cout << comparison_text(model, evaluation, in_train);
        return;
    }
    Json line = json_of(evaluation, set);
    line["train_mode"] = to_json(in_train);
    std::cout << line.dump() << '\n';
}

int eval(const EvalGiven& given) {
    const bool both = JsonReader::chosen<bool>(given.mode, {{"eval", false}, {"train", true}}, "--mode");
    const Model model = given.model.load();
    const ImageSet set = given.data.load(model, "eval").test;
    const Evaluation evaluation = evaluate(model, set, given.batch > 0 ? given.batch : 250);
    if (!given.logits.empty()) write_safetensors(given.logits, {.tensors = {{"logits", evaluation.logits}}});
    if (both)
        print_both_modes(given, model, evaluation, set);
    else
        print(given, evaluation, set);
    return 0;
}

}  // namespace

Work define_eval(Arguments& arguments) {
    const auto given = std::make_shared<EvalGiven>();
    given->model.define(arguments);
    given->data.define(arguments);
    arguments.number("--batch", given->batch, 1, "images at a time (default 250)");
    arguments.option("--mode", "MODE", given->mode,
                     "train: beside eval mode show what comes of train mode, with batches of 1, 4, 32 and 256 images");
    arguments.flag("--json", given->json, "one JSON object: loss, accuracy, count, and each class");
    arguments.option("--save-logits", "FILE", given->logits,
                     "write the outputs, in the set's order, as tensor \"logits\" of a safetensors file");
    arguments.footer(
        "examples:\n"
        "  normlab eval runs/digits-lenet\n"
        "  normlab eval runs/digits-lenet --mode train\n"
        "  normlab eval runs/mnist/model.safetensors --data fashion_mnist --json");
    return [given] { return eval(*given); };
}

}  // namespace normlab
