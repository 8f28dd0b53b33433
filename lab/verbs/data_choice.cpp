#include "lab/verbs/data_choice.h"

#include <algorithm>
#include <iostream>

#include "datasets/datasets.h"

namespace normlab {
namespace {

// The model's own set, with the limits that it was trained under, or the whole of another.
DataSource source_of(const DataChoice& choice, const Model& model) {
    DataSource source = model.config.data.source;
    if (!choice.data.empty()) {
        const std::vector<std::string> names = data_set_names();
        if (std::ranges::find(names, choice.data) == names.end())
            throw UsageError("--data " + choice.data + ": unknown data set; known: " + listed(names));
        source = {.name = choice.data, .dir = "data/" + choice.data};
    }
    if (!choice.dir.empty()) source.dir = choice.dir;
    if (!choice.corrupt.empty()) source.corrupt = parse_corruptions(choice.corrupt, "--corrupt");
    source.folder_image = model.image;
    source.fit = model.config.data.source.fit;
    return source;
}

}  // namespace

void DataChoice::define(Arguments& arguments) {
    arguments.option("--data", "NAME", data, "another data set than the model's own");
    arguments.option("--dir", "DIR", dir,
                     "where its files lie (default: where the model's own lie, or with --data in data/NAME)");
    arguments.options("--corrupt", "HOW", corrupt,
                      "invert, blur, noise, light or threshold: change the images; can be given again");
}

std::vector<std::string> DataChoice::words() const {
    std::vector<std::string> all;
    if (!data.empty()) all.insert(all.end(), {"--data", data});
    if (!dir.empty()) all.insert(all.end(), {"--dir", dir});
    for (const std::string& how : corrupt) all.insert(all.end(), {"--corrupt", how});
    return all;
}

Split DataChoice::load_unlabelled(const Model& model, const std::string& op) const {
    Split split = normlab::load(source_of(*this, model));
    for (const std::string& note : split.notes) std::cerr << "normlab: " << split.test.name << ": " << note << '\n';
    require(split.test.image == model.image, op, "the images of ", split.test.name, " have shape ", split.test.image,
            ", the model was made for ", model.image);
    return split;
}

Split DataChoice::load(const Model& model, const std::string& op) const {
    Split split = load_unlabelled(model, op);
    require(split.test.classes.size() == model.classes.size(), op, split.test.name, " has ", split.test.classes.size(),
            " classes, the model knows ", model.classes.size());
    return split;
}

}  // namespace normlab
