#include <algorithm>
#include <iostream>
#include <optional>

#include "lab/model/class_scores.h"
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

std::string percent_or_nothing(const std::optional<double>& share) {
    return share ? percent(*share) : "";
}

Json number_or_null(const std::optional<double>& number) {
    return number ? Json(*number) : Json();
}

void print_text(const Evaluation& evaluation, const ImageSet& set) {
    using enum Table::Align;
    Table table(
        {{"class"}, {"images", right}, {"precision", right}, {"recall", right}, {"F1", right}, {"mostly taken for"}});
    const std::vector<ClassScore> scores = class_scores(evaluation.confusion, set.classes.size());
    for (std::size_t k = 0; k < scores.size(); ++k) {
        const ClassScore& score = scores[k];
        const std::string rival =
            score.taken_for_rival == 0 ? "" : set.classes[score.rival] + " (" + grouped(score.taken_for_rival) + ")";
        table.add({set.classes[k], grouped(score.images), percent_or_nothing(score.precision()),
                   percent_or_nothing(score.recall()), percent_or_nothing(score.f1()), rival});
    }
    std::cout << table.text() << '\n'
              << set.name << ": loss " << fixed(evaluation.loss, 4) << ", accuracy " << percent(evaluation.accuracy)
              << " of " << counted(evaluation.count, "image");
    if (const auto top5 = top5_accuracy(evaluation.logits, set.labels)) std::cout << ", top-5 " << percent(*top5);
    std::cout << ", mean F1 " << percent(macro_f1(scores)) << '\n';
}

Json json_of(const Evaluation& evaluation, const ImageSet& set) {
    Json classes = Json::object();
    const std::vector<ClassScore> scores = class_scores(evaluation.confusion, set.classes.size());
    for (std::size_t k = 0; k < scores.size(); ++k)
        classes[set.classes[k]] = {{"count", scores[k].images},
                                   {"accuracy", number_or_null(scores[k].recall())},
                                   {"precision", number_or_null(scores[k].precision())},
                                   {"recall", number_or_null(scores[k].recall())},
                                   {"f1", number_or_null(scores[k].f1())}};
    return {{"data", set.name},
            {"loss", evaluation.loss},
            {"accuracy", evaluation.accuracy},
            {"top5_accuracy", number_or_null(top5_accuracy(evaluation.logits, set.labels))},
            {"macro_f1", macro_f1(scores)},
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
    arguments.flag("--json", given->json, "one JSON object: loss, accuracy, count, and each class with its scores");
    arguments.option("--save-logits", "FILE", given->logits,
                     "write the outputs, in the set's order, as tensor \"logits\" of a safetensors file");
    arguments.footer(
        "examples:\n"
        "  normlab eval runs/digits-lenet\n"
        "  normlab eval runs/digits-lenet --mode train\n"
        "  normlab eval runs/mnist-lenet/model.safetensors --data fashion_mnist --json");
    return [given] { return eval(*given); };
}

}  // namespace normlab
