#include "lab/model/predict.h"

#include <iostream>

#include "framework/support/files.h"
#include "lab/report/prediction_page.h"
#include "lab/text/table.h"
#include "lab/verbs/model_choice.h"
#include "lab/verbs/verbs.h"

namespace normlab {
namespace {

struct PredictGiven {
    ModelChoice model;
    std::string html;
    std::vector<std::string> images;
    Index top = 3;
    bool json = false;
};

void print_lines(const std::vector<Prediction>& predictions) {
    for (const auto& [file, seen, guesses] : predictions) {
        std::cout << file.string() << ':';
        for (const auto& [label, probability] : guesses) std::cout << "  " << label << ' ' << percent(probability);
        std::cout << '\n';
    }
}

void print_json(const std::vector<Prediction>& predictions) {
    Json images = Json::array();
    for (const auto& [file, seen, guesses] : predictions) {
        Json top = Json::array();
        for (const auto& [label, probability] : guesses)
            top.push_back({{"class", label}, {"probability", probability}});
        images.push_back({{"file", file.string()}, {"top", top}});
    }
    std::cout << Json{{"images", images}}.dump() << '\n';
}

int predict_files(const PredictGiven& given) {
    const Model model = given.model.load();
    for (const std::string& image : given.images) require_file(image, "image");
    const auto predictions = predict(model, image_files(given.images), static_cast<std::size_t>(given.top));
    if (!given.html.empty()) replace_file(given.html, prediction_page(model.config.name, predictions));
    (given.json ? print_json : print_lines)(predictions);
    return 0;
}

}  // namespace

Work define_predict(Arguments& arguments) {
    const auto given = std::make_shared<PredictGiven>();
    given->model.define(arguments);
    arguments.words("IMAGE", given->images,
                    "PNG, JPEG, BMP, GIF, TGA, PGM or PPM files of any size, or folders of them; the middle of each is "
                    "brought to the model's size");
    arguments.number("--top", given->top, 1, "classes to show for each (default 3)");
    arguments.flag("--json", given->json, "one JSON object");
    arguments.option("--html", "FILE", given->html, "write a page that shows each image and what it is taken for");
    arguments.footer("example:\n  normlab predict runs/cifar10-resnet20 cat.jpg dog.png --html seen.html");
    return [given] { return predict_files(*given); };
}

}  // namespace normlab
