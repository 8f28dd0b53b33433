#include <algorithm>
#include <iostream>

#include "lab/evaluation.h"
#include "lab/model_file.h"
#include "lab/summary.h"
#include "lab/table.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct Given {
    std::string model, data, dir, logits;
    Index batch = 250;
    bool json = false;
};

// The model's own set, with the limits that it was trained under, or the whole of another.
DataSource source_of(const Given& given, const Model& model) {
    DataSource source = model.config.data.source;
    if (!given.data.empty()) source = {.name = given.data, .dir = "data/" + given.data};
    if (!given.dir.empty()) source.dir = given.dir;
    source.folder_image = model.image;
    return source;
}

ImageSet test_set_of(const DataSource& source, const Model& model) {
    ImageSet set = load(source).test;
    require(set.image == model.image, "eval", "the images of ", set.name, " have shape ", set.image,
            ", the model was made for ", model.image);
    require(set.classes.size() == model.classes.size(), "eval", set.name, " has ", set.classes.size(),
            " classes, the model tells ", model.classes.size(), " apart");
    return set;
}

struct ClassResult {
    Index images = 0, right = 0;
    std::size_t rival = 0;  // what its images were taken for most often when they were taken for something else
    Index taken_for_rival = 0;
    double accuracy() const { return images > 0 ? static_cast<double>(right) / static_cast<double>(images) : 0; }
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
        table.add({set.classes[k], grouped(result.images), percent(result.accuracy()), rival});
    }
    std::cout << table.text() << '\n'
              << set.name << ": loss " << fixed(evaluation.loss, 4) << ", accuracy " << percent(evaluation.accuracy)
              << " of " << grouped(evaluation.count) << " images\n";
}

void print_json(const Evaluation& evaluation, const ImageSet& set) {
    Json classes = Json::object();
    const auto results = by_class(evaluation, set.classes.size());
    for (std::size_t k = 0; k < results.size(); ++k)
        classes[set.classes[k]] = {{"count", results[k].images}, {"accuracy", results[k].accuracy()}};
    const Json line = {{"data", set.name}, {"loss", evaluation.loss}, {"accuracy", evaluation.accuracy},
                       {"count", evaluation.count}, {"classes", classes}};
    std::cout << line.dump() << '\n';
}

int eval(const Given& given) {
    const Model model = load_model(require_model(given.model));
    const ImageSet set = test_set_of(source_of(given, model), model);
    const Evaluation evaluation = evaluate(*model.module, set, model.scale, given.batch);
    if (!given.logits.empty()) write_safetensors(given.logits, {.tensors = {{"logits", evaluation.logits}}});
    (given.json ? print_json : print_text)(evaluation, set);
    return 0;
}

}  // namespace

Work define_eval(Arguments& arguments) {
    const auto given = std::make_shared<Given>();
    arguments.word("MODEL", given->model, "a model file, or the folder of a run");
    arguments.option("--data", "NAME", given->data, "another data set than the model's own");
    arguments.option("--dir", "DIR", given->dir, "where its files lie (default: data/NAME)");
    arguments.number("--batch", given->batch, 1, "images at a time (default 250)");
    arguments.flag("--json", given->json, "one JSON object: loss, accuracy, count, and each class");
    arguments.option("--save-logits", "FILE", given->logits,
                     "write the outputs, in the set's order, as tensor \"logits\" of a safetensors file");
    arguments.footer(
        "examples:\n"
        "  normlab eval runs/digits-lenet\n"
        "  normlab eval runs/mnist/model.safetensors --data fashion_mnist --json");
    return [given] { return eval(*given); };
}

}  // namespace normlab
