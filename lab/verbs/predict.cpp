#include "lab/predict.h"

#include <iostream>

#include "lab/summary.h"
#include "lab/table.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct Given {
    std::string model;
    std::vector<std::string> images;
    Index top = 3;
    bool json = false;
};

using Predictions = std::vector<std::vector<Guess>>;

void print_text(const Given& given, const Predictions& predictions) {
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        std::cout << given.images[i] << ':';
        for (const auto& [label, probability] : predictions[i])
            std::cout << "  " << label << ' ' << percent(probability);
        std::cout << '\n';
    }
}

void print_json(const Given& given, const Predictions& predictions) {
    Json images = Json::array();
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        Json guesses = Json::array();
        for (const auto& [label, probability] : predictions[i])
            guesses.push_back({{"class", label}, {"probability", probability}});
        images.push_back({{"file", given.images[i]}, {"top", guesses}});
    }
    std::cout << Json{{"images", images}}.dump() << '\n';
}

int predict_files(const Given& given) {
    const std::filesystem::path file = require_model(given.model);
    for (const std::string& image : given.images) require_file(image, "image");
    const Model model = load_model(file);
    const std::vector<std::filesystem::path> files(given.images.begin(), given.images.end());
    (given.json ? print_json : print_text)(given, predict(model, files, static_cast<std::size_t>(given.top)));
    return 0;
}

}  // namespace

Work define_predict(Arguments& arguments) {
    const auto given = std::make_shared<Given>();
    arguments.word("MODEL", given->model, "a model file, or the folder of a run");
    arguments.words("IMAGE", given->images,
                    "PNG, JPEG, BMP or PGM files of any size; the middle of each is brought to the model's size");
    arguments.number("--top", given->top, 1, "classes to show for each (default 3)");
    arguments.flag("--json", given->json, "one JSON object");
    arguments.footer("example:\n  normlab predict runs/cifar10-resnet20 cat.jpg dog.png");
    return [given] { return predict_files(*given); };
}

}  // namespace normlab
